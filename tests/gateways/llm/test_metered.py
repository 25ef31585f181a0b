"""What an answer costs is known about while it is written, and exactly once it is whole."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

import pytest

from gateways.llm.base import (
    CallDelta,
    Delta,
    ModelSaid,
    Request,
    Spent,
    TextDelta,
    ThinkingDelta,
    ToolSaid,
    UserSaid,
)
from gateways.llm.cooling import Cooling
from gateways.llm.fallback import Candidate, Fallback
from gateways.llm.metered import STRIDE, Metered
from gateways.llm.models import Known
from gateways.llm.whole import Completion, Whole, think
from schemas.errors import Expected, Refused, Transient
from schemas.record import ToolCall, Usage

KNOWN = Known(input=1.0, output=10.0)
ASKED = Request((UserSaid("w" * 3_500),))
EXACT = Usage(input=7, output=3, cost=37)


class Provider:
    """Says these pieces, then what they took."""

    name = "provider"

    def __init__(self, *pieces: Delta | Expected, spent: Usage = EXACT) -> None:
        self._pieces, self._spent = pieces, spent

    async def stream(self, _: Request) -> AsyncGenerator[Delta]:
        for one in self._pieces:
            if isinstance(one, Expected):
                raise one
            yield one
        yield Spent(self._spent)


async def told(model: Provider, asked: Request = ASKED) -> list[Usage]:
    """Return what is said of its cost, in this order."""
    found = [one async for one in Metered(model, KNOWN).stream(asked)]
    return [one.usage for one in found if isinstance(one, Spent)]


async def test_it_grows_with_the_answer_and_the_providers_own_word_is_the_last() -> None:
    pieces: list[Delta] = [
        TextDelta("t" * STRIDE),
        ThinkingDelta("t" * STRIDE),
        TextDelta("."),
        CallDelta("x"),
    ]
    first, second, last = await told(Provider(*pieces))
    assert (first.input, second.input) == (1_001, 1_001)
    assert 0 < first.output < second.output
    assert first.cost == 1_001 + 10 * first.output
    assert last == EXACT


@pytest.mark.parametrize("fault", [Transient("Busy."), Refused("Never.")])
async def test_nothing_is_counted_of_what_was_refused(fault: Expected) -> None:
    whole = Whole()
    with pytest.raises(type(fault)):
        await think(Metered(Provider(fault), KNOWN), ASKED, whole=whole)
    assert whole.completion() == Completion()


async def test_whoever_stops_an_answer_has_paid_for_what_was_written() -> None:
    whole = Whole()

    async def stops(delta: Delta) -> None:
        if delta == TextDelta("last"):
            raise KeyboardInterrupt

    pieces = [TextDelta("t" * STRIDE)] * 3 + [TextDelta("last")]
    with pytest.raises(KeyboardInterrupt):
        await think(Metered(Provider(*pieces), KNOWN), ASKED, stops, whole)
    found = whole.completion().usage
    assert found.input == 1_001
    assert found.output >= 3 * STRIDE / 4
    assert found.cost == found.input + 10 * found.output


async def test_a_model_that_was_cut_off_is_paid_beside_the_one_that_goes_on() -> None:
    first = Metered(Provider(TextDelta("half"), Transient("Cut.", retry_after=60)), KNOWN)
    both = [Candidate("a", first), Candidate("b", Metered(Provider(TextDelta("whole")), KNOWN))]
    found = await think(Fallback(lambda: both, Cooling()), ASKED)
    assert found.text == "whole"
    assert found.usage.input == 1_001 + EXACT.input


async def test_where_a_server_never_says_it_what_is_known_about_stands() -> None:
    found: Completion = await think(
        Metered(Provider(TextDelta("t" * 35), spent=Usage()), KNOWN), ASKED
    )
    assert (found.usage.input, found.usage.output) == (1_001, 11)


@pytest.mark.parametrize(
    "more",
    [
        [ToolSaid("c", "time_now", ok=True, content="w" * 3_500)],
        [ModelSaid("w" * 3_500)],
        [ModelSaid(calls=(ToolCall(call_id="c", tool="x", arguments={"a": "w" * 3_500}),))],
        [UserSaid("", material="w" * 3_500)],
    ],
)
async def test_all_that_a_model_reads_is_counted(more: Sequence[UserSaid]) -> None:
    (about, _) = await told(Provider(TextDelta("t")), Request((*ASKED.exchanges, *more)))
    assert about.input >= 2_000
