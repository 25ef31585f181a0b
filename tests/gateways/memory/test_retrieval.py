"""How well facts are found by their words: a labelled set in many languages, beside a lot."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import yaml

from gateways.memory.engine import Engine
from processors.memory.memories import Memories
from schemas.memory import FactForm

SET: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("retrieval.yaml").read_text("utf-8"))
FIRST = 5


def judged(places: list[int | None]) -> tuple[float, float]:
    """Return the share found among the first five, and the mean of the places' reciprocals."""
    found = [1 / (1 + place) for place in places if place is not None]
    return len(found) / len(places), sum(found) / len(places)


async def test_what_is_asked_is_found(facts: Engine) -> None:
    memories = Memories(facts)
    names = [(await memories.remember("owner", FactForm(text=one))).id for one in SET["facts"]]
    assert len(set(names)) == len(names)
    places: list[int | None] = []
    for question in SET["questions"]:
        found = [one.id for one in await memories.search("owner", question["ask"], FIRST)]
        wanted = names[question["fact"]]
        places.append(found.index(wanted) if wanted in found else None)
    lot = random.Random(8)
    drawn = [lot.sample(range(len(names)), FIRST) for _ in SET["questions"]]
    by_lot = judged([
        one.index(question["fact"]) if question["fact"] in one else None
        for one, question in zip(drawn, SET["questions"], strict=True)
    ])  # fmt: skip
    both = list(zip(places, SET["questions"], strict=True))
    kinds = {kind: [place for place, q in both if q.get(kind)] for kind in ("far", "meaning")}
    words = [place for place, q in both if not q.get("meaning")]
    missed = [q["ask"] for place, q in both if place is None]
    print(f"all {judged(places)}, those with words in common {judged(words)}, by lot {by_lot}")
    print({kind: judged(some) for kind, some in kinds.items()}, *missed, sep="\n  ")
    # Words find words, and no meaning: what shares none is in the set to say so.
    recall, reciprocal = judged(words)
    assert recall >= 0.95, missed
    assert reciprocal >= 0.8
    assert judged(places)[0] > 5 * by_lot[0]
