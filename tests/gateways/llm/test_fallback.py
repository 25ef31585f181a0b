"""One model goes on where another fails: from each provider to each, in the same step."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from gateways.llm.base import Began, Delta, ModelSaid, Request, Spent, TextDelta, ToolSaid, UserSaid
from gateways.llm.cooling import FIRST, MOST, Cooling
from gateways.llm.door import Bounds
from gateways.llm.fallback import Candidate, Fallback
from gateways.llm.faults import BadKey, Garbled, NoKey, TooLong
from gateways.llm.whole import Completion, think
from schemas.errors import Expected, Refused, Transient, Unavailable
from schemas.record import ToolCall, Usage
from tests.gateways.llm.provider import PROVIDERS, TOOL, Provider, provider

ASKED = Request((UserSaid("hello"),), tools=(TOOL,))


class Fake:
    """A provider's model that says what a test wants, in this process."""

    def __init__(self, name: str, *tries: str | Expected) -> None:
        self.name = name
        self.tries = list(tries)
        self.asked = 0

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        said = self.tries[min(self.asked, len(self.tries) - 1)]
        self.asked += 1
        yield TextDelta("half ")
        yield Spent(Usage(input=10, cost=7))
        if isinstance(said, Expected):
            raise said
        yield TextDelta(said)


def of(*models: Fake, cooling: Cooling | None = None) -> Fallback:
    found = [Candidate("some", model) for model in models]
    return Fallback(lambda: found, cooling or Cooling(), draw=lambda _low, _high: 0.0)


async def test_the_first_one_answers() -> None:
    first, second = Fake("a", "yes"), Fake("b", "no")
    found = await think(of(first, second), ASKED)
    assert (found.text, found.model, found.notices) == ("half yes", "", ())
    assert second.asked == 0


async def test_what_helps_later_is_tried_a_second_time_at_once() -> None:
    first = Fake("a", Transient("Busy."), "yes")
    found = await think(of(first, Fake("b", "no")), ASKED)
    assert (found.text, found.model, found.notices) == ("half yes", "a", ())
    assert found.usage.cost == 14, "the first try was paid for as well"


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (Transient("Busy."), 2),
        (Transient("Busy.", retry_after=1e-3), 2),
        (Transient("Busy for long.", retry_after=30), 1),
        (Garbled("Nonsense."), 2),
        (Refused("No."), 1),
        (BadKey("No key."), 1),
    ],
)
async def test_then_the_next_one_goes_on_and_the_person_is_told(
    error: Expected, asked: int
) -> None:
    first, heard = Fake("a", error), list[Delta]()

    async def on_delta(delta: Delta) -> None:
        heard.append(delta)

    found = await think(of(first, Fake("b", "yes")), ASKED, on_delta)
    assert (found.text, found.model) == ("half yes", "b")
    assert found.notices == (f"{error} Another model goes on.",)
    assert first.asked == asked
    assert [one.model for one in heard if isinstance(one, Began)] == ["a"] * (asked - 1) + ["b"]


async def test_who_failed_is_left_alone_for_a_while() -> None:
    now = 0.0
    cooling = Cooling(lambda: now)
    first, second = Fake("a", Transient("Busy.")), Fake("b", "yes")
    both = of(first, second, cooling=cooling)
    await think(both, ASKED)
    assert both.name == "b"
    assert [one.state for one in both.states()] == ["cooling", "ready"]
    found = await think(both, ASKED)
    assert first.asked == 2
    assert found.notices == ("a did not answer a moment ago. Another model goes on.",)
    now = FIRST + 0.01
    first.tries = ["well again"]
    assert (await think(both, ASKED)).text == "half well again"
    assert [one.state for one in both.states()] == ["ready", "ready"]


def test_a_rest_grows_and_has_an_end() -> None:
    now = 0.0
    cooling = Cooling(lambda: now)
    rests = []
    for _ in range(8):
        cooling.failed("a", None)
        cooling.failed("a", None)  # another turn, at the same time
        rests.append(cooling.seconds("a"))
        now += rests[-1]
    assert rests[:3] == [FIRST, 2 * FIRST, 4 * FIRST]
    assert rests[-1] == MOST
    cooling.failed("a", 500)
    assert cooling.seconds("a") == 500
    cooling.worked("a")
    assert cooling.seconds("a") == 0


async def test_nobody_answers() -> None:
    cooling = Cooling(lambda: 0.0)
    both = of(Fake("a", Transient("x", retry_after=9)), Fake("b", Refused("no")), cooling=cooling)
    for _ in range(2):
        with pytest.raises(Unavailable) as caught:
            await think(of(*[c.model for c in both.candidates()][:1], cooling=cooling), ASKED)  # type: ignore[arg-type]
        assert caught.value.retry_after == 9


