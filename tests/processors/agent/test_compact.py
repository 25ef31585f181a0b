"""A turn that has become too long is shortened, and nothing that decides is lost."""

from __future__ import annotations

from gateways.llm.base import Exchange, ModelSaid, ToolSaid, UserSaid
from processors.agent.compact import compacted, size
from processors.agent.prompt import exchanges
from schemas.record import Observed, Proposed, Replay, Said, Thought, ToolCall
from schemas.tools import Tier
from tests.processors.asked import record, steps


def turn(*results: int, decides: frozenset[int] = frozenset()) -> list[Exchange]:
    """A question and steps, each with one call and a result of so many characters."""
    found: list[Exchange] = [UserSaid("q")]
    for step, length in enumerate(results):
        call = ToolCall(call_id=f"c{step}", tool="t", arguments={"step": step})
        found += [
            ModelSaid("", calls=(call,)),
            ToolSaid(f"c{step}", "t", True, "x" * length, {"a": 1}, decides=step in decides),
        ]
    return found


def total(found: list[Exchange]) -> int:
    return sum(map(size, found))


def test_what_has_room_stays_as_it_is() -> None:
    whole = turn(1_000, 1_000)
    assert compacted(whole, 10_000) == whole


def test_old_results_go_first_and_every_call_stays() -> None:
    whole = turn(20_000, 20_000, 20_000)
    found = compacted(whole, 8_000)
    assert total(found) <= 8_000
    old, newer, newest = (one for one in found if isinstance(one, ToolSaid))
    assert old.content.startswith("x" * 300 + "… [19700 characters were left out")
    assert old.data is None
    assert len(newer.content) < 1_000
    assert len(newest.content) == 20_000
    assert [one.calls for one in found if isinstance(one, ModelSaid)] == [
        one.calls for one in whole if isinstance(one, ModelSaid)
    ]
    assert found[0] == UserSaid("q")


def test_no_more_is_shortened_than_must_be() -> None:
    found = compacted(turn(20_000, 20_000, 100), 8_000)
    lengths = [len(one.content) for one in found if isinstance(one, ToolSaid)]
    assert lengths[0] < 1_000
    assert lengths[1:] == [20_000, 100]


def test_decisions_are_never_shortened() -> None:
    found = compacted(turn(9_000, 9_000, 10, decides=frozenset({0})), 10)
    lengths = [len(one.content) for one in found if isinstance(one, ToolSaid)]
    assert lengths[0] == 9_000
    assert lengths[1] < 1_000


def test_signed_thoughts_go_back_as_they_came() -> None:
    signed = ModelSaid("w" * 9_000, "t" * 9_000, replay=Replay(provider="p", parts=({"a": 1},)))
    loose = ModelSaid("w" * 9_000, "t" * 9_000)
    found = compacted([UserSaid("q"), signed, loose, *turn(10)[1:]], 10)
    assert found[1] == signed
    assert isinstance(found[2], ModelSaid)
    assert len(found[2].text) < 1_000
    assert not found[2].thinking


def test_even_the_newest_result_gives_way_when_there_is_no_room() -> None:
    (newest,) = (one for one in compacted(turn(60_000), 1_000) if isinstance(one, ToolSaid))
    assert newest.content.startswith("x" * 4_000)
    assert len(newest.content) < 5_000


def test_what_waits_for_a_person_is_told_as_open() -> None:
    call = ToolCall(call_id="open", tool="docker_remove", arguments={"name": "web"})
    asked = Proposed(
        approval="a", call_id="open", step=3, tool="docker_remove", tier=Tier.RED, binding="b",
        people=("owner",), expires_at=1,
    )  # fmt: skip
    long = [
        one.model_copy(update={"content": "x" * 90_000}) if isinstance(one, Observed) else one
        for one in steps("a", "b", "c")
    ]
    told = exchanges(record("q", *long, Thought(step=3, model="m", calls=(call,)), asked), ())
    assert isinstance(told[-1], ModelSaid)
    assert told[-1].calls == (call,)
    assert total(list(told)) < 60_000


def test_what_earlier_turns_did_is_remembered_when_their_words_are_not() -> None:
    done = Observed(
        step=0, index=0, call_id="c", tool="files_delete", ok=True, effect="done",
        content="I deleted old.log.\nIt had 3 lines.",
    )  # fmt: skip
    denied = Observed(
        step=0, index=1, call_id="d", tool="docker_remove", ok=False, code="denied",
        content="A person said no.",
    )  # fmt: skip
    looked = Observed(step=0, index=2, call_id="e", tool="files_list", ok=True, content="3 files.")
    before = record("x" * 9_000, done, denied, looked, Said(text="ok", outcome="answered"))
    newer = record("and now?", Said(text="now is good", outcome="answered"))
    told = exchanges(record("q"), (before, newer), room=10_000)
    assert told == (
        UserSaid("[Longer ago in this conversation.]"),
        ModelSaid(
            "[Done: files_delete (done): I deleted old.log; docker_remove (failed): A person said"
            " no.]"
        ),
        UserSaid("and now?"),
        ModelSaid("now is good"),
        UserSaid("q"),
    )
