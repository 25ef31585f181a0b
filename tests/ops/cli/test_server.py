"""`up`, `down`, `init`, `status`, `run`, `logs`, `doctor`: the server as a whole."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError

import pytest

from ops.config import load
from streams.embedded import socket_folder
from tests.ops.cli.conftest import SECONDS, Nexus, free_port, wait_for
from tests.program import fetch, new_key


def processes(root: Path) -> list[str]:
    """The command lines of all processes that name this folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            line = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(root) in line:
            found.append(line)
    return found


def open_to_others(root: Path) -> list[Path]:
    """What somebody else could read, were it not for the folder around it."""
    found = []
    for path in (root, *root.rglob("*")):
        with suppress(FileNotFoundError):  # it was there for a moment only
            if path.lstat().st_mode & 0o077:
                found.append(path)
    return found


def test_a_whole_life(other: Nexus) -> None:
    port = free_port()
    up = other("up", "--detach", "--port", str(port))
    assert up.returncode == 0, up.stderr
    assert f"Listens on http://127.0.0.1:{port}" in up.stdout
    assert all(f"ok  {child}" in up.stdout for child in ("durable", "live", "core"))
    pid = other.json("status")["pid"]

    again = other("up", "--detach")
    assert again.returncode == 0
    assert f"already running in {other.root} (pid {pid})" in again.stdout
    assert other("up", "-d", "--port", str(port)).returncode == 0, "it is there"
    elsewhere = other("up", "-d", "--port", str(port + 1))
    assert elsewhere.returncode == 1
    assert elsewhere.stderr == (
        f"LivOS is already running in {other.root} (pid {pid}) and listens on"
        f" http://127.0.0.1:{port}, not on port {port + 1}. To move it:"
        f" `nexus down`, then `nexus up --detach --port {port + 1}`.\n"
    )
    front = other("up")
    assert front.returncode == 1
    assert f"(pid {pid})" in front.stderr

    assert processes(other.root)
    assert other("ask", "!notes_append text=milk").returncode == 0
    assert open_to_others(other.root) == []
    down = other("down")
    assert down.returncode == 0
    assert f"pid {pid}" in down.stdout
    assert processes(other.root) == []
    assert open_to_others(other.root) == []
    assert [p for p in socket_folder(other.root).glob("*") if p.is_socket()] == []
    assert "Nothing was running" in other("down").stdout
    assert other("status").returncode == 3


def test_in_front_it_shows_lines_for_people(other: Nexus) -> None:
    """A program that wants JSON has `nexus logs --json`."""
    with subprocess.Popen(
        [*other.command, "up", "--port", str(free_port())],
        env=other.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as up:
        assert up.stdout is not None
        lines = []
        for line in up.stdout:
            lines.append(line)
            if " ready " in line:
                up.send_signal(signal.SIGINT)
    assert up.returncode == 0
    shown = "".join(lines)
    assert "core        worker.ready  name=core" in shown
    for line in lines:
        assert re.match(r"\d\d:\d\d:\d\d (core|journal|supervisor|live|durable) +\w", line), line
    for raw in ("{", "\x1b", "Deprecation warning", "Ready to accept"):
        assert raw not in shown


def test_what_was_accepted_survives_down_and_up(other: Nexus) -> None:
    port = str(free_port())
    assert other("up", "-d", "--port", port).returncode == 0
    assert other("ask", "/model haiku").returncode == 0
    other("down")
    assert other("up", "-d", "--port", port).returncode == 0
    assert "→ haiku" in other.json("ask", "/model")["answer"]
    assert "AOF-loading" not in (other.root / "logs/durable.log").read_text()


def test_a_port_that_is_taken_is_one_sentence(other: Nexus) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        ran = other("up", "--detach", "--port", str(door.getsockname()[1]))
    assert ran.returncode == 1
    assert "Address already in use" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert processes(other.root) == []


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("NEXUS_HTTP__PORT", "many", "NEXUS_HTTP__PORT"),
        ("NEXUS_HTPP__PORT", "80", "did you mean NEXUS_HTTP__PORT"),
        ("REDIS_URL", "localhost", "REDIS_URL"),
    ],
)
def test_a_bad_setting_is_one_sentence(other: Nexus, variable: str, value: str, says: str) -> None:
    ran = other("up", "--detach", **{variable: value})
    assert ran.returncode == 1
    assert says in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_init_makes_what_is_private_and_changes_nothing_twice(other: Nexus) -> None:
    assert other("init", "--port", "8765").returncode == 0
    files = {p: p.read_bytes() for p in other.root.rglob("*") if p.is_file()}
    assert files
    for path in other.root.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert not mode & 0o077 or path.parent != other.root, (path, oct(mode))
    assert stat.S_IMODE(other.root.stat().st_mode) == 0o700
    assert other("init").returncode == 0
    assert {p: p.read_bytes() for p in other.root.rglob("*") if p.is_file()} == files
    config = (other.root / "config.yaml").read_text()
    assert config.startswith("# ")
    assert other("config", "get", "http.port").stdout == "8765\n"
    assert other("config", "path").stdout == f"{other.root}/config.yaml\n"


