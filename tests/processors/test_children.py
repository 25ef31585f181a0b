"""Tasks for subagents, through the whole pipeline on a real Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from processors.agent.children import SILENT, report
from processors.agent.turns import Limits
from processors.pipeline import MET
from processors.respond import respond as spoken
from schemas.chat import Answer, Control, Reply
from schemas.children import TurnPlace
from schemas.errors import Refused
from schemas.feed import Approval, Called, live_events
from schemas.record import Delegated, Reported
from schemas.tools import Tier
from streams import keys
from streams.conversation import Conversations
from streams.record import TurnRecord
from streams.stage import stage
from streams.sweep import Sweeper
from tests.processors.handing import Family, hand
from tests.stand import QUICK, Stand, soon
from web.turns import view


@pytest.fixture
async def house(stand: Stand) -> AsyncIterator[Family]:
    found = Family(stand, Limits(steps=60))
    async with found.running():
        yield found


def tier_of(_: str) -> str:
    return "GREEN"


async def stop(house: Family, session: str = "s") -> None:
    control = Control(
        id=f"stop-{session}", trace="x", session=session, person="owner", channel="terminal",
        chat="chat", action="stop",
    )  # fmt: skip
    await house.stand.ingress().accept(control, control.id)


async def test_a_task_comes_back_to_the_turn_that_handed_it_on(house: Family) -> None:
    turn = await house.ask(hand("the answer is 42"))
    assert (await house.answer(turn)).text == "the answer is 42"
    (observed,) = await house.observed(turn)
    assert (observed.ok, observed.tool, observed.effect) == (True, "subagent_delegate", None)
    (delegated,) = await house.children(turn)
    (found,) = await house.returned(turn)
    assert found.child == delegated.child
    assert found.reported is not None
    assert (found.reported.steps, found.reported.tokens, found.reported.cost) == (1, 100, 1_000)
    # The child is an ordinary turn of a conversation of its own, and says whose task it is.
    asked = await house.asked(delegated.child)
    assert asked.parent is not None
    assert [(one.turn, one.call_id) for one in asked.parent.path] == [(turn, observed.call_id)]
    assert (asked.text, asked.person, asked.channel) == ("the answer is 42", "owner", "terminal")
    told = await Conversations(house.stand.redis).turns(delegated.session)
    assert [(one.turn, one.state) for one in told] == [(delegated.child, "over")]
    # What a person is told, they are told once.
    outer = [one for one in await house.stand.replies() if not one.inner]
    assert [one.turn for one in outer] == [turn]


async def test_a_turn_and_its_task_name_each_other_where_they_are_seen(house: Family) -> None:
    turn = await house.ask(hand("one"))
    await house.answer(turn)
    (delegated,) = await house.children(turn)
    task = TurnPlace(session=delegated.session, turn=delegated.child)
    conversations = Conversations(house.stand.redis)
    told, below = [await conversations.turn(one) for one in (turn, delegated.child)]
    assert told is not None
    assert below is not None
    (call,) = view(told, "s", tier_of).steps[0].calls
    assert call.task == task
    assert view(below, delegated.session, tier_of).parent == TurnPlace(session="s", turn=turn)
    rows: Any = await house.stand.live.xrange(keys.live("s"))
    events = [live_events.validate_json(row[1][b"e"]) for row in rows]
    assert task in [one.task for one in events if isinstance(one, Called)]


async def test_two_tasks_run_beside_each_other_and_are_joined_once(house: Family) -> None:
    turn = await house.ask(hand("do disk_clean=a", "do disk_clean=b"))
    requests = await house.pending(2)
    for request in reversed(requests):
        await house.press(request.id, token=(await house.card(request))[0])
    assert (await house.answer(turn)).text == "It is clean. | It is clean."
    assert sorted(house.world.done) == ["clean a", "clean b"]
    assert len(await house.returned(turn)) == 2
    thinks = [data for data in await house.stand.data("think") if f'"turn":"{turn}"' in data]
    assert len(thinks) == 2


async def test_a_task_s_question_goes_to_its_person_s_places_and_says_whose_it_is(
    house: Family,
) -> None:
    turn = await house.ask(hand("do disk_clean=a"))
    (request,) = await house.pending()
    (delegated,) = await house.children(turn)
    assert (request.turn, request.session) == (delegated.child, delegated.session)
    assert request.task == "do disk_clean=a"
    bonds = (keys.turn_children(turn), keys.turn_parent(delegated.child))
    tester = house.stand.tester
    assert [await tester.ttl(key) for key in bonds] == [-1, -1], "no clock ends what runs"

    async def shown() -> list[Approval]:
        rows: Any = await house.stand.live.xrange(keys.live("s"))
        events = [live_events.validate_json(row[1][b"e"]) for row in rows]
        return [one for one in events if isinstance(one, Approval)]

    (event,) = await soon(shown)
    assert (event.turn, event.approval.id) == (turn, request.id)
    assert event.approval.call_id == delegated.call_id
    assert await house.press(request.id, "denied", token=(await house.card(request))[0])
    await house.answer(turn)
    assert house.world.done == []
    assert all([await tester.ttl(key) > 0 for key in bonds])


async def test_a_task_may_use_no_more_than_it_was_given(house: Family) -> None:
    turn = await house.ask(hand("do disk_clean=a page_read", tools=("page_*",)))
    await house.answer(turn)
    (delegated,) = await house.children(turn)
    clean, page = await house.seen(delegated.child)
    assert (clean.ok, clean.code, page.ok) == (False, "forbidden", True)
    assert "none of the tools that this task was given" in clean.content
    assert house.world.done == []


async def test_what_is_narrowed_stays_narrow_further_down(house: Family) -> None:
    inner = hand("do disk_clean=a", tools=("disk_*",)).replace("\n", "\\n")
    turn = await house.ask(hand(inner, tools=("subagent_delegate", "page_read")))
    await house.answer(turn)
    (first,) = await house.children(turn)
    (second,) = await house.children(first.child)
    (clean,) = await house.observed(second.child)
    assert "none of the tools that this task was given" in clean.content


async def test_who_may_not_hands_nobody_more(stand: Stand) -> None:
    house = Family(stand)
    async with house.running():
        turn = await house.ask(hand("do disk_clean=a"), person="guest")
        await house.answer(turn)
        (delegated,) = await house.children(turn)
        (clean,) = await house.observed(delegated.child)
        assert (await house.asked(delegated.child)).profile == "messaging"
        assert "not within this person's rights" in clean.content
        assert house.world.done == []


async def test_taint_goes_up(house: Family) -> None:
    turn = await house.ask(hand("do page_read", then="disk_clean=a"))
    (request,) = await house.pending()
    assert (request.turn, request.tier) == (turn, Tier.RED)
    assert "untrusted text entered this turn (page_read)" in request.reasons


async def test_taint_goes_down(house: Family) -> None:
    turn = await house.ask("look\ndo disk_clean=a")
    (request,) = await house.pending()
    (delegated,) = await house.children(turn)
    assert (request.turn, request.tier) == (delegated.child, Tier.RED)
    assert "untrusted text entered this turn (page_read)" in request.reasons


async def test_a_task_is_no_command(house: Family) -> None:
    turn = await house.ask(hand("!disk_clean disk=a", "/help"))
    assert (await house.answer(turn)).text == "!disk_clean disk=a | /help"
    assert house.world.done == []


async def test_deeper_than_allowed_is_refused(stand: Stand) -> None:
    house = Family(stand, Limits(depth=1))
    async with house.running():
        turn = await house.ask(hand(hand("deep").replace("\n", "\\n")))
        await house.answer(turn)
        (delegated,) = await house.children(turn)
        (observed,) = await house.observed(delegated.child)
        assert (observed.code, observed.ok) == ("too_deep", False)
        assert "no deeper" in observed.content
        assert not [e for e in await house.record(delegated.child) if isinstance(e, Delegated)]


async def test_more_than_allowed_are_refused(stand: Stand) -> None:
    house = Family(stand)
    house.settings = QUICK.model_copy(update={"children": 2})
    async with house.running():
        turn = await house.ask(hand("one", "two", "three"))
        text = (await house.answer(turn)).text
        assert "no more tasks may be handed on" in text
        assert len(await house.children(turn, 2)) == 2
        assert len(await house.observed(turn)) == 3


async def test_a_task_has_a_share_of_what_is_left_and_what_it_used_is_gone(stand: Stand) -> None:
    house = Family(stand, Limits(steps=5, tokens=1_000, calls=9, cost=9_000))
    async with house.running():
        turn = await house.ask(hand("one", "two"))
        await house.answer(turn)
        for delegated in await house.children(turn, 2):
            asked = await house.asked(delegated.child)
            assert asked.parent is not None
            budget = asked.parent.budget
            assert (budget.steps, budget.tokens, budget.calls) == (1, 300, 2)
            assert budget.cost == 2_666
            assert 0 < budget.seconds <= 450
        # All of it is on the account of the conversation in which a person asked.
        spent: Any = await house.stand.redis.hgetall(keys.spent("s", "owner", 0)[0])
        assert int(spent[b"tokens"]) == 400
        assert int(spent[b"cost"]) == 4_000


async def test_what_tasks_used_counts_against_their_parent(stand: Stand) -> None:
    house = Family(stand, Limits(steps=3))
    async with house.running():
        turn = await house.ask(hand("one", then="page_read"))
        answer = await house.answer(turn)
        assert (answer.outcome, "3 steps" in answer.text) == ("limited", True)


async def test_a_task_without_a_share_is_refused(stand: Stand) -> None:
    house = Family(stand, Limits(steps=2))
    async with house.running():
        turn = await house.ask(hand("one"))
        await house.answer(turn)
        (observed,) = await house.observed(turn)
        assert (observed.code, observed.ok) == ("limited", False)


async def test_a_task_at_its_limit_says_so(stand: Stand) -> None:
    house = Family(stand, Limits(steps=3))
    async with house.running():
        turn = await house.ask(hand("do page_read"))
        await house.answer(turn)
        (observed,) = await house.observed(turn)
        assert (observed.ok, observed.code) == (False, "limited")
        assert observed.content.startswith("The subagent came to its limit")


async def test_a_task_that_fails_says_so(house: Family) -> None:
    turn = await house.ask(hand("fail"))
    text = (await house.answer(turn)).text
    assert text.startswith("The subagent failed")
    (observed,) = await house.observed(turn)
    assert (observed.ok, observed.code) == (False, "failed")


async def test_a_stop_of_the_parent_stops_its_tasks(house: Family) -> None:
    deep = hand("wait", "do disk_clean=a").replace("\n", "\\n")
    turn = await house.ask(hand("wait", deep))
    one, other = await house.children(turn, 2)
    deeper = {d for c in (one, other) if (await house.asked(c.child)).text != "wait" for d in [c]}
    grand = await house.children(next(iter(deeper)).child, 2)
    await house.pending()
    await stop(house)
    answer = await house.answer(turn)
    assert (answer.outcome, answer.text) == ("stopped", "Stopped.")
    await house.idle()
    for child in (one, other, *grand):
        reported = [e for e in await house.record(child.child) if isinstance(e, Reported)]
        assert [e.outcome for e in reported] == ["stopped"]
    assert await house.stand.redis.zcard(keys.APPROVALS) == 0
    assert house.world.done == []


async def test_a_task_that_is_stopped_says_so(house: Family) -> None:
    turn = await house.ask(hand("wait"))
    (delegated,) = await house.children(turn)
    await stop(house, delegated.session)
    assert (await house.answer(turn)).text == "The subagent was stopped: I wait\n\nStopped."
    (observed,) = await house.observed(turn)
    assert (observed.ok, observed.code) == (False, "stopped")


async def test_nothing_is_lost_while_a_turn_waits_for_its_tasks(house: Family) -> None:
    turn = await house.ask(hand("wait"))
    (delegated,) = await house.children(turn)
    await house.stand.redis.zadd(keys.TURNS, {turn: 1})
    found = await Sweeper(house.stand.redis, 0.001).sweep()
    assert turn not in [one.turn for one in found]
    assert delegated.child not in [one.turn for one in found if one.kind == "turn.lost"]
    await stop(house)
    await house.answer(turn)


async def test_the_end_of_a_task_counts_once(house: Family) -> None:
    """Whoever sends the call on again, or lets it go on with a task that it never had."""
    turn = await house.ask(hand("one"))
    await house.answer(turn)
    (again,) = [one for one in await house.stand.data("tool") if '"child":"' in one]
    for _ in range(3):
        await house.stand.tester.xadd(keys.topic("tool"), {"data": again, "n": 1})
    await house.idle()
    assert len(await house.observed(turn)) == 1
    assert len([one for one in await house.stand.replies() if one.turn == turn]) == 1


@stage(commit="finish")
async def respond(answer: Answer, record: TurnRecord) -> list[Reply]:
    """Fail for a person's tasks, and as ever for others."""
    if record.asked.parent is not None and len(record.asked.parent.path) == 1:
        raise Refused("It has no words.")
    return await spoken(answer, record)


