"""A file for one secret: readable by its owner alone, and nothing is overwritten for it."""

from __future__ import annotations

import os
from pathlib import Path

from schemas.errors import Conflict, Refused


class Unwritable(Refused):
    """The file cannot be written there."""

    code = "unwritable"


def write(path: Path, text: str) -> None:
    """Write a new file of mode 0600, whatever the umask is.

    Args:
        path: where; nothing may be there yet, not even a link.
        text: the secret; a line's end is added.

    Raises:
        Conflict: something has that name.
        Unwritable: it cannot be written there.
    """
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(path, flags, 0o600)
    except FileExistsError:
        raise Conflict(f"{path} exists already; name another file, or delete it first.") from None
    except OSError as error:
        raise Unwritable(f"{path} cannot be written: {error.strerror}.") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        os.fchmod(handle, 0o600)
        file.write(f"{text}\n")
        file.flush()
        os.fsync(handle)
