"""The topology: who reads what, who writes what, as the signatures of the stages say it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from schemas.approvals import Card
from schemas.base import Message, TurnMessage, Word
from schemas.chat import Answer, Parcel, Received, Reply
from schemas.desk import DeadLetter, Happened
from streams.stage import Stage

Stages = Sequence[Stage[..., Any]]
Way = Literal["returns", "commits", "buries"]

WRITTEN_OUTSIDE = {
    "inbox": "people and programs",
    "control": "people in a hurry",
    "events": "whatever happens",
}
"""Topics that gateways and producers write, and who stands behind them."""
READ_OUTSIDE = {
    "dead": "the owner, at the dead-letter desk",
    "parcels": "the messengers, in a process of their own",
}
"""Topics that need no stage to read them, and who does."""


@dataclass(frozen=True, slots=True)
class Node:
    """A stage at the end of the topic it reads."""

    stage: str
    topic: str
    commit: str
    sole: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """A stage that may write a topic.

    Attributes:
        stage: who writes.
        topic: what it writes.
        way: whether the stage returns the message, or the server function that commits its
            result adds it, or it is what remains when the stage must give up.
        why: when it happens, if that needs words.
    """

    stage: str
    topic: str
    way: Way
    why: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """All stages and all edges, in the order of the pipeline."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    classes: tuple[type[Word], ...]
    """The message classes that travel, each once."""

    def writers(self, topic: str) -> list[str]:
        """Return the stages that may write `topic`, each once."""
        return list(dict.fromkeys(edge.stage for edge in self.edges if edge.topic == topic))

    def reader(self, topic: str) -> Node | None:
        """Return the stage that reads `topic`."""
        return next((node for node in self.nodes if node.topic == topic), None)

    def written(self, stage: str, *ways: Way) -> list[str]:
        """Return the topics a stage may write, in these ways or in any."""
        found = (e.topic for e in self.edges if e.stage == stage and (not ways or e.way in ways))
        return list(dict.fromkeys(found))


def graph(stages: Stages) -> Graph:
    """Draw the graph from the stages' signatures and from what their commits add."""
    nodes = tuple(Node(s.name, topic_of(s.reads), s.commit, s.sole) for s in stages)
    edges: list[Edge] = []
    for stage in stages:
        edges += (Edge(stage.name, topic_of(kind), "returns") for kind in stage.writes)
        edges += _added(stage)
    kinds: Iterable[type[Word]] = (k for s in stages for k in (s.reads, *s.writes))
    return Graph(nodes, tuple(edges), tuple(dict.fromkeys((*kinds, DeadLetter))))


def topic_of(kind: type[Message]) -> str:
    """Return the topic of a message class; "" where it has none."""
    return getattr(kind, "topic", "")


def _added(stage: Stage[..., Any]) -> list[Edge]:
    """What streams/library/ writes beside what the stage returned."""
    edges: list[Edge] = []
    name, kind = stage.name, stage.reads
    under_way = issubclass(kind, TurnMessage) and not issubclass(
        kind, Answer | Reply | Card | Parcel
    )
    if stage.commit in {"hop", "settle"} and under_way:
        edges.append(Edge(name, "respond", "commits", "told to stop"))
    if stage.commit == "finish":
        edges.append(Edge(name, "route", "commits", "the next message"))
        edges.append(Edge(name, "tool", "commits", "a task is done"))
    if stage.commit == "halt":
        edges.append(Edge(name, "tool", "commits", "decided"))
    if stage.commit in {"halt", "finish"}:
        edges.append(Edge(name, "cards", "commits", "decided"))
    if issubclass(kind, Happened):
        edges.append(Edge(name, "inbox", "commits", "a rule says so"))
    edges.append(Edge(name, "dead", "buries", "given up"))
    if under_way:
        edges.append(Edge(name, "respond", "buries", "the person is told"))
    elif issubclass(kind, Received | Answer):
        edges.append(Edge(name, "outbox", "buries", "the person is told"))
    return edges


