"""What is asked of the Docker daemon to change something; each blocks, so it runs in a thread."""

from __future__ import annotations

import os
import re
import signal
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Timer
from typing import TYPE_CHECKING, Any, Literal

from schemas.errors import Conflict, Forbidden, Invalid, Transient

if TYPE_CHECKING:
    from docker import DockerClient

Change = Literal["start", "stop", "restart", "remove"]

MAX_EXEC_KEPT = 48_000
"""Bytes of the end of a command's output that are given back."""
GRACE = 10
"""Seconds that a container has to end by itself."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
_IMAGE = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?/)?"
    r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)
_SOCKETS = ("docker.sock", "containerd.sock", "podman.sock")


@dataclass(frozen=True, slots=True)
class Known:
    """A container as it is at this moment.

    Attributes:
        id: its whole id.
        name: its name.
        image: the id of the image it runs.
        running: whether it does.
        open: why what runs in it is not kept apart from the machine; empty if it is.
    """

    id: str
    name: str
    image: str
    running: bool
    open: str


@dataclass(frozen=True, slots=True)
class Executed:
    """How a command in a container ended; `code` is None if it was stopped."""

    code: int | None
    output: bytes


def container_name(name: str) -> str:
    """Return a container's name or id as it is.

    Raises:
        Invalid: it cannot be one.
    """
    if not _NAME.fullmatch(name):
        raise Invalid(f"{name[:64]!r} cannot be a container's name.")
    return name


def image_name(name: str) -> str:
    """Return an image's name, with `:latest` where it says neither tag nor digest.

    Raises:
        Invalid: it cannot be one.
    """
    if len(name) > 255 or not _IMAGE.fullmatch(name):
        raise Invalid(f"{name[:64]!r} cannot be an image's name.")
    last = name.rpartition("/")[2]
    return name if ":" in last or "@" in last else f"{name}:latest"


def known(client: DockerClient, name: str) -> Known:
    """Look at one container, by its whole name or id."""
    about: dict[str, Any] = client.api.inspect_container(container_name(name))
    called = str(about["Name"]).removeprefix("/")
    if name != called and not (len(name) >= 12 and about["Id"].startswith(name)):
        # Not what it is called: that is its maker's word, and who asks may not have read it yet.
        raise Invalid("Give the container's whole name, as docker_list shows it.")
    return Known(about["Id"], called, about["Image"], bool(about["State"]["Running"]), _open(about))


def _open(about: dict[str, Any]) -> str:
    host = about.get("HostConfig") or {}
    if host.get("Privileged"):
        return "it is privileged"
    for space in ("PidMode", "IpcMode", "NetworkMode", "UsernsMode", "CgroupnsMode"):
        if host.get(space) == "host" and space != "CgroupnsMode":
            return f"it shares the machine's {space.removesuffix('Mode').lower()} namespace"
    if host.get("CapAdd"):
        return "it has added capabilities"
    if host.get("Devices"):
        return "it has devices of the machine"
    for mount in about.get("Mounts") or ():
        source = str(mount.get("Source", ""))
        if source in ("/", "/var/run", "/run", "/etc", "/proc", "/sys", "/dev") or source.endswith(
            _SOCKETS
        ):
            return f"it has {source} of the machine"
    return ""


def changed(client: DockerClient, container: str, change: Change) -> None:
    """Start, stop, restart or remove a container; its volumes stay.

    Raises:
        Conflict: it runs, and so is not removed.
    """
    match change:
        case "start":
            client.api.start(container)
        case "stop":
            client.api.stop(container, timeout=GRACE)
        case "restart":
            client.api.restart(container, timeout=GRACE)
        case "remove":
            if client.api.inspect_container(container)["State"]["Running"]:
                raise Conflict("It is running; stop it first.")
            client.api.remove_container(container, v=False, force=False)


def executed(client: DockerClient, container: str, command: list[str], seconds: float) -> Executed:
    """Run a program in a container; no shell reads its arguments unless it is one.

    Raises:
        Forbidden: the container is not kept apart from the machine.
        Conflict: it does not run.
    """
    about = known(client, container)
    if about.open:
        raise Forbidden(f"Nothing is run in {about.name}: {about.open}.")
    if not about.running:
        raise Conflict(f"{about.name} is not running.")
    job = client.api.exec_create(about.id, command, stdin=False, tty=False)["Id"]
    late = Event()

    def stop() -> None:
        late.set()
        pid = client.api.exec_inspect(job)["Pid"]
        with suppress(OSError):
            if pid > 1:
                os.kill(pid, signal.SIGKILL)
        stream.close()

    stream = client.api.exec_start(job, stream=True)
    limit = Timer(seconds, stop)
    limit.start()
    end = bytearray()
    try:
        for piece in stream:
            end += piece
            del end[:-MAX_EXEC_KEPT]
    finally:
        limit.cancel()
        stream.close()
    if late.is_set():
        return Executed(None, bytes(end))
    code = client.api.exec_inspect(job)["ExitCode"]
    return Executed(None if code is None else int(code), bytes(end))


def pulled(client: DockerClient, image: str) -> str:
    """Fetch an image; return its digest."""
    wanted = image_name(image)
    name, _, tag = wanted.partition("@") if "@" in wanted else wanted.rpartition(":")
    for line in client.api.pull(name, tag=tag, stream=True, decode=True):
        if "error" in line:
            raise Transient(f"The image {image} could not be fetched: {str(line['error'])[:200]}")
    return image_id(client, image)


def image_id(client: DockerClient, image: str) -> str:
    """Return the id of an image that is here."""
    return str(client.images.get(image_name(image)).id)


def image_removed(client: DockerClient, image: str) -> int:
    """Remove an image that no container needs; return its size in bytes."""
    size = int(client.images.get(image_name(image)).attrs["Size"])
    client.api.remove_image(image_name(image), force=False)
    return size
