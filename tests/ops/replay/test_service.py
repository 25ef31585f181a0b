"""Turns of every kind are replayed as they were, and a change of a stage is seen."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ops.replay import picture
from ops.replay.past import Past
from ops.replay.service import Replay, Result
from processors import think as thinking
from processors.agent.turns import Limits
from processors.pipeline import STAGES
from schemas.chat import Answer, Call, Reply, Think
from schemas.record import Asked, Observed, Said, Thought
from streams.record import TurnRecord
from streams.stage import Stage, stage
from tests.ops.replay.house import House
from tests.ops.replay.record import HISTORIES, TASK, TURNS, happen
from tests.stand import Stand

NAMES = sorted(path.stem for path in HISTORIES.glob("*.json"))


def history(name: str) -> Past:
    return Past.model_validate_json((HISTORIES / f"{name}.json").read_text("utf-8"))


async def replayed(name: str, folder: Path, *stages: Stage[..., Any]) -> list[Result]:
    """Replay a history with some stages in place of those of today."""
    instead = {one.topic: one for one in stages}
    pipeline = [instead.get(one.topic, one) for one in STAGES]
    return await Replay(history(name), House(folder).resources, pipeline).run()


def differences(results: list[Result]) -> str:
    return "\n".join(one.diff for one in results if not one.same)


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut the network, and every other way out through a socket."""

    def no(*_: object, **__: object) -> None:
        raise AssertionError("a replay reaches for the network")

    for name in ("connect", "connect_ex", "sendto", "sendmsg", "bind", "listen"):
        monkeypatch.setattr(socket.socket, name, no, raising=False)
    for name in ("getaddrinfo", "create_connection", "gethostbyname"):
        monkeypatch.setattr(socket, name, no)


def test_there_is_a_history_of_every_kind() -> None:
    assert sorted({*TURNS, TASK}) == NAMES


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("name", NAMES)
async def test_a_recorded_turn_goes_as_it_went(name: str, tmp_path: Path) -> None:
    house = House(tmp_path)
    results = await Replay(history(name), house.resources).run()
    assert differences(results) == ""
    begun = set() if name == TASK else {"admit"}  # a task begins where its parent sends it
    assert {*begun, "route", "respond", "deliver"} <= {one.stage for one in results}
    assert all(one.then for one in results if not one.note)
    assert house.counts == (0, 0)
    assert house.notes == ""


@pytest.mark.usefixtures("cut")
async def test_a_turn_of_four_tools_needs_no_network_no_model_and_no_tool(tmp_path: Path) -> None:
    house = House(tmp_path)
    results = await Replay(history("four-tools"), house.resources).run()
    assert all(one.same and not one.note for one in results)
    assert [one.what for one in results if one.stage == "tool"] == [
        "download_offer", "notes_append", "time_now", "files_read",
    ]  # fmt: skip
    assert picture.way(results) == (
        "inbox → route → think → tool → think → tool ×2 → think → tool → think → respond → outbox"  # noqa: RUF001
    )
    assert house.counts == (0, 0)
    assert house.notes == ""


async def test_the_counters_do_move_when_the_turn_really_happens(
    stand: Stand, tmp_path: Path
) -> None:
    house = House(tmp_path, Limits(steps=4))
    pasts = await happen(stand, house)
    asked, ran = house.counts
    assert asked >= 14
    assert ran >= 11
    assert house.notes == "- Anna comes on Friday.\n"
    for past in pasts.values():
        different = differences(await Replay(past, house.resources).run())
        assert not different, different
    assert house.counts == (asked, ran)
    assert house.notes == "- Anna comes on Friday.\n"


@pytest.mark.usefixtures("cut")
async def test_a_turn_with_tasks_begins_none_of_them_again(tmp_path: Path) -> None:
    results = await replayed("tasks", tmp_path)
    tools = [one for one in results if one.stage == "tool"]
    handed = [one for one in tools if one.note]
    assert [one.note for one in handed] == ["its task was handed on"] * 2
    back = [one for one in tools if one.what == "subagent_delegate" and not one.note]
    assert [one.same for one in back] == [True, True]
    assert sorted(one.now["records"][0]["content"] for one in back if one.now) == [
        "I am well.",
        "The subagent came to its limit: I stopped after 1 steps, which is the limit for one turn."
        " Ask me to go on if I should.",
    ]


async def test_a_task_is_replayed_with_the_rights_it_was_given(tmp_path: Path) -> None:
    past = history(TASK)
    results = await replayed(TASK, tmp_path)
    (listed,) = [one for one in results if one.what == "files_list"]
    assert listed.now is not None
    assert listed.now["records"][0]["code"] == "forbidden"
    asked = next(one for one in past.record if isinstance(one, Asked))
    assert asked.parent is not None
    assert asked.parent.path[0].turn == "tasks"
    free = asked.model_copy(update={"parent": asked.parent.model_copy(update={"allow": ()})})
    freed = past.model_copy(update={"record": (free, *past.record[1:])})
    again = await Replay(freed, House(tmp_path).resources).run()
    assert [one.what for one in again if not one.same] == ["files_list"]


