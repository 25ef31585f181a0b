"""Calls each stage again with what it saw, and compares what it returns now and returned then."""

from __future__ import annotations

import asyncio
import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import orjson
from pydantic import ValidationError

from gateways.channels.deliver import AT_HOME
from ops.replay import allowed, recorded
from ops.replay.past import Past, Sent
from processors.agent.mind import Mind
from processors.agent.turns import Limits
from processors.memory.recall import Recall
from processors.pipeline import STAGES
from processors.tools.registry import Registry
from schemas.base import Message
from schemas.chat import Received
from schemas.desk import DeadLetter
from schemas.record import Asked, Delegated, Entry, Observed, Proposed, Routed, Said, Thought
from streams import dead, results
from streams.effects import Effects
from streams.entry import PRODUCER, Held, Provenance, receive
from streams.record import History, TurnRecord
from streams.sign import Keyring
from streams.spending import Spending
from streams.stage import Stage

TIME = frozenset({"at", "elapsed_ms", "waited_ms", "received_at"})
"""What is only time, and so never the same again."""
LARGEST = 1 << 20


@dataclass(frozen=True)
class Result:
    """One stage, then and now.

    Attributes:
        stage: its name.
        message: the id of the message it was given.
        what: what it decided, in a few words.
        elapsed_ms: how long it took then.
        then: what it returned and recorded then; None where that cannot be told.
        now: the same of today.
        note: why nothing is compared, where nothing is.
    """

    stage: str
    message: str
    what: str
    elapsed_ms: float | None
    then: Mapping[str, Any] | None = None
    now: Mapping[str, Any] | None = None
    note: str = ""

    @property
    def same(self) -> bool:
        """Whether nothing but time is different."""
        return self.then == self.now

    @property
    def diff(self) -> str:
        """The difference, as `diff -u` would show it."""
        sides = (_lines(self.then), _lines(self.now))
        return "\n".join(difflib.unified_diff(*sides, "then", "now", lineterm=""))


@dataclass(frozen=True)
class _Then:
    """What is known of one message's handling."""

    facts: tuple[Entry, ...]
    sent: tuple[Sent, ...] | None
    """None where something else was sent in its place."""
    letter: DeadLetter | None
    note: str = ""


