"""The way to the schedules: made when it is first used, and by whoever has the password."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from ops import secrets
from ops.settings import Settings
from ops.timetable import ROLE, Way, book
from schemas.errors import Unavailable
from schemas.schedules import ScheduleForm
from streams.schedules import Schedules
from tests.stand import Stand


async def test_without_a_password_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no password for the Redis user schedules"):
        await book(Settings(root=tmp_path)).all()


async def test_many_ask_at_once_on_one_line(stand: Stand, tmp_path: Path) -> None:
    password = stand.servers.passwords[ROLE].encode()
    secrets.replace(secrets.redis_file(tmp_path, ROLE), password)
    address = SecretStr(f"unix://{stand.servers.pair.durable.socket}")
    settings = Settings(root=tmp_path, redis_url=address)
    found = book(settings)
    for number in range(5):
        form = ScheduleForm(name=f"s{number}", when="@daily", says="Hello", zone="UTC")
        await found.add(form, "owner")
    way = Way(settings)
    shown = await asyncio.gather(*(Schedules(way.ask).get(f"s{one}") for one in range(5)))
    assert [f'"name":"s{one}"' in (text or "") for one, text in enumerate(shown)] == [True] * 5
    await way.close()
    assert len(await Schedules(way.ask).all()) == 5, "it is made again"
    await way.close()
