"""Reads and writes the notices in `home.db`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ops.desktop.tables import notices
from schemas.base import new_id, now_ms
from schemas.notices import Notice, NoticeView

MOST = 1_000
"""Notices that are kept; beyond them the oldest go, those first that are over or were seen."""
QUIET = 600_000
"""Milliseconds in which the same is told once: it is counted, and no news again."""
FRESH = 20
"""Of what was told since somebody last looked, so many are shown at once."""

_at = notices.c
_open = (_at.ended_at.is_(None), _at.seen_at.is_(None))
_VIEW = [_at[name] for name in NoticeView.model_fields]


@dataclass(frozen=True, slots=True)
class Change:
    """What changed since a number.

    Attributes:
        number: the number of the last change.
        unseen: how many nobody has seen that are not over.
        fresh: what was told meanwhile, oldest first.
    """

    number: int
    unseen: int
    fresh: tuple[NoticeView, ...] = ()


class Board:
    """The notices.

    Args:
        engine: the database, migrated.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[tuple[AsyncConnection, int]]:
        """Give one transaction that writes, and the number of its change."""
        async with self._engine.begin() as connection:
            # The lock to write is taken first: two processes never give out the same number.
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection, await _number(connection) + 1

    async def number(self) -> int:
        """Return the number that grows with each change."""
        async with self._engine.connect() as connection:
            return await _number(connection)

    async def tell(self, notice: Notice) -> str:
        """Write down what happened; return its id.

        The same key of the same source is counted as long as nobody has seen it, and what has no
        key for a while. It is news again only after that while.
        """
        async with self._changing() as (connection, number):
            now = now_ms()
            words = (_at.title == notice.title, _at.says == notice.says)
            about = (
                (_at.key == notice.key,)
                if notice.key is not None
                else (_at.key.is_(None), *words, _at.last_at > now - QUIET)
            )
            same = (
                _at.source == notice.source,
                _at.person == _whose(notice),
                _at.standing.is_(False),
                *about,
                *_open,
            )
            wanted = select(_at.id, _at.last_at).where(*same).order_by(_at.last_at.desc())
            found = (await connection.execute(wanted.limit(1))).first()
            if found is None:
                return await _add(connection, notice, number, standing=False)
            again = {"times": _at.times + 1, "last_at": now, "changed": number}
            if found.last_at <= now - QUIET:
                again["told"] = number
            values = {**_texts(notice), **again}
            await connection.execute(update(notices).where(_at.id == found.id).values(values))
            return str(found.id)

    async def once(self, notice: Notice, most: int, since: int) -> bool:
        """Write down what happened, once for its key, whatever became of it since.

        Args:
            notice: what happened.
            most: how many its source may tell.
            since: counted from then on, in ms since 1970.

        Returns:
            Whether it stands there; false when its source has told too much.
        """
        theirs = _at.source == notice.source
        async with self._changing() as (connection, number):
            told = select(_at.id).where(theirs, _at.key == notice.key)
            if await connection.scalar(told) is not None:
                return True
            lately = select(func.count()).select_from(notices).where(theirs, _at.at >= since)
            if int(await connection.scalar(lately) or 0) >= most:
                return False
            await _add(connection, notice, number, standing=False)
        return True

    async def stands(self, source: str, now: Mapping[str, Notice]) -> bool:
        """Write down what is so now, by key; what a source does not name any more is over.

        What comes back a while after it was over is counted, and no news.

        Returns:
            Whether anything changed.
        """
        where = (_at.source == source, _at.standing.is_(True), _at.ended_at.is_(None))
        wanted = select(_at.id, _at.key, _at.level, _at.title, _at.says, _at.path).where(*where)
        async with self._changing() as (connection, number):
            before = {row.key: row for row in await connection.execute(wanted)}
            lately = await _over_lately(connection, source)
            over = [row.id for key, row in before.items() if key not in now]
            if over:
                ended = update(notices).where(_at.id.in_(over))
                await connection.execute(ended.values(ended_at=now_ms(), changed=number))
            changed = bool(over)
            for key, notice in now.items():
                texts = _texts(notice)
                if key not in before and key in lately:
                    back = {"ended_at": None, "times": _at.times + 1, "last_at": now_ms()}
                    again = update(notices).where(_at.id == lately[key])
                    await connection.execute(again.values(**texts, **back, changed=number))
                elif key not in before:
                    theirs = notice.model_copy(update={"source": source, "key": key})
                    await _add(connection, theirs, number, standing=True)
                elif texts != _texts(before[key]):
                    other = update(notices).where(_at.id == before[key].id)
                    await connection.execute(other.values(**texts, changed=number))
                else:
                    continue
                changed = True
        return changed

    async def standing(self) -> set[str]:
        """Return the sources of which something is not over."""
        wanted = select(_at.source).where(_at.standing.is_(True), _at.ended_at.is_(None)).distinct()
        async with self._engine.connect() as connection:
            return set(await connection.scalars(wanted))

    async def page(
        self, people: Sequence[str], before: tuple[int, str] | None, limit: int
    ) -> tuple[list[NoticeView], int]:
        """Return notices, what was told last first, and how many nobody has seen.

        Args:
            people: for whom they are; '' is the owner of the server.
            before: `last_at` and id of the last one of the page before.
            limit: how many.
        """
        wanted = select(*_VIEW).where(_at.person.in_(people))
        if before is not None:
            wanted = wanted.where(tuple_(_at.last_at, _at.id) < tuple_(*before))
        wanted = wanted.order_by(_at.last_at.desc(), _at.id.desc()).limit(limit)
        async with self._engine.connect() as connection:
            rows = [_view(row) for row in await connection.execute(wanted)]
            return rows, await _unseen(connection, people)

    async def since(self, people: Sequence[str], number: int | None) -> Change:
        """Return what changed for these people since a number; with None only how it is."""
        async with self._engine.connect() as connection:
            found: tuple[NoticeView, ...] = ()
            if number is not None:
                wanted = select(*_VIEW).where(_at.person.in_(people), _at.told > number, *_open)
                rows = await connection.execute(wanted.order_by(_at.last_at).limit(FRESH))
                found = tuple(_view(row) for row in rows)
            now = await _number(connection)
            return Change(now, await _unseen(connection, people), found)

    async def see(self, people: Sequence[str], ids: Sequence[str], by: str) -> int:
        """Note that somebody has seen these; return how many were theirs and not seen yet."""
        async with self._changing() as (connection, number):
            theirs = (_at.id.in_(ids), _at.person.in_(people), _at.seen_at.is_(None))
            seen = update(notices).where(*theirs)
            done = await connection.execute(
                seen.values(seen_at=now_ms(), seen_by=by, changed=number)
            )
            return int(done.rowcount)


