"""What the web door says of the machine, and to whom."""

from __future__ import annotations

import os
import shutil

import pytest

from schemas.monitor import ContainersView, MachineView, ProcessesView, RedisesView, ServicesView
from tests.web.conftest import home
from tests.web.house import BOB, House

__all__ = ["home"]

PATHS = ("", "/history", "/processes", "/services", "/containers", "/containers/web/log",
         "/redis", "/services/ssh/log")  # fmt: skip


async def test_the_owner_sees_what_the_system_says(home: House) -> None:
    said = await home.client().get("/api/monitor")
    machine = MachineView.model_validate_json(said.content)
    assert machine.hostname == os.uname().nodename
    assert machine.disks[0].mount == "/"
    assert machine.disks[0].total == shutil.disk_usage("/").total

    processes = await home.client().get("/api/monitor/processes")
    found = ProcessesView.model_validate_json(processes.content)
    assert found.total >= len(found.processes) > 0
    assert "cmdline" not in processes.text


async def test_both_redis_say_how_they_are(home: House) -> None:
    said = (await home.client().get("/api/monitor/redis")).content
    found = {one.name: one for one in RedisesView.model_validate_json(said).servers}
    assert (found["durable"].aof, found["live"].aof) == (True, False)
    assert found["durable"].policy == "noeviction"
    assert all(one.used > 0 and not one.missing for one in found.values())


async def test_where_docker_or_systemd_is_not_it_says_so(home: House) -> None:
    services = (await home.client().get("/api/monitor/services")).content
    containers = (await home.client().get("/api/monitor/containers")).content
    shown = ServicesView.model_validate_json(services)
    assert bool(shown.services) != bool(shown.missing)
    boxes = ContainersView.model_validate_json(containers)
    assert boxes.containers or boxes.missing or not boxes.containers


@pytest.mark.parametrize("path", PATHS)
async def test_nobody_but_the_owner_sees_the_machine(home: House, path: str) -> None:
    said = await home.client(BOB).get(f"/api/monitor{path}")
    assert said.status_code == 403
    assert said.json()["detail"] == "How the machine is, is for the owner."


async def test_a_name_that_can_be_no_containers_is_refused(home: House) -> None:
    said = await home.client().get("/api/monitor/containers/a%20b/log")
    assert said.status_code in {404, 422, 400}
