"""Show: what a person is asked, and what became of it, where they look."""

from __future__ import annotations

from gateways.channels.deliver import AT_HOME
from schemas.approvals import Card
from schemas.chat import Parcel
from schemas.errors import NotFound
from schemas.feed import Approval, SessionLive
from schemas.record import Decided, Proposed
from streams.cards import seen
from streams.live import LiveFeed
from streams.record import TurnRecord
from streams.stage import stage


@stage(lane="chat")
async def show(card: Card, record: TurnRecord, feed: LiveFeed) -> Parcel | None:
    """Show a card, or show it otherwise, rendered from the record: a model writes no button."""
    asked = next((one for one in record.of(Proposed) if one.approval == card.approval), None)
    if asked is None:
        raise NotFound(f"The record of turn {card.turn} asks nothing named {card.approval}.")
    decided = next((one for one in record.of(Decided) if one.approval == card.approval), None)
    view = seen(asked, card.turn, card.session, decided if card.state != "pending" else None)
    view = view.model_copy(update={"state": card.state})
    feed.send(card.session, Approval(turn=card.turn, step=asked.step, approval=view))
    for person in asked.people:
        # Whoever may decide is told wherever they look, whosever conversation it is.
        told = SessionLive(turn=card.turn, session=card.session, state="working")
        feed.send(SessionLive.feed(person), told)
    parent = record.asked.parent
    for place in parent.path if parent else ():
        # A task's question is seen where its person looks: at the call that waits for it.
        there = view.model_copy(update={"call_id": place.call_id})
        feed.send(place.session, Approval(turn=place.turn, step=place.step, approval=there))
    if card.channel in AT_HOME:
        return None
    return Parcel.after(
        card,
        id=card.id,
        turn=card.turn,
        chat=card.chat,
        card=view,
        token=card.token,
        code=card.code,
    )