class Replay:
    """One turn again.

    Args:
        past: the turn.
        resources: what stages ask for by type; of models, tools and limits only what is
            declared is used.
        stages: the pipeline of today.
    """

    def __init__(
        self,
        past: Past,
        resources: Mapping[type, object],
        stages: Sequence[Stage[..., Any]] = STAGES,
    ) -> None:
        self._past = past
        self._resources = resources
        self._stages = {stage.topic: stage for stage in stages}

    async def run(self) -> list[Result]:
        """Replay every message of the turn, in its order."""
        return [
            await self._one(at, sent)
            for at, level in enumerate(self._past.levels)
            for sent in level
        ]

    async def _one(self, at: int, sent: Sent) -> Result:
        stage = self._stages[sent.topic]
        then = self._then(stage, at, sent)
        name, what = (stage.name, sent.id), _what(sent, then)
        if then.note:
            return Result(*name, what, None, note=then.note)
        compared: dict[str, Any] = {}
        if then.letter is not None:
            compared["raises"] = {"error": then.letter.error, "text": then.letter.text}
        else:
            if then.sent is not None:
                compared["returns"] = [self._read(one) for one in then.sent]
            compared["records"] = [_timeless(fact, fact) for fact in then.facts]
        now = await self._now(stage, sent, then)
        if then.sent is None:
            now.pop("returns", None)
        return Result(*name, what, self._elapsed(at, sent, then), compared, now)

    # Then ---------------------------------------------------------------------------------

    def _then(self, stage: Stage[..., Any], at: int, sent: Sent) -> _Then:
        letter = self._past.letter(sent)
        if letter is not None:
            cut = letter.code == "exhausted"
            return _Then((), (), letter, "given up after crashes" if cut else "")
        after = self._after(stage, at)
        replaced = sent.topic != "inbox" and after is not None and _put_in_place(after)
        facts = self._facts(sent, after)
        if not stage.writes:
            return _Then((), (), None)
        if stage.delivers:
            # A parcel is no part of the turn; at home there is none.
            return _Then((), () if sent.data.get("channel") in AT_HOME else None, None)
        note = ""
        if sent.topic == "tool" and self._asked(sent.id, since=sent.length):
            note = "a person was asked"
        elif sent.topic == "tool" and self._delegated(sent):
            note = "its task was handed on"
        elif after is None:
            note = "nothing came of it, or nothing yet"
        elif sent.topic == "tool" and not facts:
            note = "not recorded: the turn was over before it ended"
        elif replaced and not facts:
            note = "cut short: the turn was ended"
        if note:
            return _Then((), (), None, note)
        return _Then(facts, None if replaced else after, None)

    def _after(self, stage: Stage[..., Any], at: int) -> tuple[Sent, ...] | None:
        """Return what the level led to."""
        # What a person was asked about goes on as a call again, between the call and the step.
        later = (one for one in self._past.levels[at + 1 :] if one[0].topic != stage.topic)
        topics = {kind.topic for kind in stage.writes}
        found = next(later, None)
        return found if found and found[0].topic in topics else None

    def _facts(self, sent: Sent, after: tuple[Sent, ...] | None) -> tuple[Entry, ...]:
        record = self._past.record
        if sent.topic == "inbox":
            return record[:1]
        if sent.topic == "tool":
            # The calls of a step end in any order.
            found = (e for e in record[sent.length :] if isinstance(e, Observed))
            return tuple(e for e in found if e.call_id == sent.id)[:1]
        return record[sent.length : after[0].length] if after else ()

    def _asked(self, call: str, *, since: int = 0, approval: str = "") -> Proposed | None:
        """Return what a person was asked about a call."""
        found = (one for one in self._past.record[since:] if isinstance(one, Proposed))
        return next(
            (one for one in found if one.call_id == call and approval in {"", one.approval}), None
        )

    def _delegated(self, sent: Sent) -> bool:
        """Whether a call waited for another turn from here on."""
        found = (one for one in self._past.record[sent.length :] if isinstance(one, Delegated))
        return sent.data.get("child") is None and any(one.call_id == sent.id for one in found)

    def _read(self, sent: Sent) -> dict[str, Any]:
        """Return a message as a process of today reads it: with what is new since, by default."""
        kind = self._stages[sent.topic].reads
        try:
            return _timeless(kind.model_validate_json(orjson.dumps(sent.data)))
        except ValidationError:
            return {k: v for k, v in sent.data.items() if k not in TIME}

    def _elapsed(self, at: int, sent: Sent, then: _Then) -> float | None:
        took = [f.elapsed_ms for f in then.facts if isinstance(f, Thought | Observed)]
        if took:
            return took[0]
        levels = self._past.levels
        began = sent.data.get("at")
        ended = levels[at + 1][0].data.get("at") if at + 1 < len(levels) else None
        return max(0.0, float(ended - began)) if began and ended else None

    # Now ----------------------------------------------------------------------------------

    async def _now(self, stage: Stage[..., Any], sent: Sent, then: _Then) -> dict[str, Any]:
        admitted = sent.topic == "inbox"
        record = self._past.before(0 if admitted else sent.length)
        try:
            message, source = self._message(stage, sent)
            given = self._given(record, source, then, sent)
            wanted = {name: given[kind] for name, kind in stage.needs.items()}
            found = results.listed(await stage.function(message, **wanted))
        except asyncio.CancelledError:
            if not any(isinstance(fact, Thought) and fact.cut for fact in then.facts):
                raise
            found = []  # a stop's answer was sent in its place
        except Exception as error:  # noqa: BLE001
            name = error.error if isinstance(error, recorded.AsThen) else type(error).__name__
            return {"raises": {"error": name, "text": dead.said(error, 2_000)}}
        return {
            "returns": [_timeless(one) for one in found],
            "records": [
                _timeless(one, fact)
                for one, fact in zip_longest(record.added, then.facts[: len(record.added)])
            ],
        }

    def _message(self, stage: Stage[..., Any], sent: Sent) -> tuple[Message, Provenance]:
        data = orjson.dumps(sent.data)
        if stage.reads is not Received:
            return stage.reads.model_validate_json(data), Provenance(None)
        asked = next(e for e in self._past.record if isinstance(e, Asked))
        if asked.channel == PRODUCER:
            return receive(Held(sent.entry, {b"data": data}), Keyring({}), LARGEST)
        return Received.model_validate_json(data), Provenance(sent.signature.partition(":")[0])

    def _given(
        self, record: TurnRecord, source: Provenance, then: _Then, sent: Sent
    ) -> dict[type, object]:
        of = self._resources
        mind, tools, configured = of[Mind], of[Registry], of[Limits]
        assert isinstance(mind, Mind)
        assert isinstance(tools, Registry)
        assert isinstance(configured, Limits)
        thought = next((f for f in then.facts if isinstance(f, Thought)), None)
        observed = next((f for f in then.facts if isinstance(f, Observed)), None)
        approval = sent.data.get("approval")
        asked = self._asked(sent.id, approval=approval) if approval else None
        failed = (f for f in then.facts if isinstance(f, Said) and f.outcome == "failed")
        said = next(failed, None) if thought is None else None
        return {
            **of,
            TurnRecord: record,
            Provenance: source,
            History: History.of(self._past.turns),
            Mind: recorded.Thoughts(mind, self._past, thought, then.letter, said),
            Registry: recorded.Tools(tools, observed, then.letter, asked),
            Limits: allowed.limits(configured, self._past),
            Spending: allowed.spending(self._past),
            Effects: recorded.Ledger(observed),
            Recall: recorded.Memory(thought),
            **recorded.deaf(),
        }


