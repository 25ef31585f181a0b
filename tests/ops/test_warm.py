"""Children that are forked after a death, with real processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ops.process import Process, start_ticks
from ops.warm import PYTHON, Warm

TOLD = """
import json, os, signal, sys

def tell():
    print(json.dumps({
        "name": __name__, "arguments": sys.argv[1:], "parent": os.getppid(),
        "leader": os.getsid(0), "set": os.environ.get("SET"), "unset": os.environ.get("UNSET"),
        "loaded": "slow" in sys.modules, "handles": sorted(os.listdir("/proc/self/fd")),
        "stdin": sys.stdin.read(),
    }), flush=True)
    if "wait" in sys.argv:
        signal.pause()
    sys.exit(7)

if __name__ == "__main__":
    tell()
"""


@asynccontextmanager
async def warm(folder: Path, *later: str, **files: str) -> AsyncIterator[tuple[Warm, list[str]]]:
    """A fork server that can run the modules of a folder; what failed is written down."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join((str(folder), str(Path.cwd())))
    failed: list[str] = []
    one = Warm([(*PYTHON, name) for name in files], later, folder / "warm.log", failed.append)
    try:
        yield one, failed
    finally:
        one.close()
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


async def said(process: Process) -> str:
    """Wait for the end; return all that was said."""
    await process.ended()
    return os.read(process.output, 1 << 16).decode()


async def forked(one: Warm, name: str, *arguments: str, **env: str) -> Process:
    process = await one.fork((*PYTHON, name, *arguments), {**os.environ, **env})
    assert process is not None
    return process


async def test_before_a_death_nothing_is_kept_and_nothing_forked(tmp_path: Path) -> None:
    async with warm(tmp_path, told=TOLD) as (one, failed):
        assert await one.fork((*PYTHON, "told"), {}) is None
        assert not failed
        assert not (tmp_path / "warm.log").exists()


async def test_a_forked_child_is_as_one_that_was_started(tmp_path: Path) -> None:
    async with warm(tmp_path, told=TOLD) as (one, failed):
        one.heat()
        os.environ["UNSET"] = "1"
        env = {key: value for key, value in os.environ.items() if key != "UNSET"}
        del os.environ["UNSET"]
        child = await one.fork((*PYTHON, "told", "a", "--b=c"), {**env, "SET": "here"})
        assert child is not None
        found = json.loads(await said(child))
        begun = Process.start((*PYTHON, "told", "a", "--b=c"), {**env, "SET": "here"})
        other = json.loads(await said(begun))
    assert not failed
    assert found.pop("leader") == child.pid
    assert other.pop("leader") == begun.pid
    assert found == other
    assert found["parent"] == os.getpid()
    assert (child.status, begun.status) == (7, 7)


async def test_its_modules_are_loaded_before_it_begins(tmp_path: Path) -> None:
    async with warm(
        tmp_path, "slow", told=TOLD, slow="open(__file__ + '.loaded', 'a').write('x')"
    ) as (one, _):
        one.heat()
        async with asyncio.timeout(60):
            while not (tmp_path / "slow.py.loaded").exists():  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0.01)
            found = [json.loads(await said(await forked(one, "told")))["loaded"] for _ in range(3)]
    assert found == [True] * 3
    assert (tmp_path / "slow.py.loaded").read_text(encoding="utf-8") == "x"


async def test_what_died_is_loaded_first(tmp_path: Path) -> None:
    async with warm(tmp_path, told=TOLD, slow="") as (one, _):
        one.heat()
        assert not json.loads(await said(await forked(one, "told")))["loaded"]


async def test_its_end_is_seen_and_its_status_known(tmp_path: Path) -> None:
    async with warm(tmp_path, told=TOLD) as (one, _):
        one.heat()
        child = await forked(one, "told", "wait")
        assert child.status is None
        os.kill(child.pid, signal.SIGKILL)
        assert await child.ended() == -signal.SIGKILL
        assert start_ticks(child.pid) is None
        gentle = await forked(one, "told", "wait")
        assert await gentle.stop(20) == -signal.SIGTERM


async def test_children_live_on_when_the_fork_server_goes(tmp_path: Path) -> None:
    async with warm(tmp_path, told=TOLD) as (one, failed):
        one.heat()
        child = await forked(one, "told", "wait")
        one.close()
        assert await one.fork((*PYTHON, "told"), {}) is None
        one.heat()
        other = await forked(one, "told")
        assert await other.ended() == 7
        assert child.status is None
        assert await child.stop(20) == -signal.SIGTERM
        assert not failed


async def test_with_a_fork_server_that_dies_it_is_started_otherwise(tmp_path: Path) -> None:
    async with warm(tmp_path, kills="import os; os.kill(os.getpid(), 9)") as (one, failed):
        one.heat()
        assert await one.fork((*PYTHON, "kills"), dict(os.environ)) is None
    assert len(failed) == 1


async def test_one_that_hangs_holds_up_nobody_who_stands_in_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several children die at once, as when the machine stands still: each is started otherwise."""
    monkeypatch.setattr("ops.warm.PATIENCE", 0.2)
    async with warm(tmp_path, told=TOLD) as (one, failed):
        one.heat()
        assert one._process is not None
        os.kill(one._process.pid, signal.SIGSTOP)
        forks = [one.fork((*PYTHON, "told"), dict(os.environ)) for _ in range(3)]
        assert await asyncio.gather(*forks) == [None, None, None]
    assert len(failed) == 1


async def test_who_began_a_thread_when_loaded_is_not_forked(tmp_path: Path) -> None:
    threads = (
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()"
    )
    async with warm(tmp_path, threads=threads) as (one, failed):
        one.heat()
        assert await one.fork((*PYTHON, "threads"), dict(os.environ)) is None
    assert len(failed) == 1
    assert "a thread" in (tmp_path / "warm.log").read_text(encoding="utf-8")


async def test_what_is_no_process_of_ours_is_not_forked(tmp_path: Path) -> None:
    async with warm(tmp_path, told=TOLD) as (one, failed):
        one.heat()
        for argv in (("/bin/true",), (sys.executable, "told"), (*PYTHON, "this")):
            assert await one.fork(argv, {}) is None
        assert not failed
