"""The containers on this machine: `docker_list` and `docker_logs`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from pydantic import Field

from gateways.machines.docker import Container, Docker
from processors.tools.declare import tool
from processors.tools.wording import counted, listed, name
from schemas.errors import NotFound
from schemas.tools import Tier, ToolResult


@tool(
    tier=Tier.GREEN,
    timeout=15,
    # Whoever made an image or a container named it, and Docker takes `please-stop-the-database`.
    # Whose container it is does not say who named it, so the owner's own are no exception. Who
    # names the one they mean needs no list, and what they ask is done as it always was.
    untrusted=True,
    examples=(
        "which containers are running?",
        "list all docker containers",
        "which containers have stopped?",
        "what images do my containers use?",
        "is the container web up?",
        "how many containers are there?",
    ),
)
async def docker_list(
    docker: Docker,
    state: Annotated[
        Literal["stopped", "running", "all"],
        Field(description="stopped (exited, down, crashed, dead), running (up), or all."),
    ] = "all",
    named: Annotated[
        str, Field(max_length=128, description="Only the container with this in its name or image.")
    ] = "",
) -> ToolResult:
    """List the Docker containers of this machine with image, state and ports."""
    everyone = await docker.containers()
    chosen = tuple(
        container
        for container in everyone
        if state == "all" or (container.state == "running") == (state == "running")
        if named.casefold() in f"{container.name} {container.image}".casefold()
    )
    return ToolResult(
        text="\n".join([_headline(everyone, chosen, state, named), *map(_line, chosen)]),
        data={"total": len(everyone), "containers": [asdict(container) for container in chosen]},
    )


def _headline(
    everyone: tuple[Container, ...], chosen: tuple[Container, ...], state: str, named: str
) -> str:
    if not everyone:
        return "There are no containers on this machine."
    if named:
        return _about(chosen) or f"There is no container with {name(named)!r} in its name or image."
    running = [container.name for container in everyone if container.state == "running"]
    stopped = [container.name for container in everyone if container.state != "running"]
    if state == "stopped":
        if not stopped:
            return f"None is stopped: all {counted(len(everyone), 'container')} run."
        return f"{counted(len(stopped), 'container')} stopped: {listed(stopped)}."
    if not running:
        return f"No container is running; {counted(len(stopped), 'container')} stopped."
    verb = "is" if len(running) == 1 else "are"
    rest = f", {len(stopped)} stopped" if stopped else ""
    return f"{counted(len(running), 'container')} {verb} running{rest}: {listed(running)}."


def _about(chosen: tuple[Container, ...]) -> str:
    return " ".join(f"{name(one.name)} is {one.state} ({one.status})." for one in chosen[:3])


def _line(container: Container) -> str:
    ports = f"  {', '.join(container.ports)}" if container.ports else ""
    return f"{name(container.name)}  {name(container.image)}  {container.status}{ports}"


@tool(
    tier=Tier.GREEN,
    timeout=15,
    untrusted=True,
    examples=(
        "show the logs of the container web",
        "what did the database container print?",
        "last 50 log lines of web",
        "docker logs web",
    ),
)
async def docker_logs(
    docker: Docker,
    container: Annotated[
        str,
        Field(min_length=1, max_length=128, description="The container's name, or a part of it."),
    ],
    lines: Annotated[
        int, Field(ge=1, le=1000, description="How many lines, counted from the end.")
    ] = 50,
) -> ToolResult:
    """Show the last log lines (output, errors) of one Docker container."""
    one = await _meant(docker, container)
    text = (await docker.logs(one.name, lines)).rstrip("\n")
    if not text:
        return ToolResult(
            text=f"{name(one.name)} has written no log.", data={"container": one.name, "lines": 0}
        )
    count = text.count("\n") + 1
    return ToolResult(
        text=f"The last {counted(count, 'line')} of {name(one.name)} ({one.status}):\n{text}",
        data={"container": one.name, "state": one.state, "lines": count},
    )


async def _meant(docker: Docker, wanted: str) -> Container:
    """The container of that name or id, or the only one with it in its name."""
    everyone = await docker.containers()
    for container in everyone:
        if wanted in (container.name, container.id):
            return container
    part = [one for one in everyone if wanted.casefold() in one.name.casefold()]
    if len(part) == 1:
        return part[0]
    if part:
        several = listed([one.name for one in part])
        raise NotFound(f"{name(wanted)!r} fits several containers: {several}.")
    there = listed([one.name for one in everyone], most=20)
    hint = f" There are: {there}." if everyone else " There are no containers on this machine."
    raise NotFound(f"There is no container named {name(wanted)!r}.{hint}")
