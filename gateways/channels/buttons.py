"""The buttons of a card: what they say, what each carries, and what it means when it comes back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from gateways.channels.base import Pressed, Shown
from schemas.approvals import Verdict

WORDS: Mapping[Verdict, str] = MappingProxyType({"approved": "Approve", "denied": "Deny"})
"""What they say, in their order."""
_CARRIED = re.compile(r"([an])([0-9a-f]{1,30})\.([!-~]{1,40})")
"""What they carry, in at most 64 bytes, as Telegram has it."""


def button(verdict: Verdict, approval: str, token: str) -> str:
    """Return what a button of a card carries."""
    return f"{'a' if verdict == 'approved' else 'n'}{approval}.{token}"


def buttons(card: Shown) -> tuple[tuple[Verdict, str, str], ...]:
    """Return the buttons of a card: verdict, words and what it carries; none once it is decided."""
    view, token = card.view, card.token
    if view.state != "pending" or token is None:
        return ()
    return tuple((one, says, button(one, view.id, token)) for one, says in WORDS.items())


def pressed(name: str, who: str, chat: str, carried: str) -> Pressed | None:
    """Return what a press means; None where no button of ours was pressed.

    Args:
        name: the channel's own id of the press.
        who: the id of whoever pressed.
        chat: where the card is.
        carried: what the button carried.
    """
    found = _CARRIED.fullmatch(carried)
    if found is None:
        return None
    verdict: Verdict = "approved" if found[1] == "a" else "denied"
    return Pressed(name, who, chat, approval=found[2], verdict=verdict, token=found[3])
