"""The reference page of what is typed: the command line, and the commands one says to the agent."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from typer import Context
from typer.core import TyperArgument, TyperCommand, TyperGroup
from typer.main import get_group

from ops.cli import nexus
from ops.pages import page, sentence, table
from processors.agent.commands import COMMANDS


def commands() -> str:
    """Return the page of the command line, and of the commands one says to the agent."""
    said = [(f"`/{name}`", sentence(command)) for name, command in COMMANDS.items()]
    tree = get_group(nexus)
    blocks = [
        "## In a conversation",
        "Words that begin with a slash are commands; they need no model. `/stop` and `/status` "
        "do not wait in line.",
        table(("command", "what"), said),
        "## On the command line",
        *_options(tree),
    ]
    for name, command in _below_commands("nexus", tree):
        blocks += [f"### `{name}`", *_help(command), *_options(command)]
    return page("Commands", *blocks)


def _below_commands(name: str, group: TyperGroup) -> Iterator[tuple[str, TyperCommand]]:
    for word, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _below_commands(f"{name} {word}", command)
        elif isinstance(command, TyperCommand):
            given = [one for one in command.params if isinstance(one, TyperArgument)]
            yield " ".join([name, word, *(str(one.metavar) for one in given)]), command


def _help(command: TyperCommand) -> Iterator[str]:
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        if paragraph.startswith("\b"):
            yield "```text\n" + paragraph.removeprefix("\b\n") + "\n```"
        else:
            yield " ".join(paragraph.split())


def _options(command: TyperCommand | TyperGroup) -> Iterator[str]:
    rows = [record for p in command.params if (record := p.get_help_record(Context(command)))]
    if rows:
        yield table(("option", "what"), ((f"`{option}`", about) for option, about in rows))