def _put_in_place(after: tuple[Sent, ...]) -> bool:
    """Whether somebody else's answer stands where a stage's own would: a stop, a burial."""
    return after[0].topic == "respond" and after[0].data.get("notice") is not None


def _what(sent: Sent, then: _Then) -> str:
    """Say in a few words what a stage decided."""
    fact = then.facts[0] if then.facts else None
    if isinstance(fact, Thought):
        calls = f"{len(fact.calls)} call{'s' if len(fact.calls) > 1 else ''}"
        return f"{fact.model}: {calls if fact.calls else 'an answer'}"
    if isinstance(fact, Routed):
        return f"{fact.way}, tier {fact.tier}"
    if isinstance(fact, Asked):
        return f"{fact.person} ({fact.profile})"
    if sent.topic == "tool":
        return str(sent.data.get("tool", ""))
    if sent.topic == "outbox":
        return f"part {sent.data.get('part', 0) + 1} of {sent.data.get('parts', 1)}"
    return str(sent.data.get("outcome", ""))


def _timeless(one: Message | Entry, then: Entry | None = None) -> dict[str, Any]:
    whole = one.model_dump(mode="json")
    if then is not None and type(then) is type(one):
        # What an older record does not say yet, nobody can compare.
        whole = {name: value for name, value in whole.items() if name in then.model_fields_set}
    topic = {"topic": one.topic} if isinstance(one, Message) else {}
    if isinstance(one, Asked):
        whole.pop("session", None)  # the message's own, and older records do not say it
    return topic | {name: value for name, value in whole.items() if name not in TIME}


def _lines(side: Mapping[str, Any] | None) -> list[str]:
    return json.dumps(side, indent=2, ensure_ascii=False).splitlines()
