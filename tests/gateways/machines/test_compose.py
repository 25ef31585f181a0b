"""Compose projects: what is planned is what is run, and nothing beside it is seen."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from gateways.machines.compose import Compose
from gateways.machines.docker import Docker
from gateways.machines.filesystem import Files
from schemas.errors import Expected, Forbidden, Invalid, NotFound, Refused
from tests.gateways.machines.dockerd import IMAGE, started

SEEING = "services: {a: {image: x, volumes: ['%s:/x']}}"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An open folder with a project in it, and a closed one beside it."""
    project = tmp_path / "open" / "Photos"
    (project / "site").mkdir(parents=True)
    (project / "site" / "index.html").write_text("hello")
    (tmp_path / "open" / "music" / "deep").mkdir(parents=True)
    (tmp_path / "open" / "state").mkdir()
    (tmp_path / "outside").mkdir()
    write(tmp_path, "services: {web: {image: nginx, volumes: ['./site:/site:ro']}}")
    return tmp_path


def write(home: Path, text: str) -> None:
    (home / "open" / "Photos" / "compose.yaml").write_text(text)


def compose(home: Path, url: str = "", program: list[str] | None = None) -> Compose:
    files = Files([home / "open"], protected=[home / "open" / "state"])
    return Compose(files, Docker(url or f"unix://{home}/none.sock"), program)


def test_a_plan_is_a_word_for_exactly_what_would_run(home: Path) -> None:
    one = compose(home)
    plan = one.plan("Photos")
    assert (plan.name, plan.folder, plan.risks) == ("photos", home / "open" / "Photos", ())
    assert plan.word.startswith("plain:")
    (mount,) = json.loads(plan.written)["services"]["web"]["volumes"]
    assert mount["source"] == str(home / "open" / "Photos" / "site")
    # What is beside the file, and what it says in other words, changes nothing.
    (home / "open" / "Photos" / ".env").write_text("COMPOSE_FILE=/etc/passwd\n")
    (home / "open" / "Photos" / "compose.override.yaml").write_text("services: {b: {image: y}}")
    assert one.plan("Photos").word == plan.word
    write(home, "services: {web: {image: nginx:1, volumes: ['./site:/site:ro']}}")
    assert one.plan("Photos").word != plan.word


def test_a_folder_beside_the_project_needs_more(home: Path) -> None:
    write(home, SEEING % "../music")
    with pytest.raises(Forbidden, match=r"\.\."):
        compose(home).plan("Photos")
    write(home, SEEING % (home / "open" / "music"))
    assert compose(home).plan("Photos").risks == ("mounts",)


def test_where_no_container_may_look(home: Path) -> None:
    project = home / "open" / "Photos"
    (project / "link").symlink_to("/etc")
    (home / "open" / "music" / "deep" / ".ssh").mkdir()
    os.mkfifo(project / "pipe")
    for source in (
        "/", "/etc", "/var/run/docker.sock", home / "outside", home, "~", "~/x", "./link",
        "./link/passwd", "./nothing", "./pipe", home / "open", home / "open" / "state",
        home / "open" / "music", "./site/../../state",
    ):  # fmt: skip
        write(home, SEEING % source)
        with pytest.raises(Expected):
            compose(home).plan("Photos")
    write(home, "services: {a: {image: x, volumes: ['data:/x']}}")
    with pytest.raises(Forbidden, match="no volume data"):
        compose(home).plan("Photos")


def test_a_path_with_a_dollar_stays_one(home: Path) -> None:
    (home / "open" / "Photos" / "$HOME").mkdir()
    write(home, SEEING % "./$$HOME")
    plan = compose(home).plan("Photos")
    assert plan.binds == (home / "open" / "Photos" / "$HOME",)
    assert b"Photos/$$HOME" in plan.written


