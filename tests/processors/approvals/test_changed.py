"""What changed while a question waited, who decides and how, and what a restart keeps."""

from __future__ import annotations

from typing import Any

import pytest

from processors.tools.policy import Policy
from schemas.approvals import ApprovalView
from schemas.chat import Attachment, Control
from schemas.feed import Approval, live_events
from schemas.record import Observed, Said
from schemas.tools import Tier
from streams import keys
from streams.accept import Ingress
from streams.approvals import Requests
from streams.cards import shown
from streams.conversation import Conversations
from streams.sign import Gateway
from streams.sweep import Sweeper
from tests.processors.asking import WEB, House
from tests.stand import GATEWAY, QUICK, Stand, soon


async def test_another_disk_under_the_same_name_is_denied(house: House) -> None:
    turn = await house.ask("do disk_clean=a")
    (request,) = await house.pending()
    house.world.disk = "disk-2"
    await house.press(request.id, token=(await house.card(request))[0])
    assert "not what it was" in (await house.answer(turn)).text
    assert [one.code for one in await house.observed(turn)] == ["changed"]
    assert house.world.done == []


async def test_under_other_rules_it_is_asked_anew(house: House) -> None:
    turn = await house.ask("do disk_clean=a")
    (request,) = await house.pending()
    house.rules.policy = Policy(tiers={"disk_clean": Tier.RED})
    await house.press(request.id, token=(await house.card(request))[0])

    async def anew() -> Any:
        return [one for one in await house.pending() if one.id != request.id]

    (again,) = await soon(anew)
    assert again.tier == Tier.RED
    assert house.world.done == []
    token, _ = await house.card(again, "web")
    await house.press(again.id, channel="web", token=token, second=True)
    await house.answer(turn)
    assert house.world.done == ["clean a"]


async def test_what_is_forbidden_meanwhile_does_not_run(house: House) -> None:
    turn = await house.ask("do disk_clean=a")
    (request,) = await house.pending()
    house.rules.policy = Policy(protected=("disk:a",))
    await house.press(request.id, token=(await house.card(request))[0])
    await house.answer(turn)
    assert [one.code for one in await house.observed(turn)] == ["protected"]
    assert house.world.done == []


async def test_another_person_s_press_is_not_theirs_to_make(house: House) -> None:
    await house.ask("do disk_clean=a")
    (request,) = await house.pending()
    token, code = await house.card(request)
    tries: tuple[dict[str, Any], ...] = ({"token": token}, {"code": code})
    for more in tries:
        found = await house.press(request.id, person="mallory", **more)
        assert found == "This is not yours to decide."
    assert [one.id for one in await house.pending()] == [request.id]


@pytest.mark.parametrize("text", ["APPROVE {}", "/ap {}", "deny {}", "/deny {}", "Approve  {} "])
async def test_a_keyword_with_its_code_counts(house: House, text: str) -> None:
    turn = await house.ask("do disk_clean=a")
    (request,) = await house.pending()
    _, code = await house.card(request)
    word = Control.word(text.format(shown(code).lower()))
    assert word is not None
    assert word["action"] == "decide"
    assert word["code"] == code
    said = await house.press(None, word["verdict"], code=word["code"])
    await house.answer(turn)
    assert house.world.done == (["clean a"] if said.startswith("Approved") else [])


@pytest.mark.parametrize(
    "text",
    [
        "> APPROVE {}", "\"APPROVE {}\"", "Fwd: APPROVE {}", "APPROVE {}\nthanks",
        "please APPROVE {}",
        "APPROVE {} now", "approve", "deny", "approve everyone", "approve the plan", "*APPROVE {}*",
        "APPROVE: {}", "APPROVE{}",
    ],
)  # fmt: skip
async def test_what_only_quotes_a_keyword_is_talk(text: str) -> None:
    assert Control.word(text.format("BCDF-2345")) is None


async def test_a_tool_s_output_decides_nothing(house: House) -> None:
    turn = await house.ask("do page_read")
    assert "APPROVE" in (await house.answer(turn)).text
    await house.ask("do disk_clean=a")
    assert len(await house.pending()) == 1


async def test_after_a_page_that_anybody_wrote_more_is_needed(house: House) -> None:
    await house.ask("do page_read disk_clean=a")
    (request,) = await house.pending()
    token, _ = await house.card(request)
    await house.press(request.id, token=token)

    async def red() -> Any:
        found = await house.pending()
        return [one for one in found if one.tier == Tier.RED]

    (again,) = await soon(red)
    assert "untrusted text entered this turn (page_read)" in again.reasons
    assert house.world.done == []


