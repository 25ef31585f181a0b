"""`shell_run`: what a command may do in a real sandbox, and what it never can."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from gateways.machines.sandbox import Limits, Sandbox
from processors.tools.builtin.shell import shell_run
from processors.tools.registry import Registry
from processors.tools.tiers import Situation
from schemas.tools import Tier, ToolResult

OWNER = Situation(profile="full", person="owner")
TINY = Limits(processes=16, memory_mb=64, file_mb=1, disk_mb=16, scratch_mb=4)


@pytest.fixture
def ground(tmp_path: Path) -> Path:
    ground = tmp_path / "workspace"
    ground.mkdir()
    (ground / "a.md").write_text("milk\n")
    return ground


def registry(ground: Path, limits: Limits | None = None, program: str = "bwrap") -> Registry:
    return Registry((shell_run,), [Sandbox(ground, program, limits)])


async def ran(ground: Path, command: str, seconds: int = 20, limits: Limits = TINY) -> ToolResult:
    return await registry(ground, limits).run("shell_run", {"command": command, "seconds": seconds})


def left_over(mark: str) -> list[psutil.Process]:
    return [one for one in psutil.process_iter(["cmdline"]) if mark in (one.info["cmdline"] or [])]


async def test_it_works_in_the_workspace(ground: Path) -> None:
    result = await ran(ground, "cat a.md; echo tea > b.md; ls; echo oops >&2")
    assert result.ok, result.text
    assert result.text.startswith("The command ended well after ")
    assert result.text.endswith("\nmilk\na.md\nb.md\noops")
    assert (ground / "b.md").read_text() == "tea\n"


async def test_a_command_that_fails_says_so(ground: Path) -> None:
    result = await ran(ground, "exit 3")
    assert (result.ok, result.code) == (False, "exit")
    assert "ended with code 3" in result.text


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[tuple[int, str, list[str]]]:
    """A listener on loopback, one on an abstract socket, and what reached them."""
    reached: list[str] = []
    name = f"\0livos-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as other:
        other.bind(name)
        other.listen()
        for one in (server, other):
            one.settimeout(0.1)

        def listen(one: socket.socket) -> None:
            while not done.is_set():
                try:
                    one.accept()[0].close()
                    reached.append("somebody")
                except TimeoutError:
                    continue

        done = threading.Event()
        threads = [threading.Thread(target=listen, args=(one,)) for one in (server, other)]
        for thread in threads:
            thread.start()
        yield server.getsockname()[1], name[1:], reached
        done.set()
        for thread in threads:
            thread.join()


PYTHON = "/usr/bin/python3 -c"
HOSTILE = {
    "read the password file": "cat /etc/shadow && echo GOT",
    "read it by python": f"{PYTHON} \"print(open('/etc/shadow').read(), 'GOT')\"",
    "read it by base64": "echo Y2F0IC9ldGMvc2hhZG93ICYmIGVjaG8gR09U | base64 -d | sh",
    "read a secret beside the workspace": "cat ../secret /workspace/../secret {path}/secret",
    "over a link of its own": "ln -s {path}/secret link; cat link",
    "through the kernel": "cat /proc/1/root{path}/secret /proc/*/root{path}/secret",
    "through the environment": "env; cat /proc/*/environ; echo $CANARY",
    "write beside the workspace": "echo x > {path}/out; echo x > ../out; mkdir -p {path}",
    "write to the system": "touch /usr/out /bin/out /etc/out /out || true; ls /out && echo GOT",
    "change the system's mounts": "mount -o remount,rw /usr && touch /usr/out && echo GOT",
    "a new user namespace": "unshare -Ur mount -t tmpfs x /usr && echo GOT",
    "the network": "exec 3<>/dev/tcp/127.0.0.1/{port} && echo GOT",
    "the network by python": (
        f"{PYTHON} \"import socket; socket.create_connection(('127.0.0.1', {{port}}), 2)\""
        " && echo GOT"
    ),
    "an abstract socket": (
        f"{PYTHON} \"import socket; socket.socket(socket.AF_UNIX).connect('\\0{{name}}')\""
        " && echo GOT"
    ),
    "the docker socket": "ls /var/run/docker.sock /run/docker.sock && echo GOT",
    "another's process": "kill -9 {pid} && echo GOT",
    "the disks": "cat /dev/sda /dev/vda /dev/mem && echo GOT",
    "a device of its own": "mknod d b 8 0 && echo GOT",
    "the kernel's switches": "echo b > /proc/sysrq-trigger && echo GOT",
    "the terminal": "echo GOT > /dev/tty",
    "another user": "su -c 'echo GOT'; sudo echo GOT; chroot / echo GOT",
    "what is kept": "ls .kept/x && echo GOT; rm -rf .kept",
    "the host's name": "hostname GOT && hostname",
}


@pytest.mark.parametrize("attack", HOSTILE)
async def test_nothing_hostile_gets_out(
    ground: Path,
    witness: tuple[int, str, list[str]],
    attack: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port, name, reached = witness
    monkeypatch.setenv("CANARY", "TWEET")
    (ground.parent / "secret").write_text("TWEET")
    (ground / ".kept").mkdir()
    (ground / ".kept" / "x").write_text("kept")
    victim = await asyncio.create_subprocess_exec("sleep", "60")
    command = HOSTILE[attack]
    for word, value in (("path", ground.parent), ("port", port), ("name", name)):
        command = command.replace(f"{{{word}}}", str(value))
    try:
        result = await ran(ground, command.replace("{pid}", str(victim.pid)))
        assert "GOT" not in result.text
        assert "TWEET" not in result.text
        assert not reached
        assert victim.returncode is None
    finally:
        victim.kill()
        await victim.wait()
    assert (ground / ".kept" / "x").read_text() == "kept"
    for path in (ground.parent, Path("/usr"), Path("/etc"), Path("/")):
        assert not (path / "out").exists()


GREEDY = {
    "time": ("sleep 60", "1 s"),
    "time, without listening": ("trap '' TERM INT HUP; while :; do sleep 1; done", "1 s"),
    "output": ("yes", "10 MB of output"),
    "output of bytes": ("cat /dev/zero", "10 MB of output"),
    "memory": (
        f"{PYTHON} \"x = 'x' * (200 << 20); import time; time.sleep(20)\"",
        "64 MB of memory",
    ),
    "disk": (
        "for n in $(seq 99); do head -c 1000000 /dev/zero > f$n; done; sleep 20",
        "16 MB of disk",
    ),
}


@pytest.mark.parametrize("what", GREEDY)
async def test_what_takes_too_much_is_stopped(ground: Path, what: str) -> None:
    command, bound = GREEDY[what]
    result = await ran(ground, command, seconds=1 if "time" in what else 30)
    assert (result.ok, result.code) == (False, "stopped")
    assert f"was stopped after {bound}" in result.text
    assert len(result.text) < 70_000


async def test_a_fork_bomb_goes_out(ground: Path) -> None:
    most = 0
    done = threading.Event()

    def count() -> None:
        nonlocal most
        while not done.is_set():
            most = max(most, len(left_over("30.375")))
            time.sleep(0.05)

    watching = threading.Thread(target=count)
    watching.start()
    await ran(ground, "b() { sleep 30.375 & b | b & }; b; sleep 30", seconds=2)
    done.set()
    watching.join()
    assert 0 < most <= TINY.processes
    assert left_over("30.375") == []


async def test_a_large_file_and_a_full_scratch_are_refused(ground: Path) -> None:
    result = await ran(ground, "head -c 3000000 /dev/zero > big; cat /dev/zero > /tmp/x")
    assert not result.ok
    assert (ground / "big").stat().st_size <= 1 << 20


async def test_what_a_command_leaves_behind_is_gone(ground: Path) -> None:
    command = "setsid nohup sleep 61.5 >/dev/null 2>&1 & disown; echo away"
    result = await ran(ground, command)
    assert result.ok
    assert left_over("61.5") == []


@pytest.mark.parametrize("outside", [False, True])
async def test_a_stop_ends_all_of_it(ground: Path, outside: bool) -> None:
    heard: list[str] = []
    mark = f"6{int(outside)}.25"
    running = asyncio.create_task(
        registry(ground).run(
            "shell_run",
            {
                "command": f"(setsid sleep {mark} &); sleep 0.5; echo begun; sleep {mark}",
                "outside": outside,
            },
            tell=heard.append,
        )
    )
    async with asyncio.timeout(30):
        while "".join(heard) != "begun\n" or len(left_over(mark)) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # Between two looks at the condition.
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert left_over(mark) == []


async def test_without_a_sandbox_it_is_black_with_the_reason(ground: Path, tmp_path: Path) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'No permissions to create new namespace' >&2; exit 1\n")
    broken.chmod(0o755)
    for program, why in (("no-such-program", "not installed"), (str(broken), "No permissions")):
        tools = registry(ground, program=program)
        for outside in (False, True):
            found = tools.assess("shell_run", {"command": "true", "outside": outside}, OWNER)
            assert (found.tier, found.code) == (Tier.BLACK, "unavailable")
            assert why in found.reasons[0]
        assert tools.specs("full") == ()
        result = await tools.run("shell_run", {"command": "echo x > out"})
        assert result.code == "refused"
    assert not (ground / "out").exists()


def test_no_text_is_harmless_enough(ground: Path) -> None:
    tools = registry(ground)
    for command in ("true", "ls", "echo hi", "true # rm -rf /"):
        found = tools.assess("shell_run", {"command": command}, OWNER)
        assert (found.tier, found.command) == (Tier.ORANGE, command)
    outside = tools.assess("shell_run", {"command": "true", "outside": True}, OWNER)
    assert (outside.tier, outside.targets) == (Tier.RED, ("shell:host",))
    for wrong in ({"command": ""}, {"command": "a\0b"}, {"command": "true", "confirmed": True}):
        assert tools.assess("shell_run", wrong, OWNER).code == "invalid"
    messaging = Situation(profile="messaging")
    assert tools.assess("shell_run", {"command": "true"}, messaging).code == "forbidden"


def test_the_tests_can_tell(ground: Path) -> None:
    """Outside the sandbox the same commands do get out, so what they find inside is no accident."""
    (ground.parent / "secret").write_text("TWEET")
    command = HOSTILE["read a secret beside the workspace"].replace("{path}", str(ground.parent))
    assert (
        b"TWEET"
        in subprocess.run(
            ["/bin/sh", "-c", command], cwd=ground, capture_output=True, check=False
        ).stdout
    )