def _whose(notice: Notice) -> str:
    return notice.person or ""


def _texts(found: Any) -> dict[str, Any]:
    return {name: getattr(found, name) for name in ("level", "title", "says", "path")}


def _view(row: Any) -> NoticeView:
    return NoticeView.model_validate(dict(row._mapping))


async def _number(connection: AsyncConnection) -> int:
    return int(await connection.scalar(select(func.max(_at.changed))) or 0)


async def _over_lately(connection: AsyncConnection, source: str) -> dict[str, str]:
    """Return what stood a while ago and is over, the id by the key."""
    since = _at.ended_at > now_ms() - QUIET
    wanted = select(_at.key, _at.id).where(_at.source == source, _at.standing.is_(True), since)
    return {row.key: row.id for row in await connection.execute(wanted.order_by(_at.ended_at))}


async def _unseen(connection: AsyncConnection, people: Sequence[str]) -> int:
    wanted = select(func.count()).select_from(notices).where(_at.person.in_(people), *_open)
    return int(await connection.scalar(wanted) or 0)


async def _add(connection: AsyncConnection, notice: Notice, number: int, *, standing: bool) -> str:
    name, now = new_id(), now_ms()
    await connection.execute(
        insert(notices).values(
            id=name,
            changed=number,
            told=number,
            person=_whose(notice),
            source=notice.source,
            key=notice.key,
            standing=standing,
            at=now,
            last_at=now,
            times=1,
            **_texts(notice),
        )
    )
    await _prune(connection)
    return name


async def _prune(connection: AsyncConnection) -> None:
    total = int(await connection.scalar(select(func.count()).select_from(notices)) or 0)
    if total <= MOST:
        return
    waits = _at.ended_at.is_(None) & _at.seen_at.is_(None)
    # False comes before true: what nobody need look at any more goes first.
    oldest = select(_at.id).order_by(waits, _at.last_at, _at.id).limit(total - MOST)
    await connection.execute(delete(notices).where(_at.id.in_(oldest)))
