"""Memory as the agent uses it: with a way back, and with what entered the turn on it."""

from __future__ import annotations

import pytest

from gateways.llm.rules import Rules
from ops.memory.tools import TOOLS
from processors.memory.memories import Memories
from processors.tools.declare import Asker
from processors.tools.registry import Registry
from processors.tools.tiers import Situation
from schemas.tools import Tier
from tests.processors.memory.keeping import Kept

ROUTER = {"text": "The router stands in the cellar."}
OWNER = Situation(profile="full", channel="web", person="owner")


@pytest.fixture
def memories() -> Memories:
    return Memories(Kept())


@pytest.fixture
def registry(memories: Memories) -> Registry:
    return Registry(TOOLS, {Memories: memories})


def test_each_is_as_dangerous_as_what_it_does(registry: Registry) -> None:
    calls = {"memory_search": {}, "memory_remember": ROUTER, "memory_forget": {"id": "0" * 16}}
    found = {name: registry.assess(name, given, OWNER) for name, given in calls.items()}
    assert [one.tier for one in found.values()] == [Tier.GREEN, Tier.YELLOW, Tier.YELLOW]
    assert found["memory_remember"].command == f"remember (permanent): {ROUTER['text']}"
    tainted = Situation(profile="full", channel="web", person="owner", tainted=("web_fetch",))
    found = {name: registry.assess(name, given, tainted) for name, given in calls.items()}
    assert [one.tier for one in found.values()] == [Tier.GREEN, Tier.ORANGE, Tier.ORANGE]


async def test_one_is_remembered_found_forgotten_and_back(
    registry: Registry, memories: Memories
) -> None:
    made = await registry.run("memory_remember", ROUTER, "c1", person="owner")
    assert made.ok, made.text
    found = await registry.run("memory_search", {"words": "router"}, person="owner")
    assert found.text.startswith("1 memory:\n")
    assert ROUTER["text"] in found.text
    assert found.tainted == ()
    assert found.data["facts"][0]["id"] == made.data["id"]
    assert made.undo is not None
    for call in ("c2", "c2"):  # whoever died in between calls it again
        gone = await registry.run(made.undo.tool, made.undo.arguments, call, person="owner")
        assert gone.ok, gone.text
    nothing = await registry.run("memory_search", {}, person="owner")
    assert nothing.text == "Nothing is remembered about that."
    assert gone.undo is not None
    back = await registry.run(gone.undo.tool, gone.undo.arguments, "c3", person="owner")
    assert back.ok, back.text
    assert (await memories.page("owner", 5))[0][0].call == "c3"


async def test_what_came_from_anybody_stays_so(registry: Registry) -> None:
    asker = Asker("owner", ("web_fetch", "a memory of web_fetch"))
    made = await registry.run("memory_remember", ROUTER, "c1", person=asker)
    for clean in ("c2", "c3"):
        again = await registry.run("memory_remember", ROUTER, clean, person="owner")
        assert again.ok, again.text
    new = {"text": "The router stands in the attic.", "replaces": made.data["id"]}
    assert (await registry.run("memory_remember", new, "c4", person="owner")).ok
    found = await registry.run("memory_search", {"words": "router"}, person="owner")
    assert found.tainted == ("a memory of web_fetch",)
    assert "from text that anybody may have written): The router stands in the attic." in found.text


def test_the_brain_of_rules_takes_no_question_for_one_about_memory(registry: Registry) -> None:
    specs = registry.specs("full")
    assert "memory_search" in {one.name for one in specs}
    assert Rules().plan("what do you remember of me?", specs).matches == ()


@pytest.mark.parametrize("person", ["", "producer"])
async def test_nothing_is_remembered_of_nobody(registry: Registry, person: str) -> None:
    for name, given in (("memory_remember", ROUTER), ("memory_search", {})):
        ran = await registry.run(name, given, "c", person=person)
        assert (ran.ok, ran.code) == (False, "forbidden")


@pytest.mark.parametrize(
    "given", [{"text": " "}, {"text": "x" * 1_001}, {**ROUTER, "replaces": "x"},
              {**ROUTER, "keep": "ever"}, {**ROUTER, "confirmed": True}],
)  # fmt: skip
def test_what_is_no_fact_is_refused(registry: Registry, given: dict[str, str]) -> None:
    assert registry.assess("memory_remember", given, OWNER).tier == Tier.BLACK


async def test_of_others_nothing_is_forgotten(registry: Registry) -> None:
    made = await registry.run("memory_remember", ROUTER, "c", person="grace")
    ran = await registry.run("memory_forget", {"id": made.data["id"]}, "d", person="owner")
    assert (ran.ok, ran.code) == (False, "not_found")
