"""`nexus chaos`: the owner's own proof that nothing is lost, doubled or overtaken."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from ops.chaos.report import Report

Found = TypeVar("Found")
TERMINATED = 128 + signal.SIGTERM
"""The status of a command that was told to end."""


def chaos(
    turns: Annotated[int, typer.Option("--turns", min=1, max=100_000, help="How many.")] = 120,
    seed: Annotated[int, typer.Option("--seed", help="Of all chance.")] = 7,
    kill: Annotated[
        str, typer.Option("--kill", metavar="KINDS", help="stages, redis, gateway; by comma.")
    ] = "stages,redis,gateway",
    stop: Annotated[
        bool, typer.Option("--stop", help="Also stop processes for longer than their lease.")
    ] = False,
    rate: Annotated[
        float, typer.Option("--rate", min=0.1, max=1000, help="Messages a second.")
    ] = 5.0,
    model: Annotated[
        str, typer.Option("--model", help="What it speaks: gemini, anthropic, openai, lines.")
    ] = "gemini",
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """Run a system of its own, kill its processes under load, and check every promise.

    It has its own temporary state folder and its own Redis; yours is never touched. The last line
    says whether every promise was kept, and so does `verdict` with --json: kept, broken or void.

    The model is a server of its own too, which speaks a provider's protocol and misbehaves by
    the seed: it is overloaded, falls silent, breaks off, or says nonsense.

    \b
    Examples:
      nexus chaos
      nexus chaos --model anthropic
      nexus chaos --turns 500 --seed 7 --kill stages,redis,gateway --json

    Status: 0 all was kept, 1 a promise was broken, 2 it proves nothing: no kill hit anything.
    """
    from ops.chaos.harm import KINDS
    from ops.chaos.models import MODELS
    from ops.chaos.service import Wish, run
    from ops.settings import stand_alone
    from schemas.errors import Invalid

    kinds = tuple(dict.fromkeys(filter(None, kill.split(","))))
    for kind in kinds:
        if kind not in KINDS:
            raise Invalid(f"There is no kind {kind} to kill; choose from {', '.join(KINDS)}.")
    if model not in MODELS:
        raise Invalid(f"There is no model {model}; choose one of {', '.join(MODELS)}.")
    stand_alone()
    wish = Wish(turns=turns, seed=seed, kill=kinds, stop=stop, rate=rate, model=model)
    try:
        report = asyncio.run(_until_told(run(wish, _show)))
    except asyncio.CancelledError:
        _show("")
        raise typer.Exit(TERMINATED) from None
    _show("")
    _tell(report, as_json=as_json, stop=stop)
    if report.verdict != "kept":
        raise typer.Exit(1 if report.broken else 2)


async def _until_told(running: Coroutine[Any, Any, Found]) -> Found:
    """Run it; told to end (SIGTERM), end all of it first, its system among it."""
    loop, task = asyncio.get_running_loop(), asyncio.create_task(running)

    def end() -> None:
        # Told again, it goes on ending: half of it would leave the other half running.
        loop.add_signal_handler(signal.SIGTERM, lambda: None)
        task.cancel()

    loop.add_signal_handler(signal.SIGTERM, end)
    return await task


def _tell(report: Report, *, as_json: bool, stop: bool) -> None:
    from ops.chaos.report import limit

    if as_json:
        sys.stdout.write(json.dumps(report.row()) + "\n")
    else:
        for name, value in report.row().items():
            sys.stdout.write(f"{name:15} {value}\n")
        if report.verdict == "kept":
            sys.stdout.write(f"\n{report.kept()}\n")
    sys.stdout.flush()
    for name, count in report.broken.items():
        sys.stderr.write(f"Broken: {name} {count:g}{limit(name, stop=stop)}\n")
    if "resume_p99_s" in report.broken:
        for one in report.slowest:
            sys.stderr.write(f"  {one.seconds:.2f} s after the end of {one.what}\n")
    if report.verdict == "void":
        sys.stderr.write("Void: no kill hit a process that held anything, so nothing is shown.\n")


def _show(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
