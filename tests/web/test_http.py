"""JSON within bounds."""

from __future__ import annotations

import httpx
import orjson
import pytest

from web.http import DEEPEST, deeper


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        (b'{"word": "x"}', 200, ""),
        (b'{"word": "x", "more": ' + nested(DEEPEST - 1) + b"}", 200, ""),
        (b'{"word": "x", "more": ' + nested(DEEPEST) + b"}", 422, "inside each other"),
        (b'{"word": "x", "more": ' + nested(4_000) + b"}", 422, ""),
        (b'{"word": "x", "other": 1}', 422, "other"),
        (b'{"word": 7}', 422, "word"),
        (b'{"word": "\\ud800"}', 422, ""),
        (b"[]", 422, "body"),
        (b"{", 422, "not JSON"),
        (b"", 422, "not JSON"),
        (b'{"word": NaN}', 422, "not JSON"),
    ],
)
async def test_a_body_fits_or_is_refused(
    client: httpx.AsyncClient, body: bytes, status: int, why: str
) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    said = await client.post("/public", content=body, headers=headers)
    assert said.status_code == status, said.text
    assert why in said.text


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
async def test_no_form_of_a_foreign_page_is_taken(client: httpx.AsyncClient, kind: str) -> None:
    headers = {"Content-Type": kind} if kind else {}
    said = await client.post("/public", content=b'{"word": "x"}', headers=headers)
    assert said.status_code == 415


async def test_what_was_given_is_not_said_back(client: httpx.AsyncClient) -> None:
    said = await client.post("/public", json={"word": ["swordfish"]})
    assert said.status_code == 422
    assert "swordfish" not in said.text


def test_depth_is_counted() -> None:
    for depth in (1, 2, 7):
        value = orjson.loads(nested(depth))
        assert not deeper(value, depth)
        assert deeper(value, depth - 1)
    assert not deeper({"a": [1, {"b": "[[[["}]}, 3)
