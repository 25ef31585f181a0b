"""Waiting: what becomes true is returned, and what does not is late and says why."""

from __future__ import annotations

import pytest
from redis.exceptions import ConnectionError as Unconnected

from ops.chaos.waiting import Late, soon


async def test_it_waits_while_a_server_is_only_starting() -> None:
    tries = iter([Unconnected("not yet"), None, "there"])

    async def condition() -> str | None:
        found = next(tries)
        if isinstance(found, Exception):
            raise found
        return found

    assert await soon(condition) == "there"


async def test_what_never_happens_is_late_and_names_what_was_in_the_way() -> None:
    def condition() -> None:
        raise Unconnected("nobody there")

    with pytest.raises(Late, match=r"within 0\.02 s") as late:
        await soon(condition, 0.02)
    assert isinstance(late.value.__cause__, Unconnected)
    with pytest.raises(ZeroDivisionError):
        await soon(lambda: 1 / 0)
