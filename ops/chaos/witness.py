"""The witness: writes down every real effect, in a process of its own.

Run as `python -m ops.chaos.witness SOCKET BOOK`.

A client sends one line, `mark CALL` or `set CALL`, and gets `done` once the effect is on the
disk. A mark is an effect each time; a set under a key that was set before is no second effect.
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
        self._set = {line.split()[1] for line in _lines(book) if line.startswith("set ")}
        self._book = os.open(book, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one effect."""
        try:
            line = await reader.readline()
            if line.endswith(b"\n"):
                self._take(line.decode())
                writer.write(b"done\n")
                await writer.drain()
        except OSError:
            pass  # whoever asked is dead: what was written stands
        finally:
            writer.close()

    def _take(self, line: str) -> None:
        kind, call = line.split()
        if kind == "set" and call in self._set:
            kind = "again"
        self._set.add(call)
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
