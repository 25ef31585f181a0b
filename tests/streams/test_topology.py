"""The topology: sound as it is, red when it is not, and the same as what Redis permits."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import pytest

from processors.pipeline import ELSEWHERE, STAGES
from schemas.base import Message, TurnMessage
from schemas.chat import Admitted
from streams import topology
from streams.roles import DURABLE
from streams.stage import Stage, stage


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
