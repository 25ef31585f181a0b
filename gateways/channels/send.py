"""Send: hand a parcel to its messenger, in order per chat, until its server says yes."""

from __future__ import annotations

from gateways.channels.base import Channels, Shown
from gateways.channels.shelf import ON_THE_PAGE
from schemas.base import now_ms
from schemas.chat import Parcel
from schemas.errors import NotFound, Refused, Unavailable
from streams.stage import stage

KEPT_MS = 7 * 24 * 3_600 * 1000
"""So long a messenger may be away; what is older tells nobody anything any more."""
MOST_WAITING = 5_000
"""Parcels that wait for messengers that are off or away; what comes beyond lies at the desk."""


class TooLate(Refused):
    """Nobody took it in time."""

    code = "too_late"


class Off(Unavailable):
    """The channel is not on at the moment."""

    code = "channel_off"


@stage(reads=256, lane="chat", waits=MOST_WAITING)
async def send(parcel: Parcel, channels: Channels) -> None:
    """Hand over one part of an answer, or a card.

    What waits for a messenger that is off or away is held and takes up no room: the others' do not
    wait behind it.
    """
    if now_ms() - parcel.at > KEPT_MS:
        raise TooLate(f"It could not be handed over on {parcel.channel} for seven days.")
    try:
        channel = channels.get(parcel.channel)
    except NotFound:
        raise Off(f"The channel {parcel.channel} is off.", retry_after=1) from None
    if parcel.card is not None:
        await channel.show(Shown(parcel.card, parcel.chat, parcel.token, parcel.code))
    elif parcel.files and not channel.can.files:
        text = f"{parcel.text}\n\n(No files are sent here; {ON_THE_PAGE})"
        await channel.deliver(parcel.model_copy(update={"text": text, "files": ()}))
    else:
        await channel.deliver(parcel)
