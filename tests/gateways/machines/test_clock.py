"""Time zones by their names and by the cities in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateways.machines.clock import Clock, find_zone, own_zone
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


@pytest.mark.parametrize(
    ("leads_to", "name"),
    [
        ("/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"),
        ("/usr/share/zoneinfo/Narnia", "UTC"),
        ("/somewhere/else", "UTC"),
    ],
)
def test_this_machine_s_own_zone_has_a_name(tmp_path: Path, leads_to: str, name: str) -> None:
    link = tmp_path / "localtime"
    link.symlink_to(leads_to)
    assert own_zone(link) == name
    assert own_zone(tmp_path / "none") == "UTC"
