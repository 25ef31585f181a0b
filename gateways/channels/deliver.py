"""Deliver: hand a reply to its channel, in order per chat."""

from __future__ import annotations

from urllib.parse import quote

from gateways.channels.board import Board
from schemas.chat import Parcel, Reply
from schemas.feed import Finished, SessionLive
from schemas.notices import Notice
from streams.live import LiveFeed
from streams.stage import stage

AT_HOME = frozenset({"terminal", "web", "api", "talk", "producer", "rules", "events", "clock"})
"""Channels whose readers look into the session's record: what stands there is delivered."""
BY_ITSELF = {
    "rules": ("rules", "rule"),
    "events": ("rules", "rule"),
    "clock": ("clock", "schedule"),
}
"""Channels on which the owner's rules and schedules ask, each in a chat of its own name: who tells
of them, and what they are."""
WENT_WRONG = {
    "failed": "failed",
    "refused": "was refused",
    "limited": "was ended by a limit",
}
"""How a turn ends that nobody wanted to end so; who stops one knows that they did."""
UNDONE = {
    "denied": "was denied",
    "expired": "was not decided in time",
    "void": "was withdrawn",
}
"""What became of the question to a person without whose yes it could not be done."""


@stage(lane="chat")
async def deliver(reply: Reply, feed: LiveFeed, board: Board) -> Parcel | None:
    """Deliver one part of an answer; a messenger's process sends it.

    For channels at home the turn's record is the delivery, and it is durable already; the live
    feed gets a copy, so that whoever watches need not look. Nobody watches what a rule or a
    schedule began: where that failed, the owner is told.
    """
    feed.send(
        reply.session,
        Finished(
            turn=reply.turn,
            id=reply.id,
            part=reply.part,
            parts=reply.parts,
            text=reply.text,
            outcome=reply.outcome,
        ),
    )
    if reply.part + 1 == reply.parts:
        feed.send(
            SessionLive.feed(reply.person),
            SessionLive(turn=reply.turn, session=reply.session, state="idle"),
        )
    if reply.channel in BY_ITSELF and reply.outcome in WENT_WRONG and _first(reply):
        await board.publish(_failed(reply))
    if reply.channel in AT_HOME or reply.inner:
        return None
    return Parcel.after(
        reply,
        id=reply.id,
        turn=reply.turn,
        chat=reply.chat,
        text=reply.text,
        part=reply.part,
        parts=reply.parts,
        outcome=reply.outcome,
        files=reply.files,
    )


def _first(reply: Reply) -> bool:
    """Whether it begins a person's answer; a task of another turn is none of theirs."""
    return reply.part == 0 and not reply.inner


def _failed(reply: Reply) -> Notice:
    undone = UNDONE.get(reply.code or "")
    # By rule, not by run: one that fails every minute is one notice, with its number of times.
    source, what = BY_ITSELF[reply.channel]
    return Notice(
        source=source,
        # Whoever said no knows it, and nothing is broken.
        level="info" if reply.code == "denied" else "problem",
        title=f"What the {what} {reply.chat} began {undone or WENT_WRONG[reply.outcome]}"[:200],
        says=reply.text[:2_000],
        path=f"/pipeline/messages/{quote(reply.turn, safe='')}"[:300],
        key=f"{reply.code if undone else 'failed'}:{reply.chat}"[:128],
    )
