"""A pipeline of small stages, as every test of the runtime runs it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

from schemas.chat import Admitted, Answer, Call, Control, Received, Reply, Think
from schemas.record import Asked, Observed, Said
from streams import keys
from streams.entry import Provenance
from streams.record import TurnRecord
from streams.runtime import Runtime
from streams.session import SessionState
from streams.stage import Stage, stage
from tests.stand import Stand, received, soon

Behaviour = Callable[[str], Any]


class World:
    """What the stages below do, and what was seen of them."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.order: list[str] = []
        self.behaviours: dict[str, Behaviour] = {}
        self.doors: dict[str, asyncio.Event] = {}

    def on(self, text: str, behaviour: Behaviour) -> None:
        self.behaviours[text] = behaviour

    def door(self, text: str) -> asyncio.Event:
        """Whoever thinks about `text` waits at this door."""
        return self.doors.setdefault(text, asyncio.Event())

    async def meet(self, text: str) -> Any:
        self.seen[text] += 1
        self.order.append(text)
        if text in self.doors:
            await self.doors[text].wait()
        behaviour = self.behaviours.get(text)
        return behaviour(text) if behaviour is not None else None


@stage(commit="admit", lane="")
async def admit(received: Received, record: TurnRecord, source: Provenance) -> Admitted:
    record.add(
        Asked(
            text=received.text,
            person=received.person,
            channel=received.channel,
            chat=received.chat,
            profile="full" if source.gateway else "readonly",
        )
    )
    return Admitted.after(received, id=f"{received.id}:turn", turn=received.id)


@stage()
async def think(turn: Admitted, record: TurnRecord, world: World) -> Answer | list[Call]:
    found = await world.meet(record.asked.text)
    if isinstance(found, list):
        return found
    record.add(Said(text=str(found or record.asked.text), outcome="answered"))
    return Answer.after(turn, id=f"{turn.turn}:answer", turn=turn.turn, outcome="answered")


@stage(reads=16, commit="settle", lane="id")
async def tool(call: Call, record: TurnRecord, world: World) -> Think:
    await world.meet(call.tool)
    record.add(
        Observed(step=0, index=call.index, call_id=call.id, tool=call.tool, ok=True, content="x")
    )
    return Think.after(call, id=f"{call.turn}:think:1", turn=call.turn, step=1, tier="flash")


@stage()
async def conclude(due: Think, record: TurnRecord) -> Answer:
    record.add(Said(text=f"{len(record.observed(0))} observed", outcome="answered"))
    return Answer.after(due, id=f"{due.turn}:answer", turn=due.turn, outcome="answered")


@stage(commit="finish")
async def respond(answer: Answer, record: TurnRecord, world: World) -> Reply:
    said = record.said
    text = answer.notice or (said.text if said else "nothing")
    await world.meet(f"respond {text}")
    if said is None:
        record.add(Said(text=text, outcome=answer.outcome))
    return Reply.after(
        answer,
        id=f"{answer.turn}:reply:0",
        turn=answer.turn,
        chat=record.asked.chat,
        part=0,
        parts=1,
        text=text,
        outcome=answer.outcome,
    )


@stage(commit="halt")
async def steer(control: Control, source: Provenance, session: SessionState) -> Answer | None:
    if session.busy is None:
        return None
    return Answer.after(
        control,
        id=f"{session.busy}:answer",
        turn=session.busy,
        outcome="stopped",
        notice="Stopped.",
    )


STAGES: tuple[Stage[..., Any], ...] = (admit, think, tool, conclude, respond, steer)


async def ask(stand: Stand, text: str, session: str = "s", name: str = "") -> str:
    name = name or f"m-{text.replace(' ', '-')}-{session}"
    return (await stand.ingress().accept(received(name, session, text), name)).id


async def answers(stand: Stand, count: int, seconds: float = 10) -> dict[str, str]:
    async def all_in() -> bool:
        return await stand.tester.xlen(keys.topic("outbox")) >= count

    await soon(all_in, seconds)
    return {reply.turn: reply.text for reply in await stand.replies()}


async def at_rest(stand: Stand) -> None:
    """Nothing is pending anywhere, no session is busy, no turn runs."""

    async def quiet() -> bool:
        for one in STAGES:
            if await stand.pending(one.topic, one.name):
                return False
        return not await stand.tester.zcard(keys.TURNS)

    await soon(quiet)
    for kind in (keys.TROUBLE, keys.WAITING):
        assert {key async for key in stand.tester.scan_iter(f"{kind}*")} == set()


async def stop(stand: Stand, session: str = "s") -> None:
    control = Control(
        id="stop", trace="stop", session=session, person="owner", channel="terminal",
        action="stop", chat="chat",
    )  # fmt: skip
    await stand.ingress().accept(control, "stop")


def stall(runtime: Runtime) -> None:
    """End its beats and rounds, as if the process hung; what it has begun goes on."""
    for task in runtime._rounds._tasks:
        task.cancel()
