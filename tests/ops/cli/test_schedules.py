"""`nexus schedules`: made, listed in words, run, paused and forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.ops.cli.conftest import Nexus, wait_for

pytestmark = pytest.mark.timeout(300)  # many commands, each a process


def test_one_is_made_run_and_forgotten(nexus: Nexus) -> None:
    zone = ("--zone", "Europe/Berlin")
    made = nexus("schedules", "add", "morning", "0 7 * * MON-FRI", "!time_now", *zone)
    assert made.returncode == 0, made.stderr
    first, second = made.stdout.splitlines()
    words = " at 07:00 on Monday through Friday (Europe/Berlin): !time_now"
    assert (first[:9], first[9:].strip()) == ("morning  ", words.strip())
    assert second.strip().startswith("next on ")
    assert "07:00 (Europe/Berlin), in " in second
    ran = nexus("schedules", "run", "morning")
    assert ran.stdout == "morning runs now.\n", ran.stderr
    found = dict[str, Any]()

    def over() -> bool:
        (one,) = nexus.json("schedules", "list")
        found.update(one)
        return one["last"] is not None and one["last"]["outcome"] not in {None, "running"}

    wait_for(over)
    assert (found["runs"], found["skipped"], found["last"]["outcome"]) == (1, 0, "answered")
    assert found["last"]["says"].startswith("It is ")
    shown = nexus("schedules", "show", "morning").stdout
    assert "ran 1 time; last on " in shown
    assert ": answered\n" in shown
    assert "runs once when it was missed; asks as owner:" in shown
    assert nexus.json("schedules", "pause", "morning")["state"] == "paused"
    assert nexus("schedules", "list").stdout.splitlines()[1].strip() == "paused"
    assert nexus.json("schedules", "resume", "morning")["state"] == "waiting"
    assert nexus("schedules", "remove", "morning").stdout == "morning is forgotten.\n"
    assert nexus.json("schedules", "list") == []
    assert "There is no schedule" in nexus("schedules", "list").stdout


def test_what_comes_by_itself_comes_by_itself(nexus: Nexus) -> None:
    """Nobody asks for it: the clock of the server wakes by the clock on the wall."""
    at = f"{datetime.now(UTC) + timedelta(seconds=10):%Y-%m-%dT%H:%M:%SZ}"
    made = nexus("schedules", "add", "soon", at, "!time_now")
    assert made.returncode == 0, made.stderr

    def ran() -> bool:
        (one,) = nexus.json("schedules", "list")
        return bool(one["runs"] == 1 and one["state"] == "over")

    wait_for(ran)
    assert nexus("schedules", "remove", "soon").returncode == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("bomb", "* * * * * *", "hi"), "six fields: nothing runs by seconds here."),
        (("Upper", "@daily", "hi"), "name: "),
        (("late", "2001-01-01 10:00", "hi"), "'2001-01-01 10:00' is over"),
        (("mars", "@daily", "hi", "--zone", "Mars/Base"), "I know no time zone named 'Mars/Base'"),
        (("odd", "@daily", "hi", "--missed", "perhaps"), "missed: "),
    ],
)
def test_what_does_not_fit_is_one_sentence(nexus: Nexus, words: tuple[str, ...], says: str) -> None:
    said = nexus("schedules", "add", *words)
    assert said.returncode == 1
    assert says in said.stderr
    assert len(said.stderr.splitlines()) == 1
    assert nexus("schedules", "show", words[0]).returncode == 1


def test_when_it_would_be_due_needs_no_server(other: Nexus) -> None:
    said = other.json("schedules", "next", "every 90 minutes", "--zone", "UTC", "-n", "2")
    first, second = said["next"]
    assert (said["words"], second - first) == ("every 90 minutes", 5_400_000)
    missing = other("schedules", "list")
    assert missing.returncode == 3
    assert "nexus up" in missing.stderr
