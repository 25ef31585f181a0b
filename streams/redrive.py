"""Back from the desk: a letter goes onto its topic again, and its turn goes on with everything.

A turn that goes on from one of several calls of a step has a result for each of them: what the
others brought back, what the ledger knows of them, or that they were not run. Nothing runs that
the owner did not send.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError

from schemas.chat import Call, Received
from schemas.desk import DeadLetter
from schemas.errors import Conflict, Invalid, NotFound, Refused
from schemas.record import Entry, Observed, Redriven, Routed, Thought, ToolCall, entries
from streams import keys
from streams.dead import NO_TURN
from streams.line import Line

TRIES = 5
"""How often it is looked anew, when a turn's record grew in between."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A letter on its way back.

    Attributes:
        entry: where it lies on the desk.
        letter: what it says.
        data: the message that goes, the original or a corrected one.
        signature: the gateway's, for these bytes.
        history: what the message was before it was corrected, as JSON; empty if it never was.
    """

    entry: str
    letter: DeadLetter
    data: bytes
    signature: str = ""
    history: str = ""

    @property
    def turn(self) -> str:
        """The turn that goes on with it, if one does."""
        return "" if self.letter.source in NO_TURN else self.letter.turn or ""

    @property
    def counted(self) -> str:
        """In whose count of what was accepted it is, until it is taken up."""
        accepted = self.letter.source == Received.topic and self.signature
        return self.letter.session or "" if accepted else ""

    @property
    def call(self) -> Call | None:
        """The call, if it is one that can be read."""
        try:
            return Call.model_validate_json(self.data) if self.letter.source == Call.topic else None
        except ValidationError:
            return None

    @property
    def step(self) -> tuple[str, int] | None:
        """Turn and step, where several letters may belong together."""
        call = self.call
        return (self.turn, call.step) if call and self.turn else None


def together(letters: Iterable[Sending]) -> list[list[Sending]]:
    """Return letters in the groups in which they go: the calls of a step are one."""
    found: list[list[Sending]] = []
    steps: dict[tuple[str, int], list[Sending]] = {}
    for one in letters:
        group = steps.setdefault(one.step, []) if one.step else []
        if not group:
            found.append(group)
        group.append(one)
    return found


async def redrive(line: Line, group: Sequence[Sending], desk: Sequence[Sending] = ()) -> None:
    """Send letters of one group, all or none; their effects are not repeated.

    Args:
        line: the durable Redis, in the role `desk`.
        group: letters that go together.
        desk: further letters of their turn that lie at the desk.

    Raises:
        NotFound: a letter is not at the desk any more, or the record of its turn is gone.
        Conflict: its turn runs, or has gone on since, or other calls of its step lie there too.
        Invalid: it cannot be read as what it was.
    """
    first = group[0]
    for _ in range(TRIES):
        length, facts = 0, list[bytes]()
        if first.turn:
            length, facts = await _facts(line, group, desk)
        session = first.letter.session or "" if first.turn else ""
        words: list[str | bytes | int] = [first.letter.source, first.turn, session, length]
        words += [first.counted, len(facts), *facts, len(group)]
        for one in group:
            call = one.call
            words += (one.entry, one.data, one.signature, one.history, call.id if call else "")
        answer = await line.say("FCALL", "redrive", 0, *words)
        if answer == "OK":
            return
        if answer == "GONE":
            raise NotFound(f"Somebody else took {first.letter.id} from the desk.")
        if answer == "RUNNING":
            break
    raise Conflict(f"The turn of {first.letter.id} is running; send it when that has ended.")


async def _facts(
    line: Line, group: Sequence[Sending], desk: Sequence[Sending]
) -> tuple[int, list[bytes]]:
    """Return how long the turn's record is, and what must be added before it goes on."""
    first = group[0]
    rows: list[str] = await line.say("LRANGE", keys.turn(first.turn), 0, -1)
    if not rows:
        raise NotFound(f"The record of the turn of {first.letter.id} is gone; it cannot go on.")
    facts: list[Entry] = [Redriven(letters=tuple(one.letter.id for one in group))]
    if first.letter.source == Call.topic:
        try:
            record = [entries.validate_json(row) for row in rows]
        except ValidationError:
            raise Refused(f"The record of the turn of {first.letter.id} cannot be read.") from None
        ledger = await line.say("HGETALL", keys.ledger(first.turn))
        known = dict(zip(ledger[::2], map(orjson.loads, ledger[1::2]), strict=True))
        facts += _results(group, desk, record, known)
    return len(rows), [fact.encoded() for fact in facts]


def _results(
    group: Sequence[Sending],
    desk: Sequence[Sending],
    record: Sequence[Entry],
    ledger: dict[str, Any],
) -> list[Observed]:
    """Return a result for each call of the step that has none and is not sent now."""
    letter = group[0].letter
    call = group[0].call
    if call is None:
        raise Invalid(f"{letter.id} cannot be read as a call; `nexus dead edit` can correct it.")
    wishes = _wishes(record, call.step)
    seen = {e.call_id for e in record if isinstance(e, Observed)}
    sent = {one.call.id for one in group if one.call}
    if not sent <= {wish.call_id for wish in wishes}:
        raise Conflict(f"The record of the turn of {letter.id} has no such call.")
    if sent & seen or any(isinstance(e, Thought) and e.step > call.step for e in record):
        raise Conflict(
            f"The turn of {letter.id} has gone on since with a result of this call; it can only be"
            " dropped."
        )
    missing = [(n, wish) for n, wish in enumerate(wishes) if wish.call_id not in sent | seen]
    wanted = {wish.call_id for _, wish in missing}
    others = [one.letter.id for one in desk if one.call and one.call.id in wanted]
    if others:
        raise Conflict(
            f"Of the same step as {letter.id} there lie here too: {', '.join(others)}. Send all of"
            " them at once with --step, or drop what should not be done."
        )
    return [_result(call.step, n, wish, ledger.get(wish.call_id, {})) for n, wish in missing]


def _wishes(record: Sequence[Entry], step: int) -> tuple[ToolCall, ...]:
    thought = next((e for e in record if isinstance(e, Thought) and e.step == step), None)
    routed = next((e for e in record if isinstance(e, Routed)), None)
    if thought is not None:
        return thought.calls
    return routed.calls if routed is not None and step == 0 else ()


def _result(step: int, index: int, wish: ToolCall, known: dict[str, Any]) -> Observed:
    """Return what is known of a call whose result did not come in time."""
    if known.get("r"):
        return Observed.model_validate_json(known["r"])
    # Who had to ask anew when it had begun, and was told nothing, had begun all the same.
    begun = known.get("s") in {"started", "unknown"} or known.get("was") == "started"
    text = (
        f"Unknown outcome: {wish.tool} had begun when the turn ended; look before you retry."
        if begun
        else f"{wish.tool} was not run: the turn had ended before."
    )
    return Observed(
        step=step,
        index=index,
        call_id=wish.call_id,
        tool=wish.tool,
        ok=False,
        content=text,
        effect="unknown" if begun else None,
    )
