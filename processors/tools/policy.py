"""Who may use which tool, and what nobody may touch: the owner's rules, from the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from posixpath import normpath
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.chat import Profile
from schemas.tools import Tier, TierName

_CLOSED = ConfigDict(extra="forbid", frozen=True)
_EVERYTHING = ("*",)

Pattern = Annotated[str, Field(min_length=1, max_length=256)]
"""A name, in which `*` stands for anything."""


class Rights(BaseModel):
    """What somebody may use: all that is allowed and not denied, up to a tier."""

    model_config = _CLOSED

    ceiling: TierName = Tier.RED
    allow: tuple[Pattern, ...] = _EVERYTHING
    deny: tuple[Pattern, ...] = ()

    def permit(self, tool: str, tier: Tier) -> bool:
        """Whether a call of this tier is within these rights."""
        return tier <= self.ceiling and _any(self.allow, tool) and not _any(self.deny, tool)


class Person(Rights):
    """What one person may use, and which profile they have."""

    profile: Profile | None = None


class Override(BaseModel):
    """For a while, some calls need less of a person than they would."""

    model_config = _CLOSED

    tool: Pattern
    target: Pattern = "*"
    """What all targets of the call must be, such as `container:web`."""
    people: tuple[Pattern, ...] = _EVERYTHING
    channels: tuple[Pattern, ...] = _EVERYTHING
    tier: TierName
    until: AwareDatetime
    why: Annotated[str, Field(min_length=1, max_length=256)]

    def covers(self, tool: str, targets: tuple[str, ...], person: str, channel: str) -> bool:
        """Whether a call is meant, whenever it is."""
        return (
            fnmatchcase(tool, self.tool)
            and (self.target == "*" or bool(targets))
            and all(fnmatchcase(target, self.target) for target in targets)
            and _any(self.people, person)
            and _any(self.channels, channel)
        )


OWNERS: tuple[str, ...] = (
    *("files_*", "notes_*", "http_*", "shell_*", "compose_*", "download_*"),
    *("docker_logs", "docker_start", "docker_restart", "notify_owner", "mcp:*"),
    "schedule_*",
)
"""Tools for the owner alone: their files, their notes, their notices, their schedules, their
machine, logs, which often hold secrets, and whatever a foreign server does."""

PROFILES: Mapping[Profile, Rights] = {
    "full": Rights(ceiling=Tier.RED),
    "messaging": Rights(ceiling=Tier.YELLOW, deny=OWNERS),
    # Who can only knock does not make this house fetch pages either.
    "readonly": Rights(ceiling=Tier.GREEN, deny=(*OWNERS, "web_*", "subagent_*")),
}
"""The profiles that every house has; the configuration may say otherwise."""

CHANNELS: Mapping[str, Rights] = {"talk": Rights(ceiling=Tier.GREEN, deny=OWNERS)}
"""What every house permits on single channels. `talk` is a program whose key may only talk: whose
key it is does not make the owner's files a program's."""


class Policy(BaseModel):
    """What the agent may do, for whom, and where."""

    model_config = _CLOSED

    profiles: dict[str, Rights] = Field(
        {},
        description="Profiles by name, each with `ceiling` (a tier), `allow` and `deny` (tools,"
        " with `*`); `full`, `messaging` and `readonly` exist unless they are set anew.",
    )
    people: dict[str, Person] = Field(
        {},
        description="What single people may use, by their id: `profile`, `ceiling`, `allow`,"
        " `deny`. It narrows their profile; deny wins.",
    )
    channels: dict[str, Rights] = Field(
        {},
        description="What may be used on single channels, by their name; it narrows too. `talk`,"
        " programs whose key has not the right `tools`, exists unless it is set anew.",
    )
    tiers: dict[str, TierName] = Field(
        {},
        description="Tiers of single tools, over their own. What the arguments make of a call is"
        " never lowered.",
    )
    protected: tuple[Pattern, ...] = Field(
        ("container:nexus*", "unit:nexus*", "unit:dbus*", "unit:systemd-*"),
        description="What the agent never touches, such as `container:db*`, `file:accounts`,"
        " `unit:ssh*`, `vm:100`.",
    )
    nodes: tuple[str, ...] = Field(
        (), description="Names of the other machines that the agent may act on."
    )
    many_changes: Annotated[int, Field(ge=1, le=1_000)] = Field(
        10, description="After so many small changes in one turn each further one needs a decision."
    )
    overrides: tuple[Override, ...] = Field(
        (),
        description="Exceptions for a while: `tool`, `target`, `people`, `channels`, the `tier`"
        " that then suffices, `until` when, and `why`.",
    )

    def tier(self, tool: str, own: Tier) -> Tier:
        """Return a tool's tier as the owner sees it; a change is never called a look."""
        return max(self.tiers.get(tool, own), min(own, Tier.YELLOW))

    def permits(
        self, tool: str, tier: Tier, profile: Profile, person: str = "", channel: str = ""
    ) -> bool:
        """Whether a call of this tier is within all rights that count here."""
        rights = self.profiles.get(profile) or PROFILES.get(profile)
        narrower = (self.people.get(person), self.channels.get(channel) or CHANNELS.get(channel))
        return (
            tier < Tier.BLACK
            and rights is not None
            and all(one.permit(tool, tier) for one in (rights, *narrower) if one is not None)
        )

    def forbids(self, target: str) -> str | None:
        """Return why nobody may act on a target; None if somebody may.

        Args:
            target: what it is and its name, such as `container:web`.
        """
        kind, _, name = target.partition(":")
        plain = normpath(name) if kind == "file" else name
        if kind == "node" and plain not in self.nodes:
            return f"there is no node {name} in the configuration (policy.nodes)"
        for pattern in self.protected:
            of, _, what = pattern.partition(":")
            if of == kind and _covered(kind, plain, what):
                return f"{target} is protected (policy.protected)"
        return None

    def standing(self, now: datetime) -> tuple[Override, ...]:
        """Return the exceptions that have not expired."""
        return tuple(one for one in self.overrides if now < one.until)


class Policies:
    """The policy as it is at this moment.

    Args:
        policy: what it is; a subclass may know a newer one.
    """

    def __init__(self, policy: Policy | None = None) -> None:
        self._policy = policy or Policy()

    def now(self) -> Policy:
        """Return today's policy."""
        return self._policy


def _any(patterns: tuple[str, ...], name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _covered(kind: str, name: str, what: str) -> bool:
    if kind != "file":
        # Docker, systemd and hypervisors do not agree on case; the wider reading is the safe one.
        return fnmatchcase(name.casefold(), what.casefold())
    what = normpath(what)
    above = (name, *(name[:at] for at, char in enumerate(name) if char == "/" and at))
    inside = name == "." or what.startswith(f"{name}/")
    # Whoever removes a folder removes what is protected inside it.
    return inside or any(fnmatchcase(one, what) for one in above)
