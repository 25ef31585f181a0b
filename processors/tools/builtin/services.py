"""The system's services: `services_status`."""

from __future__ import annotations

from dataclasses import asdict
from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import Field

from gateways.machines.systemd import Service, Systemd
from processors.tools.declare import tool
from processors.tools.wording import counted, listed, name
from schemas.errors import NotFound
from schemas.tools import Tier, ToolResult


@tool(
    tier=Tier.GREEN,
    timeout=15,
    examples=(
        "which services have failed?",
        "is the service ssh running?",
        "status of nginx.service",
        "list the system services",
        "are all daemons ok?",
    ),
)
async def services_status(
    systemd: Systemd,
    service: Annotated[
        str, Field(max_length=200, description="One service's (unit, daemon) name.")
    ] = "",
    state: Annotated[
        Literal["failed", "running", "all"],
        Field(description="failed (broken, crashed, dead), running (active), or all."),
    ] = "all",
) -> ToolResult:
    """Tell which system services (daemons, systemd units) are running or have failed."""
    if service:
        one = await _one(systemd, service)
        return ToolResult(text=_sentence(one), data=asdict(one))
    everyone = await systemd.services()
    failed = tuple(item for item in everyone if item.active == "failed")
    running = tuple(item for item in everyone if item.sub == "running")
    chosen = {"failed": failed, "running": running, "all": (*failed, *running)}[state]
    bad = (
        f"{counted(len(failed), 'service')} failed: {listed([item.name for item in failed], 10)}"
        if failed
        else "No service has failed"
    )
    return ToolResult(
        text="\n".join([f"{bad}; {len(running)} are running.", *map(_line, chosen)]),
        data={
            "failed": len(failed),
            "running": len(running),
            "services": [asdict(item) for item in chosen],
        },
    )


async def _one(systemd: Systemd, wanted: str) -> Service:
    try:
        return await systemd.service(wanted)
    except NotFound as error:
        known = [item.name for item in await systemd.services()]
        near = get_close_matches(wanted, known, n=3) or [one for one in known if wanted in one][:3]
        if not near:
            raise
        raise NotFound(f"{error} Similar: {listed(near)}.") from error


def _sentence(one: Service) -> str:
    process = f", process {one.pid}" if one.pid else ""
    result = f"; result: {one.result}" if one.result not in ("", "success") else ""
    start = f" At boot: {one.enabled}." if one.enabled else ""
    return (
        f"{name(one.name)} is {one.active} ({one.sub}{process}{result}).{start}\n"
        f"{name(one.description)}"
    )


def _line(one: Service) -> str:
    return f"{name(one.name)}  {one.active} ({one.sub})  {name(one.description)}"
