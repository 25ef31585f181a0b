"""Where cards are, what they carry, and what of an approval a person sees."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import cast

from schemas.approvals import CODE_SIGNS, ApprovalState, ApprovalView, Grant
from schemas.record import Decided, Proposed, entries

HOME = ("web", "terminal")
"""Where every request can be decided, wherever it was asked; an API's callers use the web's."""


def place_of(channel: str) -> str:
    """Return the place where a channel's people see cards.

    A gateway in the role of the channels may see none of the places at home.
    """
    if channel in {"web", "api"}:
        return "home:web"
    return f"home:{channel}" if channel in HOME else f"away:{channel}"


def new_code() -> str:
    """Return a code that a person can type."""
    return "".join(secrets.choice(CODE_SIGNS) for _ in range(8))


def shown(code: str) -> str:
    """Return a code as a person reads it."""
    return f"{code[:4]}-{code[4:]}"


def view(fields: Mapping[str, str]) -> tuple[ApprovalView, tuple[str, ...]] | None:
    """Return what a person sees of an approval, and who may decide it; None where there is none.

    Args:
        fields: its hash.
    """
    if "data" not in fields:
        return None
    asked = entries.validate_json(fields["data"])
    assert isinstance(asked, Proposed)
    decided = fields["state"] != "pending"
    found = seen(asked, fields["turn"], fields["session"]).model_copy(
        update={
            "state": cast("ApprovalState", fields["state"]),
            "by": fields.get("by") or None,
            "channel": fields.get("channel") or None,
            "decided_at": int(fields["at"]) if decided and "at" in fields else None,
            "grant": fields.get("grant") or None,
        }
    )
    return found, asked.people


def seen(asked: Proposed, turn: str, session: str, decided: Decided | None = None) -> ApprovalView:
    """Return what a person sees of a request, as its turn's record has it."""
    return ApprovalView(
        id=asked.approval,
        call_id=asked.call_id,
        turn=turn,
        session=session,
        tool=asked.tool,
        tier=asked.tier,
        state=decided.state if decided else "pending",
        command=asked.command,
        targets=asked.targets,
        affects=asked.affects,
        undo=asked.undo,
        reasons=asked.reasons,
        says=asked.says,
        tainted=asked.tainted,
        lasting=asked.grant is not None,
        task=asked.task,
        asked_at=asked.at,
        expires_at=asked.expires_at,
        by=decided.by if decided else None,
        channel=decided.channel if decided else None,
        decided_at=decided.at if decided else None,
        grant=decided.grant if decided else None,
    )


def lasting(name: str, fields: Mapping[str, str], person: str) -> Grant | None:
    """Return a lasting yes that stands; None where there is none that is this person's.

    Args:
        name: what it is named.
        fields: its hash.
        person: who looks.
    """
    if fields.get("state") != "standing" or person not in fields["people"].split("\n"):
        return None
    asked = entries.validate_json(fields["data"])
    assert isinstance(asked, Proposed)
    return Grant(
        id=name,
        tool=asked.tool,
        tier=asked.tier,
        command=asked.command,
        targets=asked.targets,
        person=fields["person"],
        channel=fields["channel"],
        by=fields["by"],
        made_at=int(fields["made"]),
        expires_at=int(fields["expires"]),
        uses=int(fields["uses"]),
        used_at=int(fields["used"]) if "used" in fields else None,
    )
