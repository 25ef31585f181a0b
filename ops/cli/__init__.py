"""The command `nexus`: one file for each group of words, each loaded only as far as it is used."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer

from ops.backups import commands as backups
from ops.channels import commands as channels
from ops.chaos.commands import chaos as run_chaos
from ops.cli import (
    approvals,
    ask,
    chat,
    config,
    dead,
    doctor,
    events,
    init,
    logs,
    mcp,
    memory,
    place,
    run,
    schedules,
    secrets,
    status,
    tools,
    topology,
    up,
)  # fmt: skip
from ops.cli.place import Failed, Root
from ops.cli.screen import complain, plain_streams
from ops.journal import commands as journal
from ops.mcp import commands as foreign
from ops.replay import commands as replay
from ops.users import commands as users
from schemas.errors import Expected

nexus = typer.Typer(
    name="nexus",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog='Begin with `nexus up --detach`, then `nexus ask "how much disk space is free?"`.',
)
nexus.command("init")(init.init)
nexus.command("up")(up.up)
nexus.command("down")(up.down)
nexus.command("status")(status.status)
nexus.command("ask")(ask.ask)
nexus.command("chat")(chat.chat)
nexus.add_typer(approvals.words, name="approvals")
nexus.command("logs")(logs.logs)
nexus.command("doctor")(doctor.doctor)
nexus.command("topology")(topology.topology)
nexus.command("run")(run.run)
nexus.add_typer(dead.words, name="dead")
nexus.add_typer(config.words, name="config")
nexus.add_typer(events.words, name="events")
nexus.add_typer(schedules.words, name="schedules")
nexus.add_typer(memory.words, name="memory")
nexus.add_typer(tools.words, name="tools")
nexus.command("setup-code")(users.setup_code)
nexus.add_typer(users.people, name="people")
nexus.add_typer(users.keys, name="keys")
nexus.add_typer(channels.words, name="channels")
foreign.words.command("serve")(mcp.serve)
nexus.add_typer(foreign.words, name="mcp")
nexus.add_typer(secrets.words, name="secrets")
nexus.command("replay")(replay.word(journal.recalled, place.house))
nexus.command("history")(journal.history)
nexus.add_typer(journal.audit, name="audit")
nexus.add_typer(backups.words, name="backup")
nexus.command("chaos")(run_chaos)


def _version(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


@nexus.callback()
def main(
    _root: Root = None,
    _told: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", callback=_version, is_eager=True
        ),
    ] = False,
) -> None:
    """A home server that thinks. Ask it, and it answers from what is true on this machine."""


@nexus.command()
def version(
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """Show the version of LivOS and of what it runs on."""
    import platform

    from ops.cli.place import our_version
    from ops.cli.screen import say, say_json

    if as_json:
        say_json({"nexus": our_version(), "python": platform.python_version()})
    else:
        say(f"nexus {our_version()} (Python {platform.python_version()})")


def whole(command: Any) -> Any:
    """Let lists of commands say the first sentence of each to its end, and not cut it.

    Args:
        command: the command; all in it are changed too.
    """
    for inner in getattr(command, "commands", {}).values():
        first, _, _ = (inner.help or "").strip().partition("\n\n")
        sentence = " ".join(first.split()).partition(". ")[0].rstrip(".")
        inner.short_help = inner.short_help or f"{sentence}."
        whole(inner)
    return command


def app() -> None:
    """Run `nexus` and leave: errors that were foreseen are one sentence, others too by default."""
    plain_streams()
    os.umask(0o077)  # what is written is for its owner alone, wherever it is written to
    try:
        whole(typer.main.get_command(nexus))(prog_name="nexus")
    except Expected as error:
        from ops.settings import wants_traces

        if wants_traces():
            raise
        complain(place.hint(str(error)))
        sys.exit(error.exit_code if isinstance(error, Failed) else 1)
    except KeyboardInterrupt:
        sys.exit(130)
