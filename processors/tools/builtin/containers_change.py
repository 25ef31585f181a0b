"""What can be done to containers: start, stop, restart, run a program, fetch, remove."""

from __future__ import annotations

import shlex
from typing import Annotated

from pydantic import Field

from gateways.machines.docker import Docker
from gateways.machines.docker_changes import Known
from processors.tools.declare import Weight, tool
from processors.tools.policy import Policies
from processors.tools.wording import name, sized
from schemas.errors import Conflict, Forbidden, NotFound
from schemas.tools import Tier, ToolResult, Undo

Container = Annotated[
    str,
    Field(
        min_length=1,
        max_length=128,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
        description="The container's whole name.",
    ),
]
Image = Annotated[
    str,
    Field(
        max_length=255,
        pattern=r"^[a-z0-9][A-Za-z0-9_.:/@-]*$",
        description="The image's name, such as nginx:1.27.",
    ),
]


async def _known(docker: Docker, policies: Policies, container: str) -> Known:
    """The container, if it may be touched: what counts is its name, whatever it was called."""
    one = await docker.known(container)
    for called in (one.name, one.id):
        why = policies.now().forbids(f"container:{called}")
        if why is not None:
            raise Forbidden(f"Nobody touches {name(one.name)} through me: {why}.")
    return one


async def _identify(docker: Docker, policies: Policies, container: str) -> dict[str, str]:
    one = await _known(docker, policies, container)
    return {f"container:{container}": f"{one.name}, id {one.id[:12]}, image {one.image[7:19]}"}


def _weight(verb: str, container: str, affects: str, undo: str = "") -> Weight:
    return Weight(
        targets=(f"container:{container}",),
        command=f"docker {verb} {container}",
        affects=affects,
        undo=undo,
    )


@tool(
    tier=Tier.YELLOW,
    timeout=30,
    effect="idempotent",
    examples=("start the container web",),
    weigh=lambda container: _weight("start", container, "it runs", "it is stopped again"),
    identify=_identify,
    lasting=True,
)
async def docker_start(docker: Docker, policies: Policies, container: Container) -> ToolResult:
    """Start a stopped Docker container."""
    one = await _known(docker, policies, container)
    await docker.change(one.id, "start")
    return ToolResult(
        text=f"{name(one.name)} is running.",
        data={"container": one.name, "id": one.id},
        undo=None if one.running else _undo("stop", one),
    )


@tool(
    tier=Tier.ORANGE,
    timeout=30,
    effect="idempotent",
    examples=("stop the container web",),
    weigh=lambda container: _weight(
        "stop", container, "whoever uses it cannot until it is started", "it is started again"
    ),
    identify=_identify,
    lasting=True,
)
async def docker_stop(docker: Docker, policies: Policies, container: Container) -> ToolResult:
    """Stop a running Docker container."""
    one = await _known(docker, policies, container)
    await docker.change(one.id, "stop")
    return ToolResult(
        text=f"{name(one.name)} is stopped.",
        data={"container": one.name, "id": one.id},
        undo=_undo("start", one) if one.running else None,
    )


def _undo(verb: str, one: Known) -> Undo:
    return Undo(
        tool=f"docker_{verb}", arguments={"container": one.name}, says=f"{verb} {one.name} again"
    )


@tool(
    tier=Tier.YELLOW,
    timeout=45,
    effect="plain",
    examples=("restart the container web",),
    weigh=lambda container: _weight("restart", container, "it is away for some seconds"),
    identify=_identify,
    lasting=True,
)
async def docker_restart(docker: Docker, policies: Policies, container: Container) -> ToolResult:
    """Restart a Docker container."""
    one = await _known(docker, policies, container)
    await docker.change(one.id, "restart")
    now = await docker.known(one.id)
    if not now.running:
        raise Conflict(f"{name(one.name)} was restarted and has ended again; look at its logs.")
    return ToolResult(
        text=f"{name(one.name)} was restarted.", data={"container": one.name, "id": one.id}
    )


def _weigh_exec(container: str, command: list[str]) -> Weight:
    return Weight(
        tier=Tier.ORANGE,
        targets=(f"container:{container}",),
        command=f"docker exec {container} {shlex.join(command)}",
        affects="whatever the program may do in this container, and over its network",
    )


