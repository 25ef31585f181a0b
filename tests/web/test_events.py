"""Programs tell that something happened."""

from __future__ import annotations

import pytest

from schemas.desk import Happened
from tests.stand import soon
from tests.web.house import BOB, House


async def test_an_event_is_durable_once_and_says_who_told_it(home: House) -> None:
    headers = {"Idempotency-Key": "one"}
    told = [
        await home.client().post("/api/events/door.opened", json={"who": "cat"}, headers=headers)
        for _ in range(3)
    ]
    assert [one.status_code for one in told] == [202] * 3
    assert [one.json()["fresh"] for one in told] == [True, False, False]
    (event,) = [Happened.model_validate_json(one) for one in await home.stand.data("events")]
    assert (event.type, event.data, event.person) == ("door.opened", {"who": "cat"}, "owner")
    assert event.channel == "api"
    other = await home.client().post("/api/events/door.opened", json={}, headers=headers)
    assert other.status_code == 409


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("Door", b"{}", 422),
        ("a b", b"{}", 422),
        ("x" * 200, b"{}", 422),
        ("door", b"[]", 422),
        ("door", b"{", 422),
        ("door", b'{"n": NaN}', 422),
        ("door", b'{"x": "' + b"x" * 70_000 + b'"}', 413),
    ],
)
async def test_what_is_no_event_is_refused(
    home: House, path: str, body: bytes, status: int
) -> None:
    headers = {"Content-Type": "application/json"}
    said = await home.client().post(f"/api/events/{path}", content=body, headers=headers)
    assert said.status_code == status


async def test_it_needs_the_right_to(home: House) -> None:
    said = await home.client(BOB).post("/api/events/door", json={})
    assert said.status_code == 403


DISK = """
type: disk.full
version: 1
about: A disk has little room.
schema:
  type: object
  properties: {free: {type: integer}}
  required: [free]
"""


async def test_an_event_fits_its_type_or_is_refused_by_the_path_of_the_fault(home: House) -> None:
    folder = home.settings.root / "events/types"
    folder.mkdir(parents=True)
    (folder / "disk.full.1.yaml").write_text(DISK)
    client = home.client()

    async def refused() -> bool:
        said = await client.post("/api/events/disk.full", json={"free": "canary"})
        return said.status_code == 422 and said.json()["detail"].startswith("/free: ")

    await soon(refused)  # taken over while it runs
    good = await client.post("/api/events/disk.full", json={"free": 1})
    assert good.status_code == 202
    other = await client.post(
        "/api/events/disk.full", json={"free": 1}, headers={"X-Event-Version": "2"}
    )
    assert other.status_code == 422
    listed = (await client.get("/api/events/types")).json()["types"]
    (disk,) = [one for one in listed if one["type"] == "disk.full"]
    assert disk["schema"]["required"] == ["free"]
    # What no longer fits changes nothing.
    (folder / "disk.full.1.yaml").write_text("type: [")
    assert (await client.post("/api/events/disk.full", json={})).status_code == 422
