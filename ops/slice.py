"""What a slice of the server is handed, and what it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ops.settings import Settings
    from schemas.notices import Notice
    from streams.runtime import Runtime
    from web.app import Endpoint
    from web.auth import Caller
    from web.guard import Site


@dataclass(frozen=True)
class House:
    """What every slice may use.

    Attributes:
        settings: all settings.
        runtime: the pipeline of this process.
        notes: what an owner must know although it works, one sentence each.
        site: under which names the web door is reached.
    """

    settings: Settings
    runtime: Runtime
    notes: tuple[str, ...]
    site: Site


class Tells(Protocol):
    """The place for notices; see ops/desktop/notices.py."""

    async def publish(self, notice: Notice) -> str:
        """Tell what happened; return the notice's id."""
        ...


class Announces(Protocol):
    """Lets everybody who follows the events hear of a change; see ops/panel/service.py."""

    async def __call__(self, kind: str, data: dict[str, Any], who: Caller) -> None:
        """Tell what happened, and by whom; no secret is in it."""
        ...


class Proves(Protocol):
    """Makes sure that somebody showed a moment ago that it is them; see ops/users/api.py."""

    async def __call__(self, who: Caller) -> None:
        """Return if they did.

        Raises:
            Forbidden: they did not.
        """
        ...


class Slice(Protocol):
    """One domain of the server, beside the pipeline."""

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """What it adds to the web door."""
        ...

    async def close(self) -> None:
        """Let go of what it opened."""
        ...
