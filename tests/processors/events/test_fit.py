"""A rule whose call would never run says why, before an event comes and after its tool went."""

from __future__ import annotations

from typing import Any

import pytest

from processors.agent.people import People
from processors.events.fit import fault
from processors.events.rules import Rule
from processors.tools.declare import tool
from processors.tools.policy import Person, Policies, Policy, Rights
from processors.tools.registry import Registry
from schemas.tools import Tier, ToolResult


@tool(tier=Tier.GREEN, timeout=5)
async def disk_usage(path: str = "/") -> ToolResult:
    """Say how full a disk is."""
    return ToolResult(text=path)


@tool(tier=Tier.RED, timeout=5, effect="plain")
async def disk_format(path: str) -> ToolResult:
    """Forget all that is there."""
    return ToolResult(text=path)


@tool(tier=Tier.GREEN, timeout=5)
async def files_peek(path: str) -> ToolResult:
    """Look into a file of the owner's."""
    return ToolResult(text=path)


@tool(tier=Tier.GREEN, timeout=5, ready=lambda: "there is no disk here")
async def disk_spin() -> ToolResult:
    """Turn it."""
    return ToolResult(text="")


ALL = (disk_usage, disk_format, files_peek, disk_spin)


def rule(name: str | None = "disk_usage", **given: Any) -> Rule:
    if name is None:
        return Rule(name="r", on="disk.*", do="notify", says="!")
    return Rule.model_validate(
        {"name": "r", "on": "disk.*", "do": "run tool", "tool": name, "with": given}
    )


def why(one: Rule, policy: Policy | None = None, tools: tuple[Any, ...] = ALL) -> str:
    policies = Policies(policy)
    return fault(one, Registry(tools, policies=policies), People(policies))


@pytest.mark.parametrize(
    "one",
    [rule(None), rule(), rule(path="/srv"), rule(path="{data.path}"), rule(path="at {data.path}")],
)
def test_what_can_run_has_no_fault(one: Rule) -> None:
    assert why(one) == ""


def test_a_tool_that_there_is_not_is_named_with_one_that_is_near() -> None:
    said = why(rule("disk_usge"))
    assert said == "There is no tool named 'disk_usge'. Did you mean disk_usage?"
    assert why(rule("zzz")) == "There is no tool named 'zzz'."


def test_a_tool_that_went_is_missed() -> None:
    assert why(rule()) == ""
    assert why(rule(), tools=(disk_format,)).startswith("There is no tool named 'disk_usage'.")


@pytest.mark.parametrize("name", ["disk_format", "files_peek"])
@pytest.mark.parametrize("path", ["/", "{data.path}"])
def test_what_rules_may_not_use_is_said(name: str, path: str) -> None:
    said = why(rule(name, path=path))
    assert said.startswith(f"The person rules, in whose name rules act, may not use {name};")
    assert why(rule(name, path=path), Policy(people={"rules": Person(profile="full")})) == ""


def test_the_rights_of_its_channel_count_too() -> None:
    narrow = Policy(channels={"events": Rights(deny=("disk_*",))})
    assert "may not use" in why(rule(path="{data.path}"), narrow)
    assert why(rule(path="/srv"), narrow) == ""


def test_what_cannot_run_on_this_machine_says_why() -> None:
    assert why(rule("disk_spin")) == "disk_spin would not run: there is no disk here."


@pytest.mark.parametrize("given", [{"where": "/"}, {"path": 3}])
def test_arguments_that_never_fit_are_a_fault(given: dict[str, Any]) -> None:
    said = why(rule("disk_usage", **given))
    assert said.startswith("disk_usage would not run: ")
    assert next(iter(given)) in said
