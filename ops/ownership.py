"""How somebody becomes the owner: with a code that only the terminal shows, once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from ops import runstate, secrets
from ops.codes import code_digest, new_code, same
from ops.settings import Settings

EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - names, not listened on here


def link(settings: Settings) -> str | None:
    """Return where somebody becomes the owner, with a fresh code; None if there is an owner.

    The code stands behind the `#`: browsers keep that to themselves, so no log ever has it.
    """
    if not needed(settings.root):
        return None
    return f"{address(settings)}/setup#{begin(settings.root)}"


def address(settings: Settings) -> str:
    """Return the address that people type: where it listens now, if it runs."""
    host, port = settings.http.host, settings.http.port
    if (now := runstate.listens(settings.root)) is not None:
        host, port = now
    place = "localhost" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
    return settings.http.url or f"http://{place}:{port}"


def file(state: Path) -> Path:
    """Where the digest of the setup code is, for as long as there is no owner."""
    return secrets.folder(state) / "setup"


def needed(state: Path) -> bool:
    """Whether nobody is the owner yet; looked up without loading the whole database library."""
    home = state / "home.db"
    if not home.exists():
        return True
    try:
        with closing(sqlite3.connect(f"{home.as_uri()}?mode=ro", uri=True, timeout=5)) as found:
            owner = found.execute("SELECT 1 FROM users_people WHERE role = 'owner'").fetchone()
    except sqlite3.OperationalError:
        return True  # the table is not there yet; who sets up looks again, where it counts
    return owner is None


def begin(state: Path) -> str:
    """Return a fresh setup code; any earlier one counts no longer."""
    code = new_code()
    secrets.replace(file(state), f"{code_digest(code)}\n".encode("ascii"))
    return code


def fits(state: Path, code: str) -> bool:
    """Whether this is the setup code.

    Raises:
        Unsafe: others can read the file of its digest.
    """
    try:
        kept = secrets.read(file(state))
    except FileNotFoundError:
        kept = ""
    return same(code_digest(code), kept)


def end(state: Path) -> None:
    """Let no setup code count any more."""
    file(state).unlink(missing_ok=True)


def forget_logins(home: Path) -> None:
    """End all logins that a database holds; keys of programs stay.

    Args:
        home: the database, which nobody has open.
    """
    if not home.exists():
        return
    with closing(sqlite3.connect(home)) as found:
        tables = found.execute("SELECT name FROM sqlite_master WHERE name = 'users_logins'")
        if tables.fetchone():
            found.execute("DELETE FROM users_logins")
            found.commit()
