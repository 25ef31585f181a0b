"""A burst at a whole running server: all are answered once and in order, or hear a polite no."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import uvloop

from bench.crowd import Crowd, crowd
from bench.pipeline import quantile
from bench.progress import say

PATIENCE = 90.0
"""Seconds after which what was accepted and not answered counts as lost."""


async def talk(people: Crowd, session: str, messages: int, seconds: float) -> None:
    """Send one session's messages, one after the other, spread over the time."""
    chance, pause = random.Random(session), seconds / messages
    await asyncio.sleep(chance.uniform(0, pause))
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(messages):
        await asyncio.sleep(max(0.0, began + number * pause - loop.time()))
        await people.offer(session, f"{session}-{number}")


async def run(sessions: int, messages: int, seconds: float, **words: Any) -> dict[str, Any]:
    """Let `sessions` send `messages` each within `seconds`, and judge what came of them.

    Args:
        sessions: how many.
        messages: of each of them.
        seconds: how long they take to send them.
        **words: sections of the server's `config.yaml`.
    """
    async with crowd(**words) as (_, people):
        loop = asyncio.get_running_loop()
        began = loop.time()
        names = [f"s{number}" for number in range(sessions)]
        await asyncio.gather(*(talk(people, name, messages, seconds) for name in names))
        sent = loop.time() - began
        say(f"{sessions * messages} sent in {sent:.1f} s; {people.waiting} not answered yet")
        await people.settled(PATIENCE)
        drained = loop.time() - began
    verdict = people.verdict()
    answers = list(people.answered.values())
    return {
        "accepted": verdict.accepted,
        "refused": people.refused,
        "lost": verdict.lost,
        "duplicated": verdict.duplicated,
        "inversions": verdict.inversions,
        "dead": verdict.dead,
        "p95_admit_ms": round(quantile(people.admitted, 0.95) * 1e3, 1),
        "p50_answer_ms": round(quantile(answers, 0.5) * 1e3, 1),
        "p95_answer_ms": round(quantile(answers, 0.95) * 1e3, 1),
        "sent_s": round(sent, 1),
        "drained_s": round(drained, 1),
    }


def main(*, quick: bool) -> dict[str, Any]:
    """Let 100 sessions send 20 messages each in 5 s, or 30 sessions 10 each in 1.5 s."""
    return uvloop.run(run(30, 10, 1.5) if quick else run(100, 20, 5.0))


ROWS = (
    ("accepted", "accepted", "", "", ""),
    ("refused, with a time to come back", "refused", "", "", ""),
    ("accepted and not answered", "lost", "", "", ""),
    ("answered twice", "duplicated", "", "", ""),
    ("answered out of order", "inversions", "", "", ""),
    ("from the offer to the yes, p95", "p95_admit_ms", "", "", "ms"),
    ("from the offer to the whole reply, p95", "p95_answer_ms", "", "", "ms"),
    ("until all was answered", "drained_s", "", "", "s"),
)
"""The table for people: what, ours, the floor's, the ratio, the unit."""
