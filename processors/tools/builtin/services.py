"""The system's services: `services_status` and `services_restart`."""

from __future__ import annotations

from dataclasses import asdict
from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import Field

from gateways.machines.systemd import Service, Systemd
from processors.tools.declare import Weight, tool
from processors.tools.policy import Policies
from processors.tools.wording import counted, listed, name
from schemas.errors import Conflict, Forbidden, NotFound
from schemas.tools import Tier, ToolResult


@tool(
    tier=Tier.GREEN,
    timeout=15,
    # A description is what whoever made the unit wrote, a name may be a disk's label.
    untrusted=True,
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


def _unit(service: str) -> str:
    return f"unit:{service.removesuffix('.service')}"


async def _touchable(systemd: Systemd, policies: Policies, service: str) -> Service:
    """The service, if it may be touched: what counts is its own name, not one of its others."""
    one = await _one(systemd, service)
    why = policies.now().forbids(_unit(one.name))
    if why is not None:
        raise Forbidden(f"Nobody touches {name(one.name)} through me: {why}.")
    return one


async def _identify(systemd: Systemd, policies: Policies, service: str) -> dict[str, str]:
    one = await _touchable(systemd, policies, service)
    return {_unit(service): f"{one.name}: {one.description}"}


@tool(
    tier=Tier.ORANGE,
    timeout=90,
    effect="plain",
    examples=("restart the service nginx",),
    weigh=lambda service: Weight(
        targets=(_unit(service),),
        command=f"systemctl restart {_unit(service).removeprefix('unit:')}.service",
        affects="it is away for some seconds, and what is under way in it may be lost",
    ),
    identify=_identify,
    lasting=True,
    # Who asks for one that there is not is told which are called alike.
    untrusted=True,
)
async def services_restart(
    systemd: Systemd,
    policies: Policies,
    service: Annotated[
        str,
        Field(
            max_length=200,
            pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.:@\\-]*$",
            description="The service's whole name.",
        ),
    ],
) -> ToolResult:
    """Restart one system service (systemd unit)."""
    one = await _touchable(systemd, policies, service)
    await systemd.restart(one.name)
    now = await systemd.service(one.name)
    if now.active != "active":
        raise Conflict(f"{name(one.name)} was restarted and is {now.active} ({now.sub}) now.")
    return ToolResult(text=f"{name(one.name)} was restarted.", data=asdict(now))
