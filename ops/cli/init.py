"""`nexus init`: the state folder, its settings, its secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli.place import Root
from ops.cli.screen import say

if TYPE_CHECKING:
    from pathlib import Path

HEADER = """\
# The settings of this server. What is not here has its default; `nexus config get` shows them all.
# A variable in the environment, such as NEXUS_HTTP__PORT, wins over what stands here.
# Change one here, or with `nexus config set http.port 8081`, which says whether it counts at once
# or after `nexus down` and `nexus up`.
"""

Port = Annotated[
    int | None,
    typer.Option(
        "--port", metavar="PORT", min=1, max=65_535, help="The port of the HTTP listener."
    ),
]


def init(_root: Root = None, port: Port = None) -> None:
    """Make the state folder: settings, secrets. Running it again changes nothing.

    \b
    Examples:
      nexus init
      nexus init --root /srv/nexus --port 8081
    """
    from ops import config_file
    from ops.cli import place
    from ops.keyring import keyring
    from ops.secrets import redis_passwords
    from streams.roles import ROLES

    state = place.root()
    fresh = not config_file.path(state).exists()
    make_folder(state)
    if fresh:
        config_file.write(config_file.path(state), HEADER)
    if port is not None:
        config_file.put(state, "http.port", str(port))
    here = place.settings()
    redis_passwords(state, ROLES)
    keyring(here)
    say(f"{'Made' if fresh else 'Found'} {state}: settings, secrets.")


def make_folder(state: Path) -> None:
    """Make the state folder, for its owner alone.

    Raises:
        Refused: it cannot be made, or is somebody else's.
    """
    from ops.secrets import folder
    from schemas.errors import Refused

    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        if state.stat().st_mode & 0o077:
            state.chmod(0o700)
        folder(state).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise Refused(f"The state folder {state} cannot be used: {error.strerror}.") from None
