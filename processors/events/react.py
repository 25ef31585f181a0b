"""React: what the owner's rules do on an event, once per rule and event."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from typing import Any

import orjson
import structlog
from pydantic import ValidationError

from gateways.channels.board import Board
from processors.events.condition import Unclear
from processors.events.order import Order
from processors.events.rules import Rule, Rulebook, arguments, filled, question
from processors.events.types import Types
from schemas.base import new_id
from schemas.chat import Received
from schemas.desk import Happened
from schemas.errors import Conflict, Invalid, Transient, Unavailable
from schemas.events import Forward
from schemas.faults import plain
from schemas.notices import Notice
from streams.accept import Brake, Braked, Doors, Ingress
from streams.entry import Provenance
from streams.stage import stage

log = structlog.get_logger("rules")

RULES = "rules"
"""The gateway, channel and person of what a rule says in the owner's words alone."""
EVENTS = "events"
"""The channel of what a rule says with an event's words in it: that taints the turn."""
BRAKED = "rule.braked"
"""The type of the event that tells that a rule fires too often."""
NOTICE = "notice"
"""The type of the event that tells a person something."""


@stage(lane="id")
async def react(  # noqa: PLR0917 - what a stage needs is named in its signature
    event: Happened,
    source: Provenance,
    rules: Rulebook,
    types: Types,
    doors: Doors,
    board: Board,
    order: Order,
) -> list[Forward]:
    """Do what the rules say. What a rule did is known by event and rule: a repeat does nothing.

    What a rule itself told is nobody's occasion again, so two rules cannot play ball.
    """
    if source.gateway == RULES:
        return []
    if source.gateway is None:
        # Who came by the web door was checked there.
        types.check(event.type, event.data)
    meant = _meant(rules, event)
    handed: list[Forward] = []
    # What one teller tells is handed on in its order, and the rest side by side.
    line = event.session if any(rule.do == "forward" for rule in meant) else ""
    async with order.turn(line) as our_turn:
        for rule in meant:
            try:
                handed += await _done(rule, event, doors.of(RULES), board)
            except (Invalid, ValidationError) as error:
                # Filled in, it is larger than may be said. The others do their own all the same.
                log.warning("rule.unfit", rule=rule.name, event_id=event.id, error=str(error)[:300])
                await board.publish(_unfit(rule, event, error))
            except Transient as error:
                # No room for it now. It waits here, and the events behind it on their topic.
                raise Unavailable(str(error), retry_after=error.retry_after) from None
        await our_turn()
    return handed


def _meant(rules: Rulebook, event: Happened) -> list[Rule]:
    found = []
    for rule in rules.now():
        try:
            if rule.meant(event):
                found.append(rule)
        except Unclear as error:
            log.info("rule.unclear", rule=rule.name, event_id=event.id, error=str(error))
    return found


async def _done(rule: Rule, event: Happened, door: Ingress, board: Board) -> list[Forward]:
    """Do what a rule says, if it may still do so in this minute; return what it hands on."""
    key, brake = f"{event.id}:{rule.name}", Brake(rule.name, rule.per_minute)
    try:
        if rule.do == "forward":
            await door.fire(f"{key}:forward", brake)
            return [_order(rule, event)]
        await door.accept(_said(rule, event), key, brake)
    except Braked as braked:
        if braked.storm:
            await _storm(rule, event, braked.storm, door, board)
        return []
    except Conflict:
        log.info("rule.done", rule=rule.name, event_id=event.id)  # as it was worded then
    if rule.do == "notify":
        await board.publish(_notice(rule, event))
    return []


async def _storm(rule: Rule, event: Happened, storm: str, door: Ingress, board: Board) -> None:
    """Tell once in a storm that a rule does not do everything any more."""
    key = f"{BRAKED}:{rule.name}:{storm}"
    says = (
        f"It may fire {rule.per_minute} times a minute, and {event.type} came more often. What is"
        " beyond that is counted and not done; `nexus events rules list` says how much it was."
    )
    title = f"The rule {rule.name} fires too often"
    await board.publish(Notice(source=RULES, level="warning", title=title, says=says, key=key))
    data = {"rule": rule.name, "per_minute": rule.per_minute, "on": event.type, "event": event.id}
    common = _common(event, f"rule-{rule.name}")
    with suppress(Conflict):  # told already, while the rule was another
        await door.accept(Happened(type=BRAKED, data=data, **common), key)


def _said(rule: Rule, event: Happened) -> Received | Happened:
    session = f"rule-{named(rule, event)}"
    common = _common(event, session)
    if rule.do == "notify":
        data = {"rule": rule.name, "event": event.id, "level": rule.level, "on": event.type}
        said = filled(rule.says or "", event)
        return Happened(type=NOTICE, data={**data, "says": said[:2_000]}, **common)
    if rule.do == "run tool":
        given = arguments(rule, event)
        text = f"!{rule.tool} {orjson.dumps(given).decode()}"
        common["channel"] = RULES if given == rule.with_ else EVENTS
    else:
        text = question(rule, event)
        common["channel"] = EVENTS
    # The answer goes to the rule: `deliver` tells the owner by this name that it failed.
    return Received(text=text, tier=rule.tier, chat=rule.name, **common)


def _common(event: Happened, session: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "trace": event.trace,
        "session": session,
        "person": RULES,
        "channel": RULES,
    }


def _notice(rule: Rule, event: Happened) -> Notice:
    said = filled(rule.says or "", event).strip() or rule.name
    return Notice(
        source=RULES,
        level=rule.level,
        title=said[:200],
        says=said[200:2_200],
        key=named(rule, event),
    )


def _unfit(rule: Rule, event: Happened, error: Invalid | ValidationError) -> Notice:
    fault = error.errors(include_input=False)[0] if isinstance(error, ValidationError) else None
    why = f"{'.'.join(map(str, fault['loc']))}: {plain(fault)}." if fault else str(error)[:300]
    says = f"With the values of {event.type} filled in, it is nothing that can be said. {why}"
    title = f"The rule {rule.name} could not begin"
    return Notice(source=RULES, level="warning", title=title, says=says, key=f"unfit:{rule.name}")


def _order(rule: Rule, event: Happened) -> Forward:
    assert rule.to is not None
    return Forward.after(
        event,
        id=f"forward-{named(rule, event)}",
        rule=rule.name,
        to=rule.to,
        sign=rule.sign,
        event=event.id,
        type=event.type,
        data=event.data,
        happened_at=event.at,
        via=event.via,
    )


def named(rule: Rule, event: Happened) -> str:
    """Return the name of what a rule does on an event: the same again is the same."""
    return sha256(f"{event.id}\n{rule.name}".encode()).hexdigest()[:32]