async def test_a_turn_that_was_stopped_says_where(tmp_path: Path) -> None:
    results = await replayed("stopped", tmp_path)
    (cut_short,) = [one for one in results if one.note]
    assert (cut_short.stage, cut_short.message) == ("think", "stopped:think:1")


async def test_what_was_said_before_a_stop_is_said_again_and_no_more(tmp_path: Path) -> None:
    past = history("stopped")
    *before, said = past.record
    cut = Thought(step=1, model="scripted", text="It is", thinking="Hm.", cut=True)
    sent = tuple(
        one.model_copy(update={"length": one.length + 1})
        if one.topic in {"respond", "outbox"}
        else one
        for one in past.sent
    )
    assert isinstance(said, Said)
    whole = said.model_copy(update={"text": f"It is\n\n{said.text}"})
    replies = tuple(
        one.model_copy(update={"data": {**one.data, "text": whole.text}})
        if one.topic == "outbox"
        else one
        for one in sent
    )
    kept = past.model_copy(update={"record": (*before, cut, whole), "sent": replies})
    results = await Replay(kept, House(tmp_path).resources).run()
    assert differences(results) == ""
    (again,) = [one for one in results if one.message == "stopped:think:1"]
    assert again.now is not None
    assert [one["text"] for one in again.now["records"]] == ["It is"]
    wrong = kept.model_copy(update={"record": (*before, cut, said)})
    results = await Replay(wrong, House(tmp_path).resources).run()
    assert [one.stage for one in results if not one.same] == ["respond"]


async def test_a_failure_is_replayed_as_the_failure_it_was(tmp_path: Path) -> None:
    results = await replayed("failed", tmp_path)
    (failed,) = [one for one in results if one.then and "raises" in one.then]
    assert failed.now == {"raises": {"error": "Refused", "text": "The model does not want to."}}


async def test_a_limit_that_was_changed_since_changes_nothing(tmp_path: Path) -> None:
    for limits in (Limits(steps=1, seconds=0.000_1, tokens=1), Limits(steps=900)):
        for name in ("four-tools", "limited", "tasks", TASK):
            house = House(tmp_path, limits)
            assert differences(await Replay(history(name), house.resources).run()) == ""


# A change is seen ---------------------------------------------------------------------------


async def test_a_changed_line_of_a_stage_is_a_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say = thinking._say

    def louder(due: Think, record: TurnRecord, text: str, outcome: Any) -> Answer:
        return say(due, record, text.upper(), outcome)

    monkeypatch.setattr(thinking, "_say", louder)
    results = await replayed("four-tools", tmp_path)
    (different,) = [one for one in results if not one.same]
    assert different.message == "four-tools:think:3"
    assert '-      "text": "I noted that Anna comes on Friday.",' in different.diff
    assert '+      "text": "I NOTED THAT ANNA COMES ON FRIDAY.",' in different.diff


@stage(commit="finish")
async def other_names(answer: Answer, record: TurnRecord) -> list[Reply]:
    asked, said = record.asked, record.said
    assert said is not None
    reply = Reply.after(
        answer, id=f"{answer.turn}-reply", turn=answer.turn, chat=asked.chat, part=0, parts=1,
        text=said.text, outcome=said.outcome,
    )  # fmt: skip
    return [reply]


@stage(reads=16, commit="settle", lane="id")
async def forgets(call: Call, record: TurnRecord) -> Think:
    return Think.after(
        call, id=f"{call.turn}:think:{call.step + 1}", turn=call.turn, step=call.step + 1,
        tier=call.tier,
    )  # fmt: skip


@stage()
async def breaks(due: Think, record: TurnRecord) -> list[Call] | Answer:
    raise ValueError("a new bug")


@pytest.mark.parametrize(
    ("changed", "shows"),
    [
        (other_names, '+      "id": "four-tools-reply"'),
        (forgets, '-      "kind": "observed"'),
        (breaks, '+    "text": "a new bug"'),
    ],
)
async def test_a_broken_stage_is_seen(changed: Stage[..., Any], shows: str, tmp_path: Path) -> None:
    assert shows in differences(await replayed("four-tools", tmp_path, changed))


async def test_a_tool_that_is_gone_is_seen(tmp_path: Path) -> None:
    past = history("four-tools")
    house = House(tmp_path)
    del house.tools._own["files_read"]
    assert "There is no tool named 'files_read'" in differences(
        await Replay(past, house.resources).run()
    )


async def test_what_nobody_recorded_is_not_made_up(tmp_path: Path) -> None:
    past = history("two-tools")
    record = tuple(
        e.model_copy(update={"tool": "other"}) if isinstance(e, Observed) else e
        for e in past.record
    )
    changed = past.model_copy(update={"record": record})
    results = await Replay(changed, House(tmp_path).resources).run()
    assert "nothing of that is recorded" in differences(results)


async def test_the_picture_has_a_line_for_each_stage(tmp_path: Path) -> None:
    results = await replayed("two-tools", tmp_path)
    rows = picture.rows(results)
    assert len(rows) == len(results)
    assert rows[0].startswith("✓ admit")
    assert "scripted: 2 calls" in rows[2]
    assert picture.rows([replace(results[0], now={})])[0].startswith("✗ admit")
