"""A model server that misbehaves by the seed: `python -m ops.chaos.model SOCKET SEED LOG`.

It speaks the protocol of gateways/llm/lines.py, which is our own. What it answers depends on the
seed, the question and the place in the conversation alone, so that a retry thinks the same; how
it misbehaves depends on the number of the try as well, so that a retry comes through.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from ops.chaos.script import TROUBLED, answer, steps, wished

TROUBLES = ("overload", "failed", "hang", "drip", "cut", "garbled", "twins", "huge")
HUGE = 80_000
"""Bytes of arguments, which is more than a client takes."""

Line = dict[str, Any]


class Server:
    """Answers.

    Args:
        seed: of everything.
        log: a file that gets a line for each request.
    """

    def __init__(self, seed: str, log: Path) -> None:
        self._seed = seed
        self._log = log
        self._tries: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        try:
            raw = await reader.readline()
            if raw.endswith(b"\n"):
                await self._answer(json.loads(raw)["exchanges"], writer)
        except OSError:
            pass  # whoever asked is dead
        finally:
            writer.close()

    async def _answer(self, exchanges: list[Line], writer: asyncio.StreamWriter) -> None:
        last = max(n for n, one in enumerate(exchanges) if one["kind"] == "user")
        question = str(exchanges[last]["text"])
        place = sum(one["kind"] == "model" for one in exchanges[last:])
        name = f"{question} {place}"
        self._tries[name] += 1
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"{place} {question}\n")
        chance = Random(f"{self._seed} {name} {self._tries[name]}")  # noqa: S311 - as above
        trouble = ""
        if self._seed and self._tries[name] <= 2 and chance.random() < TROUBLED:
            trouble = chance.choice(TROUBLES)
        # Most thoughts are short, some take two seconds.
        await asyncio.sleep(0.05 + 1.95 * chance.random() ** 4 if self._seed else 0.05)
        lines = said(steps(self._seed, question), place, question)
        await send(lines, trouble, chance, writer)


def said(plan: Sequence[Sequence[str]], place: int, question: str) -> list[Line]:
    """Return the lines of a sound answer."""
    if place >= len(plan):
        return [{"kind": "text", "text": answer(question)}, _usage(), {"kind": "end"}]
    lines: list[Line] = [{"kind": "text", "text": "Let me see. "}]
    for n, tool in enumerate(plan[place]):
        lines.append({"kind": "call", "id": f"c{n}", "tool": tool})
        arguments = json.dumps(wished(tool, question, place, n))
        half = len(arguments) // 2
        lines += [
            {"kind": "piece", "id": f"c{n}", "json": part}
            for part in (arguments[:half], arguments[half:])
        ]
    return [*lines, _usage(), {"kind": "end"}]


async def send(
    lines: list[Line], trouble: str, chance: Random, writer: asyncio.StreamWriter
) -> None:
    """Send an answer, or what a trouble makes of it."""
    match trouble:
        case "overload" | "failed":
            retry = {"retry_after": 0.3} if trouble == "overload" else {}
            lines = [
                {"kind": "error", "code": trouble, "text": f"The model says {trouble}.", **retry}
            ]
        case "hang":
            await asyncio.sleep(60)
            return
        case "twins":
            lines = [
                *lines[:-1],
                *({"kind": "call", "id": "t", "tool": "witness_mark"},) * 2,
                lines[-1],
            ]
        case "huge":
            piece = {"kind": "piece", "id": "h", "json": "x" * HUGE}
            lines = [
                *lines[:-1],
                {"kind": "call", "id": "h", "tool": "witness_mark"},
                piece,
                lines[-1],
            ]
    data = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    if trouble == "cut":
        data = data[: chance.randrange(1, len(data) - 1)]
    if trouble == "garbled":
        at = chance.randrange(len(data) // 2)
        data = data[:at] + b'{"' + data[at:]
    size = max(1, len(data) // 10) if trouble == "drip" else len(data)
    for at in range(0, len(data), size):
        writer.write(data[at : at + size])
        await writer.drain()
        if trouble == "drip":
            await asyncio.sleep(0.1)


def _usage() -> Line:
    return {"kind": "usage", "input": 10, "output": 10}


async def main(socket: Path, seed: str, log: Path) -> None:
    """Serve until killed."""
    server = await asyncio.start_unix_server(Server(seed, log).serve, socket, limit=1 << 22)
    await server.serve_forever()


if __name__ == "__main__":
    Path(sys.argv[1]).unlink(missing_ok=True)
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
