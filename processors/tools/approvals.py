"""What a person is asked about a call, and whether what they said yes to is what would run now."""

from __future__ import annotations

import json
from hashlib import sha256

from processors.agent.people import OWNER
from processors.agent.turns import brought, reports
from processors.tools.declare import Asker
from processors.tools.output import visible
from processors.tools.registry import Registry
from processors.tools.tiers import Situation
from schemas.chat import Call
from schemas.errors import NotFound
from schemas.record import Decided, Observed, Proposed, Redriven, ToolCall
from schemas.tools import Assessed
from streams.record import TurnRecord

MAX_SAYS = 2_000
"""Characters of the model's own reason that are shown."""

WHY = {
    "denied": "the person said no",
    "expired": "nobody decided in time",
    "void": "the question was withdrawn before anybody decided",
}
"""What the model is told of a call that nobody said yes to."""


def situation(record: TurnRecord, tools: Registry) -> Situation:
    """Return who asks, where, and what happened in the turn so far."""
    asked, observed = record.asked, record.of(Observed)
    # A file that was sent along was written by anybody, like a page or a log.
    sources = ["an attached file"] if asked.attachments else []
    # So were the words of a chat, by whoever reads there.
    sources += ["what others said in the chat"] if asked.remarks else []
    # A rule is the owner's; the values that it fills in are of whoever told of the event.
    sources += ["an event"] if asked.channel == "events" else []
    sources += [one.tool for one in observed if _untrusted(one.tool, tools)]
    # What a task read came with its answer; what was read before, it knows from its parent.
    tasks, parent = reports(record), asked.parent
    sources += [tool for one in tasks for tool in one.used if _untrusted(tool, tools)]
    sources += parent.tainted if parent else ()
    sources += brought(record)
    return Situation(
        profile=asked.profile,
        channel=asked.channel,
        person=asked.person,
        tainted=tuple(dict.fromkeys(sources)),
        acted=sum(one.effect in {"done", "unknown"} for one in observed)
        + sum(len(one.did) for one in tasks)
        + (parent.acted if parent else 0),
        allow=parent.allow if parent else (),
    )


def asker(call: Call, record: TurnRecord, tools: Registry) -> Asker:
    """Return in whose name a call is made, with what entered the turn before it."""
    return Asker(call.person, situation(record, tools).tainted)


def _untrusted(tool: str, tools: Registry) -> bool:
    try:
        return tools.get(tool).untrusted
    except NotFound:
        return ":" in tool  # a foreign one that has gone; what it said is anybody's all the same


def propose(  # noqa: PLR0917 - all that a question shows
    call: Call,
    wish: ToolCall,
    record: TurnRecord,
    tools: Registry,
    assessed: Assessed,
    identity: dict[str, str],
) -> Proposed:
    """Return the question to a person.

    Args:
        call: the message that is handled.
        wish: what would run.
        record: the turn so far.
        tools: all tools.
        assessed: what the call is.
        identity: what its targets are now.
    """
    thought = record.thought(call.step)
    return Proposed(
        approval=_name(call, record),
        call_id=call.id,
        step=call.step,
        tool=wish.tool,
        tier=assessed.tier,
        binding=binding(wish, tools, assessed),
        identity=identity,
        says=visible(thought.text)[:MAX_SAYS] if thought else "",
        reasons=assessed.reasons,
        command=assessed.command,
        targets=assessed.targets,
        affects=assessed.affects,
        undo=assessed.undo,
        tainted=bool(situation(record, tools).tainted),
        grant=grant(wish, record, tools, assessed, identity),
        task=visible(record.asked.text)[:MAX_SAYS] if record.asked.parent else "",
        people=tuple(dict.fromkeys((record.asked.person, OWNER))),
    )


def grant(
    wish: ToolCall,
    record: TurnRecord,
    tools: Registry,
    assessed: Assessed,
    identity: dict[str, str],
) -> str | None:
    """Return what a lasting yes to this call is named; None where a yes counts once.

    It is for the same call, as `binding` has it, on the same targets, wished by the same person
    with the same rights in the same place. Anything else has another name, and is asked about.
    """
    if not assessed.lasting:
        return None
    asked = record.asked
    parts = [
        *(binding(wish, tools, assessed), identity),
        *(asked.person, asked.channel, asked.profile),
    ]
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def binding(wish: ToolCall, tools: Registry, assessed: Assessed) -> str:
    """Return a hash of what a yes is a yes to: tool, version, arguments, targets and policy."""
    parts = [
        *(wish.tool, tools.get(wish.tool).version, wish.arguments),
        *(assessed.command, list(assessed.targets), tools.rules()),
    ]
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def stands(asked: Proposed, wish: ToolCall, tools: Registry, assessed: Assessed) -> bool:
    """Whether what was asked about is what would run now, and no more dangerous."""
    same = asked.binding == binding(wish, tools, assessed)
    return same and assessed.tier <= asked.tier


def refused(asked: Proposed, record: TurnRecord) -> tuple[str, str] | None:
    """Return why a person is not asked this again, as a code and a clause; None if they may be.

    Whoever said no, or nothing, is not worn down by the same question: in this turn the answer
    stands. A new message of theirs is a new turn.
    """
    before = {one.approval for one in record.of(Proposed) if one.binding == asked.binding}
    for one in record.of(Decided):
        if one.approval in before and one.state in {"denied", "expired"}:
            return one.state, f"{WHY[one.state]} when the same was asked before"
    return None


def replaced(asked: Proposed, identity: dict[str, str]) -> str:
    """Return which target is another than the person was asked about; "" if none is."""
    names = sorted({*asked.identity, *identity})
    return next((one for one in names if asked.identity.get(one) != identity.get(one)), "")


def outcome(call: Call, record: TurnRecord) -> tuple[Proposed, Decided] | None:
    """Return the question that this call goes on from, and what became of it."""
    asked = next((one for one in record.of(Proposed) if one.approval == call.approval), None)
    decided = next((one for one in record.of(Decided) if one.approval == call.approval), None)
    if asked is None or decided is None or asked.call_id != call.id:
        return None
    return asked, decided


def _name(call: Call, record: TurnRecord) -> str:
    """Name the question: the same call at the same point is the same question."""
    again = len(record.of(Redriven))
    seed = f"{call.id}\n{call.approval or ''}\n{again}"
    return sha256(seed.encode()).hexdigest()[:16]
