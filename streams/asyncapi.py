"""The topology for programs in other languages: an AsyncAPI document."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from schemas.base import Word
from schemas.chat import Offered, Received
from schemas.desk import Happened
from schemas.events import Told
from streams import keys
from streams.topology import READ_OUTSIDE, WRITTEN_OUTSIDE, Graph, Stages, graph

BARE: dict[type[Word], str] = {Offered: Received.topic, Told: Happened.topic}
"""What somebody may write who signs nothing, and where."""


def document(stages: Stages, version: str) -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document of the pipeline: topics, messages, who does what.

    Args:
        stages: what runs.
        version: of the distribution.
    """
    drawn = graph(stages)
    kinds: dict[str, list[type[Word]]] = {}
    everything: tuple[type[Word], ...] = (*drawn.classes, Offered, Told)
    for kind in everything:
        # What an unsigned producer may write stands beside what the gateways write.
        topic: str = getattr(kind, "topic", BARE.get(kind, ""))
        kinds.setdefault(topic, []).append(kind)
    _, schemas = models_json_schema(
        [(kind, "serialization") for group in kinds.values() for kind in group],
        ref_template="#/components/schemas/{model}",
    )
    channels = {
        topic: {
            "address": keys.topic(topic),
            "description": _about(drawn, topic),
            "servers": [{"$ref": "#/servers/durable"}],
            "messages": {
                kind.__name__: {"$ref": f"#/components/messages/{kind.__name__}"} for kind in group
            },
        }
        for topic, group in kinds.items()
    }
    operations: dict[str, Any] = {}
    for stage, node in zip(stages, drawn.nodes, strict=True):
        about = (stage.function.__doc__ or "").strip().partition("\n")[0]
        operations[node.stage] = _operation("receive", node.topic, kinds[node.topic], about)
        for topic in drawn.written(node.stage):
            whys = ", or ".join(
                edge.why or "its result"
                for edge in drawn.edges
                if (edge.stage, edge.topic) == (node.stage, topic)
            )
            operations[f"{node.stage}_to_{topic}"] = _operation("send", topic, kinds[topic], whys)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "LivOS",
            "version": version,
            "description": "A message goes inbox, route, think, tool, respond, outbox. "
            "Every topic is a Redis stream; an entry's field `data` holds one JSON message.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "durable": {
                "host": "durable.sock",
                "protocol": "redis",
                "description": "A private server on a unix socket, or the one REDIS_URL names. "
                "Each role has a user of its own.",
                "security": [{"$ref": "#/components/securitySchemes/role"}],
            }
        },
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {kind.__name__: _message(kind) for g in kinds.values() for kind in g},
            "schemas": schemas["$defs"],
            "securitySchemes": {"role": {"type": "userPassword"}},
        },
    }


def _about(drawn: Graph, topic: str) -> str:
    node = drawn.reader(topic)
    reader = f"the stage {node.stage}" if node else READ_OUTSIDE.get(topic, "nobody")
    writers = [f"the stage {name}" for name in drawn.writers(topic)]
    if topic in WRITTEN_OUTSIDE:
        writers.insert(0, WRITTEN_OUTSIDE[topic])
    return f"Read by {reader}; written by {', '.join(writers)}."


def _operation(action: str, topic: str, kinds: list[type[Word]], about: str) -> dict[str, Any]:
    here = f"#/channels/{topic}"
    return {
        "action": action,
        "channel": {"$ref": here},
        "summary": about,
        "messages": [{"$ref": f"{here}/messages/{kind.__name__}"} for kind in kinds],
    }


def _message(kind: type[Word]) -> dict[str, Any]:
    summary = (kind.__doc__ or "").strip().partition("\n")[0]
    return {
        "name": kind.__name__,
        "summary": summary,
        "payload": {"$ref": f"#/components/schemas/{kind.__name__}"},
    }
