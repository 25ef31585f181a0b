"""The tools of this house: which there are, who may see them, and how one is run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

import structlog

from processors.tools.arguments import Signature, signature_of
from processors.tools.declare import Tool
from processors.tools.output import capped, plain, visible
from schemas.chat import Profile
from schemas.errors import Expected, NotFound, Refused, Transient
from schemas.tools import Tier, ToolResult, ToolSpec

log = structlog.get_logger(__name__)

CEILING: Mapping[Profile, Tier] = {
    "readonly": Tier.GREEN,
    "messaging": Tier.YELLOW,
    "full": Tier.RED,
}
"""The most dangerous tier each profile is shown; BLACK is shown to nobody."""


class Registry:
    """All tools, bound to what they need of the world.

    Args:
        tools: the tools, each name once.
        resources: what tools take by type: a plain iterable of instances, or a mapping from
            the type named in the signatures to the instance.

    Raises:
        ValueError: two tools have one name.
        TypeError: a tool needs a resource that is not given.
    """

    def __init__(
        self, tools: Iterable[Tool], resources: Iterable[object] | Mapping[type, object] = ()
    ) -> None:
        given = (
            dict(resources)
            if isinstance(resources, Mapping)
            else {type(resource): resource for resource in resources}
        )
        self._tools: dict[str, Tool] = {}
        self._signatures: dict[str, Signature] = {}
        self._specs: dict[str, ToolSpec] = {}
        for tool in tools:
            if tool.name in self._tools:
                raise ValueError(f"two tools are named {tool.name}")
            signature = signature_of(tool, given)
            self._tools[tool.name] = tool
            self._signatures[tool.name] = signature
            self._specs[tool.name] = ToolSpec(
                name=tool.name,
                description=tool.description,
                tier=tool.tier,
                parameters=signature.schema,
                examples=tool.examples,
                timeout=tool.timeout,
                effect=tool.effect,
            )

    def specs(self, profile: Profile) -> tuple[ToolSpec, ...]:
        """The tools this profile is shown, in the order of the list they came from."""
        return tuple(spec for spec in self._specs.values() if spec.tier <= CEILING[profile])

    def permits(self, name: str, profile: Profile) -> bool:
        """Whether this profile may see and use the tool; an unknown one is not permitted."""
        spec = self._specs.get(name)
        return spec is not None and spec.tier <= CEILING[profile]

    def tier(self, name: str) -> str:
        """Return how dangerous a tool is; what nobody knows is BLACK."""
        spec = self._specs.get(name)
        return str(spec.tier if spec else Tier.BLACK)

    def get(self, name: str) -> ToolSpec:
        """Return what is known of one tool.

        Raises:
            NotFound: there is no tool of that name.
        """
        spec = self._specs.get(name)
        if spec is None:
            near = get_close_matches(name[:64], self._specs, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise NotFound(f"There is no tool named {visible(name[:64], keep='')!r}.{hint}")
        return spec

    async def run(
        self, name: str, arguments: Mapping[str, Any], key: str = "", *, probe: bool = False
    ) -> ToolResult:
        """Run one tool; whatever goes wrong is in the result, only cancellation passes through.

        Args:
            name: the tool's name.
            arguments: the arguments as a model gave them.
            key: the call's idempotency key.
            probe: only look whether an earlier run of this call took effect; `code` is
                `not_done` if it did not.
        """
        try:
            spec = self.get(name)
            bound = self._signatures[name].bind(name, arguments, key)
            async with asyncio.timeout(spec.timeout) as limit:
                result = await self._call(name, bound, probe=probe)
            # Inside the guard: a tool that returns something else is a bug like any other.
            return result.model_copy(
                update={"text": capped(visible(result.text)), "data": plain(result.data)}
            )
        except Transient as error:
            wait = f" Try again in {error.retry_after:.0f} s." if error.retry_after else ""
            return _failed(error.code, f"{error}{wait}")
        except (Refused, Expected) as error:
            return _failed(error.code, str(error))
        except TimeoutError as error:
            if limit.expired():
                return _failed(
                    "timeout", f"{name} took longer than {spec.timeout:g} s and was stopped."
                )
            return self._broken(name, error)
        except Exception as error:  # noqa: BLE001
            # A tool's bug must not take the turn with it: the model is told, we get the trace.
            return self._broken(name, error)

    async def _call(self, name: str, bound: dict[str, Any], *, probe: bool) -> ToolResult:
        tool = self._tools[name]
        if not probe:
            return await tool(**bound)
        found = await tool.probe(**bound) if tool.probe else None
        return found or ToolResult(ok=False, code="not_done", text="It did not take effect.")

    def _broken(self, name: str, error: Exception) -> ToolResult:
        log.error("tool failed", tool=name, error=type(error).__name__, exc_info=error)
        # The error's own text stays in the log: it may name what is none of a model's business.
        return _failed(
            "bug", f"{name} failed inside ({type(error).__name__}); the trace is in the log."
        )


def _failed(code: str, text: str) -> ToolResult:
    return ToolResult(text=capped(visible(text)), ok=False, code=code)
