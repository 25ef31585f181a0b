"""What must hold of a person's yes, through the whole pipeline on a real Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from processors.tools.policy import Policy
from schemas.chat import Control
from schemas.feed import Approval, LiveEvent, Queued, live_events
from schemas.record import Observed, Said
from schemas.tools import Tier
from streams import keys
from streams.accept import Ingress
from streams.cards import shown
from streams.conversation import Conversations
from streams.sign import Gateway
from streams.sweep import Sweeper
from tests.processors.asking import WEB, House
from tests.stand import GATEWAY, QUICK, Stand, soon


@pytest.fixture
async def house(stand: Stand) -> AsyncIterator[House]:
    found = House(stand)
    async with found.running():
        yield found


async def test_a_yes_runs_what_was_asked_about(house: House) -> None:
    turn = await house.ask("do disk_clean=a")
    (request,) = await house.pending()
    assert (request.tool, request.tier, request.state) == ("disk_clean", Tier.ORANGE, "pending")
    assert request.command == 'disk_clean disk="a"'
    assert request.targets == ("disk:a",)
    assert request.says == "because you wish it"
    assert house.world.done == []
    token, _ = await house.card(request)
    assert await house.press(request.id, token=token) == "Approved; it goes on."
    assert (await house.answer(turn)).text == "It is clean."
    assert house.world.done == ["clean a"]
    (observed,) = await house.observed(turn)
    assert (observed.ok, observed.effect, observed.tier) == (True, "done", Tier.ORANGE)
    assert await house.cards() == [(request.id, "pending"), (request.id, "approved")]


async def test_a_no_is_told_to_the_model_once(house: House) -> None:
    turn = await house.ask("do disk_clean=a")
    (request,) = await house.pending()
    token, _ = await house.card(request)
    assert await house.press(request.id, "denied", token=token) == "Denied; it does not run."
    assert "Blocked" in (await house.answer(turn)).text
    (observed,) = await house.observed(turn)
    assert (observed.ok, observed.code) == (False, "denied")
    assert observed.data == {"blocked": True, "reason": "the person said no", "tier": "ORANGE"}
    assert house.world.done == []


def _event(row: Any) -> LiveEvent:
    return live_events.validate_json(row[1][b"e"])


async def test_nobody_is_held_up_and_the_session_waits(house: House) -> None:
    first = await house.ask("do disk_clean=a")
    (request,) = await house.pending()
    second = await house.ask("hello")
    other = await house.ask("hello", session="other")
    assert (await house.answer(other)).text == "you said hello"
    for topic, group in (("tool", "tool"), ("cards", "show"), ("think", "think")):
        assert await house.stand.pending(topic, group) == []
    status = Control(
        id="status", trace="x", session="s", person="owner", channel="terminal", chat="chat",
        action="status",
    )  # fmt: skip
    await house.stand.ingress().accept(status, "status")

    async def told() -> str:
        replies = await house.stand.replies()
        return next((one.text for one in replies if one.turn == "status"), "")

    rows: Any = await house.stand.live.xrange(keys.live("s"))
    queued = [one for one in map(_event, rows) if isinstance(one, Queued)]
    assert [(one.turn, one.behind, one.asking) for one in queued] == [(second, 1, True)]
    assert "Waiting for your decision" in await soon(told)
    assert "1 more wait behind" in await soon(told)
    assert [one.turn for one in await house.stand.replies()] == [other, "status"]
    await house.press(request.id, token=(await house.card(request))[0])
    await house.answer(second)
    turns = [one.turn for one in await house.stand.replies() if one.turn in {first, second}]
    assert turns == [first, second]


async def test_all_places_press_at_once_and_one_wins(house: House) -> None:
    turn = await house.ask("do disk_clean=a")
    (request,) = await house.pending()
    here, there = await house.card(request), await house.card(request, "web")
    found = await asyncio.gather(
        house.press(request.id, "approved", token=here[0]),
        house.press(request.id, "denied", channel="web", token=there[0]),
        house.press(None, "approved", code=there[1]),
        house.press(None, "denied", channel="web", code=here[1]),
    )
    counted = [one for one in found if one.startswith(("Approved", "Denied"))]
    assert len(counted) == 1, found
    await house.answer(turn)
    approved = counted[0].startswith("Approved")
    assert house.world.done == (["clean a"] if approved else [])
    assert len(await house.observed(turn)) == 1
    assert [state for _, state in await house.cards()] == [
        "pending", "approved" if approved else "denied",
    ]  # fmt: skip


async def test_red_needs_more_than_a_press(house: House) -> None:
    turn = await house.ask("do disk_wipe=a")
    (request,) = await house.pending()
    token, own = await house.card(request)
    _, elsewhere = await house.card(request, "web")
    assert "more than that" in await house.press(request.id, token=token)
    assert "does not fit" in await house.press(request.id, token=token, code=own)
    assert "more than that" in await house.press(request.id, token=token, second=True)
    assert await house.press(request.id, token=token, code=elsewhere) == "Approved; it goes on."
    await house.answer(turn)
    assert house.world.done == ["wipe a"]


async def test_the_web_steps_up_with_a_second_factor(house: House) -> None:
    await house.ask("do disk_wipe=a")
    (request,) = await house.pending()
    token, _ = await house.card(request, "web")
    assert "more than that" in await house.press(request.id, channel="web", token=token)
    pressed = await house.press(request.id, channel="web", token=token, second=True)
    assert pressed == "Approved; it goes on."


async def test_an_old_card_of_the_same_command_counts_for_nothing(house: House) -> None:
    first = await house.ask("do disk_clean=a")
    (old,) = await house.pending()
    token, code = await house.card(old)
    await house.press(old.id, "denied", token=token)
    await house.answer(first)
    await house.ask("do disk_clean=a")
    (new,) = await house.pending()
    assert new.id != old.id
    assert "already" in await house.press(old.id, token=token)
    assert "does not fit" in await house.press(new.id, token=token)
    assert "does not fit" in await house.press(new.id, code=code)
    assert house.world.done == []


async def test_one_s_code_does_not_open_another(house: House) -> None:
    await house.ask("do disk_clean=a disk_clean=b")
    first, second = await house.pending(2)
    _, code = await house.card(first)
    assert "does not fit" in await house.press(second.id, code=code)
    assert "Say which" in await house.press(None)
    assert house.world.done == []


async def test_a_stop_withdraws_what_is_asked(house: House) -> None:
    turn = await house.ask("do disk_clean=a disk_clean=b")
    first, _ = await house.pending(2)
    token, _ = await house.card(first)
    stop = Control(
        id="stop", trace="x", session="s", person="owner", channel="terminal", chat="chat",
        action="stop",
    )  # fmt: skip
    await house.stand.ingress().accept(stop, "stop")
    assert (await house.answer(turn)).text == "Stopped."
    assert "void" in await house.press(first.id, token=token)
    await house.idle()
    assert house.world.done == []
    assert sorted(state for _, state in await house.cards()) == ["pending"] * 2 + ["void"] * 2


async def test_a_stop_and_a_yes_at_once_do_one_of_both(house: House) -> None:
    for number in range(5):
        turn = await house.ask("do disk_clean=a")
        (request,) = await house.pending()
        token, _ = await house.card(request)
        name = f"stop-{number}"
        stop = Control(
            id=name, trace="x", session="s", person="owner", channel="terminal", chat="chat",
            action="stop",
        )  # fmt: skip
        house.world.done.clear()
        await asyncio.gather(
            house.press(request.id, token=token), house.stand.ingress().accept(stop, name)
        )
        await house.answer(turn)
        await house.idle()
        states = [state for name, state in await house.cards() if name == request.id]
        assert len(states) == 2
        observed = await house.observed(turn)
        if house.world.done:
            assert states[1] == "approved"
            assert [one.effect for one in observed] in (["done"], ["unknown"])
        assert len(house.world.done) <= 1


async def test_more_than_five_are_not_asked(house: House) -> None:
    turn = await house.ask(f"do {' '.join(f'disk_clean={n}' for n in range(7))}")
    found = await house.pending(5)
    for one in found:
        await house.press(one.id, "denied", token=(await house.card(one))[0])
    await house.answer(turn)
    codes = sorted(str(one.code) for one in await house.observed(turn))
    assert codes == ["denied"] * 5 + ["too_many"] * 2


# What changed while it waited --------------------------------------------------------------


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


# Who and how -------------------------------------------------------------------------------


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


# Restarts ----------------------------------------------------------------------------------


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
