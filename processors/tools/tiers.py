"""How dangerous one call is, with its arguments and in its turn: a pure, total, monotone function.

More danger in any argument never makes the answer smaller, and what goes wrong on the way to it,
or is not known, is BLACK.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from processors.tools.declare import Tool, Weight, named
from processors.tools.output import legible
from processors.tools.policy import Override, Policy
from schemas.chat import Profile
from schemas.children import Allowed
from schemas.tools import Assessed, Tier

MAX_COMMAND = 16_000
"""Characters of a command that a person is asked to read; a longer one cannot be approved."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Who asks, where, and what happened in the turn so far.

    Attributes:
        profile: the rights of the person.
        channel: where it was asked.
        person: who asked.
        tainted: the sources of text that anybody could have written, and that entered the turn.
        acted: how many calls of this turn changed something.
        allow: what the tasks that led here may use; all unless given.
        overrides: the exceptions that stand at this moment.
    """

    profile: Profile = "readonly"
    channel: str = ""
    person: str = ""
    tainted: tuple[str, ...] = ()
    acted: int = 0
    allow: Allowed = ()
    overrides: tuple[Override, ...] = ()


def assess(
    tool: Tool | None, arguments: Mapping[str, Any], situation: Situation, policy: Policy
) -> Assessed:
    """Return what a call is.

    Args:
        tool: the tool; None if there is none of that name.
        arguments: its arguments as the signature checked them, those with a default among them.
        situation: who asks, where, and what happened before.
        policy: the owner's rules.
    """
    if tool is None:
        return black("not_found", "there is no such tool")
    try:
        unknown = sorted(set(arguments) - set(named(tool.function)))
        if unknown:
            return black("invalid", f"it has no argument {legible(str(unknown[0]))}")
        weight = _weight(tool, arguments)
        command = legible(weight.command or _written(tool.name, arguments))
        tier, reasons = _tier(tool, weight, situation, policy)
        code, wrong = _wrong(tool, weight, tier, situation, policy)
        if code is None and tier > Tier.YELLOW and len(command) > MAX_COMMAND:
            code, wrong = "invalid", f"it is longer than {MAX_COMMAND} characters"
    except Exception as error:  # noqa: BLE001 - what nobody can classify is forbidden
        return black("bug", f"it cannot be classified ({type(error).__name__})")
    return Assessed(
        tier=tier if code is None else Tier.BLACK,
        reasons=tuple(legible(one) for one in (*weight.reasons, *reasons, wrong) if one),
        code=code,
        command=command,
        targets=tuple(legible(target) for target in weight.targets),
        affects=legible(weight.affects),
        undo=legible(weight.undo),
        lasting=code is None and tier == Tier.ORANGE and _lasting(tool, weight, situation, policy),
    )


def _lasting(tool: Tool, weight: Weight, situation: Situation, policy: Policy) -> bool:
    """Whether a person may allow this very call for longer: ORANGE by itself, and said in full.

    Nothing that entered the turn, and no exception, may have a part in it; and who allowed some
    calls did not allow any number of them in one turn.
    """
    return (
        tool.lasting
        and tool.effect != "none"
        and max(policy.tier(tool.name, tool.tier), weight.tier) == Tier.ORANGE
        and not situation.tainted
        and situation.acted < policy.many_changes
    )


def black(code: str, why: str) -> Assessed:
    """Return what a call is that never runs.

    Args:
        code: a stable word.
        why: one clause.
    """
    return Assessed(tier=Tier.BLACK, code=code, reasons=(why,))


def _weight(tool: Tool, arguments: Mapping[str, Any]) -> Weight:
    if tool.weigh is None:
        return Weight()
    return tool.weigh(**{name: arguments[name] for name in named(tool.weigh)})


def _written(name: str, arguments: Mapping[str, Any]) -> str:
    given = " ".join(
        f"{key}={json.dumps(value, ensure_ascii=False, default=str)}"
        for key, value in arguments.items()
    )
    return f"{name} {given}".rstrip()


def _tier(
    tool: Tool, weight: Weight, situation: Situation, policy: Policy
) -> tuple[Tier, list[str]]:
    tier = max(policy.tier(tool.name, tool.tier), weight.tier)
    reasons: list[str] = []
    if tool.name in policy.tiers:
        reasons.append(f"the configuration makes this tool {policy.tier(tool.name, tool.tier)}")
    acts = tool.sends or tool.effect != "none"
    if acts and situation.acted >= policy.many_changes and tier == Tier.YELLOW:
        tier = Tier.ORANGE
        reasons.append(f"{situation.acted} changes were made in this turn already")
    if acts and situation.tainted:
        # A person with a second factor is the most that can be asked; the card shows the sources.
        tier = max(tier, min(Tier(tier + 1), Tier.RED))
        sources = ", ".join(sorted(set(situation.tainted))[:3])
        reasons.append(f"untrusted text entered this turn ({sources})")
        return tier, reasons
    for override in _covering(tool, weight, situation):
        less = max(override.tier, weight.tier)
        if less < tier:
            tier = less
            reasons.append(f"an override until {override.until:%Y-%m-%d %H:%M}: {override.why}")
    return tier, reasons


def _covering(tool: Tool, weight: Weight, situation: Situation) -> Iterator[Override]:
    for one in situation.overrides:
        if one.tier >= min(tool.tier, Tier.YELLOW) and one.covers(
            tool.name, weight.targets, situation.person, situation.channel
        ):
            yield one


def _wrong(
    tool: Tool, weight: Weight, tier: Tier, situation: Situation, policy: Policy
) -> tuple[str | None, str]:
    """Return why the call never runs, as a word and as a clause; None if it may."""
    if weight.black is not None:
        return weight.black, ""
    for target in weight.targets:
        why = policy.forbids(target)
        if why is not None:
            return "protected", why
    if tier == Tier.BLACK:
        return "forbidden", "it never runs through the agent"
    if not within(tool.name, situation.allow):
        return "forbidden", "it is none of the tools that this task was given"
    if not policy.permits(tool.name, tier, situation.profile, situation.person, situation.channel):
        where = f" on {situation.channel}" if situation.channel else ""
        return "forbidden", f"{tier} calls of it are not within this person's rights{where}"
    return None, ""


def within(tool: str, allow: Allowed) -> bool:
    """Whether each of these lists allows a tool: a task is never given more than gave it."""
    return all(any(fnmatchcase(tool, pattern) for pattern in names) for names in allow)