async def test_what_a_task_without_a_word_used_counts_as_if_it_had_said_so(stand: Stand) -> None:
    house = Family(stand, Limits(steps=60))
    stages = [respond if one.name == "respond" else one for one in MET]
    task = hand("do disk_clean=a", then="page_read").replace("\n", "\\n")
    async with house.running(*stages):
        turn = await house.ask(hand(task))
        (request,) = await house.pending()
        await house.press(request.id, token=(await house.card(request))[0])
        answer = await house.answer(turn)
    (returned,) = await house.returned(turn)
    (delegated,) = await house.children(turn)
    would = report(TurnRecord(delegated.child, await house.record(delegated.child)))
    counted = returned.reported
    assert counted is not None
    beside = {"at", "text", "outcome", "waited_ms"}
    assert counted.model_dump(exclude=beside) == would.model_dump(exclude=beside)
    assert (counted.outcome, counted.did, counted.tokens) == ("failed", ("disk_clean",), 500)
    assert counted.used == ("subagent_delegate", "page_read", "disk_clean")
    assert counted.waited_ms > 0  # for a person, further down
    assert answer.text.startswith("The subagent failed: It ended without a word")


async def test_a_task_whose_record_cannot_be_read_comes_back_all_the_same(stand: Stand) -> None:
    house = Family(stand, Limits(steps=60))
    stages = [respond if one.name == "respond" else one for one in MET]
    async with house.running(*stages):
        turn = await house.ask(hand("wait"))
        (delegated,) = await house.children(turn)
        await house.stand.tester.rpush(keys.turn(delegated.child), '{"kind":"thought","x":')
        await stop(house, delegated.session)
        assert (await house.answer(turn)).text == f"{SILENT}"
    (returned,) = await house.returned(turn)
    assert returned.reported is None


async def test_what_a_task_without_a_word_used_is_gone_for_its_parent(stand: Stand) -> None:
    house = Family(stand, Limits(steps=3))
    stages = [respond if one.name == "respond" else one for one in MET]
    async with house.running(*stages):
        turn = await house.ask(hand("one", then="page_read"))
        answer = await house.answer(turn)
    assert (answer.outcome, "3 steps" in answer.text) == ("limited", True)
