"""Takes a secret from a person or a pipe: never from the command line, where others see it."""

from __future__ import annotations

import getpass
import sys

from schemas.errors import Invalid

LONGEST = 65_536


def secret(what: str, *, twice: bool = False) -> str:
    """Return a secret: typed unseen at a terminal, else all that standard input holds.

    Args:
        what: it is asked for by this name.
        twice: whether a person types it again, to be sure.

    Raises:
        Invalid: there was none, or the two differ.
    """
    if sys.stdin.isatty():
        found = getpass.getpass(f"{what}: ")
        if twice and getpass.getpass("Once more: ") != found:
            raise Invalid("The two are not the same; nothing was changed.")
    else:
        found = sys.stdin.read(LONGEST + 2).removesuffix("\n").removesuffix("\r")
    if not found:
        name = what if what.isupper() else what.lower()
        raise Invalid(f"There was no {name}; type it, or send it on standard input.")
    return found
