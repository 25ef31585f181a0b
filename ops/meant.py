"""Which state folder the command line means, and how the next command means the same."""

from __future__ import annotations

import re
import shlex
import stat
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemas.errors import Refused

# What a command needs is loaded when it runs: each word of `nexus` starts as fast as it can.

if TYPE_CHECKING:
    from ops.settings import Settings

_given: ContextVar[Path | None] = ContextVar("root", default=None)
# The command in a text, where it stands as one that can be typed.
_COMMAND = re.compile(r"(?:(?<=`)|(?<=\| ))nexus (?=[a-z])")


class Failed(Refused):
    """A command that ends with a status of its own."""

    code = "failed"
    exit_code = 1


class Misused(Failed):
    """The command line itself is wrong."""

    code = "misused"
    exit_code = 2


def choose(value: Path | None) -> Path | None:
    """Remember the state folder that the command line names."""
    if value is not None:
        _given.set(value)
    return value


Root = Annotated[
    Path | None,
    typer.Option(
        "--root",
        "--data-dir",
        metavar="DIR",
        help="The state folder, instead of NEXUS_ROOT or ~/nexus.",
        callback=choose,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="As one JSON object.")]


def root(*, made: bool = False) -> Path:
    """Return the state folder that is meant.

    Args:
        made: whether somebody must have made it before, as for all that writes into it.

    Raises:
        Misused: something else is in its place.
        Failed: nobody ever made one there, so another is meant.
    """
    from ops import secrets
    from ops.settings import FILE, root_of

    state = root_of(given=_given.get())
    for place in (state, *state.parents):
        try:
            if not stat.S_ISDIR(place.stat().st_mode):
                raise Misused(
                    f"{place} is a file, and the state folder cannot be "
                    f"{'there' if place == state else 'in it'}; name a folder with --root."
                )
        except OSError:
            continue  # there is nothing yet, or it is not shown to us: others will say so
        break
    if made and not ((state / FILE).exists() or secrets.folder(state).exists()):
        raise Failed(nowhere(state))
    return state


def settings(*, made: bool = False, **above: Any) -> Settings:
    """Return its settings.

    Args:
        made: whether somebody must have made it before, as for all that writes into it.
        **above: sections that win over everything, as `config.load` takes them.

    Raises:
        BadSetting: one sentence says what is wrong with them.
        Failed: nobody ever made one there, so another is meant.
    """
    from ops import config

    return config.load(root(made=made), **above)


def nowhere(state: Path) -> str:
    """Return the sentence for a folder in which no server ever was."""
    return (
        f"There is no server in {state}: name its state folder with --root, or make one with"
        " `nexus init`."
    )


def option() -> str:
    """Return the option that names the same folder in the next command, if this one had it."""
    given = _given.get()
    return f"--root {shlex.quote(str(given))} " if given is not None else ""


def hint(text: str) -> str:
    """Return a text whose commands, which stand in backticks, mean the same folder as this one."""
    return _COMMAND.sub(lambda _: f"nexus {option()}", text)
