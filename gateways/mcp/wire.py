"""What clients are told, in the protocol's own JSON (modelcontextprotocol.io, 2025-11-25)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateways.llm.naming import spoken
from gateways.mcp.base import Readable
from gateways.mcp.prompts import Opening
from schemas.execution import Blocked, Executed, Going
from schemas.tools import Tier, ToolSpec

TIER = "nexus/tier"
"""In a tool's `_meta`: how dangerous it is."""

Json = dict[str, Any]


def tools(specs: Iterable[ToolSpec]) -> Json:
    """Return tools as they are listed; what a client makes of the hints is its own affair."""
    return {"tools": [_tool(spec) for spec in specs]}


def _tool(spec: ToolSpec) -> Json:
    hints = {
        "title": f"{spec.name} ({spec.tier})",
        "readOnlyHint": spec.effect == "none",
        "destructiveHint": spec.tier >= Tier.ORANGE,
        "idempotentHint": spec.effect in {"none", "idempotent"},
        "openWorldHint": spec.sends or spec.untrusted,
    }
    return {
        "name": spoken(spec.name),
        "description": spec.description,
        "inputSchema": {"type": "object", **spec.parameters},
        "annotations": hints,
        "_meta": {TIER: str(spec.tier)},
    }


def resulting(found: Executed | Blocked | Going) -> Json:
    """Return what became of a call; a failure is a result too."""
    match found:
        case Executed():
            about = found.model_dump(mode="json", exclude={"content"})
            return result(found.content, about, wrong=not found.ok)
        case Blocked():
            return result(found.reason, found.model_dump(mode="json"), wrong=True)
        case Going():
            text = f"It still goes on, in turn {found.turn}; asking again does not run it again."
            return result(text, found.model_dump(mode="json"), wrong=True)


def result(text: str, about: Json | None = None, *, wrong: bool) -> Json:
    """Return a call's result.

    Args:
        text: what a model reads.
        about: the same as structure.
        wrong: whether it failed, or did not run.
    """
    found: Json = {"content": [{"type": "text", "text": text}], "isError": wrong}
    return found if about is None else {**found, "structuredContent": about}


def resources(readables: Iterable[Readable]) -> Json:
    """Return single addresses as they are listed."""
    return {"resources": [{"uri": one.uri, **_about(one)} for one in readables if not one.many]}


def templates(readables: Iterable[Readable]) -> Json:
    """Return the forms of addresses as they are listed."""
    many = [{"uriTemplate": one.uri, **_about(one)} for one in readables if one.many]
    return {"resourceTemplates": many}


def _about(one: Readable) -> Json:
    return {"name": one.name, "description": one.description, "mimeType": one.media}


def prompts(openings: Iterable[Opening]) -> Json:
    """Return prompts as they are listed."""
    return {"prompts": [_prompt(one) for one in openings]}


def _prompt(one: Opening) -> Json:
    takes = [
        {"name": name, "description": means, "required": True} for name, means in one.takes.items()
    ]
    return {"name": one.name, "description": one.description, "arguments": takes}


def prompt(one: Opening, words: str) -> Json:
    """Return one prompt, as it is said."""
    message = {"role": "user", "content": {"type": "text", "text": words}}
    return {"description": one.description, "messages": [message]}
