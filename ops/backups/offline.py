"""Runs the durable Redis by itself for a while, over data that nobody else uses."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from ops.process import Process
from schemas.errors import Refused
from streams.offline import alone
from streams.servers import Engine
from streams.store import AWAY, connect

PATIENCE = 600.0
"""Seconds that loading the data may take."""


class Unreadable(Refused):
    """Redis does not start with this data."""

    code = "unreadable_data"


@asynccontextmanager
async def serving(engine: Engine, home: Path, keep: Sequence[int] = ()) -> AsyncIterator[str]:
    """Run the server until the end of the block, then stop it as `nexus down` does.

    Args:
        engine: the Redis program.
        home: the `redis` folder of a state folder.
        keep: file descriptors it inherits: the lock of the state folder it belongs to.

    Returns:
        The address, for one who may do everything.

    Raises:
        Unreadable: the data is damaged, or of a newer Redis.
    """
    sockets = Path(tempfile.mkdtemp(prefix="nexus-"))
    try:
        spec, url = alone(engine, home, sockets)
        spec.prepare()
        process = Process.start(spec.argv, keep=keep)
        try:
            await _answers(url, process)
            yield url
        finally:
            await process.stop(60.0)
            os.close(process.output)
            spec.config.unlink(missing_ok=True)
            spec.acl.unlink(missing_ok=True)
    finally:
        shutil.rmtree(sockets, ignore_errors=True)


async def _answers(url: str, process: Process) -> None:
    until = time.monotonic() + PATIENCE
    said = b""
    while True:
        said = (said + _words(process))[-1_000_000:]
        if process.status is not None:
            raise Unreadable(f"Redis does not start with this data: {_reason(said)}")
        if time.monotonic() > until:
            raise Unreadable(f"Redis did not load this data within {PATIENCE:g} s.")
        redis = connect(url)
        try:
            await redis.ping()
        except AWAY:
            await asyncio.sleep(0.01)
        else:
            said += _words(process)
            # What it cannot do again it leaves out, and serves the rest.
            if b"AOF-loading-client" in said:
                raise Unreadable("Redis could not read back all that was written to its log.")
            return
        finally:
            await redis.aclose()


def _words(process: Process) -> bytes:
    try:
        return os.read(process.output, 65_536)
    except BlockingIOError:
        return b""


def _reason(said: bytes) -> str:
    """Return the line of the log that says why; what is important is marked with a `#`."""
    marked = [line.partition(" # ")[2] for line in said.decode(errors="replace").splitlines()]
    lines = [line for line in marked if line and not line.startswith("WARNING")]
    return f"{lines[0].rstrip('.')}." if lines else "it does not say why."
