"""The way of one message: at each stage, how long it waited, was worked on, waited for a person.

The topics say when something was put there, the record what was worked on and how long. What
nobody measured, the moments of a stage that decides by itself, is shown as work: nothing waits
behind it but the stage's own queue, whose age the map shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson

from schemas.flow import HopView
from schemas.record import Asked, Decided, Delegated, Entry, Observed, Proposed, Thought

SHOWN = 20_000
"""Characters of one message that are shown."""


class Hop(Protocol):
    """A row of the journal: an entry of a topic."""

    @property
    def topic(self) -> str:
        """Of which topic."""
        ...

    @property
    def entry(self) -> str:
        """Its id there."""
        ...

    @property
    def at(self) -> int:
        """When it was put there."""
        ...

    @property
    def data(self) -> str:
        """The message, as JSON."""
        ...


@dataclass(frozen=True, slots=True)
class Work:
    """What was done with a message.

    Attributes:
        until: when it was done.
        worked: milliseconds of work.
        asked: milliseconds in which a person was waited for.
        what: which model, which tool.
    """

    until: int
    worked: int
    asked: int = 0
    what: str = ""


def way(found: Iterable[Hop], record: Sequence[Entry] = ()) -> tuple[HopView, ...]:
    """Return the hops of a turn in their order.

    Args:
        found: what was put on the topics.
        record: the turn's record, as far as it is written.
    """
    ordered = sorted(found, key=lambda one: (one.at, one.entry))
    later = [one.at for one in ordered[1:]]
    return tuple(
        _view(one, until, _work(one, record))
        for one, until in zip(ordered, [*later, None], strict=True)
    )


def kin(record: Iterable[Entry]) -> tuple[str | None, tuple[str, ...]]:
    """Return the turn whose task one is, if it is one, and the turns that work for it."""
    parent, tasks = None, []
    for one in record:
        if isinstance(one, Asked) and one.parent is not None:
            parent = one.parent.path[-1].turn
        elif isinstance(one, Delegated):
            tasks.append(one.child)
    return parent, tuple(tasks)


def _view(hop: Hop, until: int | None, work: Work | None) -> HopView:
    if work is not None:
        until = work.until
    whole = max(0, until - hop.at) if until is not None else 0
    worked = min(work.worked, whole) if work is not None else whole
    asked = min(work.asked, whole - worked) if work is not None else 0
    return HopView(
        topic=hop.topic,
        entry=hop.entry,
        at=hop.at,
        until=until,
        waited_ms=whole - worked - asked,
        asked_ms=asked,
        worked_ms=worked,
        what=work.what if work is not None else "",
        data=hop.data[:SHOWN],
        more=len(hop.data) > SHOWN,
    )


def _work(hop: Hop, record: Sequence[Entry]) -> Work | None:
    """Return what the record says of a hop; nothing where it does not."""
    try:
        said = orjson.loads(hop.data)
    except orjson.JSONDecodeError:
        return None  # cut short, or of no language of ours
    if not isinstance(said, dict):
        return None
    if hop.topic == "think":
        step = next(
            (e for e in record if isinstance(e, Thought) and e.step == said.get("step")), None
        )
        return Work(step.at, round(step.elapsed_ms), what=step.model) if step else None
    if hop.topic == "tool":
        name = said.get("id")
        seen = next((e for e in record if isinstance(e, Observed) and e.call_id == name), None)
        if seen is None:
            return None
        return Work(seen.at, round(seen.elapsed_ms), _asked(record, seen.call_id), seen.tool)
    return None


def _asked(record: Sequence[Entry], call: str) -> int:
    """Return for how long a person was waited for before a call."""
    asked = next((e.at for e in record if isinstance(e, Proposed) and e.call_id == call), None)
    told = next((e.at for e in record if isinstance(e, Decided) and e.call_id == call), None)
    return max(0, told - asked) if asked is not None and told is not None else 0
