"""A forked process is one of its own: its words, its environment, its files and its end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess

import pytest

from tests.ready import Ready, ready

HERE = {"MARK": "here"}
SHOW = "import os, sys; print(sys.argv, __name__, dict(os.environ), sys.stdin.read())"
WAIT = "import signal; signal.pause()"


@pytest.fixture(scope="module")
def quick() -> Ready:
    """One that has loaded nearly nothing."""
    return ready("json.tool")


def test_it_is_what_an_interpreter_would_be(quick: Ready) -> None:
    ran = quick.run(("-c", SHOW, "a", "b c"), HERE, "given", 60)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == f"{['-c', 'a', 'b c']} __main__ {HERE} given\n"
    ran = quick.run(("-m", "json.tool", "--compact"), HERE, '{"a": 1}', 60)
    assert (ran.returncode, ran.stdout.strip(), ran.stderr) == (0, '{"a":1}', "")


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("raise SystemExit(7)", 7, ""), ("raise SystemExit('no')", 1, "no\n"),
        ("1 / 0", 1, "ZeroDivisionError"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL, ""),
        ("import threading; threading.Timer(0.1, print).start()", 0, ""),
    ],
)  # fmt: skip
def test_its_end_is_told(quick: Ready, code: str, status: int, said: str) -> None:
    ran = quick.run(("-c", code), HERE, None, 60)
    assert ran.returncode == status
    assert said in ran.stderr


def test_what_takes_too_long_is_ended(quick: Ready) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        quick.run(("-c", WAIT), HERE, None, 0.2)


async def test_one_that_goes_on_gets_its_signals_and_its_files(quick: Ready) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = await quick.begin(
            "-c", f"import os; os.write(0, b'there'); {WAIT}", env=HERE, stdin=theirs.fileno()
        )
        theirs.close()
        assert await asyncio.to_thread(ours.recv, 64) == b"there"
        assert process.lives
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == -signal.SIGTERM
        assert await asyncio.to_thread(ours.recv, 64) == b"", "nobody else holds its files"
    assert not process.lives
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == -signal.SIGTERM


async def test_it_prints_into_a_pipe_too(quick: Ready) -> None:
    code = "import sys; sys.stdout.reconfigure(errors='replace'); print('there')"
    read, write = os.pipe()
    with open(read) as ours:  # noqa: ASYNC230 - it has ended
        process = await quick.begin("-c", code, env=HERE, out=(write, write))
        os.close(write)
        assert await process.wait() == 0
        assert ours.read() == "there\n"
