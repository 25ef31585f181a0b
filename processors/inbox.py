"""Admit: who is this, and may it start now?"""

from __future__ import annotations

from processors.agent.people import People
from schemas.chat import Admitted, Received
from schemas.feed import AskedLive, SessionLive
from schemas.record import Asked
from streams.entry import Provenance
from streams.live import LiveFeed
from streams.record import TurnRecord
from streams.stage import stage


@stage(commit="admit", lane="")
async def admit(
    received: Received, source: Provenance, record: TurnRecord, people: People, feed: LiveFeed
) -> Admitted:
    """Begin a turn. Whether it starts now or waits behind its session's, the commit decides.

    Who somebody is, `source` knows: the gateway's signature vouches for person and channel, and
    what nobody signed has already become the person `producer`.
    """
    record.add(
        Asked(
            at=received.at,
            text=received.text,
            person=received.person,
            channel=received.channel,
            chat=received.chat,
            profile=people.profile(received.person, source.gateway),
            tier=received.tier,
            attachments=received.attachments,
            session=received.session,
            context=received.context,
            remarks=received.remarks,
            most_cost=received.most_cost,
        )
    )
    feed.send(
        received.session,
        AskedLive(
            at=received.at,
            turn=received.id,
            text=received.text,
            attachments=received.attachments,
        ),
    )
    feed.send(
        SessionLive.feed(received.person),
        SessionLive(turn=received.id, session=received.session, state="working"),
    )
    return Admitted.after(received, id=f"{received.id}:turn", turn=received.id)
