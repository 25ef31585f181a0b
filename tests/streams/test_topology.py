"""The topology: sound as it is, red when it is not, and the same as what Redis permits."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from gateways.hooks.kinds import TYPES
from processors.events.types import OURS
from processors.events.types import asyncapi as with_types
from processors.pipeline import ELSEWHERE, STAGES
from schemas.base import Message, TurnMessage
from schemas.chat import Admitted, Received, Reply
from schemas.events import EventType
from streams import topology
from streams.roles import DURABLE
from streams.stage import Stage, stage

PARSER = Path(__file__).with_name("asyncapi")
"""Where install.sh puts the official parser."""


class Forgotten(Message):
    """A message that nobody reads."""

    topic: ClassVar[str] = "forgotten"


class Homeless(TurnMessage):
    """A message without a topic."""


class Twin(Message):
    """A message on another one's topic."""

    topic: ClassVar[str] = "route"


@stage()
async def forget(turn: Admitted) -> Forgotten:
    """Write what nobody reads."""
    raise NotImplementedError


@stage()
async def wait(never: Forgotten) -> None:
    """Read what nobody writes."""


@stage()
async def lose(turn: Admitted) -> Homeless:
    """Write to nowhere."""
    raise NotImplementedError


@stage()
async def confuse(turn: Admitted) -> Twin:
    """Write a second class onto a topic."""
    raise NotImplementedError


def faults(*more: Stage[..., Any], without: tuple[str, ...] = ()) -> str:
    stages = (*(one for one in STAGES if one.name not in without), *more)
    return "\n".join(topology.check(topology.graph(stages)))


def test_the_pipeline_is_sound() -> None:
    assert faults() == ""


def test_a_broken_topology_is_seen() -> None:
    assert "forgotten is written by forget and read by nobody" in faults(forget, without=("route",))
    assert "forgotten is read by wait and written by nobody" in faults(wait)
    assert "outbox is written by admit and respond and steer and read by nobody" in faults(
        without=("deliver",)
    )
    assert "2 stages are named respond" in faults(STAGES[4])
    assert "2 stages read route" in faults(confuse)
    assert "Homeless has no topic" in faults(lose)
    assert "Admitted and Twin share the topic route" in faults(confuse)


def test_edges_that_only_commits_add_are_there() -> None:
    drawn = topology.graph(STAGES)
    assert "route" in drawn.written("respond", "commits")
    assert "respond" in drawn.written("tool", "commits")
    assert "outbox" in drawn.written("admit", "buries")
    assert all("dead" in drawn.written(node.stage, "buries") for node in drawn.nodes)


@pytest.mark.parametrize("name", [one.name for one in STAGES])
def test_redis_permits_a_stage_its_edges_and_no_others(name: str) -> None:
    drawn = topology.graph(STAGES)
    rules = [allow.rule() for allow in DURABLE[f"stage-{name}"].allows if "+xadd" in allow.commands]
    permitted = {key for rule in rules for key in re.findall(r"~nexus:(\w+)", rule)}
    # What a stage gives up, the clerk lays on the desk: no stage can.
    expected = (set(drawn.written(name)) | {"events"}) - {"dead"}
    if name == "steer":
        # A stop is kept with the turn; whoever commits the turn's next step publishes it.
        expected.remove("respond")
    assert permitted == expected


def test_the_picture_has_the_pipeline_in_its_order() -> None:
    drawn = topology.mermaid(topology.graph((*STAGES, *ELSEWHERE)))
    for line in (
        *("inbox --> route", "route --> think", "think <--> tool", "think --> respond"),
        *("respond --> outbox", "outbox --> parcels", "turn -. given up .-> dead"),
    ):
        assert f"    {line}" in drawn.splitlines()
    boxes = re.findall(r"^ +(\w+)\[\"", drawn, re.MULTILINE)
    assert boxes == [
        *("inbox", "control", "events", "forward"),
        *("route", "think", "tool", "respond", "outbox", "cards", "parcels"),
    ]
    table = topology.text(topology.graph((*STAGES, *ELSEWHERE))).splitlines()
    assert table[0].split() == ["inbox", "admit", "→", "route"]
    assert [row.split()[0] for row in table][-1] == "dead"


# AsyncAPI ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return topology.asyncapi((*STAGES, *ELSEWHERE), "1.2.3")


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in references(document):
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found


def test_every_topic_is_a_channel_and_every_edge_an_operation(document: dict[str, Any]) -> None:
    drawn = topology.graph((*STAGES, *ELSEWHERE))
    assert document["asyncapi"] == "3.0.0"
    assert document["info"]["version"] == "1.2.3"
    assert document["channels"]["inbox"]["address"] == "nexus:inbox"
    assert set(document["channels"]["inbox"]["messages"]) == {"Received", "Offered"}
    edges = {(edge.stage, edge.topic) for edge in drawn.edges}
    sends = [one for one in document["operations"].values() if one["action"] == "send"]
    receives = [one for one in document["operations"].values() if one["action"] == "receive"]
    assert (len(sends), len(receives)) == (len(edges), len(drawn.nodes))
    for kind in (Received, Reply):
        assert set(kind.model_fields) <= set(
            document["components"]["schemas"][kind.__name__]["properties"]
        )


def test_it_holds_no_secret(document: dict[str, Any]) -> None:
    server = document["servers"]["durable"]
    assert server["protocol"] == "redis"
    assert "@" not in json.dumps(server)


def parsed(folder: Path, document: dict[str, Any]) -> tuple[bool, dict[str, Any]]:
    """Return whether the official parser takes a document, and what it says."""
    node = Path(sys.prefix) / "node/bin/node"
    (folder / "document.json").write_text(json.dumps(document))
    ran = subprocess.run(
        [str(node) if node.exists() else "node", PARSER / "parse.mjs", folder / "document.json"],
        capture_output=True, text=True, check=False, timeout=110,
    )  # fmt: skip
    assert ran.stdout, ran.stderr[-2_000:]
    return ran.returncode == 0, json.loads(ran.stdout)


@pytest.mark.timeout(240)
@pytest.mark.skipif(
    not (PARSER / "node_modules/@asyncapi").exists(),
    reason="the official parser is not here; `./install.sh test` fetches it",
)
def test_the_official_parser_accepts_it_and_sees_a_fault(
    tmp_path: Path, document: dict[str, Any]
) -> None:
    nested = {"type": "object", "properties": {"size": {"$ref": "#/$defs/s"}},
              "$defs": {"s": {"type": "integer"}}}  # fmt: skip
    own = EventType(type="disk.full", version=2, about="A disk.", schema=nested)
    whole = with_types(copy.deepcopy(document), (*OURS, *TYPES, own))
    fits, said = parsed(tmp_path, whole)
    assert fits, said["faults"]
    assert {"Received", "github.push.v1", "docker.container.died.v1", "disk.full.v2"} <= set(
        said["messages"]
    )
    operation = next(iter(whole["operations"].values()))
    operation["channel"] = {"$ref": "#/channels/nowhere"}
    fits, said = parsed(tmp_path, whole)
    assert not fits
    assert said["faults"]
