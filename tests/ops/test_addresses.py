"""Each process is its own user, on private servers and on the owner's."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio.connection import parse_url

from ops import config, secrets
from ops.addresses import as_role, door, url
from ops.settings import Settings


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("REDIS_URL", "redis://:their%2Fsecret@127.0.0.1:6400/2")
    secrets.redis_passwords(tmp_path, ["core", "boot"])
    return config.load(tmp_path)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("redis://h:1/2", {"host": "h", "port": 1, "db": 2}),
        ("redis://admin:x%2Fy@h", {"host": "h"}),
        ("rediss://admin:x@h:7", {"host": "h", "port": 7}),
        ("unix:///run/r.sock?db=3", {"path": "/run/r.sock", "db": 3}),
        ("unix://admin@/run/r.sock?password=x&db=3", {"path": "/run/r.sock", "db": 3}),
    ],
)
def test_an_address_becomes_another_users(address: str, expected: dict[str, object]) -> None:
    found = dict(parse_url(as_role(address, "core", "p/w")))
    assert {name: found[name] for name in expected} == expected
    assert (found["username"], found["password"]) == ("core", "p/w")


def test_a_given_server_is_used_in_our_roles(given: Settings) -> None:
    found = dict(parse_url(url(given, "durable", "core")))
    assert found["username"] == "core"
    assert found["password"] == secrets.read(secrets.redis_file(given.root, "core"))
    assert url(given, "durable", "boot") == "redis://:their%2Fsecret@127.0.0.1:6400/2"
    assert door(given) == "127.0.0.1:6400"


def test_a_private_server_has_a_door_on_a_socket(tmp_path: Path) -> None:
    assert door(config.load(tmp_path)).endswith("/durable.sock")
