"""Notices are kept until they are seen, counted instead of repeated, and end when they are over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
from pydantic import ValidationError

from ops.desktop import board
from ops.desktop.notices import Notices
from ops.settings import Settings
from schemas.notices import Notice, NoticesLive, NoticeView

OWNER = ("", "owner")


@pytest.fixture
async def notices(tmp_path: Path) -> AsyncIterator[Notices]:
    found = Notices.of(Settings(root=tmp_path))
    yield found
    await found.close()


def notice(title: str = "A disk is full", key: str | None = None, **more: str) -> Notice:
    return Notice.model_validate(
        {"source": "disks", "level": "warning", "title": title, "key": key, **more}
    )


async def shown(notices: Notices, people: tuple[str, ...] = OWNER) -> list[NoticeView]:
    return list((await notices.page(people, None, 100)).notices)


async def test_nothing_is_opened_while_there_is_nothing_to_tell(tmp_path: Path) -> None:
    notices = Notices.of(Settings(root=tmp_path))
    await notices.stands("models", [])
    assert not (tmp_path / "home.db").exists()
    await notices.close()


async def test_what_is_told_stays_until_somebody_has_seen_it(notices: Notices) -> None:
    first = await notices.publish(notice("one"))
    await notices.publish(notice("two"))
    page = await notices.page(OWNER, None, 100)
    assert ([one.title for one in page.notices], page.unseen) == (["two", "one"], 2)
    await notices.see(OWNER, [first], "Ada")
    page = await notices.page(OWNER, None, 100)
    assert page.unseen == 1
    assert [(one.title, one.seen_by) for one in page.notices] == [("two", None), ("one", "Ada")]


async def test_the_same_is_counted_until_it_was_seen(notices: Notices) -> None:
    name = await notices.publish(notice("first words", "sda"))
    assert await notices.publish(notice("last words", "sda")) == name
    (one,) = await shown(notices)
    assert (one.title, one.times) == ("last words", 2)
    await notices.see(OWNER, [name], "Ada")
    assert await notices.publish(notice("once more", "sda")) != name
    assert [one.times for one in await shown(notices)] == [1, 2]


async def test_what_is_no_more_is_over(notices: Notices) -> None:
    await notices.stands("models", [notice("a is down", "a"), notice("b is down", "b")])
    await notices.stands("models", [notice("b is down", "b")])
    found = {one.title: one for one in await shown(notices)}
    assert found["a is down"].ended_at is not None
    assert found["b is down"].ended_at is None
    assert (await notices.page(OWNER, None, 100)).unseen == 1


async def test_what_comes_back_at_once_is_counted_and_no_news(
    notices: Notices, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = [notice("a is down", "a")]
    await notices.stands("models", down)
    async with asyncio.timeout(30), aclosing(notices.follow(OWNER)) as told:
        await anext(told)
        for now in ([], down, [], down):
            await notices.stands("models", now)
        (one,) = await shown(notices)
        assert (one.times, one.ended_at) == (3, None)
        await notices.publish(notice("news"))
        heard = await anext(told)
        while not heard.fresh:
            heard = await anext(told)
        assert [one.title for one in heard.fresh] == ["news"]
    monkeypatch.setattr(board, "QUIET", -1)
    await notices.stands("models", [])
    await notices.stands("models", down)
    assert sorted(one.times for one in await shown(notices)) == [1, 1, 3]


async def test_the_same_is_told_once_in_a_while_also_without_a_key(
    notices: Notices, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with asyncio.timeout(30), aclosing(notices.follow(OWNER)) as told:
        await anext(told)
        for key in (None, "sda"):
            for _ in range(3):
                await notices.publish(notice("full", key))
        assert sorted(one.times for one in await shown(notices)) == [3, 3]
        heard = await anext(told)
        assert len(heard.fresh) == 2
        await notices.publish(notice("full", "sda"))
        await notices.publish(notice("news"))
        assert [one.title for one in (await anext(told)).fresh] == ["news"]
        monkeypatch.setattr(board, "QUIET", -1)
        await notices.publish(notice("full", "sda"))
        assert [one.times for one in (await anext(told)).fresh] == [5]


async def test_what_stood_when_the_server_stopped_ends_with_the_next_one(tmp_path: Path) -> None:
    before = Notices.of(Settings(root=tmp_path))
    await before.stands("models", [notice("a is down", "a")])
    await before.close()
    after = Notices.of(Settings(root=tmp_path))
    await after.stands("models", [])
    (one,) = await shown(after)
    assert one.ended_at is not None
    await after.close()


async def test_each_sees_only_what_is_for_them(notices: Notices) -> None:
    await notices.publish(notice("for the owner"))
    name = await notices.publish(notice("for Bob", person="bob"))
    assert [one.title for one in await shown(notices, ("bob",))] == ["for Bob"]
    await notices.see(OWNER, [name], "Ada")
    (one,) = await shown(notices, ("bob",))
    assert one.seen_at is None


async def test_pages_follow_each_other(notices: Notices) -> None:
    for number in range(5):
        await notices.publish(notice(str(number)))
    first = await notices.page(OWNER, None, 3)
    assert first.next is not None
    at, _, name = first.next.partition("-")
    second = await notices.page(OWNER, (int(at), name), 3)
    titles = [one.title for one in (*first.notices, *second.notices)]
    assert (titles, second.next) == (["4", "3", "2", "1", "0"], None)


async def test_only_so_many_are_kept_and_the_seen_go_first(
    notices: Notices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "MOST", 3)
    names = [await notices.publish(notice(str(number))) for number in range(3)]
    await notices.see(OWNER, [names[1]], "Ada")
    await notices.publish(notice("3"))
    assert [one.title for one in await shown(notices)] == ["3", "2", "0"]


async def test_who_watches_hears_of_it_also_from_another_process(tmp_path: Path) -> None:
    mine, other = (Notices.of(Settings(root=tmp_path)) for _ in range(2))
    await other.publish(notice("before"))
    async with asyncio.timeout(30), aclosing(mine.follow(OWNER)) as told:
        assert await anext(told) == NoticesLive(unseen=1)
        await other.publish(notice("meanwhile"))
        heard = await anext(told)
        assert (heard.unseen, [one.title for one in heard.fresh]) == (2, ["meanwhile"])
        await other.see(OWNER, [one.id for one in await shown(other)], "Ada")
        assert await anext(told) == NoticesLive(unseen=0)
    await mine.close()
    await other.close()


async def test_words_that_change_are_no_news(notices: Notices) -> None:
    await notices.stands("models", [notice("failed twice", "a")])
    async with asyncio.timeout(30), aclosing(notices.follow(OWNER)) as told:
        await anext(told)
        await notices.stands("models", [notice("failed three times", "a")])
        await notices.publish(notice("news"))
        heard = await anext(told)
    assert [one.title for one in heard.fresh] == ["news"]


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "javascript:x", "/ x"])
def test_a_notice_leads_nowhere_else(path: str) -> None:
    with pytest.raises(ValidationError):
        notice(path=path)