UNSET = "\u2013"


def test_settings_are_set_and_taken_out(other: Nexus) -> None:
    assert other("init").returncode == 0
    ran = other("config", "set", "gemini_api_key", "abc")
    assert ran.returncode == 1
    assert "nexus secrets set GEMINI_API_KEY" in ran.stderr
    ran = other("config", "set", "streams.letters", "-1")
    assert "streams.letters cannot be -1" in ran.stderr
    assert other("config", "set", "models.flash", "rules").stdout == "models.flash is rules.\n"
    rows = {row.split()[0]: row.split()[1:] for row in other("config", "get").stdout.splitlines()}
    assert rows["models.flash"] == ["file", "rules"]
    assert rows["models.opus"] == ["default", UNSET]
    assert "crash" not in rows
    assert other("config", "unset", "models.flash").stdout == f"models.flash is {UNSET} again.\n"
    assert "it was not set" in other("config", "unset", "models.flash").stdout


def test_a_key_is_written_for_its_owner_alone(other: Nexus, tmp_path: Path) -> None:
    assert other("init").returncode == 0
    assert other("backup", "create").returncode == 0
    file = tmp_path / "backup.key"
    ran = other("backup", "key", "--out", str(file))
    assert (ran.returncode, "AGE-SECRET" in ran.stdout) == (0, False)
    assert (file.stat().st_mode & 0o777, "AGE-SECRET-KEY-1" in file.read_text()) == (0o600, True)
    assert "exists already" in other("backup", "key", "--out", str(file)).stderr


@pytest.mark.parametrize("words", [("init",), ("up", "-d"), ("down",), ("config", "path")])
def test_a_file_is_no_state_folder(other: Nexus, words: tuple[str, ...]) -> None:
    other.root.write_text("mine")
    for root in (other.root, other.root / "n"):
        ran = other(*words, "--root", str(root))
        assert ran.returncode == 2
        assert ran.stderr.startswith(f"{other.root} is a file, and the state folder cannot be ")
        assert ran.stderr.endswith("name a folder with --root.\n")
        assert len(ran.stderr.splitlines()) == 1
    assert other.root.read_text() == "mine"
    other.root.unlink()


def test_the_status_says_what_runs(nexus: Nexus, port: int) -> None:
    found = nexus.json("status")
    assert found["running"] is True
    assert found["listens"] == f"http://127.0.0.1:{port}"
    assert set(found["children"]) == {
        "durable",
        "live",
        "core",
        "solo",
        "channels",
        "mcp",
        "journal",
    }
    assert found["children"]["core"]["rss_bytes"] > 10_000_000
    assert found["redis"]["durable"]["appendfsync"] == "always"
    assert found["redis"]["durable"]["policy"] == "noeviction"
    topics = {"inbox", "route", "think", "tool", "respond", "outbox", "control", "cards"}
    beside = {"events", "forward", "parcels"}
    assert set(found["topics"]) == topics | beside
    read = {name for name, one in found["topics"].items() if one["consumers"] >= 1}
    assert read == (topics | beside) - {"parcels"}, "no messenger is on"
    words = nexus("status").stdout
    assert all(name in words for name in (*topics, "durable", "core"))


