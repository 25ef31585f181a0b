"""Programs tell that something happened."""

from __future__ import annotations

import pytest

from schemas.desk import Happened
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
