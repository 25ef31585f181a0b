"""A process of its own: one at a time, bounded, and nothing of it stays."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from ops.flow import apart
from ops.flow.apart import Apart, Busy, Overlong


async def test_it_reads_what_it_is_given_and_says_what_it_says() -> None:
    done = await Apart(30).run(("-c", "import sys; print(sys.stdin.read()[::-1])"), b"abc")
    assert (done.status, done.said.strip(), done.complaint) == (0, b"cba", "")
    done = await Apart(30).run(("-c", "import sys; sys.exit('no')"))
    assert (done.status, done.complaint) == (1, "no")


async def test_who_comes_meanwhile_is_told_to_come_again() -> None:
    one = Apart(30)
    first = asyncio.create_task(one.run(("-c", "import sys; sys.stdin.read()"), b"x" * 1_000))
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await one.run(("-c", ""))
    assert (await first).status == 0
    assert (await one.run(("-c", ""))).status == 0


async def test_too_slow_ends_with_all_that_it_began(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    child = f"import os,time; open({str(note)!r},'w').write(str(os.getpid())); time.sleep(600)"
    words = ("-c", f"import subprocess,sys; subprocess.run([sys.executable, '-c', {child!r}])")
    with pytest.raises(Overlong):
        await Apart(3).run(words)
    pid = int(note.read_text())
    for _ in range(200):
        if not _lives(pid):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it still runs")


async def test_too_much_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "MOST", 1_000)
    with pytest.raises(Overlong):
        await Apart(30).run(("-c", "while True: print('x' * 1000)"))


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z" and os.path.exists(f"/proc/{pid}")
