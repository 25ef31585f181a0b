"""What programs tell goes onto `events`: checked, signed by the web's own key, once."""

from __future__ import annotations

from typing import Any

from processors.events.trail import Trails
from processors.events.types import Types
from schemas.base import new_id
from schemas.desk import Happened
from schemas.errors import Forbidden
from schemas.events import RESERVED
from schemas.web import Taken
from streams.accept import Ingress
from web.auth import Unauthorized

HOOKS = "hooks"
"""The channel of what a source told."""


class Telling:
    """The way onto `events`.

    Args:
        ingress: the web's door into the pipeline.
        types: what events must look like.
        trails: knows what comes back to us.
    """

    def __init__(self, ingress: Ingress, types: Types, trails: Trails) -> None:
        self._ingress = ingress
        self._types = types
        self._trails = trails

    async def tell(  # noqa: PLR0917 - what is told, by whom, and as what
        self,
        person: str,
        channel: str,
        kind: str,
        data: dict[str, Any],
        key: str,
        version: int | None = None,
        via: str = "",
    ) -> Taken:
        """Tell that something happened; it is durable on return.

        Args:
            person: who tells it.
            channel: by which way.
            kind: the type.
            data: what happened.
            key: names it among all that this person tells in seven days.
            version: of its type; the newest unless given.
            via: the servers that handed it on, as their header says it.

        Raises:
            Forbidden: only this server itself tells that.
            Invalid: it does not fit its type; the text says where.
            Loop: this server handed it on itself.
            Conflict, TooMuch, Closed: as `streams.accept` says.
        """
        if kind in RESERVED:
            raise Forbidden(f"Only this server itself tells of {kind}; choose another type.")
        trail = self._trails.read(via)
        found = self._types.check(kind, data, version)
        name = new_id()
        message = Happened(
            id=name,
            trace=name,
            session=f"events-{person}",
            person=person,
            channel=channel,
            type=kind,
            data=data,
            of=found,
            via=trail,
        )
        accepted = await self._ingress.accept(message, f"{person}:{key}")
        return Taken(id=accepted.id, fresh=accepted.fresh)


def unknown() -> Unauthorized:
    """Return what somebody hears whom we do not know: no source, no secret, a wrong signature."""
    return Unauthorized("Nobody of that name signed this, or its time is over.")
