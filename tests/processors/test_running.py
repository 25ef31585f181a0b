"""What a real command writes is seen before it ends, through the whole pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from gateways.machines.sandbox import Sandbox
from processors.tools.builtin.shell import shell_run
from processors.tools.registry import Registry
from schemas.feed import LiveEvent, ObservedLive, Printed, live_events
from streams import keys
from tests.processors.asking import House
from tests.stand import Stand, soon


class Workshop(House):
    """A house whose only tool is a real shell."""

    def __init__(self, stand: Stand, ground: Path) -> None:
        super().__init__(stand)
        self.ground = ground

    def resources(self) -> dict[type, object]:
        """Return what the stages ask for."""
        shell = Registry((shell_run,), [Sandbox(self.ground)], self.rules)
        return {**super().resources(), Registry: shell}

    async def events(self) -> list[LiveEvent]:
        """Return what the feed has kept."""
        rows: Any = await self.stand.live.xrange(keys.live("s"))
        return [live_events.validate_json(row[1][b"e"]) for row in rows]

    async def written(self, words: str) -> Printed:
        """Wait until the feed shows these words."""

        async def seen() -> Printed | None:
            found = [one for one in await self.events() if isinstance(one, Printed)]
            return found[-1] if found and words in found[-1].text else None

        found: Printed = await soon(seen)
        return found


async def test_what_a_command_writes_is_seen_before_it_ends(stand: Stand, tmp_path: Path) -> None:
    house = Workshop(stand, tmp_path)
    script = "printf 'one\\033[2J\\n'; while [ ! -e go ]; do sleep 0.05; done; echo two"
    async with house.running():
        turn = await house.ask(f"!shell_run {orjson.dumps({'command': script}).decode()}")
        (request,) = await house.pending()
        await house.press(request.id, token=(await house.card(request))[0])
        found = await house.written("one")
        assert (found.turn, found.call_id, found.size) == (turn, request.call_id, len(found.text))
        # Nothing in it moves a cursor, as in the result.
        assert found.text == "one\\x1b[2J\n"
        assert await house.observed(turn) == []
        (tmp_path / "go").touch()
        assert (await house.answer(turn)).text.endswith("one\\x1b[2J\ntwo")
    kinds = [type(one) for one in await house.events()]
    assert Printed not in kinds[kinds.index(ObservedLive) :]
