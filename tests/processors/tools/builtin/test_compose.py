"""Compose projects as the agent may use them: shown, planned, approved, run as planned."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from processors.tools.policy import Policies, Policy
from processors.tools.registry import Registry
from processors.tools.tiers import Situation
from schemas.errors import Conflict, Expected, Forbidden
from schemas.tools import Tier
from tests.gateways.machines.dockerd import IMAGE
from tests.processors.tools.conftest import registry

OWNER = Situation(profile="full", person="owner")
POLICY = Policy(protected=("container:nexus*", "project:/srv/own*"))
ORDERLY = f"services: {{web: {{image: {IMAGE}, command: [/bin/sh]}}}}"
OPEN_PORT = f"services: {{web: {{image: {IMAGE}, ports: ['8080:80']}}}}"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "open" / "photos"
    folder.mkdir(parents=True)
    (folder / "compose.yaml").write_text(ORDERLY)
    return folder


@pytest.fixture
def tools(tmp_path: Path, project: Path, dockerd: str) -> Registry:
    ran = tmp_path / "ran.py"
    ran.write_text(f"import sys\nopen({str(tmp_path / 'ran')!r}, 'a').write(sys.argv[-1] + '\\n')")
    return registry(
        tmp_path, dockerd, policies=Policies(POLICY), compose=[sys.executable, str(ran)]
    )


@pytest.fixture
def daemon(dockerd: str) -> Iterator[docker.DockerClient]:
    client = docker.DockerClient(dockerd, timeout=20)
    yield client
    for one in client.containers.list(all=True):
        one.remove(force=True)
    client.close()


async def word(tools: Registry) -> str:
    shown = await tools.run("compose_show", {"project": "photos"})
    assert shown.ok, shown.text
    assert shown.data is not None
    found: str = shown.data["plan"]
    return found


def ran(tmp_path: Path) -> str:
    file = tmp_path / "ran"
    return file.read_text() if file.exists() else ""


async def test_a_plan_says_how_dangerous_it_is(tools: Registry, project: Path) -> None:
    plain = {"project": "photos", "plan": await word(tools)}
    assessed = tools.assess("compose_up", plain, OWNER)
    assert assessed.tier == Tier.ORANGE
    assert plain["plan"] in assessed.command
    (project / "compose.yaml").write_text(OPEN_PORT)
    risky = {"project": "photos", "plan": await word(tools)}
    assert risky["plan"].startswith("ports:")
    assessed = tools.assess("compose_up", risky, OWNER)
    assert (assessed.tier, assessed.reasons) == (
        Tier.RED, ("others than this machine reach its ports",)
    )  # fmt: skip
    shown = await tools.run("compose_show", {"project": "photos"})
    assert "It needs a second factor, because others than this machine reach" in shown.text
    for plan in ("", "plain", "bold:0123456789abcdef", "plain+bold:0123456789abcdef"):
        assessed = tools.assess("compose_up", {"project": "photos", "plan": plan}, OWNER)
        assert assessed.tier == Tier.BLACK


async def test_a_file_that_was_changed_is_not_what_was_planned(
    tools: Registry, project: Path, tmp_path: Path
) -> None:
    given = {"project": "photos", "plan": await word(tools)}
    before = await tools.identify("compose_up", given)
    (project / "compose.yaml").write_text(OPEN_PORT)
    with pytest.raises(Conflict, match="not what this plan says"):
        await tools.identify("compose_up", given)
    found = await tools.run("compose_up", given)
    assert (found.ok, found.code) == (False, "conflict")
    # A milder word for what is dangerous is the word of nothing.
    _, _, digest = (await word(tools)).partition(":")
    mild = {"project": "photos", "plan": f"plain:{digest}"}
    assert not (await tools.run("compose_up", mild)).ok
    assert ran(tmp_path) == ""
    (project / "compose.yaml").write_text(ORDERLY)
    assert await tools.identify("compose_up", given) == before


async def test_what_runs_is_told_with_a_way_back(
    tools: Registry, project: Path, tmp_path: Path, daemon: docker.DockerClient
) -> None:
    given = {"project": "photos", "plan": await word(tools)}
    nothing = await tools.run("compose_up", given)
    assert (nothing.ok, nothing.code) == (False, "exit")
    labels = {
        "com.docker.compose.project": "photos",
        "com.docker.compose.project.working_dir": str(project),
    }
    daemon.containers.run(
        IMAGE, ["/bin/sh", "-c", "sleep 60"], name="photos-web-1", labels=labels, detach=True,
        network_mode="none",
    )  # fmt: skip
    up = await tools.run("compose_up", given)
    assert up.ok, up.text
    assert up.text == "photos is up; running: photos-web-1."
    assert ran(tmp_path) == "--detach\n--detach\n"
    # The program in compose's place removes nothing, and that is told too.
    down = await tools.run("compose_down", {"project": "photos"})
    assert (down.ok, down.code) == (False, "conflict")
    await asyncio.to_thread(lambda: daemon.containers.get("photos-web-1").remove(force=True))
    gone = await tools.run("compose_down", {"project": "photos"})
    assert gone.text == "photos does not run."


async def test_what_nobody_touches_is_not_touched_by_a_project(
    tools: Registry, project: Path, tmp_path: Path, daemon: docker.DockerClient
) -> None:
    for text in (
        f"name: nexus-own\n{ORDERLY}",
        f"services: {{a: {{image: {IMAGE}, container_name: nexus-redis}}}}",
    ):
        (project / "compose.yaml").write_text(text)
        for name in ("compose_show", "compose_down"):
            found = await tools.run(name, {"project": "photos"})
            assert (found.ok, found.code) == (False, "forbidden"), found.text
    (project / "compose.yaml").write_text(ORDERLY)
    labels = {
        "com.docker.compose.project": "photos",
        "com.docker.compose.project.working_dir": str(project),
    }
    daemon.containers.create(
        IMAGE, ["/bin/sh"], name="nexus-db", labels=labels, network_mode="none"
    )
    with pytest.raises(Forbidden, match="Nobody touches nexus-db"):
        await tools.identify("compose_down", {"project": "photos"})
    assessed = tools.assess("compose_down", {"project": "/srv/own/x"}, OWNER)
    assert (assessed.tier, assessed.code) == (Tier.BLACK, "protected")
    assert ran(tmp_path) == ""


@pytest.mark.parametrize("path", ["/etc", "../x", "/", "photos/../../x"])
async def test_a_project_is_where_the_owner_opened(tools: Registry, path: str) -> None:
    with pytest.raises(Expected):
        await tools.identify("compose_down", {"project": path})


async def test_without_compose_it_is_black_and_says_why(
    tmp_path: Path, project: Path, dockerd: str
) -> None:
    tools = registry(tmp_path, dockerd, compose=[])
    given = {"project": "photos", "plan": await word(tools)}
    assessed = tools.assess("compose_up", given, OWNER)
    assert assessed.tier == Tier.BLACK
    assert "docker compose is not installed" in assessed.reasons[0]
    assert (await tools.run("compose_show", {"project": "photos"})).ok
