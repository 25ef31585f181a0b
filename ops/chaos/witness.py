"""The witness: writes down every real effect, in a process of its own.

Run as `python -m ops.chaos.witness SOCKET BOOK`.

A client sends one line, `mark CALL` or `set CALL`, and gets `done` once the effect is on the
disk. A mark is an effect each time; a set under a key that was set before is no second effect.
`look CALL` gets `done` or `none`, and is no effect.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from pathlib import Path


class Witness:
    """Keeps the book.

    Args:
        book: the file: one line for each effect.
    """

    def __init__(self, book: Path) -> None:
        lines = [line.split() for line in _lines(book)]
        self._set = {call for kind, call in lines if kind == "set"}
        self._seen = {call for _, call in lines}
        self._book = os.open(book, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one effect."""
        try:
            line = await reader.readline()
            if line.endswith(b"\n"):
                writer.write(self._answer(*line.decode().split()))
                await writer.drain()
        except OSError:
            pass  # whoever asked is dead: what was written stands
        finally:
            writer.close()

    def _answer(self, kind: str, call: str) -> bytes:
        if kind != "look":
            self._take(kind, call)
        return b"done\n" if call in self._seen else b"none\n"

    def _take(self, kind: str, call: str) -> None:
        if kind == "set" and call in self._set:
            kind = "again"
        self._set.add(call)
        self._seen.add(call)
        # In the loop, on purpose: one effect after the other, each on the disk before the next.
        os.write(self._book, f"{kind} {call}\n".encode())
        os.fsync(self._book)


def effects(book: Path) -> Counter[str]:
    """Return how often each call had its effect."""
    found = (line.split() for line in _lines(book))
    return Counter(call for kind, call in found if kind != "again")


def _lines(book: Path) -> list[str]:
    return book.read_text("utf-8").splitlines() if book.exists() else []


async def main(socket: Path, book: Path) -> None:
    """Serve until killed."""
    witness = Witness(book)
    server = await asyncio.start_unix_server(witness.serve, socket)
    await server.serve_forever()


if __name__ == "__main__":
    Path(sys.argv[1]).unlink(missing_ok=True)
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
