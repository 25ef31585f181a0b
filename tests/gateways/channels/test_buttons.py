"""A button carries what it decides, and nothing else is taken for one."""

from __future__ import annotations

from typing import Any

import pytest

from gateways.channels.base import Pressed, Shown
from gateways.channels.buttons import button, buttons, pressed
from schemas.approvals import ApprovalState, ApprovalView
from schemas.tools import Tier


def card(state: ApprovalState, token: str | None) -> Shown:
    about: dict[str, Any] = {
        "id": "0a1b", "call_id": "c", "turn": "t", "session": "s", "tool": "docker_stop",
        "tier": Tier.ORANGE, "state": state, "command": "docker stop web", "targets": (),
        "affects": "", "undo": "", "reasons": (), "says": "", "tainted": False, "asked_at": 1,
        "expires_at": 2,
    }  # fmt: skip
    return Shown(ApprovalView(**about), "17", token)


def test_what_a_button_carries_comes_back() -> None:
    found = buttons(card("pending", "t" * 32))
    assert [(verdict, says) for verdict, says, _ in found] == [
        ("approved", "Approve"), ("denied", "Deny"),
    ]  # fmt: skip
    for verdict, _, carried in found:
        assert len(carried) <= 64
        assert pressed("1", "17", "18", carried) == Pressed(
            "1", "17", "18", approval="0a1b", verdict=verdict, token="t" * 32
        )


@pytest.mark.parametrize(("state", "token"), [("pending", None), ("approved", "t"), ("void", "t")])
def test_nothing_is_decided_twice(state: ApprovalState, token: str | None) -> None:
    assert buttons(card(state, token)) == ()


@pytest.mark.parametrize(
    "carried", ["", "x0a.t", "a0a.", "a.t", "a0A.t", "a0a.t t", " a0a.t", f"a0a.{'t' * 41}"]
)
def test_what_is_no_button_of_ours_is_none(carried: str) -> None:
    assert pressed("1", "17", "18", carried) is None
    assert pressed("1", "17", "18", button("denied", "0a", "t")) is not None
