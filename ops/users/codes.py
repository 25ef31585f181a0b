"""Codes that people copy by hand, and the one with which somebody becomes the owner."""

from __future__ import annotations

import hashlib
import hmac
import secrets as random
import sqlite3
from contextlib import closing
from pathlib import Path

from ops import secrets

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""What nobody takes for something else: 32 letters and figures, 5 bits each."""
GROUPS, GROUP = 4, 4


def new_code() -> str:
    """Return a fresh code of 80 bits, in groups that one can read out."""
    letters = [random.choice(ALPHABET) for _ in range(GROUPS * GROUP)]
    return "-".join("".join(letters[at : at + GROUP]) for at in range(0, len(letters), GROUP))


def digest(secret: str) -> str:
    """Return what is kept of a secret that was drawn at random: nobody can guess it from that."""
    return hashlib.sha256(secret.encode()).hexdigest()


def code_digest(code: str) -> str:
    """Return the digest of a code however it was typed: small letters, other dashes, spaces."""
    return digest("".join(one for one in code.upper() if one.isalnum()))


def same(one: str, other: str) -> bool:
    """Whether two digests are equal; how long it takes does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


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
