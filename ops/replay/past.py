"""A turn as it was: its record, and its messages in the order in which one led to the next."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import groupby
from typing import Any

import orjson

from schemas.base import Word
from schemas.desk import DeadLetter
from schemas.record import Entry, Thought, Usage, entries
from streams.recall import Recalled
from streams.record import TurnRecord

SAME_MOMENT = ("inbox", "route", "think", "tool", "respond", "outbox")
"""Of messages written in the same millisecond, which one led to the other."""


class Sent(Word):
    """One message that was sent.

    Attributes:
        topic: where.
        entry: its id there.
        length: how long the record was when it was sent.
        signature: the gateway's, on the inbox.
        data: the message.
    """

    topic: str
    entry: str
    length: int = 0
    signature: str = ""
    data: dict[str, Any]

    @property
    def id(self) -> str:
        """The message's own id."""
        return str(self.data.get("id", ""))

    @property
    def place(self) -> tuple[int, int, int, int]:
        """Where it stands in the order of events."""
        moment, _, number = self.entry.partition("-")
        step = self.data.get("step", 0) if self.topic in {"think", "tool"} else 0
        order = 2 * step + SAME_MOMENT.index(self.topic)
        late = {"inbox": -2, "route": -1, "respond": 1 << 30, "outbox": 1 << 31}
        return int(moment), late.get(self.topic, order), self.data.get("index", 0), int(number or 0)


class Past(Word):
    """A turn as it was.

    Attributes:
        turn: its id.
        record: what it came to.
        sent: its messages, in any order.
        letters: what of it was given up.
        earlier: the session's turns before it, oldest first.
    """

    turn: str
    record: tuple[Entry, ...]
    sent: tuple[Sent, ...]
    letters: tuple[DeadLetter, ...] = ()
    earlier: tuple[tuple[Entry, ...], ...] = ()

    @classmethod
    def of(cls, turn: str, recalled: Recalled) -> Past:
        """Read what somebody remembers of a turn."""
        sent, letters = [], []
        for seen in recalled.sent:
            data = seen.fields.get(b"data", b"")
            if seen.topic == "dead":
                letters.append(DeadLetter.model_validate_json(data))
            elif seen.topic in SAME_MOMENT:
                sent.append(
                    Sent(
                        topic=seen.topic,
                        entry=seen.id,
                        length=seen.length,
                        signature=seen.fields.get(b"sig", b"").decode(errors="replace"),
                        data=orjson.loads(data),
                    )
                )
        return cls(
            turn=turn,
            record=_read(recalled.record),
            sent=tuple(sent),
            letters=tuple(letters),
            earlier=tuple(_read(rows) for rows in recalled.earlier),
        )

    @cached_property
    def levels(self) -> tuple[tuple[Sent, ...], ...]:
        """The messages, those together that one commit sent; the calls of a step are one level."""
        known: dict[tuple[str, str, int], Sent] = {}
        for one in sorted(self.sent, key=lambda one: one.place):
            known.setdefault((one.topic, one.id, one.length), one)
        grouped = groupby(known.values(), key=lambda one: (one.topic, one.length))
        return tuple(tuple(group) for _, group in grouped)

    def letter(self, sent: Sent) -> DeadLetter | None:
        """Return the letter that a message ended in."""
        for letter in self.letters:
            if letter.source == sent.topic and letter.entry == sent.entry:
                return letter
        return None

    def before(self, length: int) -> TurnRecord:
        """Return the record as it was when it had so many entries."""
        return TurnRecord(self.turn, self.record[:length])

    @property
    def turns(self) -> list[TurnRecord]:
        """The earlier turns as a stage is handed them."""
        return [TurnRecord(f"earlier-{n}", rows) for n, rows in enumerate(self.earlier)]

    @property
    def thoughts(self) -> list[Thought]:
        """All steps of thought."""
        return [entry for entry in self.record if isinstance(entry, Thought)]

    @property
    def usage(self) -> Usage:
        """What the turn cost when it was paid for."""
        return TurnRecord(self.turn, self.record).usage


def _read(rows: Iterable[str]) -> tuple[Entry, ...]:
    return tuple(entries.validate_json(row) for row in rows)