@tool(
    tier=Tier.ORANGE,
    timeout=150,
    effect="plain",
    examples=("run nginx -t in the container web",),
    weigh=_weigh_exec,
    identify=_identify,
    sends=True,
    untrusted=True,
)
async def docker_exec(
    docker: Docker,
    policies: Policies,
    container: Container,
    command: Annotated[
        list[Annotated[str, Field(max_length=4_000, pattern=r"^[^\x00]*$")]],
        Field(min_length=1, max_length=64, description="The program and each of its arguments."),
    ],
    seconds: Annotated[int, Field(ge=1, le=120, description="How long it may take.")] = 30,
) -> ToolResult:
    """Run one program in a running Docker container; no shell reads the arguments."""
    one = await _known(docker, policies, container)
    ended = await docker.execute(one.id, command, seconds)
    output = ended.output.decode(errors="replace").rstrip("\n")
    if ended.code is None:
        headline, code = f"The program was stopped after {seconds} s.", "stopped"
    else:
        how = "ended well" if ended.code == 0 else f"ended with code {ended.code}"
        headline, code = f"The program {how} in {name(one.name)}.", "exit"
    return ToolResult(
        text=f"{headline}\n{output}" if output else f"{headline} It wrote nothing.",
        data={"container": one.name, "code": ended.code},
        ok=ended.code == 0,
        code=None if ended.code == 0 else code,
    )


async def _image(docker: Docker, image: str) -> dict[str, str]:
    try:
        return {f"image:{image}": await docker.image(image)}
    except NotFound:
        return {f"image:{image}": "not here"}


@tool(
    tier=Tier.ORANGE,
    timeout=900,
    effect="idempotent",
    examples=("pull the image nginx:1.27",),
    weigh=lambda image: Weight(
        targets=(f"image:{image}",),
        command=f"docker pull {image}",
        affects="software of others is on this machine; nothing runs it yet",
        undo="it is removed again",
    ),
    identify=_image,
    sends=True,
)
async def docker_pull(docker: Docker, image: Image) -> ToolResult:
    """Fetch a Docker image from its registry."""
    before = (await _image(docker, image))[f"image:{image}"]
    found = await docker.pull(image, 880)
    return ToolResult(
        text=f"{name(image)} is here ({found[:19]}).",
        data={"image": image, "id": found},
        undo=Undo(
            tool="docker_remove", arguments={"image": image}, says=f"remove the image {image}"
        )
        if before == "not here"
        else None,
    )


def _weigh_remove(container: str, image: str) -> Weight:
    if container and not image:
        return Weight(
            tier=Tier.RED,
            reasons=("what the container wrote outside of its volumes is lost",),
            targets=(f"container:{container}",),
            command=f"docker rm {container}",
            affects="the container is gone; its volumes stay",
        )
    if image and not container:
        return Weight(
            targets=(f"image:{image}",),
            command=f"docker rmi {image}",
            affects="its room on the disk is free",
            undo="it is fetched again, if its registry still has it",
        )
    return Weight(black="invalid", reasons=("it names a container or an image, and not both",))


async def _identify_removed(
    docker: Docker, policies: Policies, container: str, image: str
) -> dict[str, str]:
    if container:
        return await _identify(docker, policies, container)
    return await _image(docker, image)


async def _removed(
    docker: Docker, policies: Policies, container: str, image: str
) -> ToolResult | None:
    try:
        if container:
            await _known(docker, policies, container)
        else:
            await docker.image(image)
    except NotFound:
        return ToolResult(text=f"{name(container or image)} is gone.")
    return None


@tool(
    tier=Tier.ORANGE,
    timeout=60,
    effect="probe",
    probe=_removed,
    examples=("remove the image old:1", "remove the container test"),
    weigh=_weigh_remove,
    identify=_identify_removed,
)
async def docker_remove(
    docker: Docker,
    policies: Policies,
    container: Annotated[
        str, Field(max_length=128, description="A stopped container's whole name; or give an image")
    ] = "",
    image: Annotated[str, Field(max_length=255, description="An image that nothing uses.")] = "",
) -> ToolResult:
    """Remove one stopped Docker container, or one image that no container uses."""
    if container:
        one = await _known(docker, policies, container)
        await docker.change(one.id, "remove")
        return ToolResult(
            text=f"{name(one.name)} is removed; its volumes stay.", data={"container": one.name}
        )
    size = await docker.remove_image(image)
    return ToolResult(
        text=f"{name(image)} is removed; it took {sized(size)}.",
        data={"image": image, "bytes": size},
        undo=Undo(tool="docker_pull", arguments={"image": image}, says=f"fetch {image} again"),
    )
