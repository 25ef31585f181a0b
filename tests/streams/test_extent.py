"""Extent: what Redis never had is told from what it had and forgot."""

from __future__ import annotations

import pytest

from streams import keys
from streams.extent import Extent, Place
from tests.stand import Stand

HAD = (
    Place(1, "inbox", "5-0", None, None),
    Place(2, "record", "t/1", "t", 1),
    Place(3, "record", "gone/7", "gone", 7),
    Place(4, "journal", "begun", None, None),
)


async def filled(stand: Stand) -> Extent:
    """An entry and a record; what came before them, and much else, was forgotten."""
    await stand.tester.xadd(keys.topic("inbox"), {"data": "x"}, id="5-0")
    await stand.tester.xtrim(keys.topic("inbox"), maxlen=0)
    await stand.tester.rpush(keys.turn("t"), "first", "second")
    return Extent(stand.tester)


async def test_what_was_forgotten_was_there(stand: Stand) -> None:
    assert await (await filled(stand)).first_unknown(HAD) is None


@pytest.mark.parametrize(
    "place",
    [
        Place(5, "inbox", "5-1", None, None),
        Place(5, "inbox", "10-0", None, None),
        Place(5, "route", "1-0", None, None),
        Place(5, "record", "t/2", "t", 2),
    ],
)
async def test_what_is_behind_an_end_never_was(stand: Stand, place: Place) -> None:
    assert await (await filled(stand)).first_unknown([*HAD, place, *HAD]) == 5


async def test_the_seal_says_how_much_was_written(stand: Stand) -> None:
    extent = Extent(stand.tester)
    assert await extent.sealed() == 0
    await stand.tester.xadd(keys.AUDIT, {"mac": "m"}, id="9-0")
    assert await extent.sealed() == 9
