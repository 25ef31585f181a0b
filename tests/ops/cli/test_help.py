"""What `--help` says of a command in a list is said to its end, in a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from ops.cli import nexus, whole

COLUMNS = 80


def groups(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, TyperGroup]]:
    """Return a group of words and all groups in it, by how each is called."""
    if isinstance(command, TyperGroup):
        yield " ".join(("nexus", *words)), command
        for name, inner in command.commands.items():
            yield from groups(inner, (*words, name))


ALL = dict(groups(whole(typer.main.get_command(nexus))))


@pytest.mark.parametrize("name", ALL)
def test_no_summary_is_cut(name: str) -> None:
    context = ALL[name].make_context(name, ["--help"], resilient_parsing=True)
    context.terminal_width = COLUMNS
    lines = ALL[name].get_help(context).splitlines()
    assert [line for line in lines[1:] if line.endswith("...")] == []
    assert max(map(len, lines)) <= COLUMNS


def test_every_group_is_looked_at() -> None:
    assert {"nexus", "nexus dead", "nexus events types", "nexus backup"} <= set(ALL)
