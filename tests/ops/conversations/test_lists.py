"""Conversations at the web door: listed, named, hidden, leafed through, searched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ops.conversations.api import Talking
from streams import keys
from tests.stand import Stand, soon
from tests.web.house import BOB, OWNER, House, house


async def answered(home: House, text: str, session: str | None = None, key: str = OWNER) -> Any:
    """Say something and wait until it is answered."""
    said = await home.say(text, session, key)

    async def over() -> bool:
        running = await home.stand.redis.zscore(keys.TURNS, said["turn"])
        return running is None and bool(await home.stand.redis.exists(keys.turn(said["turn"])))

    await soon(over)
    return said


async def get(home: House, path: str, key: str = OWNER, status: int = 200) -> Any:
    found = await home.client(key).get(path)
    assert found.status_code == status, found.text
    return found.json()


async def test_a_conversation_is_listed_at_once_and_shows_what_it_does(home: House) -> None:
    said = await home.say("count 100 0.05")
    (one,) = (await get(home, "/api/sessions"))["sessions"]
    assert (one["id"], one["title"], one["channel"]) == (said["session"], "count 100 0.05", "api")
    await soon(lambda: home.stand.redis.hexists(keys.BUSY, said["session"]))
    await home.say("behind", said["session"])

    async def both() -> bool:
        (one,) = (await get(home, "/api/sessions"))["sessions"]
        return (one["state"], one["turns"]) == ("working", 2)

    await soon(both)
    asks = keys.session_asks(said["session"])
    await home.stand.redis.sadd(asks, "a-question")
    (one,) = (await get(home, "/api/sessions"))["sessions"]
    assert one["state"] == "waiting", "who is asked is not told that somebody works"
    await home.stand.redis.delete(asks)
    await home.client().post(f"/api/chat/{said['session']}/stop")

    async def idle() -> bool:
        (one,) = (await get(home, "/api/sessions"))["sessions"]
        return bool(one["state"] == "idle")

    await soon(idle)
    assert (await get(home, "/api/sessions", BOB))["sessions"] == []


async def test_the_list_does_without_the_journal(stand: Stand, tmp_path: Path) -> None:
    async with house(stand, tmp_path, journal=False) as home:
        mine = await answered(home, "hello")
        turn = await home.type("count 100 0.05", "kitchen")
        await soon(lambda: stand.redis.zscore(keys.TURNS, turn))
        found = (await get(home, "/api/sessions"))["sessions"]
        assert {one["id"]: one["turns"] for one in found} == {mine["session"]: 1, "kitchen": 1}
        page = await get(home, f"/api/sessions/{mine['session']}/turns")
        assert [turn["question"] for turn in page["turns"]] == ["hello"]
        assert (await home.client().get("/api/search?q=hello")).status_code == 503


async def test_a_conversation_at_the_terminal_goes_on_in_the_browser(home: House) -> None:
    await home.type("from the terminal", "terminal")
    await soon(lambda: home.stand.redis.exists(keys.session_turns("terminal")))
    said = await answered(home, "from the browser", "terminal")
    page = await get(home, "/api/sessions/terminal/turns")
    assert [turn["question"] for turn in page["turns"]] == ["from the browser", "from the terminal"]
    assert page["turns"][0]["id"] == said["turn"]
    assert (await home.client(BOB).get("/api/sessions/terminal/turns")).status_code == 403


async def test_it_is_known_whether_somebody_was_answered_yet(home: House) -> None:
    talking = next(one for one in home.modules.slices if isinstance(one, Talking))
    assert not await talking.answered("owner")
    said = await home.say("count 1000 0.1")
    async with home.watch(said["session"]) as eyes:
        await eyes.until("token")
        assert not await talking.answered("owner")
    await answered(home, "hello")
    assert await talking.answered("owner")
    assert not await talking.answered("bob")


async def test_a_title_is_given_and_a_conversation_hidden_until_somebody_speaks(
    home: House,
) -> None:
    said = await answered(home, "hello")
    path = f"/api/sessions/{said['session']}"
    named = await home.client().patch(path, json={"title": "Groceries"})
    assert (named.status_code, named.json()["title"]) == (200, "Groceries")
    assert (await home.client(BOB).patch(path, json={"title": "x"})).status_code == 403
    assert (await home.client(BOB).delete(path)).status_code == 403
    assert (await home.client().patch(path, json={"title": ""})).status_code == 422
    assert (await home.client().delete(path)).status_code == 204
    assert (await get(home, "/api/sessions"))["sessions"] == []
    assert len((await get(home, f"{path}/turns"))["turns"]) == 1
    await answered(home, "again", said["session"])
    (one,) = (await get(home, "/api/sessions"))["sessions"]
    assert one["title"] == "Groceries"


async def test_one_leafs_back_beyond_what_redis_remembers(home: House) -> None:
    said = await answered(home, "question 0")
    for number in range(1, 30):
        await answered(home, f"question {number}", said["session"])
    path = f"/api/sessions/{said['session']}/turns"

    async def all_written() -> bool:
        return len((await get(home, f"{path}?limit=100"))["turns"]) == 30

    await soon(all_written)
    seen: list[str] = []
    after = ""
    while after is not None:
        page = await get(home, f"{path}?limit=7{f'&before={after}' if after else ''}")
        seen += [turn["question"] for turn in page["turns"]]
        assert all(turn["answer"]["text"] == turn["question"] for turn in page["turns"])
        after = page["next"]
    assert seen == [f"question {number}" for number in reversed(range(30))]
    async with home.watch(said["session"]) as eyes:
        await eyes.next()
    assert [turn.question for turn in eyes.board.turns] == [f"question {n}" for n in range(10, 30)]


async def test_a_conversation_begun_anew_is_still_shown_whole(home: House) -> None:
    said = await answered(home, "before")
    await answered(home, "/new", said["session"])
    await answered(home, "after", said["session"])

    async def three() -> bool:
        async with home.watch(said["session"]) as eyes:
            await eyes.next()
        return [turn.question for turn in eyes.board.turns] == ["before", "/new", "after"]

    await soon(three)


async def test_one_turn_is_shown_whole_to_whose_it_is(home: House) -> None:
    said, other = await answered(home, "look"), await answered(home, "his", key=BOB)
    path = f"/api/sessions/{said['session']}/turns"
    found = await get(home, f"{path}/{said['turn']}")
    assert found["steps"][0]["calls"][0]["state"] == "done"
    await get(home, f"{path}/{other['turn']}", status=404)
    await get(home, f"{path}/nosuch", status=404)
    await get(home, f"/api/sessions/{other['session']}/turns/{said['turn']}", BOB, 404)


async def test_words_are_found_again_each_persons_own(home: House) -> None:
    said = await answered(home, "the wardrobe leads to a winter wood " + "x" * 300)
    await answered(home, "the wardrobe of somebody else", key=BOB)

    async def found() -> list[Any]:
        hits: list[Any] = (await get(home, "/api/search?q=wardrobe%20WINTER"))["hits"]
        return hits

    (hit,) = await soon(found)
    assert (hit["session"], hit["turn"]) == (said["session"], said["turn"])
    assert "wardrobe leads" in hit["snippet"]
    assert len(hit["snippet"]) < 250
    assert hit["title"].startswith("the wardrobe")
    assert (await get(home, "/api/search?q=nosuchword"))["hits"] == []
    theirs = await soon(lambda: _hits(home, "wardrobe", BOB))
    assert len(theirs) == 1


async def _hits(home: House, words: str, key: str) -> Any:
    return (await get(home, f"/api/search?q={words}", key))["hits"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/sessions?limit=0",
        "/api/sessions?limit=x",
        "/api/sessions?limit=999",
        "/api/sessions?before=x",
        "/api/sessions?before=1.%20",
        "/api/search",
        "/api/search?q=%20",
        "/api/search?q=%00",
    ],
)
async def test_what_does_not_fit_is_refused(home: House, path: str) -> None:
    await get(home, path, status=422)


async def test_words_of_the_search_language_are_only_words(home: House) -> None:
    for words in ('"', "a OR b", "x*", "(", "NEAR(", "%", "_", "'; DROP TABLE journal; --"):
        found = await home.client().get("/api/search", params={"q": words})
        assert found.status_code in {200, 503}, words
