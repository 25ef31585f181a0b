"""A secret is typed unseen or comes through a pipe."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from tests.house.tree import ROOT

CODE = "from ops import prompt; print('took', prompt.secret('Password', twice=True))"


@pytest.mark.parametrize(
    ("given", "taken"),
    [("horse\n", "horse"), ("horse", "horse"), (" ho rse \r\n", " ho rse "), ("a\nb\n", "a\nb")],
)
def test_a_pipe_gives_all_but_its_last_newline(given: str, taken: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=ROOT,
        input=given.encode(),
        capture_output=True,
        check=True,
    )
    assert ran.stdout.decode() == f"took {taken}\n"


def at_a_terminal(*typed: str) -> tuple[int, str]:
    """Type lines at a terminal, each once it is asked for; return the status and the screen."""
    pid, screen = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.execv(sys.executable, [sys.executable, "-c", CODE])
    shown = b""
    for line in typed:
        asked = shown.count(b": ")
        while shown.count(b": ") <= asked and (part := os.read(screen, 1000)):
            shown += part
        os.write(screen, f"{line}\n".encode())
    while True:
        try:
            part = os.read(screen, 1000)
        except OSError:
            break  # the terminal is gone: nobody writes there any more
        shown += part
    os.close(screen)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


def test_at_a_terminal_it_is_typed_twice_and_not_shown() -> None:
    status, shown = at_a_terminal("horse", "horse")
    assert status == 0
    assert shown.splitlines()[-1] == "took horse"
    assert shown.count("horse") == 1


def test_two_that_differ_are_none() -> None:
    status, shown = at_a_terminal("horse", "house")
    assert status == 1
    assert "The two are not the same" in shown
