"""The AsyncAPI document: whole, true of the topology, and accepted by the official parser."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateways.hooks.kinds import TYPES
from processors.events.types import OURS
from processors.events.types import asyncapi as with_types
from processors.pipeline import ELSEWHERE, STAGES
from schemas.chat import Received, Reply
from schemas.events import EventType
from streams import asyncapi, topology

PARSER = Path(__file__).with_name("asyncapi")
"""Where install.sh puts the official parser."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return asyncapi.document((*STAGES, *ELSEWHERE), "1.2.3")


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
