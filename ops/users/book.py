"""Reads and writes the accounts' tables; every change of somebody's rights counts up a number."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from sqlalchemy import CursorResult, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ops import database
from ops.settings import Settings
from ops.users.known import Known
from ops.users.passwords import known_as
from ops.users.rows import Login, Person, ProgramKey, key_of, person_of
from ops.users.tables import TABLES, changes, identities, keys, logins, people
from schemas.base import now_ms
from schemas.errors import Conflict


class Book:
    """The accounts in `home.db`.

    Args:
        engine: the database, migrated.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def _changing(self, *, rights: bool = True) -> AsyncIterator[AsyncConnection]:
        """Give one transaction that writes; with what changes rights it counts up the number."""
        async with self._engine.begin() as connection:
            # The lock to write is taken before anything is read that the change relies on.
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            if rights:
                await connection.execute(update(changes).values(number=changes.c.number + 1))

    async def number(self) -> int:
        """Return the number that grows whenever somebody's rights change."""
        async with self._engine.connect() as connection:
            return int(await connection.scalar(select(changes.c.number)) or 0)

    # People -----------------------------------------------------------------------------------

    async def owner(self) -> Person | None:
        """Return the owner, if there is one."""
        return await self._person(people.c.role == "owner")

    async def named(self, name: str) -> Person | None:
        """Return the person of a name, however it is spelled."""
        return await self._person(people.c.known_as == known_as(name))

    async def person(self, person: str) -> Person | None:
        """Return a person by their id."""
        return await self._person(people.c.id == person)

    async def everybody(self) -> list[Person]:
        """Return all people, the owner first."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(people).order_by(people.c.at))
            found = [person_of(row._mapping) for row in rows]
        return sorted(found, key=lambda one: one.role != "owner")

    async def _person(self, where: Any) -> Person | None:
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(people).where(where))).first()
        return person_of(row._mapping) if row else None

    async def add(self, person: Person) -> None:
        """Write somebody down.

        Raises:
            Conflict: somebody has this name, or is the owner already.
        """
        row = {
            "id": person.id,
            "name": person.name,
            "known_as": known_as(person.name),
            "role": person.role,
            "password": person.password,
            "totp": person.totp,
            "totp_step": person.totp_step,
            "recovery": json.dumps(person.recovery),
            "at": person.at,
        }
        try:
            async with self._changing() as connection:
                await connection.execute(insert(people).values(row))
        except IntegrityError:
            raise Conflict(f"There is somebody called {person.name} already.") from None

    async def remove(self, person: str) -> None:
        """Forget somebody, their logins and their keys; on the messengers they are a stranger."""
        async with self._changing() as connection:
            await connection.execute(delete(identities).where(identities.c.person == person))
            await connection.execute(delete(logins).where(logins.c.person == person))
            await connection.execute(delete(keys).where(keys.c.person == person))
            await connection.execute(delete(people).where(people.c.id == person))

    async def set_password(self, person: str, kept: str, *, but: str = "") -> None:
        """Keep another password, and end all logins of this person but one.

        Args:
            person: whose.
            kept: what the hasher made of it.
            but: the login that stays; none unless given.
        """
        async with self._changing() as connection:
            await connection.execute(
                update(people).where(people.c.id == person).values(password=kept)
            )
            await _end_logins(connection, person, but)

    async def rehash(self, person: str, before: str, kept: str) -> None:
        """Keep the same password in a better way, unless it was changed meanwhile."""
        async with self._changing(rights=False) as connection:
            await connection.execute(
                update(people)
                .where(people.c.id == person, people.c.password == before)
                .values(password=kept)
            )

    async def set_totp(
        self, person: str, step: int, recovery: Sequence[str], *, but: str = ""
    ) -> None:
        """Ask for a code from now on; all logins but one end.

        Args:
            person: whose.
            step: the last step whose code was used.
            recovery: the digests of the recovery codes.
            but: the login that stays.
        """
        async with self._changing() as connection:
            await connection.execute(
                update(people)
                .where(people.c.id == person)
                .values(totp=True, totp_step=step, recovery=json.dumps(recovery))
            )
            await _end_logins(connection, person, but)

    async def end_totp(self, person: str, *, but: str = "") -> None:
        """Ask for no code any more; all logins but one end."""
        async with self._changing() as connection:
            await connection.execute(
                update(people).where(people.c.id == person).values(totp=False, recovery="[]")
            )
            await _end_logins(connection, person, but)

    async def use_step(self, person: str, step: int) -> bool:
        """Note that the code of a step was used; return whether nobody did so before."""
        async with self._changing(rights=False) as connection:
            changed = await connection.execute(
                update(people)
                .where(people.c.id == person, people.c.totp_step < step)
                .values(totp_step=step)
            )
        return cast("CursorResult[Any]", changed).rowcount == 1

    async def use_recovery(self, person: str, digest: str) -> bool:
        """Use a recovery code up; return whether it was still good."""
        async with self._changing(rights=False) as connection:
            kept = await connection.scalar(select(people.c.recovery).where(people.c.id == person))
            left = [one for one in json.loads(kept or "[]") if one != digest]
            if len(left) == len(json.loads(kept or "[]")):
                return False
            await connection.execute(
                update(people).where(people.c.id == person).values(recovery=json.dumps(left))
            )
        return True

    @property
    def known(self) -> Known:
        """Where people are known beside the web."""
        return Known(self._engine)

    # Logins -----------------------------------------------------------------------------------

    async def login(self, login: str) -> tuple[Login, Person] | None:
        """Return a login that has not ended, and whose it is."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(logins).where(logins.c.id == login))).first()
            if row is None or row.expires_at <= now_ms():
                return None
            whose = (
                await connection.execute(select(people).where(people.c.id == row.person))
            ).first()
        return (Login(**row._mapping), person_of(whose._mapping)) if whose else None

    async def logins(self, person: str) -> list[Login]:
        """Return the logins of somebody, the last used first."""
        mine = select(logins).where(logins.c.person == person, logins.c.expires_at > now_ms())
        async with self._engine.connect() as connection:
            rows = await connection.execute(mine.order_by(logins.c.last_at.desc()))
            return [Login(**row._mapping) for row in rows]

    async def sign_in(self, login: Login, shown: Person) -> bool:
        """Write a login down, and forget those that ran out.

        Args:
            login: it.
            shown: its person, as they were when they showed who they are.

        Returns:
            whether it counts. What has ended all their logins since ends this one as well.
        """
        row = {column.name: getattr(login, column.name) for column in logins.columns}
        mine = select(people.c.password, people.c.totp).where(people.c.id == login.person)
        async with self._changing(rights=False) as connection:
            now = (await connection.execute(mine)).first()
            if now is None or (now.password, now.totp) != (shown.password, shown.totp):
                return False
            await connection.execute(delete(logins).where(logins.c.expires_at <= now_ms()))
            await connection.execute(insert(logins).values(row))
        return True

    async def refresh(self, login: Login, fresh: str, expires_at: int, address: str) -> bool:
        """Let another refresh token count; return whether nobody did so meanwhile."""
        now = now_ms()
        async with self._changing(rights=False) as connection:
            changed = await connection.execute(
                update(logins)
                .where(logins.c.id == login.id, logins.c.refresh == login.refresh)
                .values(
                    refresh=fresh,
                    before=login.refresh,
                    rotated_at=now,
                    last_at=now,
                    expires_at=expires_at,
                    address=address,
                )
            )
        return cast("CursorResult[Any]", changed).rowcount == 1

    async def sign_out(self, person: str, login: str) -> bool:
        """End a login of somebody; return whether there was one."""
        async with self._changing() as connection:
            gone = await connection.execute(
                delete(logins).where(logins.c.id == login, logins.c.person == person)
            )
        return cast("CursorResult[Any]", gone).rowcount == 1

    async def sign_out_all(self, person: str) -> None:
        """End all logins of somebody."""
        async with self._changing() as connection:
            await _end_logins(connection, person, "")

    # Keys -------------------------------------------------------------------------------------

    async def key(self, key: str) -> tuple[ProgramKey, Person] | None:
        """Return a key that has not run out, and whose it is."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(keys).where(keys.c.id == key))).first()
            if row is None:
                return None
            found = key_of(row._mapping)
            whose = (
                await connection.execute(select(people).where(people.c.id == row.person))
            ).first()
        return (found, person_of(whose._mapping)) if whose and found.alive(now_ms()) else None

    async def keys(self, person: str | None = None) -> list[ProgramKey]:
        """Return the keys of somebody, or of all, the newest first."""
        mine = select(keys).order_by(keys.c.at.desc(), keys.c.id.desc())
        if person is not None:
            mine = mine.where(keys.c.person == person)
        async with self._engine.connect() as connection:
            return [key_of(row._mapping) for row in await connection.execute(mine)]

    async def add_key(self, key: ProgramKey) -> None:
        """Write a key down."""
        row = {column.name: getattr(key, column.name) for column in keys.columns}
        async with self._changing() as connection:
            await connection.execute(insert(keys).values({**row, "scopes": " ".join(key.scopes)}))

    async def use_key(self, key: str) -> None:
        """Note that a key was used just now."""
        async with self._changing(rights=False) as connection:
            await connection.execute(update(keys).where(keys.c.id == key).values(last_at=now_ms()))

    async def revoke(self, key: str, person: str | None = None) -> bool:
        """End a key; return whether there was one.

        Args:
            key: its id.
            person: whose it must be; anybody's unless given.
        """
        mine = delete(keys).where(keys.c.id == key)
        if person is not None:
            mine = mine.where(keys.c.person == person)
        async with self._changing() as connection:
            gone = await connection.execute(mine)
        return cast("CursorResult[Any]", gone).rowcount == 1


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Book]:
    """Open the accounts of a state folder, migrated, until the end of the block."""
    engine = database.connect(database.home(settings))
    try:
        await database.migrate(engine, TABLES)
        yield Book(engine)
    finally:
        await engine.dispose()


async def _end_logins(connection: AsyncConnection, person: str, but: str) -> None:
    await connection.execute(delete(logins).where(logins.c.person == person, logins.c.id != but))
