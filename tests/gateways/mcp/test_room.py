"""The room of a foreign program: what of this machine is in it, and what is not."""

from __future__ import annotations

import shutil
from itertools import pairwise

import pytest

from gateways.mcp.room import PROCESSES, Roomless, entered, roomed
from schemas.foreign import Reached

WORDS = ("/usr/bin/server", "--all")


def pairs(command: tuple[str, ...]) -> set[tuple[str, str]]:
    return set(pairwise(command))


def test_it_has_the_system_and_the_folders_it_was_given_and_no_network() -> None:
    command = roomed(Reached(command=WORDS, read=("/srv/a",), write=("/srv/b",)))
    assert command[-2:] == WORDS
    assert command[0] == shutil.which("bwrap")
    assert {"--unshare-all", "--die-with-parent", "--clearenv", "--new-session"} <= set(command)
    assert "--share-net" not in command
    assert {("--ro-bind", "/srv/a"), ("--bind", "/srv/b"), ("--tmpfs", "/tmp")} <= pairs(command)
    binds = {what for kind, what in pairs(command) if kind.startswith(("--bind", "--ro-bind"))}
    assert not any(what.startswith(("/home", "/root", "/etc/ssl", "/var")) for what in binds)
    assert [what for kind, what in pairs(command) if kind == "--bind"] == ["/srv/b"]


def test_with_the_network_it_can_find_names() -> None:
    command = roomed(Reached(command=WORDS, network=True))
    assert command.index("--share-net") > command.index("--unshare-all")
    assert ("--ro-bind-try", "/etc/resolv.conf") in pairs(command)


def test_its_processes_are_bounded_for_whoever_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with entered(Reached(command=WORDS)) as command:
        assert command == roomed(Reached(command=WORDS))
    end = command[command.index("prlimit") :]
    assert f"--nproc={PROCESSES}" in end[: end.index("--")]


def test_outside_is_as_it_was_written_and_an_address_needs_no_room() -> None:
    assert roomed(Reached(command=WORDS, outside=True)) == WORDS
    assert roomed(Reached(url="http://127.0.0.1/mcp")) == ()
    with entered(Reached(command=WORDS, outside=True)) as command:
        assert command == WORDS
    with entered(Reached(url="http://127.0.0.1/mcp")) as command:
        assert command == ()


def test_without_a_sandbox_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(Roomless):
        roomed(Reached(command=WORDS))
    assert roomed(Reached(command=WORDS, outside=True)) == WORDS
