"""Secret files of the state folder: made once, readable by their owner alone."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

from schemas.errors import Refused

SHORTEST = 32
"""Characters of a secret file; fewer are refused."""


class Unsafe(Refused):
    """A secret file that others can read, or too short to be one."""

    code = "unsafe_secret"


def folder(state: Path) -> Path:
    """Where the secrets of a state folder are."""
    return state / "secrets"


def redis_file(state: Path, role: str) -> Path:
    """Where a Redis role's password is: a host that runs one stage needs this file alone."""
    return folder(state) / "redis" / role


def gateway_file(state: Path, name: str) -> Path:
    """Where a gateway's signing key is."""
    return folder(state) / "gateways" / name


def read(path: Path) -> str:
    """Return a secret.

    Raises:
        FileNotFoundError: there is none.
        Unsafe: others may read it, it belongs to somebody else, or it is shorter than 32
            characters.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(handle, encoding="ascii", errors="replace") as file:
        found = os.fstat(file.fileno())
        if found.st_uid != os.geteuid():
            raise Unsafe(f"The secret file {path} belongs to another user.")
        if found.st_mode & 0o077:
            mode = stat.S_IMODE(found.st_mode)
            raise Unsafe(f"The secret file {path} has mode {mode:04o}; run: chmod 600 {path}")
        text = file.read().strip()
    if len(text) < SHORTEST:
        raise Unsafe(
            f"The secret file {path} has {len(text)} characters; it needs at least {SHORTEST}."
        )
    return text


def ensure(path: Path) -> str:
    """Return a secret, made now if there is none.

    Two processes that do this at once get the same one.

    Raises:
        Unsafe: as in `read`.
    """
    try:
        return read(path)
    except FileNotFoundError:
        pass
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link, not a rename: whoever comes second must not replace the first one's.
            path.hardlink_to(temporary)
        except FileExistsError:
            return read(path)
    finally:
        temporary.unlink()
    return read(path)


def replace(path: Path, data: bytes) -> None:
    """Replace a private file in one step, and return once that is on the disk.

    Whoever reads it, and whenever this is cut off, finds the old content or the new one.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    settle(path.parent)


def settle(folder: Path) -> None:
    """Return once the names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def redis_passwords(state: Path, roles: Iterable[str]) -> dict[str, str]:
    """Return the Redis passwords by role, made now where there is none."""
    return {role: ensure(redis_file(state, role)) for role in roles}


def gateway_keys(state: Path, name: str) -> tuple[bytes, ...]:
    """Return a gateway's signing keys of 64 bytes, the newest first; made now if there is none."""
    return tuple(line.encode() for line in ensure(gateway_file(state, name)).split())


def renew(path: Path, older: int = 0) -> None:
    """Put a new secret into a file.

    Args:
        path: the file, made if need be.
        older: how many of the secrets it held before stay in it, below the new one.
    """
    try:
        before = read(path).split()[:older]
    except FileNotFoundError:
        before = []
    lines = (secrets.token_hex(32), *before)
    replace(path, "".join(f"{line}\n" for line in lines).encode("ascii"))


def audit_file(state: Path) -> Path:
    """Where the key of the journal's chain is."""
    return folder(state) / "audit"


def audit_key(state: Path) -> bytes:
    """Return the key of the journal's chain, 64 bytes, made now if there is none."""
    return ensure(audit_file(state)).encode()
