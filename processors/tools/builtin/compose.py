"""Projects of several containers: `compose_show`, `compose_up`, `compose_down`."""

from __future__ import annotations

import asyncio
from posixpath import normpath
from typing import Annotated

from pydantic import Field

from gateways.machines.compose import PLAIN, Compose, Plan
from gateways.machines.compose_file import Port, Service, mounts
from gateways.machines.docker import Member
from gateways.machines.workspace import Workspace
from processors.tools.declare import Weight, tool
from processors.tools.policy import Policies
from processors.tools.wording import counted, listed, name
from schemas.errors import Conflict, Forbidden
from schemas.tools import Tier, ToolResult, Undo

SECONDS = 880
"""For fetching images and starting; a little less than the tool may take."""
RISKS = {
    "labels": "it has labels, by which other software may open it to the network",
    "mounts": "its containers see folders of yours outside of the project, or very large ones",
    "ports": "others than this machine reach its ports",
}

Folder = Annotated[
    str,
    Field(
        min_length=1,
        max_length=4_096,
        description="Where the compose project is, such as /srv/photos.",
        json_schema_extra={"format": "path"},
    ),
]
PlanWord = Annotated[
    str,
    Field(
        max_length=64,
        pattern=r"^[a-z]+(\+[a-z]+)*:[0-9a-f]{16}$",
        description="The plan's word, as compose_show tells it: exactly that is run.",
    ),
]


async def _planned(
    compose: Compose, workspace: Workspace, policies: Policies, project: str
) -> tuple[Plan, tuple[Member, ...]]:
    """Return a project's plan and its containers, if they may be touched."""
    plan = await asyncio.to_thread(compose.plan, project)
    members = await compose.members(plan)
    called = [one.container_name for one in plan.project.services.values() if one.container_name]
    targets = [f"container:{one}" for one in (plan.name, *called)]
    targets += [f"container:{one.name}" for one in members]
    targets += [
        f"file:{bind.relative_to(workspace.root.resolve())}"
        for bind in plan.binds
        if bind.is_relative_to(workspace.root.resolve())
    ]
    for target in targets:
        why = policies.now().forbids(target)
        if why is not None:
            what = target.partition(":")[2]
            raise Forbidden(f"Nobody touches {name(what)} through me: {why}.")
    return plan, members


@tool(
    tier=Tier.GREEN,
    timeout=30,
    # Whoever wrote the file named its services and images. So what is started in the turn in which
    # it was read needs a second factor; a message that names the plan's word is a turn of its own.
    untrusted=True,
    examples=(
        "show the plan of the compose project /srv/photos",
        "compose plan of /srv/photos",
    ),
)
async def compose_show(
    compose: Compose, workspace: Workspace, policies: Policies, project: Folder
) -> ToolResult:
    """Show the plan of a compose project: services with images and ports, and the plan's word."""
    plan, members = await _planned(compose, workspace, policies, project)
    running = [one.name for one in members if one.state == "running"]
    count = counted(len(plan.project.services), "service")
    lines = [f"{name(plan.name)} in {name(str(plan.folder))} has {count}. Its plan: {plan.word}"]
    lines += [_line(called, service) for called, service in plan.project.services.items()]
    lines += [f"It needs a second factor, because {RISKS[risk]}." for risk in plan.risks]
    lines.append(f"Now running: {listed(running)}." if running else "None of it runs now.")
    why_not = compose.why_not()
    if why_not:
        lines.append(f"It cannot be started here: {why_not}.")
    return ToolResult(
        text="\n".join(lines),
        data={
            "project": plan.name,
            "folder": str(plan.folder),
            "plan": plan.word,
            "risks": list(plan.risks),
            "images": sorted({one.image for one in plan.project.services.values()}),
            "running": running,
        },
    )


def _line(called: str, service: Service) -> str:
    ports = [
        f"{port.host_ip or ''}:{port.published or ''}:{port.target}"
        if isinstance(port, Port)
        else str(port)
        for port in service.ports
    ]
    seen = [f"{one.source or one.type} at {one.target}" for one in mounts(service)]
    about = "".join(
        f"; {what} {name(', '.join(found))}"
        for what, found in (("ports", ports), ("sees", seen))
        if found
    )
    return f"{name(called)}: {name(service.image)}{about}"