def check(drawn: Graph) -> list[str]:
    """Return what is wrong with a topology, a sentence each; nothing when it is sound."""
    faults: list[str] = []
    groups = Counter(node.stage for node in drawn.nodes)
    faults += [f"{count} stages are named {name}." for name, count in groups.items() if count > 1]
    read = Counter(node.topic for node in drawn.nodes)
    # A process knows its readers and what they run by the topic.
    faults += [f"{count} stages read {topic}." for topic, count in read.items() if count > 1]
    homes: dict[str, type[Word]] = {}
    for kind in drawn.classes:
        topic = getattr(kind, "topic", "")
        if not topic:
            faults.append(f"{kind.__name__} has no topic.")
        elif homes.setdefault(topic, kind) is not kind:
            faults.append(f"{homes[topic].__name__} and {kind.__name__} share the topic {topic}.")
    written = dict.fromkeys(edge.topic for edge in drawn.edges)
    for topic in written:
        if topic and topic not in read and topic not in READ_OUTSIDE:
            writers = " and ".join(drawn.writers(topic))
            faults.append(f"{topic} is written by {writers} and read by nobody.")
    for node in drawn.nodes:
        if node.topic and node.topic not in written and node.topic not in WRITTEN_OUTSIDE:
            faults.append(f"{node.topic} is read by {node.stage} and written by nobody.")
    return faults


# Pictures -------------------------------------------------------------------------------


def text(drawn: Graph) -> str:
    """Return the topology for a terminal: a row per topic, in the order of the pipeline."""
    wide = max(len(node.topic) for node in drawn.nodes) + 2
    long = max(len(node.stage) for node in drawn.nodes) + 2
    rows = []
    for node in drawn.nodes:
        returned = drawn.written(node.stage, "returns")
        added = [t for t in drawn.written(node.stage, "commits") if t not in returned]
        row = f"{node.topic:{wide}}{node.stage:{long}}"
        row += " ".join([f"→ {' '.join(returned)}"] if returned else [])
        row += (" " if returned and added else "") + (f"⇢ {' '.join(added)}" if added else "")
        rows.append(row.rstrip())
    others = (t for t in dict.fromkeys(e.topic for e in drawn.edges) if not drawn.reader(t))
    rows += [f"{topic:{wide}}{READ_OUTSIDE.get(topic, 'nobody')}" for topic in others]
    return "\n".join(rows)


def mermaid(drawn: Graph) -> str:
    """Return the topology as a Mermaid flowchart: a box per topic, with the stage behind it."""
    of_turns = {topic_of(k) for k in drawn.classes if issubclass(k, TurnMessage)}
    inside = [n for n in drawn.nodes if n.topic in of_turns]
    beside = [n for n in drawn.nodes if n.topic not in (*of_turns, *WRITTEN_OUTSIDE)]
    doors = [n for n in drawn.nodes if n.topic in WRITTEN_OUTSIDE]
    lines = ["flowchart LR"]
    lines += [f"    {n.topic}_from([{WRITTEN_OUTSIDE[n.topic]}]) --> {n.topic}" for n in doors]
    lines += [f"    {_box(node)}" for node in (*doors, *beside)]
    lines += ["    subgraph turn [one turn]", *(f"        {_box(n)}" for n in inside), "    end"]
    home = {node.stage: node.topic for node in drawn.nodes}
    whys: dict[tuple[str, str], str] = {}
    for edge in drawn.edges:
        if edge.way != "buries" and edge.topic in home.values():
            whys.setdefault((home[edge.stage], edge.topic), edge.why)
    for (here, there), why in whys.items():
        back = whys.get((there, here))
        if why:
            lines.append(f"    {here} -. {why} .-> {there}")
        elif back != "":
            lines.append(f"    {here} --> {there}")
        elif list(home.values()).index(here) < list(home.values()).index(there):
            lines.append(f"    {here} <--> {there}")
    lines += [f"    turn -. {e.why} .-> {e.topic}" for e in drawn.edges[-1:] if e.topic == "dead"]
    return "\n".join(lines)


def _box(node: Node) -> str:
    return f'{node.topic}["<b>{node.topic}</b><br/>{node.stage}"]'