def test_what_is_no_project(home: Path) -> None:
    one = compose(home)
    with pytest.raises(NotFound, match="no compose file"):
        one.plan("music")
    with pytest.raises(NotFound):
        one.plan("nothing")
    for path in ("/etc", "../outside", "state"):
        with pytest.raises(Forbidden):
            one.plan(path)
    (home / "open" / "Photos" / "compose.yaml").unlink()
    (home / "open" / "Photos" / "compose.yaml").symlink_to("/etc/passwd")
    with pytest.raises(Expected):
        one.plan("Photos")
    (home / "open" / "___").mkdir()
    (home / "open" / "___" / "compose.yml").write_text("services: {a: {image: x}}")
    with pytest.raises(Invalid, match="no name"):
        one.plan("___")


RECORDER = """import json, os, sys
file = sys.argv[sys.argv.index("--file") + 1]
told = {"words": sys.argv[1:], "environment": dict(os.environ), "file": open(file).read()}
open(%r, "w").write(json.dumps(told))
sys.exit("no such image" if "down" in sys.argv else 0)
"""
"""A program in compose's place: it writes down how it was called."""


async def test_the_program_sees_the_plan_and_nothing_of_ours(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPOSE_FILE", "/etc/passwd")
    monkeypatch.setenv("SECRET", "WITNESS")
    (home / "recorder.py").write_text(RECORDER % str(home / "told"))
    one = compose(home, program=[sys.executable, str(home / "recorder.py")])
    assert one.why_not() == ""
    plan = one.plan("Photos")
    await one.up(plan, 20)
    told = json.loads((home / "told").read_text())
    assert told["file"].encode() == plan.written
    words = told["words"]
    assert words[:4] == ["--project-name", "photos", "--project-directory", str(plan.folder)]
    assert Path(words[words.index("--env-file") + 1]).name == "empty"
    assert words[-2:] == ["up", "--detach"]
    assert {"PATH", "HOME", "LC_ALL", "DOCKER_HOST"} <= set(told["environment"])
    assert not {"COMPOSE_FILE", "SECRET"} & set(told["environment"])
    assert told["environment"]["DOCKER_HOST"] == f"unix://{home}/none.sock"
    with pytest.raises(Refused, match="no such image"):
        await one.down(plan, 20)


async def test_without_the_program_it_says_so(home: Path) -> None:
    one = compose(home, program=[])
    assert "docker compose is not installed" in one.why_not()
    with pytest.raises(Refused, match="not installed"):
        await one.up(one.plan("Photos"), 5)


@pytest.fixture
def daemon(dockerd: str) -> Iterator[docker.DockerClient]:
    client = docker.DockerClient(dockerd, timeout=20)
    yield client
    for one in client.containers.list(all=True):
        one.remove(force=True)
    client.close()


async def test_another_project_of_that_name_is_not_ours(
    home: Path, dockerd: str, daemon: docker.DockerClient
) -> None:
    labels = {
        "com.docker.compose.project": "photos",
        "com.docker.compose.project.working_dir": "/srv/photos",
    }
    daemon.containers.create(IMAGE, ["/bin/sh"], name="theirs", labels=labels, network_mode="none")
    started(dockerd, "other", "sleep 60")
    one = compose(home, dockerd)
    with pytest.raises(Forbidden, match="another project named photos, in /srv/photos"):
        await one.members(one.plan("Photos"))
    write(home, "name: mine\nservices: {a: {image: x}}")
    assert await one.members(one.plan("Photos")) == ()


async def test_a_project_runs_and_is_gone(
    home: Path, dockerd: str, daemon: docker.DockerClient
) -> None:
    one = compose(home, dockerd)
    if one.why_not():
        pytest.skip(one.why_not())
    write(home, PROJECT)
    plan = one.plan("Photos")
    await one.up(plan, 100)
    (member,) = await one.members(plan)
    assert (member.state, member.folder) == ("running", str(plan.folder))
    about = daemon.containers.get(member.id).attrs
    assert "PRICE=$5" in about["Config"]["Env"]
    (seen,) = about["Mounts"]
    assert (seen["Source"], seen["RW"]) == (str(plan.folder / "site"), False)
    await one.down(plan, 100)
    assert await one.members(plan) == ()


PROJECT = f"""
services:
  web:
    image: {IMAGE}
    command: ["/bin/sh", "-c", "trap exit TERM; while :; do sleep 1; done"]
    network_mode: none
    environment: {{PRICE: $$5}}
    volumes: ["./site:/site:ro"]
"""
