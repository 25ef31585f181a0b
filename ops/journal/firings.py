"""What rules did lately, as the journal has it: which rule, on what, when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import orjson
from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ops.journal.tables import journal
from processors.events.react import NOTICE, RULES, named
from processors.events.rules import Rule
from schemas.desk import Happened
from schemas.events import Forward, Told
from streams.entry import told_by_producer
from streams.sign import Gateway

BACK = 20_000
"""Rows that are looked through, from the end."""
MOST = 32 << 20
"""Characters of them: anybody may write on `events`, and long ones."""
MOST_EVENTS = 2_000


@dataclass(frozen=True, slots=True)
class Firing:
    """Something that a rule did.

    Attributes:
        rule: its name.
        on: the type of the event.
        at: when, in milliseconds since 1970.
        turn: what it began; "" where it began nothing.
        event: the event's id.
        order: where its order to forward stands on the topic; "" for none.
    """

    rule: str
    on: str
    at: int
    turn: str = ""
    event: str = ""
    order: str = ""


Signer = Callable[[bytes, str], Gateway | None]
"""Returns the gateway whose key signed these bytes."""


async def firings(
    connection: AsyncConnection, rules: Sequence[Rule], signer: Signer
) -> list[Firing]:
    """Return what rules did lately, newest first.

    What a rule said or called is named by event and rule, so who knows both finds it. Anybody may
    write such a name: what counts is what the key of the rules signed.

    Args:
        connection: to the journal.
        rules: those of today; what others did is not found, unless it says whose it was.
        signer: knows who signed something.
    """
    top = await connection.scalar(select(func.max(journal.c.seq))) or 0
    wanted = (
        select(journal.c.topic, journal.c.entry, journal.c.at, journal.c.session, journal.c.data)
        .add_columns(journal.c.fields)
        .where(journal.c.seq > top - BACK)
        .where(journal.c.topic.in_(("events", "inbox", "forward")))
        .order_by(journal.c.seq.desc())
    )
    rows, room = list[Any](), MOST
    async for row in await connection.stream(wanted):
        room -= len(row.data)
        if room < 0:
            break
        rows.append(row)
    ours = [
        row for row in rows
        if row.topic == "forward" or _by_rules(row.data, row.fields or "{}", signer)
    ]  # fmt: skip
    begun = {row.session: (row.at, _id(row.data)) for row in ours if row.topic == "inbox"}
    found = [one for row in ours if (one := _told(row)) is not None]
    events = [one for row in rows if row.topic == "events" for one in _event(row.entry, row.data)]
    found += _began(events[:MOST_EVENTS], rules, begun)
    return sorted(found, key=lambda one: one.at, reverse=True)


def _by_rules(data: str, fields: str, signer: Signer) -> bool:
    try:
        signature = orjson.loads(fields).get("sig")
    except (orjson.JSONDecodeError, AttributeError):
        return False
    gateway = signer(data.encode(), signature) if isinstance(signature, str) else None
    return gateway is not None and gateway.name == RULES


def _told(row: Any) -> Firing | None:
    """Return what says itself which rule it is of: a notice, or an order to forward."""
    try:
        if row.topic == "forward":
            order = Forward.model_validate_json(row.data)
            return Firing(order.rule, order.type, row.at, event=order.event, order=row.entry)
        if row.topic == "events":
            said = orjson.loads(row.data)
            more = said.get("data")
            if said.get("type") == NOTICE:
                event = str(more.get("event", ""))
                return Firing(str(more["rule"]), str(more["on"]), row.at, event=event)
    except (ValidationError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return None


def _began(
    events: Iterable[Happened],
    rules: Sequence[Rule],
    begun: Mapping[str | None, tuple[int, str]],
) -> Iterable[Firing]:
    for event in events:
        for rule in rules:
            if rule.do in {"ask agent", "run tool"} and fnmatchcase(event.type, rule.on):
                found = begun.get(f"rule-{named(rule, event)}")
                if found is not None:
                    yield Firing(rule.name, event.type, *found, event=event.id)


def _event(entry: str, data: str) -> Iterable[Happened]:
    """Return an event under each name that it may have had: its own, and as `producer` told it."""
    try:
        said = Told.model_validate_json(data)
    except ValidationError:
        return
    for name in (said.id, told_by_producer(entry, said.id)):
        if name is not None:
            yield Happened(
                id=name, trace=name, session=name, person=name, channel=name, type=said.type
            )


def _id(data: str) -> str:
    try:
        said = orjson.loads(data)
    except orjson.JSONDecodeError:
        return ""
    found = said.get("id") if isinstance(said, dict) else None
    return found if isinstance(found, str) else ""
