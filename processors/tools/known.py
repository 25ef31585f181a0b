"""A tool as everybody but itself knows it: what it is, what it takes, and under which rules."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from processors.tools.arguments import Takes
from processors.tools.declare import Tool, named
from processors.tools.policy import Policy
from schemas.chat import Profile
from schemas.tools import Tier, ToolSpec


@dataclass(frozen=True, slots=True)
class Known:
    """A tool of the registry.

    Attributes:
        tool: what runs.
        takes: its arguments.
        spec: what is told of it.
    """

    tool: Tool
    takes: Takes
    spec: ToolSpec


def known_as(tool: Tool, takes: Takes) -> Known:
    """Return a tool with what is told of it."""
    about: dict[str, Any] = {
        "name": tool.name,
        "description": tool.description,
        "parameters": takes.schema,
        "tier": str(tool.tier),
        "effect": tool.effect,
    }
    spec = ToolSpec(
        **about,
        examples=tool.examples,
        timeout=tool.timeout,
        version=sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:16],
        sends=tool.sends,
        untrusted=tool.untrusted,
        lasting=tool.lasting,
    )
    return Known(tool, takes, spec)


def under(policy: Policy, spec: ToolSpec) -> ToolSpec:
    """Return a tool with the tier that it has under these rules."""
    tier = policy.tier(spec.name, spec.tier)
    return spec if tier == spec.tier else spec.model_copy(update={"tier": tier})


def permits(policy: Policy, spec: ToolSpec, profile: Profile, person: str, channel: str) -> bool:
    """Whether somebody may see and use a tool; what is BLACK by itself, nobody may."""
    tier = under(policy, spec).tier
    return spec.tier < Tier.BLACK and policy.permits(spec.name, tier, profile, person, channel)


def unready(known: Known) -> str:
    """Return why a tool cannot run on this machine, in one clause; empty if it can."""
    ready, injected = known.tool.ready, known.takes.injected
    return ready(**{one: injected[one] for one in named(ready)}) if ready else ""
