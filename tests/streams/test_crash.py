"""Crash points: named exactly, counted in each process, and fatal once."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.errors import Invalid
from streams.crash import NOWHERE, POINTS, Crash

PASSING = """
import sys
from pathlib import Path
from streams.crash import Crash
crash = Crash("think.after_model:2,tool.after_start", Path(sys.argv[1]))
for n in range(3):
    crash.at("think.after_model")
    print(n, flush=True)
"""


def test_it_dies_at_the_passing_that_was_named_and_only_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PASSING, str(tmp_path)]
    first = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (first.returncode, first.stdout.split()) == (-signal.SIGKILL, ["0"])
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (again.returncode, again.stdout.split()) == (0, ["0", "1", "2"])


def test_nowhere_is_nowhere() -> None:
    assert not NOWHERE
    for point in POINTS:
        NOWHERE.at(point)


@pytest.mark.parametrize("wish", ["nowhere", "think.after_model:x", "think.after_model:-1"])
def test_a_wrong_name_is_refused(wish: str) -> None:
    with pytest.raises(Invalid, match="There is no crash point"):
        Crash(wish)