@pytest.mark.parametrize(
    ("errors", "wanted"),
    [
        ((Refused("no"), BadKey("never")), BadKey),
        ((TooLong("too long"), BadKey("never")), TooLong),
        ((Refused("no"), Garbled("nonsense")), Garbled),
        ((Transient("busy"), Refused("no")), Unavailable),
    ],
)
async def test_what_remains_when_all_fail(
    errors: tuple[Expected, ...], wanted: type[Exception]
) -> None:
    with pytest.raises(wanted) as caught:
        await think(of(*(Fake("m", error) for error in errors)), ASKED)
    assert type(caught.value) is wanted


async def test_without_any_key_it_says_so() -> None:
    alone = [Candidate("gemini", Fake("a", "yes"), lambda: False)]
    with pytest.raises(NoKey, match="gemini:a"):
        await think(Fallback(lambda: alone, Cooling()), ASKED)


async def test_a_step_has_an_end() -> None:
    class Endless:
        name = "endless"

        async def stream(self, request: Request) -> AsyncGenerator[Delta]:
            while True:
                yield TextDelta(".")
                await asyncio.sleep(0.01)

    alone = [Candidate("some", Endless())]
    with pytest.raises(Garbled, match="longer than the turn may"):
        await think(Fallback(lambda: alone, Cooling()), Request((UserSaid("x"),), seconds=0.2))


# Real libraries, servers in processes of their own ----------------------------------------


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Provider]]:
    with ExitStack() as stack:
        folder: Path = tmp_path_factory.mktemp("wire")
        yield {name: stack.enter_context(provider(name, folder / name)) for name in PROVIDERS}


FAILURES: list[dict[str, Any]] = [
    {"status": 529},
    {"status": 401},
    {"status": 429, "retry_after": 60},
    {"calls": [["time_now", {"note": "never run"}]], "trouble": "cut_call"},
    {"trouble": "hang"},
]


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations(PROVIDERS, 2)))
async def test_from_each_to_each(three: dict[str, Provider], one: str, other: str) -> None:
    """In the middle of a turn: the other one is shown what the first one wished for and got."""
    await think(three[other].model(), Request((UserSaid("its library is loaded"),)))
    for number, failure in enumerate(FAILURES):
        question = f"{one} {other} {number}"
        wish = {"thinking": "Look.", "calls": [["time_now", {}]]}
        three[one].says(wish, failure, question=question)
        three[other].says({"text": "unused"}, {"text": f"{other} goes on."}, question=question)
        hangs = failure.get("trouble") == "hang"
        bounds = Bounds(first=3.0, silence=3.0) if hangs else Bounds()
        models = [three[one].model(bounds=bounds), three[other].model()]
        candidates = [Candidate(n, m) for n, m in zip((one, other), models, strict=True)]
        model = Fallback(lambda c=candidates: c, Cooling())  # type: ignore[misc]
        asked = Request((UserSaid(question),), tools=(TOOL,))
        first = await think(model, asked)
        call = ToolCall(call_id="c" * 32, tool="time_now", arguments={})
        said = ModelSaid(first.text, first.thinking, (call,), first.replay)
        result = ToolSaid(call.call_id, "time_now", True, "noon")
        began = time.monotonic()
        found: Completion = await think(
            model, Request((*asked.exchanges, said, result), tools=(TOOL,))
        )
        assert found.text == f"{other} goes on."
        assert found.calls == ()
        assert found.model == models[1].name
        assert len(found.notices) == 1
        # Five seconds are promised; the machine that tests this may be busy.
        assert time.monotonic() - began < 15 + 2 * (3 if hangs else 0)


class Certain(Fake):
    """Knows one question."""

    def knows(self, request: Request) -> bool:
        return request is ASKED


AWAY = Transient("Away.", retry_after=30)


@pytest.mark.parametrize("error", [AWAY, BadKey("No key.")])
async def test_where_all_are_away_the_last_one_says_what_it_surely_knows(error: Expected) -> None:
    found = await think(Fallback(_one("a", error), Cooling(), last=Certain("rules", "yes")), ASKED)
    assert (found.text, found.model) == ("half yes", "rules")
    assert found.notices == (f"{error} Another model goes on.",)


@pytest.mark.parametrize(
    ("error", "request_"),
    [
        (AWAY, Request((UserSaid("a poem, please"),))),
        (TooLong("Too long."), ASKED),
        (Garbled("Nonsense."), ASKED),
    ],
    ids=["it does not know", "the question is at fault", "a second try is near"],
)
async def test_else_it_says_nothing(error: Expected, request_: Request) -> None:
    last = Certain("rules", "yes")
    with pytest.raises(Expected):
        await think(Fallback(_one("a", error), Cooling(), _at_once, last), request_)
    assert last.asked == 0


def _one(name: str, error: Expected) -> Callable[[], list[Candidate]]:
    return lambda: [Candidate("some", Fake(name, error))]


def _at_once(_low: float, _high: float) -> float:
    return 0.0
