"""What lies at the desk goes on from there: the person is told, and no effect is repeated."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gateways.llm.base import Request
from gateways.llm.scripted import Failure, Scripted, Step
from ops.replay.service import Replay
from processors.agent.mind import Mind
from processors.pipeline import MET
from processors.tools.builtin import BUILTIN
from processors.tools.registry import Registry
from schemas.desk import DeadLetter
from schemas.record import Observed
from schemas.tools import ToolResult
from streams.line import Line
from streams.redrive import Sending
from streams.redrive import redrive as send_again
from tests.ops.replay import house as scripts
from tests.ops.replay.house import NOTED, House
from tests.ops.replay.record import remembered
from tests.stand import QUICK, Stand, received, soon

NOTE = "- Anna comes on Friday.\n"


class Moody(Scripted):
    """Wishes for a note, then refuses to go on until it is told to behave."""

    def __init__(self) -> None:
        super().__init__(self._step)
        self.behaves = False

    def _step(self, request: Request) -> Step:
        if type(request.exchanges[-1]).__name__ == "UserSaid":
            return Step(calls=(NOTED,))
        if not self.behaves:
            return Step(error=Failure(kind="refused", message="I do not want to."))
        return Step(text="Noted.")


class Breaks(Registry):
    """Breaks once, after the effect and before anybody knows of it."""

    broken = False

    async def run(
        self,
        name: str,
        arguments: Mapping[str, Any],
        key: str = "",
        *,
        probe: bool = False,
        tell: Callable[[str], None] | None = None,
        person: str = "",
    ) -> ToolResult:
        result = await super().run(name, arguments, key, probe=probe, tell=tell, person=person)
        if not self.broken:
            self.broken = True
            raise RuntimeError("it broke behind the effect")
        return result


@asynccontextmanager
async def asked(stand: Stand, house: House, **more: Any) -> AsyncIterator[DeadLetter]:
    """Ask for a note; go on once a letter lies at the desk and the person is told."""
    async with stand.running(*MET, resources=house.resources, **more):
        await stand.ingress().accept(received("t", text="note it"), key="t")

        async def told() -> Any:
            return await stand.replies()

        (reply,) = await soon(told)
        (letter,) = await soon(stand.letters)
        assert reply.outcome == "failed"
        assert reply.session == "s"
        assert letter.text in reply.text
        assert letter.id in reply.text
        yield letter


async def redrive(stand: Stand, letter: DeadLetter) -> None:
    rows: Any = await stand.tester.xrange("nexus:dead")
    line = Line(stand.servers.durable_url("desk"))
    data = base64.b64decode(letter.original)
    await send_again(line, [Sending(rows[0][0].decode(), letter, data, letter.signature)])
    await line.close()


async def answer(stand: Stand) -> str:
    async def second() -> bool:
        return len(await stand.replies()) == 2

    await soon(second)
    return (await stand.replies())[-1].text


async def test_a_turn_that_failed_behind_its_effect_goes_on_without_repeating_it(
    stand: Stand, tmp_path: Path
) -> None:
    house, model = House(tmp_path), Moody()
    house.resources[Mind] = Mind({"flash": model}, "flash")
    async with asked(stand, house) as letter:
        assert (letter.stage, letter.code) == ("think", "refused")
        assert house.notes == NOTE
        model.behaves = True
        await redrive(stand, letter)
        assert await answer(stand) == "Noted."
    assert house.notes == NOTE
    assert await stand.letters() == []
    past = await remembered(stand, "t")
    results = await Replay(past, house.resources).run()
    assert [one.diff for one in results if not one.same] == []


async def test_a_call_that_was_buried_behind_its_effect_is_not_repeated(
    stand: Stand, tmp_path: Path
) -> None:
    house, model = House(tmp_path), Moody()
    model.behaves = True
    house.resources[Mind] = Mind({"flash": model}, "flash")
    house.resources[Registry] = Breaks(BUILTIN, scripts.world(tmp_path))
    once = QUICK.model_copy(update={"attempts": 1})
    async with asked(stand, house, settings=once) as letter:
        assert (letter.stage, letter.error) == ("tool", "RuntimeError")
        assert house.notes == NOTE
        await redrive(stand, letter)
        # Nobody knows whether it happened: the person is told so, and it is not tried again.
        assert "Unknown outcome: notes_append stopped mid-way" in await answer(stand)
    assert house.notes == NOTE
    (seen,) = [e for e in (await remembered(stand, "t")).record if isinstance(e, Observed)]
    assert seen.effect == "unknown"
    results = await Replay(await remembered(stand, "t"), house.resources).run()
    assert [one.diff for one in results if not one.same] == []


async def test_a_settled_call_that_comes_again_changes_nothing(
    stand: Stand, tmp_path: Path
) -> None:
    house, model = House(tmp_path), Moody()
    house.resources[Mind] = Mind({"flash": model}, "flash")
    async with asked(stand, house) as letter:
        (call,) = await stand.data("tool")
        model.behaves = True
        for _ in range(2):
            await stand.tester.xadd("nexus:tool", {"data": call, "n": 3})
        await redrive(stand, letter)
        assert await answer(stand) == "Noted."
    assert house.notes == NOTE
