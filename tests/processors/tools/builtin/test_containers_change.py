"""What can be done to containers, against a real daemon; and what is never touched."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from processors.tools.policy import Policies, Policy
from processors.tools.registry import Registry
from processors.tools.tiers import Situation
from schemas.tools import Tier
from tests.gateways.machines.dockerd import IMAGE, ended, started
from tests.gateways.machines.registry_wire import registry_wire
from tests.processors.tools.conftest import registry

OWNER = Situation(profile="full", person="owner")
POLICY = Policy(protected=("container:nexus*",))


@pytest.fixture
def tools(tmp_path: Path, dockerd: str) -> Registry:
    return registry(tmp_path, dockerd, policies=Policies(POLICY))


@pytest.fixture
def daemon(dockerd: str) -> Iterator[docker.DockerClient]:
    client = docker.DockerClient(dockerd, timeout=20)
    yield client
    for one in client.containers.list(all=True):
        one.remove(force=True)
    client.close()


def state(daemon: docker.DockerClient, name: str) -> str:
    return str(daemon.containers.get(name).status)


LIVES = "trap exit TERM; while :; do sleep 1; done"


async def test_stop_and_start_lead_back_to_each_other(
    tools: Registry, dockerd: str, daemon: docker.DockerClient
) -> None:
    started(dockerd, "web", LIVES)
    stopped = await tools.run("docker_stop", {"container": "web"})
    assert (stopped.ok, state(daemon, "web")) == (True, "exited"), stopped.text
    assert stopped.undo is not None
    again = await tools.run("docker_stop", {"container": "web"})
    assert (again.ok, again.undo) == (True, None)
    back = await tools.run(stopped.undo.tool, stopped.undo.arguments)
    assert (back.ok, state(daemon, "web")) == (True, "running")
    assert back.undo is not None
    assert back.undo.tool == "docker_stop"
    before = daemon.containers.get("web").attrs["State"]["StartedAt"]
    assert (await tools.run("docker_restart", {"container": "web"})).ok
    assert daemon.containers.get("web").attrs["State"]["StartedAt"] != before


async def test_a_program_runs_in_a_container(
    tools: Registry, dockerd: str, daemon: docker.DockerClient
) -> None:
    started(dockerd, "web", LIVES)

    async def ran(*command: str, seconds: int = 20) -> Any:
        return await tools.run(
            "docker_exec", {"container": "web", "command": list(command), "seconds": seconds}
        )

    result = await ran("echo", "; echo two && $(echo three)")
    assert result.text == "The program ended well in web.\n; echo two && $(echo three)"
    failed = await ran("sh", "-c", "echo no >&2; exit 4")
    assert (failed.ok, failed.code, failed.data["code"]) == (False, "exit", 4)
    missing = await ran("no-such-program")
    assert not missing.ok
    late = await ran("sleep", "61", seconds=1)
    assert (late.ok, late.code) == (False, "stopped")
    assert "sleep 61" not in str(daemon.containers.get("web").top())


async def test_what_is_stopped_is_removed_and_what_runs_is_not(
    tools: Registry, dockerd: str, daemon: docker.DockerClient
) -> None:
    started(dockerd, "web", LIVES)
    refused = await tools.run("docker_remove", {"container": "web"})
    assert (refused.code, state(daemon, "web")) == ("conflict", "running")
    started(dockerd, "old", "true")
    ended(dockerd, "old")
    probe = await tools.run("docker_remove", {"container": "old"}, probe=True)
    assert probe.code == "not_done"
    assert (await tools.run("docker_remove", {"container": "old"})).ok
    assert [one.name for one in daemon.containers.list(all=True)] == ["web"]
    assert (await tools.run("docker_remove", {"container": "old"}, probe=True)).ok
    daemon.images.get(IMAGE).tag("spare", "1")
    assert (await tools.run("docker_remove", {"image": "spare:1"})).ok
    needed = await tools.run("docker_remove", {"image": IMAGE})
    assert (needed.ok, needed.code) == (False, "refused")
    assert daemon.images.get(IMAGE)


@pytest.mark.timeout(120)
async def test_an_image_is_fetched_and_removed(
    tools: Registry, daemon: docker.DockerClient
) -> None:
    with registry_wire() as host:
        image = f"{host}/tea:1"
        now = await tools.identify("docker_pull", {"image": image})
        assert now == {f"image:{image}": "not here"}
        result = await tools.run("docker_pull", {"image": image})
        assert result.ok, result.text
        assert daemon.images.get(image).attrs["Config"]["Cmd"] == ["/tea"]
        assert result.undo is not None
        assert (await tools.run("docker_pull", {"image": image})).undo is None
        assert (await tools.run(result.undo.tool, result.undo.arguments)).ok
        assert not daemon.images.list(name=f"{host}/tea")
        for missing in (f"{host}/tea:2", f"{host}/coffee:1"):
            assert not (await tools.run("docker_pull", {"image": missing})).ok


TOUCH: dict[str, dict[str, Any]] = {
    "docker_start": {},
    "docker_stop": {},
    "docker_restart": {},
    "docker_exec": {"command": ["sh", "-c", "exit 0"]},
    "docker_remove": {},
}


@pytest.mark.parametrize("tool", TOUCH)
async def test_what_is_protected_is_not_touched_by_any_name(
    tools: Registry, dockerd: str, daemon: docker.DockerClient, tool: str
) -> None:
    started(dockerd, "nexus-db", LIVES)
    known = daemon.containers.get("nexus-db")
    assert known.id is not None
    before = known.attrs["State"]
    found = tools.assess(tool, {"container": "nexus-db", **TOUCH[tool]}, OWNER)
    assert (found.tier, found.code) == (Tier.BLACK, "protected")
    for called in ("nexus-db", known.id, known.id[:12], "NEXUS-DB", "/nexus-db", "nexus"):
        arguments = {"container": called, **TOUCH[tool]}
        assert not (await tools.run(tool, arguments)).ok
    known.reload()
    assert known.attrs["State"] == before


@pytest.mark.parametrize("tool", TOUCH)
async def test_what_is_absent_or_no_name_is_said(tools: Registry, tool: str) -> None:
    missing = await tools.run(tool, {"container": "nobody", **TOUCH[tool]})
    assert (missing.ok, missing.code) == (False, "not_found")
    for name in ("../x", "-v", "a b", "a/../b", "", "ä", "x" * 200, "a\n", "a?force=1"):
        wrong = await tools.run(tool, {"container": name, **TOUCH[tool]})
        assert (wrong.ok, wrong.code) == (False, "invalid"), wrong.text


@pytest.mark.parametrize("tool", TOUCH)
async def test_a_daemon_that_is_away_is_said(tmp_path: Path, tool: str) -> None:
    house = registry(tmp_path)
    result = await house.run(tool, {"container": "web", **TOUCH[tool]})
    assert (result.ok, result.code) == (False, "transient")
    assert "not running on this machine" in result.text


@pytest.mark.parametrize(
    "image", ["--help", "a b", "A", "../x", "a:b:c", "a@sha256:1", "http://a/b", "a\n", "x" * 300]
)
async def test_what_is_no_image_reaches_no_daemon(tmp_path: Path, image: str) -> None:
    house = registry(tmp_path)
    for tool in ("docker_pull", "docker_remove"):
        assert (await house.run(tool, {"image": image})).code == "invalid"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"privileged": True}, "privileged"),
        ({"pid_mode": "host"}, "pid namespace"),
        ({"network_mode": "host"}, "network namespace"),
        ({"cap_add": ["SYS_ADMIN"]}, "capabilities"),
        ({"volumes": {"/": {"bind": "/host", "mode": "rw"}}}, "it has / of the machine"),
        ({"devices": ["/dev/null:/dev/x"]}, "devices"),
    ],
)
async def test_nothing_runs_where_the_machine_is_open(
    tools: Registry, daemon: docker.DockerClient, options: dict[str, Any], why: str
) -> None:
    around = {"network_mode": "none", **options}
    daemon.containers.create(IMAGE, ["/bin/sh", "-c", LIVES], name="open", **around)
    witness = ["sh", "-c", "echo x > /host/tmp/livos-out || echo GOT"]
    result = await tools.run("docker_exec", {"container": "open", "command": witness})
    assert (result.ok, result.code) == (False, "forbidden")
    assert why in result.text
    assert not await asyncio.to_thread(Path("/tmp/livos-out").exists)


async def test_a_container_that_was_replaced_is_another_one(
    tools: Registry, dockerd: str, daemon: docker.DockerClient
) -> None:
    started(dockerd, "web", LIVES)
    before = await tools.identify("docker_stop", {"container": "web"})
    daemon.containers.get("web").remove(force=True)
    started(dockerd, "web", LIVES)
    assert await tools.identify("docker_stop", {"container": "web"}) != before


def test_each_is_as_dangerous_as_it_is(tmp_path: Path) -> None:
    house = registry(tmp_path)

    def tier(tool: str, **arguments: Any) -> Tier:
        return house.assess(tool, arguments, OWNER).tier

    assert tier("docker_start", container="web") == Tier.YELLOW
    assert tier("docker_restart", container="web") == Tier.YELLOW
    assert tier("docker_stop", container="web") == Tier.ORANGE
    assert tier("docker_exec", container="web", command=["ls"]) == Tier.ORANGE
    assert tier("docker_pull", image="nginx") == Tier.ORANGE
    assert tier("docker_remove", image="nginx") == Tier.ORANGE
    assert tier("docker_remove", container="web") == Tier.RED
    assert tier("docker_remove") == Tier.BLACK
    assert tier("docker_remove", container="web", image="nginx") == Tier.BLACK
    shown = house.assess("docker_exec", {"container": "web", "command": ["a b", "$(c)"]}, OWNER)
    assert shown.command == "docker exec web 'a b' '$(c)'"


async def test_a_daemon_that_hangs_is_left(tmp_path: Path) -> None:
    """The tool's own limit would end it, had the gateway none."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "d"))
        server.listen(1)
        house = registry(tmp_path, f"unix://{tmp_path}/d")
        began = time.monotonic()
        result = await house.run("docker_start", {"container": "web"})
        assert (result.ok, result.code) == (False, "transient")
        assert time.monotonic() - began < 30
