"""Deliver: hand a reply to its channel, in order per chat, until the channel says yes."""

from __future__ import annotations

from gateways.channels.base import Channels
from schemas.chat import Reply
from schemas.feed import Finished, SessionLive
from streams.live import LiveFeed
from streams.stage import stage

AT_HOME = frozenset({"terminal", "web", "api", "talk", "producer", "rules", "events"})
"""Channels whose readers look into the session's record: what stands there is delivered."""


@stage(lane="chat")
async def deliver(reply: Reply, feed: LiveFeed, channels: Channels) -> None:
    """Deliver one part of an answer.

    For channels at home the turn's record is the delivery, and it is durable already; the live
    feed gets a copy, so that whoever watches need not look.
    """
    if reply.channel not in AT_HOME and not reply.inner:
        await channels.get(reply.channel).deliver(reply)
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
