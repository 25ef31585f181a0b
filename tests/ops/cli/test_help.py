"""What `--help` says of a command in a list is said to its end, in a terminal of 80 columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from ops.cli import nexus, whole

COLUMNS = 80
HOUSE = Path(__file__).parents[3]
NAMED = re.compile(r"(?:`|<code[^>]*>)nexus ([a-z-]+)(?: ([a-z-]+))?")


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


def test_every_command_that_a_text_names_is_there() -> None:
    texts = [*HOUSE.glob("web/*.py"), *HOUSE.glob("web/ui/src/**/*.ts*")]
    for package in ("gateways", "ops", "processors", "streams"):
        texts += HOUSE.glob(f"{package}/**/*.py")
    named = {words for file in texts for words in NAMED.findall(file.read_text("utf-8"))}
    assert ("people", "password") in named
    commands = ALL["nexus"].commands
    unknown = [
        (word, inner)
        for word, inner in named
        if word not in commands
        or (inner and f"nexus {word}" in ALL and inner not in ALL[f"nexus {word}"].commands)
    ]
    assert unknown == []
