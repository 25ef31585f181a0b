"""The last lines of several files: those that are shown are counted, and no others."""

from __future__ import annotations

import json
from pathlib import Path

from ops.cli import logfiles
from ops.cli.logfiles import last

CHATTER = "7:M 30 Nov 2026 03:00:00.000 * 1 changes in 3600 seconds. Saving...\n"
WARNING = "7:M 30 Nov 2026 02:00:00.000 # Out of memory\n"


def ours(number: int) -> str:
    return json.dumps({"at": 1_000 + number, "event": f"line {number}"}) + "\n"


def test_what_is_not_shown_is_not_counted(tmp_path: Path) -> None:
    redis, core = tmp_path / "durable.log", tmp_path / "core.log"
    # More of what is left out than is read at once, behind what is asked for.
    redis.write_text(WARNING + CHATTER * (2 * logfiles.TAIL // len(CHATTER)))
    core.write_text("".join(map(ours, range(3))))
    files = {"durable": redis, "core": core}
    shown = [
        line.fields.get("event") or line.fields["text"] for line in last(files, 4, chatter=False)
    ]
    assert shown == ["line 0", "line 1", "line 2", "Out of memory"]
    assert [line.fields["event"] for line in last({"core": core}, 2)] == ["line 1", "line 2"]
    assert len(last(files, 5)) == 5
    assert last(files, 0) == []


def test_a_long_file_is_read_from_its_end_only_as_far_as_it_must(tmp_path: Path) -> None:
    core = tmp_path / "core.log"
    core.write_text("".join(ours(number) for number in range(20_000)))
    found = last({"core": core}, 50)
    assert [line.at for line in found] == [1_000 + number for number in range(19_950, 20_000)]
