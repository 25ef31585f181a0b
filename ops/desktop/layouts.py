"""Reads and writes how each person laid out their desktop."""

from __future__ import annotations

import json

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from ops.desktop.tables import layouts
from schemas.base import now_ms
from schemas.desktop import Layout, LayoutKept


class Layouts:
    """The layouts in `home.db`, one a person.

    Args:
        engine: the database, migrated.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def get(self, person: str) -> LayoutKept:
        """Return somebody's layout."""
        async with self._engine.connect() as connection:
            row = (
                await connection.execute(select(layouts).where(layouts.c.person == person))
            ).first()
        if row is None:
            return LayoutKept(version=0, at=None, desk=None, theme=None, wallpaper=None)
        return LayoutKept(version=row.version, at=row.at, **json.loads(row.layout))

    async def put(self, person: str, layout: Layout) -> LayoutKept:
        """Keep a layout over the one before; what it leaves out stays as it was."""
        given = layout.model_dump(mode="json", exclude_none=True)
        async with self._engine.begin() as connection:
            # The lock to write is taken first, so that of two writers neither undoes the other's
            # half.
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
            where = layouts.c.person == person
            row = (await connection.execute(select(layouts).where(where))).first()
            before = json.loads(row.layout) if row else {}
            whole = dict.fromkeys(Layout.model_fields) | before | given
            version, at = (row.version if row else 0) + 1, now_ms()
            values = {"version": version, "at": at, "layout": json.dumps(whole)}
            if row:
                await connection.execute(update(layouts).where(where).values(values))
            else:
                await connection.execute(insert(layouts).values(person=person, **values))
        return LayoutKept(version=version, at=at, **whole)
