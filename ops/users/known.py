"""Where people are known: one person on several channels is one person, by their ids there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from ops.users.tables import identities, people
from schemas.base import now_ms


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody on a channel."""

    channel: str
    who: str
    name: str
    person: str
    at: int = field(default_factory=now_ms)


class Known:
    """The identities in `home.db`.

    Args:
        engine: the database, migrated.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def all(self) -> list[tuple[Identity, str]]:
        """Return all identities with the names of those whose they are, the oldest first."""
        rows = (
            select(identities, people.c.name.label("person_name"))
            .join(people, people.c.id == identities.c.person)
            .order_by(identities.c.at)
        )
        async with self._engine.connect() as connection:
            found = (await connection.execute(rows)).mappings().all()
        return [
            (Identity(**{k: v for k, v in row.items() if k != "person_name"}), row["person_name"])
            for row in found
        ]

    async def add(self, identity: Identity) -> None:
        """Let an id be somebody; whose it was before does not count any more."""
        row = {column.name: getattr(identity, column.name) for column in identities.columns}
        wish = insert(identities).values(row)
        async with self._engine.begin() as connection:
            await connection.execute(
                wish.on_conflict_do_update(index_elements=["channel", "who"], set_=row)
            )

    async def remove(self, channel: str, who: str) -> bool:
        """Let an id be a stranger's again; return whether it was somebody's."""
        mine = (identities.c.channel == channel, identities.c.who == who)
        async with self._engine.begin() as connection:
            gone = await connection.execute(delete(identities).where(*mine))
        return cast("CursorResult[Any]", gone).rowcount == 1
