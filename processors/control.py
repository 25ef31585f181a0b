"""Steer: what must not wait in line — stop, status."""

from __future__ import annotations

from schemas.chat import Answer, Control, Reply
from streams.entry import Provenance
from streams.session import SessionState
from streams.stage import stage


@stage(reads=16, commit="halt")
async def steer(control: Control, source: Provenance, session: SessionState) -> Answer | Reply:
    """Stop the session's running turn, or say what it does.

    The answer of a stop does not go out at once: the commit marks the turn, and whoever commits
    the turn's next step publishes it in that step's place.
    """
    assert source.gateway is not None
    if control.action == "stop" and session.busy is not None:
        return Answer.after(
            control,
            id=f"{session.busy}:answer",
            turn=session.busy,
            outcome="stopped",
            notice="Stopped.",
        )
    if session.busy is None:
        text = "Nothing of this conversation is running."
    else:
        behind = f" {session.waiting} more wait behind it." if session.waiting else ""
        text = f"Working on {session.busy}.{behind} /stop ends it."
    return Reply.after(
        control,
        id=f"{control.id}:reply:0",
        turn=control.id,
        chat=control.chat,
        part=0,
        parts=1,
        text=text,
        outcome="answered",
        received_at=control.at,
    )
