"""The durable server by itself, with nobody but one keeper in it: to read and prepare its data."""

from __future__ import annotations

import secrets
from pathlib import Path

from streams import acl
from streams.servers import Engine, ServerSpec, durable

KEEPER = "keeper"
"""The only user of a server that runs offline; no running system ever has it."""
FIRST = "journal.aof.1.base.rdb"


def lay(copy: Path, home: Path) -> None:
    """Make a copy of a Redis the data with which the durable server starts.

    It becomes the base of the append-only files (redis.conf, `appenddirname`), so the server
    starts as it always does and nothing has to be switched over.

    Args:
        copy: the file; it is moved.
        home: the `redis` folder of a state folder, without data so far.
    """
    folder = home / "durable" / "aof"
    folder.mkdir(mode=0o700, parents=True)
    copy.replace(folder / FIRST)
    manifest = folder / "journal.aof.manifest"
    manifest.write_text(f"file {FIRST} seq 1 type b\n", encoding="ascii")


def alone(engine: Engine, home: Path, sockets: Path) -> tuple[ServerSpec, str]:
    """Describe the durable server over some data, closed to all but the keeper.

    Args:
        engine: the program.
        home: the `redis` folder of a state folder.
        sockets: a private folder with a short path.

    Returns:
        The server, and the keeper's address.
    """
    password = secrets.token_hex(32)
    users = f"{acl.NOBODY}\nuser {KEEPER} on {acl.digest(password)} ~* &* +@all\n"
    # No bound on memory: what was there must fit again, and a little more.
    spec = durable(engine, socket=sockets / "offline.sock", state=home, users=users, maxmemory=0)
    return spec, spec.url(KEEPER, password)
