"""Every command on the pages is run, in order, and says what the page says it says.

A `console` block holds commands behind `$ ` and what they print: `…` stands for anything, a number
for any number, an amount for any amount. Each
page has a home of its own. A page that does not start a server itself finds one running.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from streams.embedded import find_engine
from tests.house.tree import ROOT, files, text

PAGES = [Path("README.md"), *(name for name in files() if name.parts[:2] == ("docs", "guide"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
AMOUNT = r"\d+(?:[.:]\d+)*(?: [kKMGT]?i?B\b)?"
GAP = re.compile(r" {2,}")
LOOSE = re.compile(f"( … |…|{AMOUNT})")
RUN_ELSEWHERE = {
    "./install.sh",
    "./install.sh test",
    "python -m bench",
    "python -m bench burst",
    "python -m bench soak",
    "python -m bench tools",
    "python -m bench web",
}
"""What only a fresh machine or a quiet one can run; whoever runs these tests ran the first two."""


@dataclass
class Command:
    """One command, and the output its page shows."""

    line: str
    shown: list[str] = field(default_factory=list)

    def matches(self, output: str) -> bool:
        """Whether it printed what the page shows; where that is nothing, anything will do."""
        # A column is padded by how wide its figures are.
        parts = LOOSE.split(GAP.sub(" ", "\n".join(self.shown).strip()))
        # Between two columns there may be nothing but the gap.
        left_out = {"…": ".*", " … ": " (?:.* )?"}
        wanted = "".join(
            re.escape(part) if at % 2 == 0 else left_out.get(part, AMOUNT)
            for at, part in enumerate(parts)
        )
        said = GAP.sub(" ", output.strip())
        return not self.shown or re.fullmatch(wanted, said, re.DOTALL) is not None


def commands(page: str) -> list[Command]:
    """The commands of a page's `console` blocks."""
    found: list[Command] = []
    for kind, block in FENCE.findall(page):
        if kind != "console":
            continue
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Command(line[2:]))
            elif found and not found[-1].shown and found[-1].line.endswith("\\"):
                found[-1].line += "\n" + line
            else:
                found[-1].shown.append(line.rstrip())
    return found


class Home:
    """A person's home: `nexus` in the path, a port of its own, nothing of anybody else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        bin_folder = folder / "livos/.venv/bin"
        bin_folder.mkdir(parents=True)
        script = bin_folder / "nexus"
        start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from ops.cli import app; app()"
        script.write_text(f'#!/bin/sh\nexec {sys.executable} -P -c "{start}" "$@"\n')
        script.chmod(0o755)
        (folder / "Documents").mkdir()
        with socket.create_server(("127.0.0.1", 0)) as door:
            port = door.getsockname()[1]
        path = (bin_folder, find_engine().binary.parent, Path(sys.executable).parent)
        self.env = {
            "HOME": str(folder),
            "PATH": os.pathsep.join([*map(str, path), "/usr/local/bin:/usr/bin:/bin"]),
            "NEXUS_HTTP__PORT": str(port),
            "LANG": "C.UTF-8",
            "COLUMNS": "100",
        }

    def run(self, line: str) -> tuple[int, str]:
        """Run a line in a shell; return its status and what it printed."""
        # Into a file: what a line leaves in the background may keep its output open.
        with tempfile.TemporaryFile("w+") as output:
            ran = subprocess.run(
                ["bash", "-c", line],
                cwd=self.folder / "livos",
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=90,
                check=False,
            )
            output.seek(0)
            return ran.returncode, output.read()

    def leave(self) -> None:
        """Stop whatever a page left running; what cannot be stopped is a failure of its own."""
        for root in {each.parent for each in self.folder.glob("*/run.json")}:
            status, output = self.run(f"nexus down --root {shlex.quote(str(root))}")
            assert status == 0, output
        for door in self.folder.rglob("*.sock"):
            self.run(f"redis-cli -s {shlex.quote(str(door))} shutdown nosave")


@pytest.fixture
def home() -> Iterator[Home]:
    with tempfile.TemporaryDirectory(prefix="nx-", dir="/tmp") as folder:
        found = Home(Path(folder))
        yield found
        found.leave()


@pytest.mark.parametrize("name", PAGES, ids=str)
@pytest.mark.timeout(300)
def test_every_command_does_what_its_page_says(name: Path, home: Home) -> None:
    lines = commands(text(name))
    assert lines, "a page shows how"
    if not any(re.search(r"nexus up\b", each.line) for each in lines):
        status, output = home.run("nexus up --detach")
        assert status == 0, output
    for command in lines:
        status, output = home.run(command.line)
        assert status == 0, f"$ {command.line}\n{output}"
        assert command.matches(output), f"$ {command.line}\n{output}"


@pytest.mark.parametrize("name", PAGES, ids=str)
def test_no_command_escapes_the_test(name: Path) -> None:
    for kind, block in FENCE.findall(text(name)):
        if kind in {"sh", "bash", "shell", ""}:
            lines = {line.partition("#")[0].strip() for line in block.splitlines()} - {""}
            assert lines <= RUN_ELSEWHERE, "show it as `console`, so that it is run"


def test_what_a_page_promises_falsely_is_seen() -> None:
    shown = "$ echo one two\none …\n$ echo three\nfour\n$ df\n7.5 GB free\n$ ls\na … z\n"
    page = f"```console\n{shown}```\n"
    first, second, third, columns = commands(page)
    assert first.line == "echo one two"
    assert first.matches("one two\n")
    assert not first.matches("two\n")
    assert not second.matches("three\n")
    assert third.matches("12 TB free")
    assert not third.matches("nothing free")
    assert columns.matches("a    z")
    assert columns.matches("a  3 ms  z")
    assert not columns.matches("az")
