"""What is told of a yes that counts again: events that the server functions publish with it.

They are made and signed before, for Redis signs nothing. What a yes is a yes to never changes, so
they are true also where somebody else decides in the meantime: then they are not published.
"""

from __future__ import annotations

from typing import Any

import orjson
from redis.asyncio import Redis

from schemas.chat import Control
from schemas.desk import Happened
from streams import keys
from streams.store import text
from streams.voice import Voice

Told = tuple[bytes, str]
"""An event and its signature; both empty where there is nothing to tell of."""
NOTHING: Told = (b"", "")


async def made(redis: Redis, voice: Voice, control: Control) -> Told:
    """Return the event of a yes that is to count again.

    Args:
        redis: the durable Redis.
        voice: signs it.
        control: the decision.
    """
    asking = control.approval or ""
    found: Any = await redis.hmget(keys.approval(asking), ["data", "people", "card", "session"])
    if None in found:
        return NOTHING
    data, people, card, session = (text(one) for one in found)
    what = {
        "grant": orjson.loads(data).get("grant"),
        "person": people.partition("\n")[0],
        "channel": orjson.loads(card)["channel"],
        "by": control.person,
        "approval": asking,
    }
    return _told(voice, "made", f"{asking}:grant", session, control, data, what)


async def revoked(redis: Redis, voice: Voice, control: Control) -> Told:
    """Return the event of a yes that is to be taken back.

    Args:
        redis: the durable Redis.
        voice: signs it.
        control: who takes it back, and which.
    """
    names = ["data", "person", "channel", "by", "approval"]
    found: Any = await redis.hmget(keys.grant(control.grant or ""), names)
    if None in found:
        return NOTHING
    data, *rest = (text(one) for one in found)
    what = {"grant": control.grant, **dict(zip(names[1:], rest, strict=True))}
    return _told(voice, "revoked", f"{control.id}:grant", control.session, control, data, what)


def _told(  # noqa: PLR0917 - what an event says
    voice: Voice,
    kind: str,
    name: str,
    session: str,
    control: Control,
    data: str,
    what: dict[str, Any],
) -> Told:
    asked = orjson.loads(data)
    event = Happened(
        id=name,
        trace=name,
        session=session,
        person=control.person,
        channel=control.channel,
        type=f"grant.{kind}",
        data={"tool": asked["tool"], "command": asked["command"], **what},
    )
    return voice.said(event)
