"""The offline checker: from what clients logged and what the server kept, what went wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

WORDS = ("invoke", "ok", "unknown")
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a client's log.

    Attributes:
        what: it began to send, it heard a yes, or it gave up without an answer.
        session: whose message.
        key: the idempotency key, the same for every try.
        message: the id that a yes named.
    """

    what: Literal["invoke", "ok", "unknown"]
    session: str
    key: str
    message: str = ""


def read_log(path: Path) -> list[Step]:
    """Return what a client wrote down: what, session, key and message on each line."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    found = (line.split() for line in lines)
    what = cast("dict[str, Literal['invoke', 'ok', 'unknown']]", {w: w for w in WORDS})
    return [Step(what[word], *rest) for word, *rest in found]


@dataclass(frozen=True, slots=True)
class Delivered:
    """One reply as it left, in the order of the outbox.

    Attributes:
        session: whose.
        turn: the message it answers.
        part: which part, counted from 0.
        parts: how many there are.
        mended: whether it is the sweeper's, which ends what would have hung for ever.
        said: its words, where they are a model's answer; empty where it says why there is none.
    """

    session: str
    turn: str
    part: int = 0
    parts: int = 1
    mended: bool = False
    said: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found; every count but the first two should be 0.

    Attributes:
        accepted: messages that a client knows to be in.
        answered: of these, the ones with a whole reply.
        lost: accepted, and no whole reply, or one that says only that it was lost.
        duplicated: parts of replies beyond the first of their kind.
        inversions: replies that came before one of an earlier message of their session.
        unasked: replies, in a session of ours, to what nobody sent there.
        astray: answers to another question than the one they go to.
        confused: keys that were given two ids.
        dead: letters at the desk.
    """

    accepted: int
    answered: int
    lost: int
    duplicated: int
    inversions: int
    unasked: int
    astray: int
    confused: int
    dead: int

    @property
    def broken(self) -> dict[str, int]:
        """The promises that were not kept, with how often."""
        found = asdict(self)
        return {name: count for name, count in found.items() if name not in GOOD and count}

    def __str__(self) -> str:
        return " ".join(f"{name}={count}" for name, count in asdict(self).items())


GOOD = {"accepted", "answered"}


def check(
    log: Iterable[Step],
    outbox: Sequence[Delivered],
    dead: int,
    answers: Mapping[str, str] = NOTHING,
) -> Verdict:
    """Judge a run.

    Args:
        log: what the clients did; each session's client sends one message after the other.
        outbox: every reply that went out, in order.
        dead: how many letters lie at the desk.
        answers: by its key, what a model says to a message and to no other.
    """
    ids: dict[str, set[str]] = defaultdict(set)
    order: dict[str, list[str]] = defaultdict(list)
    sent: set[str] = set()
    ours: set[str] = set()
    for step in log:
        sent.add(step.key)
        ours.add(step.session)
        if step.what == "ok":
            if not ids[step.key]:
                order[step.session].append(step.message)
            ids[step.key].add(step.message)
    accepted = {message for found in ids.values() for message in found}
    parts = Counter((one.turn, one.part) for one in outbox)
    whole = {one.turn for one in outbox if all((one.turn, n) in parts for n in range(one.parts))}
    whole -= {one.turn for one in outbox if one.mended}
    unknown = len(sent) - len(ids)
    return Verdict(
        accepted=len(accepted),
        answered=len(accepted & whole),
        lost=len(accepted - whole),
        duplicated=sum(count - 1 for count in parts.values()),
        inversions=_inversions(order, outbox),
        # A client that heard nothing may have been heard all the same.
        unasked=max(
            0, len({one.turn for one in outbox if one.session in ours} - accepted) - unknown
        ),
        astray=_astray(ids, outbox, answers),
        confused=sum(len(found) > 1 for found in ids.values()),
        dead=dead,
    )


def _astray(
    ids: Mapping[str, set[str]], outbox: Sequence[Delivered], answers: Mapping[str, str]
) -> int:
    parts = {(one.turn, one.part): one.said for one in outbox}
    words: dict[str, str] = defaultdict(str)
    for (turn, _), said in sorted(parts.items()):
        words[turn] += said
    pairs = ((answers.get(key, ""), words[one]) for key, found in ids.items() for one in found)
    return sum(bool(said) and answer not in said for answer, said in pairs)


def _inversions(order: dict[str, list[str]], outbox: Sequence[Delivered]) -> int:
    place = {message: n for row in order.values() for n, message in enumerate(row)}
    newest: dict[str, int] = {}
    seen: set[str] = set()
    count = 0
    for one in outbox:
        if one.turn not in place or one.turn in seen:
            continue
        seen.add(one.turn)
        count += place[one.turn] < newest.get(one.session, -1)
        newest[one.session] = max(newest.get(one.session, -1), place[one.turn])
    return count
