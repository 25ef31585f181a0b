"""Steer: what must not wait in line — stop, status, a person's decision."""

from __future__ import annotations

from schemas.chat import Answer, Control, Reply
from streams.approvals import Decisions, Verdicted
from streams.entry import Provenance
from streams.session import SessionState
from streams.stage import stage

SECOND = "web"
"""The one gateway that sees people's second factor."""


@stage(reads=16, commit="halt")
async def steer(
    control: Control, source: Provenance, session: SessionState, decisions: Decisions
) -> Answer | Reply:
    """Stop the session's running turn, say what it does, or let a person's decision count.

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
    if control.action == "decide":
        verdict = control.verdict or "denied"
        assured = control.second and source.gateway == SECOND
        found = await decisions.decide(control, verdict, assured=assured)
        return _reply(control, decided(found, verdict), ok=found.answer == "decided")
    if control.action == "revoke":
        taken = await decisions.revoke(control)
        return _reply(control, REVOKED[taken], ok=taken == "revoked")
    return _reply(control, status(session))


def status(session: SessionState) -> str:
    """Say what a conversation does."""
    if session.busy is None:
        return "Nothing of this conversation is running."
    behind = f" {session.waiting} more wait behind it." if session.waiting else ""
    if session.asking:
        what = "your decision" if session.asking == 1 else f"{session.asking} decisions of yours"
        return f"Waiting for {what}, on {session.busy}.{behind} /stop ends it."
    return f"Working on {session.busy}.{behind} /stop ends it."


SAYS = {
    "expired": "Too late: nobody decided in time, and it did not run.",
    "forbidden": "This is not yours to decide.",
    "step_up": "This needs more than that: the code that is shown in another place.",
    "spent": "This does not fit either; the question is void.",
    "once": "This can be allowed once, and not for longer; nothing was decided.",
    "elsewhere": "Only the page can allow it for longer, with a code of your app; nothing was"
    " decided. APPROVE allows it once.",
    "many": "A hundred lasting yeses stand already; take some back first. Nothing was decided.",
}
REVOKED = {
    "revoked": "Taken back; the next such call asks again.",
    "forbidden": "This is not yours to take back.",
    "nothing": "There is no such lasting yes.",
    "fenced": "There is no such lasting yes.",
}
VOID = "This question is void; it is asked anew if it still matters."


def decided(found: Verdicted, verdict: str) -> str:
    """Say what came of a decision."""
    if found.answer == "decided":
        return "Approved; it goes on." if verdict == "approved" else "Denied; it does not run."
    if found.answer in {"approved", "denied"}:
        return f"This was {found.answer} already{f' by {found.by}' if found.by else ''}."
    if found.answer == "wrong":
        left = "one try is" if found.number == 1 else f"{found.number} tries are"
        return f"This does not fit; {left} left."
    if found.answer == "nothing":
        if found.number:
            return "Say which: the keyword and the code on the card, as in APPROVE CODE."
        return "Nothing waits for a decision here."
    return SAYS.get(found.answer, VOID)


def _reply(control: Control, text: str, *, ok: bool = True) -> Reply:
    return Reply.after(
        control,
        id=f"{control.id}:reply:0",
        turn=control.id,
        chat=control.chat,
        part=0,
        parts=1,
        text=text,
        outcome="answered" if ok else "refused",
        received_at=control.at,
    )
