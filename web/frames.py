"""A frame: one event as it goes out, encoded once however many watch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import orjson
from pydantic import BaseModel

from schemas.feed import LiveEvent, live_events
from streams.feeds import Position, Row


@dataclass(frozen=True)
class Frame:
    """One event of one conversation.

    Attributes:
        session: whose; '' for what is of no conversation.
        name: the event's name: a live event's type, `snapshot` or `turn`.
        data: its JSON.
        cursor: where a client that has it goes on; '' for what has no place in the feed.
        at: its place in the feed.
        event: the live event, if it is one.
        model: what was made here, if it is that.
    """

    session: str
    name: str
    data: bytes
    cursor: str = ""
    at: Position | None = None
    event: LiveEvent | None = None
    model: BaseModel | None = None

    @cached_property
    def sse(self) -> bytes:
        """The frame in the words of server-sent events (WHATWG HTML, 9.2)."""
        head = f"id: {self.cursor}\n" if self.cursor else ""
        return b"%sevent: %s\ndata: %s\n\n" % (head.encode(), self.name.encode(), self.data)

    @cached_property
    def ws(self) -> str:
        """The frame as a message of the socket."""
        head = {"id": self.cursor or None, "topic": self.topic, "event": self.name}
        return (orjson.dumps(head)[:-1] + b',"data":' + self.data + b"}").decode()

    @property
    def topic(self) -> str:
        """What a socket asks for to get it."""
        if self.name == "session":
            return "sessions"
        return f"chat:{self.session}" if self.session else self.name


def of_row(session: str, epoch: str, row: Row) -> Frame:
    """Return the frame of an event in the feed."""
    event = live_events.validate_json(row.data)
    return Frame(session, event.type, row.data, f"{epoch}.{row.at}", row.at, event)


def of_model(session: str, name: str, model: BaseModel, cursor: str = "") -> Frame:
    """Return the frame of something made here."""
    return Frame(session, name, model.model_dump_json().encode(), cursor, model=model)