def _weigh_up(project: str, plan: str) -> Weight:
    risks = [one for one in plan.partition(":")[0].split("+") if one != PLAIN]
    unknown = [one for one in risks if one not in RISKS]
    if unknown:
        return Weight(black="invalid", reasons=("no plan has such a word",))
    return Weight(
        # The word says the risks, and nothing else than what it says is run.
        tier=Tier.RED if risks else Tier.ORANGE,
        reasons=tuple(RISKS[one] for one in risks),
        targets=(f"project:{normpath(project)}",),
        command=f"docker compose up --detach, in {project}, as planned: {plan}",
        affects="software of others is fetched and runs in containers, and reaches the network",
        undo="compose_down stops and removes it; its volumes stay",
    )


async def _identify(
    compose: Compose, workspace: Workspace, policies: Policies, project: str
) -> dict[str, str]:
    plan, members = await _planned(compose, workspace, policies, project)
    ids = ", ".join(one.id[:12] for one in members) or "no containers"
    return {f"project:{normpath(project)}": f"{plan.name} in {plan.folder}: {plan.word}, {ids}"}


async def _identify_planned(
    compose: Compose, workspace: Workspace, policies: Policies, project: str, plan: str
) -> dict[str, str]:
    found = await _identify(compose, workspace, policies, project)
    _same((await asyncio.to_thread(compose.plan, project)).word, plan)
    return found


def _same(now: str, plan: str) -> None:
    if now != plan:
        raise Conflict("The project is not what this plan says; look at it with compose_show.")


@tool(
    tier=Tier.ORANGE,
    timeout=900,
    effect="idempotent",
    examples=("start the compose project in /srv/photos",),
    weigh=_weigh_up,
    identify=_identify_planned,
    ready=lambda compose: compose.why_not(),
    sends=True,
    untrusted=True,
)
async def compose_up(
    compose: Compose, workspace: Workspace, policies: Policies, project: Folder, plan: PlanWord
) -> ToolResult:
    """Start a compose project exactly as compose_show planned it, fetching its images."""
    found, before = await _planned(compose, workspace, policies, project)
    _same(found.word, plan)
    await compose.up(found, SECONDS)
    running = [one.name for one in await compose.members(found) if one.state == "running"]
    return ToolResult(
        text=f"{name(found.name)} is up; running: {listed(running)}."
        if running
        else f"{name(found.name)} was started, and nothing of it runs; look at its logs.",
        data={"project": found.name, "running": running},
        ok=bool(running),
        code=None if running else "exit",
        undo=None if before else _undo("compose_down", {"project": project}, "stop and remove it"),
    )


def _undo(tool: str, arguments: dict[str, str], says: str) -> Undo:
    return Undo(tool=tool, arguments=arguments, says=says)


@tool(
    tier=Tier.ORANGE,
    timeout=200,
    effect="idempotent",
    examples=("stop the compose project in /srv/photos",),
    weigh=lambda project: Weight(
        targets=(f"project:{normpath(project)}",),
        command=f"docker compose down, in {project}",
        affects="its containers are gone, with what they wrote outside of volumes",
        undo="it is started again; its volumes stay",
    ),
    identify=_identify,
    ready=lambda compose: compose.why_not(),
    untrusted=True,
)
async def compose_down(
    compose: Compose, workspace: Workspace, policies: Policies, project: Folder
) -> ToolResult:
    """Stop a compose project's containers and remove them; its volumes stay."""
    plan, before = await _planned(compose, workspace, policies, project)
    if not before:
        return ToolResult(text=f"{name(plan.name)} does not run.", data={"project": plan.name})
    await compose.down(plan, 180)
    left = [one.name for one in await compose.members(plan)]
    if left:
        raise Conflict(f"{name(plan.name)} was stopped, and there still is: {listed(left)}.")
    return ToolResult(
        text=f"{name(plan.name)} is stopped and removed; its volumes stay.",
        data={"project": plan.name, "removed": [one.name for one in before]},
        undo=_undo("compose_up", {"project": project, "plan": plan.word}, "start it again"),
    )