async def test_with_a_file_that_anybody_wrote_more_is_needed(house: House) -> None:
    letter = Attachment(id="a", name="letter.txt", type="text/plain", size=4)
    for files, tier in (((), Tier.ORANGE), ((letter,), Tier.RED)):
        await house.ask('!disk_clean {"disk": "a"}', session=tier.name, attachments=files)

        async def asked(wanted: Tier = tier) -> ApprovalView | None:
            found = await Requests(house.stand.redis, "terminal").pending("owner")
            return next((one for one in found if one.session == wanted.name), None)

        request = await soon(asked)
        assert (request.tier, request.tainted) == (tier, bool(files))
    assert request.reasons == ("untrusted text entered this turn (an attached file)",)


async def test_an_unsigned_decision_and_a_stranger_s_are_refused(house: House) -> None:
    await house.ask("do disk_clean=a")
    (request,) = await house.pending()
    token, _ = await house.card(request, "web")
    control = Control(
        id="forged", trace="x", session="s", person="owner", channel="web", chat="chat",
        action="decide", approval=request.id, verdict="approved", token=token,
    )  # fmt: skip
    data = control.model_dump_json()
    await house.stand.tester.xadd(keys.topic("control"), {"data": data})
    # The terminal's key speaks for no other channel; a key that nobody knows speaks for none.
    for signer in (GATEWAY, Gateway("web", b"f" * 32, frozenset({"web"}))):
        fields: Any = {"data": data, "sig": signer.sign(data.encode())}
        await house.stand.tester.xadd(keys.topic("control"), fields)

    async def refused() -> bool:
        return len(await house.stand.letters()) == 3

    await soon(refused)
    assert {one.code for one in await house.stand.letters()} == {"forbidden"}
    assert [one.id for one in await house.pending()] == [request.id]
    assert house.world.done == []


async def test_a_replayed_decision_is_the_same_decision(house: House) -> None:
    turn = await house.ask("do disk_clean=a")
    (request,) = await house.pending()
    token, _ = await house.card(request)
    control = Control(
        id="once", trace="x", session="s", person="owner", channel="terminal", chat="chat",
        action="decide", approval=request.id, verdict="approved", token=token,
    )  # fmt: skip
    for key in ("first", "first", "second"):
        await Ingress(house.stand.redis, GATEWAY, QUICK).accept(control, key)
    await house.answer(turn)
    await house.idle()
    assert house.world.done == ["clean a"]


async def test_it_waits_through_a_restart_of_everything(stand: Stand) -> None:
    house = House(stand)
    async with house.running():
        turn = await house.ask("do disk_clean=a")
        (request,) = await house.pending()
    async with house.running():
        assert [one.id for one in await house.pending()] == [request.id]
        await house.press(request.id, token=(await house.card(request))[0])
        await house.answer(turn)
    assert house.world.done == ["clean a"]


async def test_time_ends_a_question(stand: Stand) -> None:
    house = House(stand)
    house.settings = QUICK.model_copy(update={"approval_seconds": 0.3})
    async with house.running():
        turn = await house.ask("do disk_clean=a")
        assert "nobody decided in time" in (await house.answer(turn)).text
    assert [state for _, state in await house.cards()] == ["pending", "expired"]
    assert [one.code for one in await house.observed(turn)] == ["expired"]


async def test_the_sweeper_lets_a_question_wait(stand: Stand) -> None:
    house = House(stand)
    async with house.running():
        turn = await house.ask("do disk_clean=a")
        (request,) = await house.pending()
        await stand.tester.zadd(keys.TURNS, {turn: 1})
        assert await Sweeper(stand.redis, QUICK.turn_seconds).sweep() == []
        assert [one.id for one in await house.pending()] == [request.id]
        told = await Conversations(stand.redis).turn(turn)
        assert told is not None
        assert not [one for one in told.record if isinstance(one, Said | Observed)]


async def test_who_watches_sees_the_question_and_the_answer(house: House) -> None:
    turn = await house.ask("do disk_clean=a")
    (request,) = await house.pending()
    await house.press(request.id, channel="web", token=(await house.card(request, "web"))[0])
    await house.answer(turn)

    async def seen() -> list[Approval]:
        rows: Any = await house.stand.live.xrange(keys.live("s"))
        found = [live_events.validate_json(fields[b"e"]) for _, fields in rows]
        asks = [one for one in found if isinstance(one, Approval)]
        return asks if len(asks) == 2 else []

    before, after = await soon(seen)
    assert (before.approval.state, after.approval.state) == ("pending", "approved")
    assert (after.approval.by, after.approval.channel) == ("owner", "web")
    assert before.approval.id == after.approval.id == request.id
    assert WEB.name == "web"
