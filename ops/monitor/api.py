"""The machine at the web door: for the owner, who alone may see what else runs on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import structlog
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from gateways.machines.docker import Docker
from gateways.machines.systemd import Systemd
from gateways.machines.vitals import Vitals
from ops.monitor.service import Monitor
from ops.slice import House
from schemas.errors import Expected, Forbidden, Transient
from schemas.monitor import (
    ContainersView,
    ContainerView,
    HistoryView,
    LogView,
    MachineView,
    ProcessesView,
    ProcessView,
    RedisesView,
    RedisView,
    ServicesView,
    ServiceView,
)
from streams.checkup import Checkup
from streams.roles import Server
from web.app import Endpoint
from web.auth import caller
from web.http import answer

log = structlog.get_logger("monitor")

MOST_PROCESSES = 200
LOG_LINES = 500
CONNECTIONS = 1

Shown = Callable[[Request], Awaitable[BaseModel]]


class Monitoring:
    """The endpoints of the machine.

    Args:
        house: what every slice is handed.
        vitals: the machine.
        docker: its containers.
        systemd: its services.
    """

    def __init__(
        self,
        house: House,
        vitals: Vitals | None = None,
        docker: Docker | None = None,
        systemd: Systemd | None = None,
    ) -> None:
        self._vitals = vitals or Vitals()
        self._docker = docker or Docker()
        self._systemd = systemd or Systemd()
        self._monitor = Monitor(self._vitals)
        self._notes = house.notes
        servers: tuple[Server, ...] = ("durable", "live")
        self._redis = {one: Checkup(house.runtime.beside(one, CONNECTIONS)) for one in servers}
        path = "/api/monitor"
        self.endpoints: Sequence[Endpoint] = (
            self._shows(path, self.machine, MachineView),
            self._shows(f"{path}/history", self.history, HistoryView),
            self._shows(f"{path}/processes", self.processes, ProcessesView),
            self._shows(f"{path}/services", self.services, ServicesView),
            self._shows(f"{path}/services/{{name}}/log", self.service_log, LogView),
            self._shows(f"{path}/redis", self.redis, RedisesView),
            self._shows(f"{path}/containers", self.containers, ContainersView),
            self._shows(f"{path}/containers/{{name}}/log", self.container_log, LogView),
        )
        self._running = asyncio.create_task(self._monitor.run(), name="monitor")
        self._running.add_done_callback(lambda task: _ended(task, house.runtime.broken))

    async def close(self) -> None:
        """Look no more."""
        self._running.cancel()
        with suppress(asyncio.CancelledError):
            await self._running
        for redis in self._redis.values():
            await redis.close()

    async def machine(self, _request: Request) -> MachineView:
        """Say how the machine is, and was in the last minutes."""
        self._monitor.watched()
        memory = self._vitals.memory()
        return MachineView(
            **asdict(self._vitals.identity()),
            uptime_s=self._vitals.uptime(),
            load=self._vitals.load(),
            memory_total=memory.total,
            swap_total=memory.swap_total,
            swap_used=memory.swap_used,
            disks=_fields(await self._monitor.disks()),
            sensors=_fields(self._vitals.temperatures()),
            samples=tuple(self._monitor.recent),
        )

    async def history(self, _request: Request) -> HistoryView:
        """Say how the machine was in the last 24 hours, a sample a minute."""
        return HistoryView(samples=tuple(self._monitor.minutes))

    async def processes(self, _request: Request) -> ProcessesView:
        """Name the processes that use the most; the command lines are left out."""
        found = await self._vitals.processes()
        most = sorted(found, key=lambda one: (one.cpu, one.memory), reverse=True)[:MOST_PROCESSES]
        return ProcessesView(
            processes=tuple(ProcessView.model_validate(asdict(one)) for one in most),
            total=len(found),
        )

    async def services(self, _request: Request) -> ServicesView:
        """Name the services of systemd."""
        try:
            found = await self._systemd.services()
        except Expected as error:
            return ServicesView(services=(), missing=str(error))
        return ServicesView(
            services=tuple(ServiceView.model_validate(asdict(one)) for one in found)
        )

    async def service_log(self, request: Request) -> LogView:
        """Show the last lines that a service wrote."""
        try:
            return LogView(text=await self._systemd.log(request.path_params["name"], LOG_LINES))
        except Transient as error:
            return LogView(text="", missing=str(error))

    async def redis(self, _request: Request) -> RedisesView:
        """Say how both Redis servers are: what they keep, how full they are."""
        servers = await asyncio.gather(*(_server(*each) for each in self._redis.items()))
        return RedisesView(servers=tuple(servers), notes=self._notes)

    async def containers(self, _request: Request) -> ContainersView:
        """Name the containers of Docker."""
        try:
            found = await self._docker.containers()
        except Expected as error:
            return ContainersView(containers=(), missing=str(error))
        return ContainersView(
            containers=tuple(
                ContainerView.model_validate({**asdict(one), "at": one.created * 1_000})
                for one in found
            )
        )

    async def container_log(self, request: Request) -> LogView:
        """Show the last lines that a container wrote."""
        try:
            return LogView(text=await self._docker.logs(request.path_params["name"], LOG_LINES))
        except Transient as error:
            return LogView(text="", missing=str(error))

    def _shows(self, path: str, show: Shown, gives: type[BaseModel]) -> Endpoint:
        async def call(request: Request) -> Response:
            if caller(request).role != "owner":
                raise Forbidden("How the machine is, is for the owner.")
            return answer(await show(request))

        call.__doc__ = show.__doc__
        return Endpoint("GET", path, call, "read", gives=gives)


async def _server(name: Server, checkup: Checkup) -> RedisView:
    try:
        found = asdict(await checkup.look())
    except Expected as error:
        return RedisView(name=name, missing=str(error))
    saved = found["saved_at"]
    return RedisView(**{**found, "name": name, "saved_at": saved and saved * 1_000})


def _fields(found: Sequence[Any]) -> Any:
    """Return plain values, for a model to check."""
    return tuple(asdict(one) for one in found)


def _ended(task: asyncio.Task[None], broken: asyncio.Event) -> None:
    """A bug ended it: only a new process helps."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("monitor.broken", exc_info=error)
        broken.set()
