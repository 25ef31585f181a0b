"""A model server that answers at once, by the wire: `python -m bench.instant SOCKET [PIECES]`.

It speaks the protocol of gateways/llm/lines.py, in a process of its own. With PIECES it takes its
time: it writes an answer of so many pieces, `RATE` of them a second.
"""

from __future__ import annotations

import asyncio
import json
import sys
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import uvloop

END = b'{"kind": "usage", "input": 10, "output": 3}\n{"kind": "end"}\n'
ANSWER = b'{"kind": "text", "text": "Here it is."}\n' + END
RATE = 50.0
"""Pieces a second: what a quick model writes."""
WRITTEN = """\
A heron stands **still** at the edge of `the pond`, and waits for what comes by:

1. a frog, which is *small*
2. a fish, which is quick

```python
def wait(pond: Pond) -> Fish | None:
    return next(iter(pond.fish), None)  # often nothing
```

| day | fish |
|-----|-----:|
| one |    2 |

"""
"""What it writes, over and over: most of what a page has to draw."""


async def serve(pieces: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request."""
    if (await reader.readline()).endswith(b"\n"):
        if pieces:
            await write(pieces, writer)
        writer.write(END if pieces else ANSWER)
    writer.close()


async def write(pieces: int, writer: asyncio.StreamWriter) -> None:
    """Write piece by piece."""
    clock = asyncio.get_running_loop().time
    began = clock()
    words = WRITTEN.replace(" ", " \0").split("\0")
    for number, piece in enumerate(islice(cycle(words), pieces)):
        await asyncio.sleep(max(0.0, began + number / RATE - clock()))
        writer.write(json.dumps({"kind": "text", "text": piece}).encode() + b"\n")


async def main(socket: Path, pieces: int = 0) -> None:
    """Serve until killed."""
    server = await asyncio.start_unix_server(partial(serve, pieces), socket, limit=1 << 22)
    await server.serve_forever()


if __name__ == "__main__":
    Path(sys.argv[1]).unlink(missing_ok=True)
    uvloop.run(main(Path(sys.argv[1]), *map(int, sys.argv[2:3])))
