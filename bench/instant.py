"""A model server that answers at once, by the wire: `python -m bench.instant SOCKET`.

It speaks the protocol of gateways/llm/lines.py, in a process of its own.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvloop

ANSWER = (
    b'{"kind": "text", "text": "Here it is."}\n'
    b'{"kind": "usage", "input": 10, "output": 3}\n'
    b'{"kind": "end"}\n'
)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request."""
    if (await reader.readline()).endswith(b"\n"):
        writer.write(ANSWER)
    writer.close()


async def main(socket: Path) -> None:
    """Serve until killed."""
    server = await asyncio.start_unix_server(serve, socket, limit=1 << 22)
    await server.serve_forever()


if __name__ == "__main__":
    Path(sys.argv[1]).unlink(missing_ok=True)
    uvloop.run(main(Path(sys.argv[1])))
