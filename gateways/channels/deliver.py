"""Deliver: hand a reply to its channel, in order per chat."""

from __future__ import annotations

from schemas.chat import Parcel, Reply
from schemas.feed import Finished, SessionLive
from streams.live import LiveFeed
from streams.stage import stage

AT_HOME = frozenset({"terminal", "web", "api", "talk", "producer", "rules", "events"})
"""Channels whose readers look into the session's record: what stands there is delivered."""


@stage(lane="chat")
async def deliver(reply: Reply, feed: LiveFeed) -> Parcel | None:
    """Deliver one part of an answer; a messenger's process sends it.

    For channels at home the turn's record is the delivery, and it is durable already; the live
    feed gets a copy, so that whoever watches need not look.
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
