"""Which files go with an answer."""

from __future__ import annotations

from typing import Any

import pytest

from processors.agent.offers import MOST, offered
from schemas.chat import Enclosed
from schemas.record import Observed
from tests.processors.asked import record


def seen(data: Any, tool: str = "download_offer", *, ok: bool = True) -> Observed:
    return Observed(step=0, index=0, call_id="c", tool=tool, ok=ok, content="", data=data)


def about(path: str) -> dict[str, Any]:
    return {"path": path, "size": 3, "address": f"/api/files/download?path={path}"}


def test_what_was_offered_goes_along_once_and_in_its_order() -> None:
    turn = record("q", *(seen(about(path)) for path in ("/b", "/a", "/b")))
    assert offered(turn) == (Enclosed(path="/b", size=3), Enclosed(path="/a", size=3))


@pytest.mark.parametrize(
    "other",
    [
        seen(about("/a"), tool="files_read"), seen(about("/a"), ok=False), seen(None), seen([1]),
        seen({"path": "", "size": 3}), seen({"path": "/a"}), seen({"path": "/a", "size": -1}),
        seen({"path": "x" * 2_000, "size": 1}),
    ],
)  # fmt: skip
def test_what_is_no_offer_does_not(other: Observed) -> None:
    assert offered(record("q", other)) == ()


def test_they_are_few() -> None:
    assert len(offered(record("q", *(seen(about(f"/{n}")) for n in range(9))))) == MOST
