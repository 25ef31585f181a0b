"""Time zones by their names and by the cities in them."""

from __future__ import annotations

import pytest

from gateways.machines.clock import Clock, find_zone
from schemas.errors import NotFound


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("tokyo", "Asia/Tokyo"),
        ("New York", "America/New_York"),
        ("UTC", "UTC"),
    ],
)
def test_finds_zones(said: str, key: str) -> None:
    assert find_zone(said).key == key


@pytest.mark.parametrize("said", ["Narnia", "../../etc/passwd", "", "/etc/localtime", "x" * 9999])
def test_unknown_zones_are_not_found(said: str) -> None:
    with pytest.raises(NotFound):
        find_zone(said)


def test_now_knows_its_zone() -> None:
    assert Clock().now().tzinfo is not None
