"""The reference pages: topics, tools, errors, metrics, each from the code itself."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_type_hints

from prometheus_client.core import Metric
from pydantic import BaseModel

import gateways
import ops
import processors
import schemas
import streams
import web
from ops.children import ChildMetrics
from ops.desktop.tools import TOOLS
from ops.memory.tools import TOOLS as REMEMBERING
from ops.schedules.tools import TOOLS as SCHEDULING
from processors.pipeline import ELSEWHERE, STAGES
from processors.tools.builtin import BUILTIN
from processors.tools.policy import PROFILES, Policies
from processors.tools.registry import Registry
from schemas.base import Message, Word
from schemas.chat import Offered
from schemas.errors import Expected, Refused, Transient
from schemas.tools import Tier
from streams import keys, metrics, topology

HEAD = "<!-- Written by `make docs` from the code. -->"


def page(title: str, *blocks: str) -> str:
    """Return a page of paragraphs and tables."""
    return "\n\n".join((f"# {title}", HEAD, *blocks)) + "\n"


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    names = list(heads)
    lines = [f"| {' | '.join(names)} |", "|" + "---|" * len(names)]
    for row in rows:
        cells = (" ".join(cell.split()).replace("|", "\\|") for cell in row)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def sentence(documented: object) -> str:
    """Return the first paragraph of a docstring, on one line."""
    return " ".join((inspect.getdoc(documented) or "").partition("\n\n")[0].split())


# Topics -----------------------------------------------------------------------------------


def topics() -> str:
    """Return the page of all topics and the messages on them."""
    drawn = topology.graph((*STAGES, *ELSEWHERE))
    blocks = [
        "A topic is a Redis stream. An entry holds one JSON message in its field `data`; `sig` is "
        "the signature of the gateway that wrote it, `n` the length of the turn's record when it "
        "was sent. Fields of a newer minor version are kept. `nexus topology --asyncapi` prints "
        "the same for programs.",
        "```text\n" + topology.text(drawn) + "\n```",
        "`→` what a stage returns, `⇢` what the server function that commits its result may add. "
        "Every stage may give a message up to `dead`.",
        "## What every message says",
        _fields(Message),
    ]
    for kind in drawn.classes:
        blocks += _topic(drawn, kind)
    return page("Topics", *blocks)


def _topic(drawn: topology.Graph, kind: type[Word]) -> Iterator[str]:
    topic: str = getattr(kind, "topic", "")
    node = drawn.reader(topic)
    yield f"## `{keys.topic(topic)}`: {kind.__name__}"
    yield sentence(kind)
    reader = f"`{node.stage}`" if node else topology.READ_OUTSIDE.get(topic, "nobody")
    writers = [f"`{name}`" for name in drawn.writers(topic)]
    writers += [topology.WRITTEN_OUTSIDE[topic]] if topic in topology.WRITTEN_OUTSIDE else []
    yield f"Read by {reader}; written by {', '.join(writers)}."
    yield _fields(kind, besides=Message)
    if topic == "inbox":
        yield (
            "Whoever writes without a gateway's signature says only this, and is the person "
            "`producer`, whatever else the entry claims:"
        )
        yield _fields(Offered)


def _fields(kind: type[BaseModel], besides: type[BaseModel] | None = None) -> str:
    known = besides.model_fields if besides and issubclass(kind, besides) else {}
    about = _attribute_docstrings(kind)
    described = kind.model_json_schema()["properties"]
    rows = [
        (
            f"`{name}`",
            _type(described[name]),
            "yes" if field.is_required() else "",
            about.get(name, ""),
        )
        for name, field in kind.model_fields.items()
        if name not in known
    ]
    return table(("field", "type", "required", "what"), rows)


def _type(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f"`{one}`" for one in schema["enum"])
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    bounds = {"minLength": "≥", "maxLength": "≤", "minimum": "≥", "maximum": "≤"}
    said = [f"{sign} {schema[key]}" for key, sign in bounds.items() if key in schema]
    of = f" of {_type(schema['items'])}" if "items" in schema else ""
    return ", ".join([f"{schema.get('type', 'anything')}{of}", *said])


def _attribute_docstrings(kind: type[BaseModel]) -> dict[str, str]:
    found: dict[str, str] = {}
    for base in reversed([one for one in kind.__mro__ if issubclass(one, Word)]):
        body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, after in zip(body.body, body.body[1:], strict=False):
            text = (
                after.value.value
                if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                else None
            )
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                found.update({field.target.id: str(text)} if text else {})
    return found


# Tools ------------------------------------------------------------------------------------


def tools() -> str:
    """Return the page of all tools."""
    known = (*BUILTIN, *TOOLS, *SCHEDULING, *REMEMBERING)
    hints = (hint for tool in known for hint in get_type_hints(tool.function).values())
    # What a tool takes of the world is handed in; no model sees it.
    outside = ("gateways.", "ops.", "processors.clock.", "processors.memory.", Policies.__module__)
    registry = Registry(known, {one: None for one in hints if one.__module__.startswith(outside)})
    profiles = ", ".join(
        f"`{profile}` up to {rights.ceiling}" for profile, rights in PROFILES.items()
    )
    blocks = [
        "What the agent may do. Anybody who may use a tool can also run it directly, without a "
        "model: `!files_list path=Documents`.",
        table(
            ("tier", "what it means"),
            ((str(tier), about) for tier, about in _members(Tier).items()),
        ),
        f"A person's profile says how far they see: {profiles}. An unknown tool never runs.",
        "The tools of foreign MCP servers, such as `mcp:files:read_text_file`, come and go with"
        " their servers; `nexus tools list` shows those that somebody classified.",
    ]
    for spec in (registry.get(tool.name) for tool in known):
        blocks.append(f"## `{spec.name}`")
        blocks.append(spec.description)
        blocks.append(f"{spec.tier}, at most {spec.timeout:g} s.")
        properties: dict[str, Any] = spec.parameters.get("properties", {})
        if properties:
            needed = spec.parameters.get("required", [])
            blocks.append(
                table(
                    ("argument", "type", "required", "default", "what"),
                    (
                        (
                            f"`{name}`",
                            _type(schema),
                            "yes" if name in needed else "",
                            f"`{schema['default']}`"
                            if schema.get("default") not in (None, "")
                            else "",
                            schema.get("description", ""),
                        )
                        for name, schema in properties.items()
                    ),
                )
            )
        if spec.examples:
            blocks.append("Say: " + ", ".join(f"“{one}”" for one in spec.examples) + ".")
    return page("Tools", *blocks)


def _members(kind: type[Tier]) -> dict[Tier, str]:
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[Tier, str] = {}
    for member, after in zip(body.body, body.body[1:], strict=False):
        if isinstance(member, ast.Assign) and isinstance(member.targets[0], ast.Name):
            assert isinstance(after, ast.Expr)
            found[kind[member.targets[0].id]] = str(ast.literal_eval(after.value))
    return found


# Errors and metrics ------------------------------------------------------------------------


def errors() -> str:
    """Return the page of all expected errors."""
    for package in (schemas, streams, gateways, processors, web, ops):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if module.name.rpartition(".")[2] != "__main__":
                importlib.import_module(module.name)

    def rows(kind: type[Expected]) -> Iterator[tuple[str, ...]]:
        for one in sorted(
            # Several channels may have one of the same name.
            _below(kind),
            key=lambda found: (found.status, found.code, found.__name__, found.__module__),
        ):
            yield f"`{one.code}`", str(one.status), one.__name__, sentence(one)

    heads = ("code", "HTTP", "class", "what is true")
    return page(
        "Errors",
        "Two kinds of error are expected; their codes do not change. Everything else is a bug: "
        "it is logged with its trace, tried again, and brought to the dead-letter desk.",
        f"## Transient: {sentence(Transient).lower()}",
        table(heads, rows(Transient)),
        f"## Refused: {sentence(Refused).lower()}",
        table(heads, rows(Refused)),
    )


def _below(kind: type[Expected]) -> set[type[Expected]]:
    own = {kind} if kind.__module__.split(".")[0] != "tests" else set()
    return own.union(*(_below(one) for one in kind.__subclasses__()))


def metric_families() -> list[Metric]:
    """Return every metric there is, each once."""
    shown = metrics.StageMetrics()
    shown.tallies.append(metrics.Tally("stage", lambda: 0))
    return [*shown.collect(), *ChildMetrics(Path()).collect()]


def metric_page() -> str:
    """Return the page of all metrics."""
    rows = []
    for family in metric_families():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels: Iterable[str] = getattr(family, "_labelnames", ())
        rows.append(
            (
                f"`{name}`",
                family.type,
                ", ".join(f"`{one}`" for one in labels),
                family.documentation,
            )
        )
    return page(
        "Metrics",
        "`GET /metrics` on the listener (`http.host`, `http.port`), in Prometheus' text format, "
        "for a key with the scope `read`: `nexus keys create prometheus --scope read`. "
        "Beside these are the process's own (`process_…`, `python_…`).",
        table(("metric", "type", "labels", "what"), rows),
        "`GET /healthz` says that the process lives, and what an owner must know although it "
        "works. `GET /readyz` is 200 once every stage has its consumer group and a living reader, "
        "and Redis answers; 503 until then.",
    )
