"""What clients are told, in the protocol's own JSON."""

from __future__ import annotations

from typing import Any

import mcp_types as types
import pytest

from gateways.mcp import wire
from gateways.mcp.base import Readable
from gateways.mcp.prompts import OPENINGS
from schemas.execution import Blocked, Executed, Going
from schemas.tools import Effect, Tier, ToolSpec


def spec(tier: Tier, effect: Effect = "plain", **more: Any) -> ToolSpec:
    return ToolSpec(
        name="a_tool", description="Does it.", tier=tier, timeout=1, effect=effect, **more
    )


@pytest.mark.parametrize(
    ("shown", "hints"),
    [
        (spec(Tier.GREEN, "none"), (True, False, True, False)),
        (spec(Tier.YELLOW, "idempotent"), (False, False, True, False)),
        (spec(Tier.ORANGE), (False, True, False, False)),
        (spec(Tier.RED, sends=True), (False, True, False, True)),
        (spec(Tier.GREEN, "none", untrusted=True), (True, False, True, True)),
    ],
)
def test_a_tool_says_how_dangerous_it_is(
    shown: ToolSpec, hints: tuple[bool, bool, bool, bool]
) -> None:
    (tool,) = types.ListToolsResult.model_validate(wire.tools([shown])).tools
    found = tool.annotations
    assert found is not None
    assert found.title == f"a_tool ({shown.tier})"
    assert tool.meta == {wire.TIER: str(shown.tier)}
    assert tool.input_schema["type"] == "object"
    assert hints == (
        *(found.read_only_hint, found.destructive_hint),
        *(found.idempotent_hint, found.open_world_hint),
    )


def test_a_foreign_tool_is_lent_on_under_a_name_that_all_programs_take() -> None:
    foreign = spec(Tier.YELLOW).model_copy(update={"name": "mcp:files:read"})
    (tool,) = types.ListToolsResult.model_validate(wire.tools([foreign])).tools
    assert tool.name == "mcp__files__read"


def test_what_ran_is_told_with_its_data() -> None:
    ran = Executed(
        turn="t", call_id="c", tool="a_tool", tier=Tier.GREEN, ok=False, state="failed",
        code="not_found", content="It is not there.", data={"a": 1}, undo=None, elapsed_ms=1.0,
    )  # fmt: skip
    found = types.CallToolResult.model_validate(wire.resulting(ran))
    assert found.is_error
    assert found.content == [types.TextContent(text="It is not there.")]
    assert (found.structured_content["code"], found.structured_content["data"]) == (
        "not_found",
        {"a": 1},
    )


def test_what_was_blocked_has_exactly_its_three_words() -> None:
    found = wire.resulting(Blocked(reason="No.", tier=Tier.BLACK))
    assert found["structuredContent"] == {"blocked": True, "reason": "No.", "tier": "BLACK"}
    assert found["isError"] is True


def test_what_goes_on_is_no_success() -> None:
    found = wire.resulting(Going(turn="t", state="working"))
    assert found["isError"] is True
    assert "turn t" in found["content"][0]["text"]


def test_addresses_and_forms_of_addresses_are_listed_apart() -> None:
    both = [Readable("nexus://a", "a", "One."), Readable("nexus://b/{c}", "b", "Many.")]
    listed = types.ListResourcesResult.model_validate(wire.resources(both))
    many = types.ListResourceTemplatesResult.model_validate(wire.templates(both))
    assert [one.uri for one in listed.resources] == ["nexus://a"]
    assert [one.uri_template for one in many.resource_templates] == ["nexus://b/{c}"]


def test_prompts_are_listed_with_what_they_take() -> None:
    listed = types.ListPromptsResult.model_validate(wire.prompts(OPENINGS))
    takes = {one.name: [each.name for each in one.arguments or ()] for one in listed.prompts}
    assert takes == {"health": [], "trouble": ["name"], "find": ["what"]}
