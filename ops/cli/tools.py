"""`nexus tools`: which there are, what one takes, and one call, through the whole pipeline."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli.place import AsJson, Failed, Root
from ops.cli.screen import is_terminal, say, say_json

if TYPE_CHECKING:
    from ops.settings import Settings
    from processors.tools.registry import Registry
    from schemas.approvals import ApprovalView
    from schemas.execution import Blocked, Executed, Going

words = typer.Typer(
    help="Show the agent's tools, and call one.", no_args_is_help=True, rich_markup_mode=None
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The tool.")]


WAITS = 4
"""The status of a call that waits for a person's decision."""


class NotRun(Failed):
    """The call did not come to its end."""

    code = "not_run"


class Waits(NotRun):
    """A person must decide first, and this command waits no longer."""

    code = "waits"
    exit_code = WAITS


@words.command("list")
def show_all(as_json: AsJson = False, _root: Root = None) -> None:
    """List the tools that you may use, the least dangerous kind first.

    \b
    GREEN runs. YELLOW runs, and has a way back. ORANGE asks a person first. RED asks with a second
    factor. BLACK never runs.

    \b
    Examples:
      nexus tools list
      nexus tools list --json | jq -r '.tools[] | select(.tier == "RED") | .name'
    """
    from ops.cli import place
    from processors.agent.people import OWNER
    from schemas.execution import ToolShown, ToolsShown

    tools = _registry(place.settings())
    specs = tools.specs("full", person=OWNER, channel="terminal")
    if as_json:
        shown = ToolsShown(tools=tuple(map(ToolShown.of, specs)))
        say_json(shown.model_dump(mode="json"))
        return
    wide = max(len(spec.name) for spec in specs) + 2
    for spec in sorted(specs, key=lambda spec: spec.tier):
        say(f"{spec.tier.name:8}{spec.name:{wide}}{spec.description.partition(chr(10))[0]}")


@words.command("show")
def show(name: Name, as_json: AsJson = False, _root: Root = None) -> None:
    """Show one tool: what it does, how dangerous it is, what it takes.

    \b
    Examples:
      nexus tools show files_write
    """
    from ops.cli import place
    from schemas.execution import ToolShown

    spec = _registry(place.settings()).get(name)
    if as_json:
        say_json(ToolShown.of(spec).model_dump(mode="json"))
        return
    say(f"{spec.name} ({spec.tier.name})\n{spec.description}")
    properties = spec.parameters.get("properties", {})
    needed = spec.parameters.get("required", ())
    for one, about in properties.items():
        kind = about.get("type") or " or ".join(o.get("type", "") for o in about.get("anyOf", ()))
        must = ", needed" if one in needed else ""
        say(f"  {one} ({kind}{must})  {about.get('description', '')}".rstrip())
    for example in spec.examples:
        say(f"“{example}”")


@words.command("run")
def run(
    name: Name,
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="ARGUMENT", help="name=value, or one JSON object."),
    ] = None,
    as_json: AsJson = False,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, help="Seconds to wait for the result.")
    ] = 120.0,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Do not wait for a person's decision.")
    ] = False,
    _root: Root = None,
) -> None:
    """Call one tool as the agent would: with the same tiers, limits and questions to you.

    What a rule or a person does not allow is said to be blocked; with --json as an object with
    `blocked`, `reason` and `tier`. What needs a decision says so at once on standard error, and
    waits for it; with --no-wait it ends there, and --json shows what it waits for. The call goes
    on all the same.

    \b
    Examples:
      nexus tools run files_list path=Documents
      nexus tools run notes_append '{"text": "call the plumber"}'
      nexus tools run --json time_now | jq -r .data

    Status: 0 it went well, 1 it failed or was blocked, 2 misused, 3 no server, 4 it waits for a
    person's decision.
    """
    import asyncio

    from ops.cli import place
    from schemas.execution import Blocked, Going

    here = place.settings()
    place.reachable(here)
    running = _run(here, _said(name, arguments or []), timeout, quiet=as_json, wait=not no_wait)
    found = asyncio.run(running)
    if isinstance(found, Going):
        if as_json:
            say_json(found.model_dump(mode="json"))
        if found.state != "awaiting":
            raise NotRun(f"No result within {timeout:g} s: it goes on, in turn {found.turn}.")
        if no_wait:
            raise Waits(f"Nobody waits for it here; it goes on once decided, in turn {found.turn}.")
        raise Waits(
            f"It still waits for a person's decision after {timeout:g} s, in turn {found.turn}."
        )
    if as_json:
        say_json(found.model_dump(mode="json"))
    else:
        if isinstance(found, Blocked):
            _registry(here).get(name)  # where there is none, that is what is to be said
        say(f"Blocked: {found.reason}" if isinstance(found, Blocked) else found.content)
    if isinstance(found, Blocked) or not found.ok:
        sys.exit(1)


def _registry(here: Settings) -> Registry:
    from ops.cli import place
    from processors.tools.registry import Registry

    found = place.house(here)[Registry]
    assert isinstance(found, Registry)
    return found


def _said(name: str, arguments: list[str]) -> str:
    import shlex

    if len(arguments) == 1 and arguments[0].lstrip().startswith("{"):
        return f"!{name} {arguments[0]}"
    return " ".join([f"!{name}", *map(shlex.quote, arguments)])


async def _run(
    here: Settings, said: str, seconds: float, *, quiet: bool, wait: bool
) -> Executed | Blocked | Going:
    import asyncio

    from ops.cli.conversation import Conversation, NoAnswer
    from ops.cli.inline import Inline
    from ops.cli.running import Running
    from processors.tools.outcome import outcome
    from schemas.base import new_id
    from streams.record import TurnRecord

    # A conversation of its own: nothing waits behind it, and nobody comes back to it.
    conversation = Conversation(here, f"once-{new_id()}")
    # Who waits at a terminal sees what it writes meanwhile; a program reads the result.
    paper = None if quiet or not is_terminal(sys.stderr) else Running()
    inline, leave = Inline(here, shown=False), asyncio.Event()

    def asked(request: ApprovalView) -> None:
        inline.event(request)
        if not wait:
            leave.set()

    try:
        try:
            saying = conversation.say(said, paper, seconds=seconds, leave=leave, asks=asked)
            turn = (await saying).turn
        except NoAnswer as error:
            turn = error.turn
        return outcome(TurnRecord(turn, await conversation.record(turn)))
    finally:
        await inline.close()
        await conversation.close()