def test_stages_beside_the_server_share_its_work(nexus: Nexus) -> None:
    run = subprocess.Popen(
        [*nexus.command, "run", "think", "route"],
        env=nexus.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        found = nexus.until(lambda status: status["topics"]["think"]["consumers"] == 2)
        assert set(found["runs"][0]["children"]) == {"think", "route"}
        for number in range(4):
            found = nexus.json("ask", "!time_now", "--session", f"beside-{number}")
            assert found["outcome"] == "answered"
        # Killed, its work is free at once, and nothing of it stays.
        child = nexus.json("status")["runs"][0]["children"]["think"]["pid"]
        os.kill(child, signal.SIGKILL)
        nexus.until(lambda status: status["runs"][0]["children"]["think"]["restarts"] == 1)
        run.send_signal(signal.SIGINT)
        run.wait(SECONDS)
    finally:
        run.kill()
    assert nexus.json("status")["runs"] == []
    notes = (nexus.root / "runs").glob("*/logs/supervisor.log")
    assert not any("on_death failed" in note.read_text() for note in notes)


def test_a_start_is_stopped_too(other: Nexus) -> None:
    up = subprocess.Popen(
        [*other.command, "up", "-d", "--port", str(free_port())],
        env=other.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for((other.root / "lock").exists)
        down = other("down")
        assert down.returncode == 0, down.stderr
        _, said = up.communicate(timeout=SECONDS)
    finally:
        up.kill()
    assert processes(other.root) == []
    assert (up.returncode, said) in {(1, "It was stopped before it was ready.\n"), (0, "")}


def test_an_unknown_stage_is_one_sentence(nexus: Nexus) -> None:
    ran = nexus("run", "dream")
    assert ran.returncode == 1
    assert "There is no stage dream" in ran.stderr


def test_logs_are_read_as_one(nexus: Nexus) -> None:
    lines = [json.loads(row) for row in nexus("logs", "--json", "-n", "500").stdout.splitlines()]
    assert {"core", "journal", "supervisor"} <= {line["child"] for line in lines}
    # What Redis says when all is well is shown to whoever asks it.
    assert not any("Ready to accept" in line.get("text", "") for line in lines)
    assert "Ready to accept" in nexus("logs", "durable", "-n", "500").stdout
    assert "worker.ready" in nexus("logs", "core", "-n", "500").stdout
    ran = nexus("logs", "nobody")
    assert ran.returncode == 1
    assert "core" in ran.stderr


def test_the_doctor_looks_and_says_what_to_do(nexus: Nexus, other: Nexus) -> None:
    found = {one["check"]: one for one in nexus.json("doctor")}
    checks = ("python", "redis", "state folder", "secrets", "server", "functions", "policy")
    for check in (*checks, "journal"):
        assert found[check]["state"] in {"ok", "warn"}, found[check]
    assert found["functions"]["state"] == "ok"
    other("init", "--port", str(free_port()))
    secret = other.root / "secrets/redis/core"
    secret.chmod(0o644)
    ran = other("doctor")
    assert ran.returncode == 1
    assert "chmod 600" in ran.stdout


def test_a_journal_that_is_down_is_named(other: Nexus) -> None:
    nowhere = {"DATABASE_URL": f"postgresql://me:hush@/home?host={other.root}"}
    assert other("up", "-d", "--port", str(free_port()), **nowhere).returncode == 0
    wait_for(lambda: "journal.down" in other("logs", "journal").stdout)
    ran = other("doctor", **nowhere)
    assert re.search(r"^warn +journal +The journal is down: ", ran.stdout, re.MULTILINE), ran.stdout
    assert "nexus logs journal" in ran.stdout
    assert other("ask", "what time is it?", **nowhere).stdout.startswith("It is ")
    told = other("history", **nowhere)
    assert told.returncode == 1
    assert len(told.stderr.splitlines()) == 1
    assert "hush" not in told.stderr + ran.stdout + other("logs").stdout


def test_health_is_served(nexus: Nexus, port: int) -> None:
    here = load(nexus.root)
    assert here.http.port == port
    for path in ("/healthz", "/readyz"):
        assert json.loads(fetch(here, path))
    with pytest.raises(HTTPError, match="401"):
        fetch(here, "/metrics")
    assert "# HELP" in fetch(here, "/metrics", new_key(here, "read"))
    assert nexus("version").stdout.startswith("nexus ")


def test_the_topology_is_drawn(nexus: Nexus) -> None:
    drawn = nexus.json("topology")
    assert [node["stage"] for node in drawn["nodes"]][:2] == ["admit", "route"]
    assert "think" in nexus("topology").stdout
    assert json.loads(nexus("topology", "--asyncapi").stdout)["asyncapi"] == "3.0.0"


@pytest.mark.parametrize("words", [(), ("dead",), ("config",), ("events",)])
def test_help_is_help(nexus: Nexus, words: tuple[str, ...]) -> None:
    ran = nexus(*words, "--help")
    assert ran.returncode == 0
    assert "Usage: nexus" in ran.stdout
    assert "\x1b" not in ran.stdout
