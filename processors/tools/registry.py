"""The tools of this house: which there are, who may see them, and how one is run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from hashlib import sha256
from typing import Any

import structlog

from processors.tools.arguments import signature_of
from processors.tools.declare import Tell, Tool, named
from processors.tools.guests import Guest, Guests, Nobody
from processors.tools.known import Known, known_as, permits, under, unready
from processors.tools.output import capped, plain, visible
from processors.tools.policy import Policies
from processors.tools.redact import Pieces, Redactor
from processors.tools.tiers import Situation, assess, black
from schemas.chat import Profile
from schemas.errors import Expected, Invalid, NotFound, Refused, Transient
from schemas.tools import Assessed, Tier, ToolResult, ToolSpec

log = structlog.get_logger(__name__)

MAX_IDENTIFY = 15.0
"""Seconds that looking at a call's targets may take."""


class Registry:
    """All tools, bound to what they need of the world.

    Args:
        tools: the tools, each name once.
        resources: what tools take by type: a plain iterable of instances, or a mapping from
            the type named in the signatures to the instance.
        policies: the owner's rules, as they are at each moment.
        redact: takes the secrets out of whatever a tool says; without one, what looks like one.
        guests: further tools, which come and go; none takes the name of one of the house.

    Raises:
        ValueError: two tools have one name.
        TypeError: a tool needs a resource that is not given.
    """

    def __init__(
        self,
        tools: Iterable[Tool],
        resources: Iterable[object] | Mapping[type, object] = (),
        policies: Policies | None = None,
        redact: Redactor | None = None,
        guests: Guests | None = None,
    ) -> None:
        given = (
            dict(resources)
            if isinstance(resources, Mapping)
            else {type(resource): resource for resource in resources}
        )
        self._policies = policies or Policies()
        self._redact = redact or Redactor()
        self._own: dict[str, Known] = {}
        for tool in tools:
            if tool.name in self._own:
                raise ValueError(f"two tools are named {tool.name}")
            self._own[tool.name] = known_as(tool, signature_of(tool, given))
        self._guests = guests or Nobody()
        self._seen: Mapping[str, Guest] | None = None
        self._visiting: dict[str, Known] = {}

    def specs(
        self, profile: Profile, *, person: str = "", channel: str = ""
    ) -> tuple[ToolSpec, ...]:
        """The tools this profile is shown, in the order of the list they came from.

        Args:
            profile: the rights of the person.
            person: who; their own rights narrow the profile's.
            channel: where; its rights narrow them too.
        """
        # A guest may go meanwhile, so each is looked up once.
        policy = self._policies.now()
        return tuple(
            under(policy, known.spec)
            for known in (*self._own.values(), *self._visitors().values())
            if permits(policy, known.spec, profile, person, channel) and not unready(known)
        )

    def permits(self, name: str, profile: Profile, *, person: str = "", channel: str = "") -> bool:
        """Whether this profile may see and use the tool; an unknown one is not permitted."""
        known = self._find(name)
        policy = self._policies.now()
        return known is not None and permits(policy, known.spec, profile, person, channel)

    def tier(self, name: str) -> str:
        """Return how dangerous a tool is by itself; what nobody knows is BLACK."""
        known = self._find(name)
        return str(under(self._policies.now(), known.spec).tier if known else Tier.BLACK)

    def rules(self) -> str:
        """Return a hash of the owner's rules: who said yes under these did not under others."""
        return sha256(self._policies.now().model_dump_json().encode()).hexdigest()[:16]

    def assess(
        self, name: str, arguments: Mapping[str, Any], situation: Situation | None = None
    ) -> Assessed:
        """Return what one call is; it never raises, and what goes wrong is BLACK.

        Args:
            name: the tool's name.
            arguments: the arguments as a model gave them.
            situation: who asks, where, and what happened in the turn; without one nobody may
                do anything but look.
        """
        now = datetime.now(UTC)
        policy = self._policies.now()
        around = replace(situation or Situation(), overrides=policy.standing(now))
        try:
            known = self._get(name)
            silent = unready(known)
            if silent:
                return black("unavailable", silent)
            checked = known.takes.check(name, arguments)
        except (NotFound, Invalid) as error:
            return black(error.code, visible(str(error)))
        except Exception as error:  # noqa: BLE001
            return black("bug", f"it cannot be classified ({type(error).__name__})")
        tool = known.tool
        found = assess(tool, checked, around, policy)
        if around.overrides:
            strict = assess(tool, checked, replace(around, overrides=()), policy)
            if strict.tier != found.tier:
                log.warning(
                    "an override lowers a call", tool=name, tier=str(found.tier),
                    instead_of=str(strict.tier), person=around.person, channel=around.channel,
                )  # fmt: skip
        return found

    async def identify(self, name: str, arguments: Mapping[str, Any]) -> dict[str, str]:
        """Return what the targets of a call are at this moment; empty where nothing can change.

        Args:
            name: the tool's name.
            arguments: the arguments as a model gave them.

        Raises:
            Refused: there is no such tool or target, or the arguments do not fit.
            Transient: what would know does not answer.
        """
        known = self._get(name)
        tool, bound = known.tool, known.takes.bind(name, arguments)
        if tool.identify is None:
            return {}
        try:
            async with asyncio.timeout(min(tool.timeout, MAX_IDENTIFY)):
                found = await tool.identify(**{one: bound[one] for one in named(tool.identify)})
        except TimeoutError as error:
            raise Transient(f"Nobody could say in time what {name} would act on.") from error
        return {visible(target): self.shown(what) for target, what in found.items()}

    def get(self, name: str) -> ToolSpec:
        """Return what is known of one tool.

        Raises:
            NotFound: there is no tool of that name.
        """
        return under(self._policies.now(), self._get(name).spec)

    def _get(self, name: str) -> Known:
        known = self._find(name)
        if known is None:
            # Only our own are proposed: what a foreign tool is called is anybody's word.
            near = get_close_matches(name[:64], self._own, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise NotFound(f"There is no tool named {visible(name[:64], keep='')!r}.{hint}")
        return known

    def _find(self, name: str) -> Known | None:
        return self._own.get(name) or self._visitors().get(name)

    def _visitors(self) -> dict[str, Known]:
        guests = self._guests.now()
        if guests is not self._seen:
            self._seen = guests
            self._visiting = {
                name: known_as(one.tool, one.takes)
                for name, one in guests.items()
                if name not in self._own
            }
        return self._visiting

    async def run(
        self,
        name: str,
        arguments: Mapping[str, Any],
        key: str = "",
        *,
        probe: bool = False,
        tell: Callable[[str], None] | None = None,
        person: str = "",
    ) -> ToolResult:
        """Run one tool; whatever goes wrong is in the result, only cancellation passes through.

        This is the one way out of a tool: what it says, in its result, in its errors and while it
        runs, has no secret in it.

        Args:
            name: the tool's name.
            arguments: the arguments as a model gave them.
            key: the call's idempotency key.
            probe: only look whether an earlier run of this call took effect; `code` is
                `not_done` if it did not.
            tell: hears what the tool says while it runs, as a terminal may show it.
            person: in whose name it is called.
        """
        try:
            known = self._get(name)
            spec = known.spec
            hears = Tell(Pieces(self._redact, lambda text: tell(visible(text)))) if tell else None
            bound = known.takes.bind(name, arguments, key, hears, person)
            async with asyncio.timeout(spec.timeout) as limit:
                result = await _called(known.tool, bound, probe=probe)
            # Inside the guard: a tool that returns something else is a bug like any other.
            text = capped(self.shown(f"{result.text}{_way_back(result)}"))
            data = self._redact.data(plain(result.data))
            return result.model_copy(update={"text": text, "data": data})
        except Transient as error:
            wait = f" Try again in {error.retry_after:.0f} s." if error.retry_after else ""
            return self._failed(error.code, f"{error}{wait}")
        except (Refused, Expected) as error:
            return self._failed(error.code, str(error))
        except TimeoutError as error:
            if limit.expired():
                return self._failed(
                    "timeout", f"{name} took longer than {spec.timeout:g} s and was stopped."
                )
            return self._broken(name, error)
        except Exception as error:  # noqa: BLE001
            # A tool's bug must not take the turn with it: the model is told, we get the trace.
            return self._broken(name, error)

    def shown(self, text: str) -> str:
        """Return what the world said as it may be told: printable, and without any secret."""
        return visible(self._redact(text))

    def _failed(self, code: str, text: str) -> ToolResult:
        return ToolResult(text=capped(self.shown(text)), ok=False, code=code)

    def _broken(self, name: str, error: Exception) -> ToolResult:
        log.error("tool failed", tool=name, error=type(error).__name__, exc_info=error)
        # The error's own text stays in the log: it may name what is none of a model's business.
        return self._failed(
            "bug", f"{name} failed inside ({type(error).__name__}); the trace is in the log."
        )


async def _called(tool: Tool, bound: dict[str, Any], *, probe: bool) -> ToolResult:
    if not probe:
        return await tool(**bound)
    found = await tool.probe(**bound) if tool.probe else None
    return found or ToolResult(ok=False, code="not_done", text="It did not take effect.")


def _way_back(result: ToolResult) -> str:
    # For the model, which may be asked to take it back; a person has a button.
    undo = result.undo
    return f"\nTo take it back: {undo.tool} {json.dumps(undo.arguments)}" if undo else ""
