"""What must hold of a question to a person, through the whole pipeline on a real Redis."""

from __future__ import annotations

import asyncio
from typing import Any

from schemas.chat import Control
from schemas.feed import LiveEvent, Queued, live_events
from schemas.tools import Tier
from streams import keys
from tests.processors.asking import House
from tests.stand import soon


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
