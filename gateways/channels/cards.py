"""A card in plain words, for places that have nothing better.

What stands in a record was escaped when it was asked about; a model's text is one line among
others here, and never a button.
"""

from __future__ import annotations

from datetime import UTC, datetime

from gateways.channels.base import Shown
from schemas.approvals import ApprovalView
from streams.cards import shown


def worded(card: Shown) -> str:
    """Return the words of a card."""
    view = card.view
    lines = [f"{view.tier.name}: {_state(view)}", "", f"{view.tool}", view.command]
    for name, value in (
        ("Acts on", ", ".join(view.targets)),
        ("Does", view.affects),
        ("Undo", view.undo or "none"),
        ("Because", "; ".join(view.reasons)),
        ("For the task", " ".join(view.task.split())),
        ("The model says", " ".join(view.says.split())),
    ):
        if value:
            lines.append(f"{name}: {value}")
    if view.state == "pending":
        lines += ["", _how(card)]
    return "\n".join(lines)


def _state(view: ApprovalView) -> str:
    if view.state == "pending":
        return "may this run?"
    by = f" by {view.by} on {view.channel}" if view.by else ""
    return f"{view.state}{by}"


def _how(card: Shown) -> str:
    until = f"{datetime.fromtimestamp(card.view.expires_at / 1000, UTC):%H:%M} UTC"
    if card.code is None:
        return f"Until {until}: on the page, or APPROVE or DENY with the code that it shows."
    code = shown(card.code)
    return f"Until {until}: APPROVE {code} or DENY {code}"
