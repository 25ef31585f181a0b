"""Tools that come and go: seen at once, never in the place of one of the house."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from processors.tools.declare import Tool, Weight, tool
from processors.tools.guests import Form, Guest, Nobody
from processors.tools.policy import Policies, Policy
from processors.tools.registry import Registry
from processors.tools.tiers import Situation
from schemas.errors import Invalid, NotFound
from schemas.tools import Tier, ToolResult

ANYBODY = Situation(profile="full", person="owner", channel="web")
SCHEMA = {"type": "object", "properties": {"path": {}, "lines": {}}, "required": ["path"]}


@tool(tier=Tier.GREEN, timeout=1)
async def own() -> ToolResult:
    """Do it at home."""
    return ToolResult(text="at home")


def guest(name: str = "mcp:a:b", tier: Tier = Tier.YELLOW) -> Guest:
    async def call(arguments: Mapping[str, Any]) -> ToolResult:
        return ToolResult(text=f"{name} {dict(arguments)}")

    def weigh(arguments: Mapping[str, Any]) -> Weight:
        black = "unclassified" if tier == Tier.BLACK else None
        return Weight(tier=tier, command=f"{name} {dict(arguments)}", black=black)

    described = Tool(name, "Does it.", tier, 1, (), call, "plain", weigh=weigh)
    return Guest(described, Form(SCHEMA))


class Coming:
    """Those that are there now."""

    def __init__(self, *guests: Guest) -> None:
        self.guests = {one.tool.name: one for one in guests}

    def now(self) -> Mapping[str, Guest]:
        return self.guests


async def test_a_guest_is_a_tool_like_any_other_while_it_is_there() -> None:
    coming = Coming()
    registry = Registry((own,), guests=coming)
    with pytest.raises(NotFound):
        registry.get("mcp:a:b")
    coming.guests = {"mcp:a:b": guest()}
    assert [one.name for one in registry.specs("full")] == ["own", "mcp:a:b"]
    spec = registry.get("mcp:a:b")
    assert (spec.tier, spec.parameters, registry.tier("mcp:a:b")) == (Tier.YELLOW, SCHEMA, "YELLOW")
    found = registry.assess("mcp:a:b", {"path": "x"}, ANYBODY)
    assert (found.tier, found.command) == (Tier.YELLOW, "mcp:a:b {'path': 'x'}")
    ran = await registry.run("mcp:a:b", {"path": "x", "lines": 3})
    assert ran.text == "mcp:a:b {'path': 'x', 'lines': 3}"
    coming.guests = {}
    assert [one.name for one in registry.specs("full")] == ["own"]
    assert registry.assess("mcp:a:b", {"path": "x"}, ANYBODY).code == "not_found"
    assert (await registry.run("mcp:a:b", {"path": "x"})).code == "not_found"


async def test_no_guest_takes_the_place_of_a_tool_of_the_house() -> None:
    registry = Registry((own,), guests=Coming(guest("own")))
    assert (await registry.run("own", {})).text == "at home"
    assert [one.tier for one in registry.specs("full")] == [Tier.GREEN]


def test_a_guest_that_goes_while_tools_are_listed_harms_nobody() -> None:
    class Going(Coming):
        def now(self) -> Mapping[str, Guest]:
            found, self.guests = self.guests, {}
            return found

    registry = Registry((own,), guests=Going(guest()))
    assert [one.name for one in registry.specs("full")] == ["own", "mcp:a:b"]
    assert [one.name for one in registry.specs("full")] == ["own"]


def test_what_is_black_by_itself_is_shown_to_nobody_whatever_the_rules_say() -> None:
    policies = Policies(Policy(tiers={"mcp:a:b": Tier.YELLOW}))
    registry = Registry((own,), (), policies, guests=Coming(guest(tier=Tier.BLACK)))
    assert [one.name for one in registry.specs("full")] == ["own"]
    assert not registry.permits("mcp:a:b", "full")
    found = registry.assess("mcp:a:b", {"path": "x"}, ANYBODY)
    assert (found.tier, found.code) == (Tier.BLACK, "unclassified")


def test_guests_are_for_the_owner_alone() -> None:
    registry = Registry((own,), guests=Coming(guest()))
    for profile, channel in (("messaging", ""), ("readonly", ""), ("full", "talk")):
        names = [one.name for one in registry.specs(profile, channel=channel)]
        assert names == ["own"]


def test_no_name_of_a_guest_is_proposed() -> None:
    registry = Registry((own,), guests=Coming(guest("mcp:a:owm")))
    with pytest.raises(NotFound, match=r"Did you mean own\?"):
        registry.get("owm")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({}, "argument 'path' is missing"),
        ({"path": 1, "more": 2}, "there is no argument 'more'"),
        ({"path": float("nan")}, "not plain JSON"),
        ({"path": object()}, "not plain JSON"),
    ],
)
def test_arguments_that_nobody_described_are_black(arguments: dict[str, Any], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        Form(SCHEMA).bind("mcp:a:b", arguments)
    found = Registry((), guests=Coming(guest())).assess("mcp:a:b", arguments, ANYBODY)
    assert (found.tier, found.code) == (Tier.BLACK, "invalid")


def test_many_mistakes_are_told_in_few_words() -> None:
    with pytest.raises(Invalid) as caught:
        Form(SCHEMA).check("mcp:a:b", {f"{n}" * 500: n for n in range(1_000)})
    assert len(str(caught.value)) < 1_000


def test_nobody_comes() -> None:
    nobody = Nobody()
    assert nobody.now() is nobody.now()
    assert not nobody.now()
