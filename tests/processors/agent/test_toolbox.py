"""Which tools a model is shown: what fits, always the same, and nothing out of reach."""

from __future__ import annotations

import pytest

from processors.agent.sizes import tokens_of, tokens_of_tool
from processors.agent.toolbox import FIND, offered
from processors.tools.builtin.finding import tools_find
from processors.tools.registry import Registry
from schemas.record import Entry, Said, Thought, ToolCall
from schemas.tools import Tier, ToolSpec
from streams.record import TurnRecord
from tests.processors.asked import record

ROOM = 1_700
FINDS = Registry((tools_find,)).get(FIND)


def spec(name: str, about: str, examples: tuple[str, ...] = ()) -> ToolSpec:
    parameters = {
        "type": "object",
        "properties": {"name": {"type": "string", "description": "Which one it is about. " * 6}},
    }
    return ToolSpec(
        name=name,
        description=about,
        tier=Tier.GREEN,
        timeout=5,
        parameters=parameters,
        examples=examples,
    )


def many() -> tuple[ToolSpec, ...]:
    """Sixty tools, and the one that finds them."""
    found = [
        spec("docker_restart", "Restart a container."),
        spec("docker_logs", "Show what a container wrote."),
        spec("files_search", "Search files by name and content.", examples=("where is my letter",)),
        spec("lights_switch", "Switch a lamp on or off."),
    ]
    found += [spec(f"gadget{n}_frob", f"Frobnicate gadget number {n}.") for n in range(55)]
    return (*found, FINDS)


def names(specs: tuple[ToolSpec, ...]) -> list[str]:
    return [one.name for one in specs]


def shown(turn: TurnRecord, *earlier: TurnRecord) -> list[str]:
    return names(offered(many(), turn, earlier, ROOM))


def used(tool: str, **arguments: str) -> Entry:
    return Thought(
        step=0, model="m", calls=(ToolCall(call_id="c", tool=tool, arguments=arguments),)
    )


def test_a_few_are_all_shown_without_a_finder() -> None:
    few = (*many()[:4], FINDS)
    assert offered(few, record("ping"), (), ROOM) == few[:-1]


def test_a_ping_carries_only_the_finder_which_names_all_others() -> None:
    found = offered(many(), record("ping"), (), ROOM)
    assert names(found) == [FIND]
    assert all(one.name in found[0].description for one in many()[:-1])
    assert sum(map(tokens_of_tool, found)) < 1_000


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("restart the web container", "docker_restart"),
        ("starte den Container web neu", "docker_restart"),
        ("where is my letter?", "files_search"),
        ("use lights_switch please", "lights_switch"),
        ("frobnicate the gadget 17", "gadget17_frob"),
    ],
)
def test_what_fits_the_request_is_shown(text: str, tool: str) -> None:
    found = shown(record(text))
    assert tool in found
    assert found[-1] == FIND
    assert sum(tokens_of_tool(one) for one in offered(many(), record(text), (), ROOM)) <= ROOM + 700


def test_what_the_model_asked_for_comes_with_the_next_step() -> None:
    assert "lights_switch" not in shown(record("es ist so dunkel"))
    turn = record("es ist so dunkel", used(FIND, query="switch a lamp on"))
    assert "lights_switch" in shown(turn)
    assert "gadget3_frob" in shown(record("hm", used(FIND, query="gadget3_frob")))


def test_every_tool_can_be_reached_by_its_name() -> None:
    for one in many()[:-1]:
        assert one.name in shown(record("hm", used(FIND, query=one.name)))


def test_what_the_conversation_used_stays() -> None:
    before = record("dim it", used("lights_switch"), Said(text="ok", outcome="answered"))
    assert "lights_switch" in shown(record("and now off again"), before)
    said = record("restart the web container", Said(text="no", outcome="answered"))
    assert "docker_restart" in shown(record("yes, do it"), said)


def test_the_same_step_is_always_shown_the_same() -> None:
    turn = record("restart the web container and frobnicate gadget 3, 5 and 7")
    first = offered(many(), turn, (), ROOM)
    assert all(offered(many(), turn, (), ROOM) == first for _ in range(20))
    order = names(many())
    assert names(first) == sorted(names(first), key=order.index)


def test_of_very_many_only_the_groups_are_named() -> None:
    foreign = (spec(f"mcp:house:tool_{n}", "Do.") for n in range(7))
    crowd = (*(spec(f"group{n % 3}_tool{n}", "Do.") for n in range(400)), *foreign, FINDS)
    (found,) = offered(crowd, record("ping"), (), ROOM)
    assert "group0_… (134)" in found.description
    assert "mcp:house:… (7)" in found.description
    assert tokens_of(found.description) < 200
