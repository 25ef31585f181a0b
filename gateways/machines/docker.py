"""The containers of this machine, through the Docker daemon's socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Event, Timer
from typing import TYPE_CHECKING, Any, TypeVar

from gateways.machines.docker_changes import (
    GRACE,
    Change,
    Executed,
    Known,
    changed,
    container_name,
    executed,
    image_id,
    image_name,
    image_removed,
    known,
    pulled,
)
from schemas.errors import Expected, NotFound, Refused, Transient

if TYPE_CHECKING:
    from docker import DockerClient

T = TypeVar("T")

SOCKET = "unix:///var/run/docker.sock"
MAX_LOG_READ = 16_000_000
"""Bytes of a log that are read at most to find its end."""
MAX_LOG_KEPT = 256_000
"""Bytes of a log's end that are given back at most."""


@dataclass(frozen=True, slots=True)
class Container:
    """One container; `created` in seconds since 1970."""

    id: str
    name: str
    image: str
    state: str
    status: str
    ports: tuple[str, ...]
    created: int


@dataclass(frozen=True, slots=True)
class Member:
    """One container of a compose project; `folder` is where its file was when it was started."""

    id: str
    name: str
    folder: str
    state: str


class Docker:
    """The Docker daemon; each call has a line of its own, so a restarted daemon is no news.

    Args:
        url: the daemon's address.
        timeout: seconds each request may take.
    """

    def __init__(self, url: str = SOCKET, timeout: float = 8.0) -> None:
        self._url = url
        self._timeout = timeout

    @property
    def url(self) -> str:
        """The daemon's address."""
        return self._url

    async def containers(self) -> tuple[Container, ...]:
        """All containers, running or not, newest first.

        Raises:
            Transient: the daemon does not answer.
        """
        return await asyncio.to_thread(self._ask, _containers)

    async def members(self, project: str) -> tuple[Member, ...]:
        """The containers of a compose project, running or not, by name.

        Raises:
            Transient: the daemon does not answer.
        """
        return await asyncio.to_thread(self._ask, lambda client: _members(client, project))

    async def logs(self, container: str, lines: int) -> str:
        """The last `lines` lines a container wrote, stdout and stderr as they came.

        Args:
            container: its name or id.
            lines: how many; of very long lines the end is kept.

        Raises:
            NotFound: there is no such container.
            Transient: the daemon does not answer.
        """
        container_name(container)
        return await asyncio.to_thread(
            self._ask, lambda client: _logs(client, container, lines, self._timeout)
        )

    async def known(self, container: str) -> Known:
        """One container as it is at this moment.

        Args:
            container: its whole name, or its id.

        Raises:
            NotFound: there is no such container.
            Transient: the daemon does not answer.
        """
        container_name(container)
        return await asyncio.to_thread(self._ask, lambda client: known(client, container))

    async def change(self, container: str, change: Change) -> None:
        """Start, stop, restart or remove a container; a change that is made already is none.

        Raises:
            NotFound: there is no such container.
            Conflict: it is to be removed, and runs.
            Transient: the daemon does not answer.
        """
        await asyncio.to_thread(
            self._ask, lambda client: changed(client, container, change), GRACE + self._timeout
        )

    async def execute(self, container: str, command: list[str], seconds: float) -> Executed:
        """Run a program in a running container.

        Args:
            container: its whole name, or its id.
            command: the program and its arguments.
            seconds: how long it may take.

        Raises:
            NotFound: there is no such container.
            Forbidden: it is not kept apart from the machine.
            Conflict: it does not run.
        """
        return await asyncio.to_thread(
            self._ask,
            lambda client: executed(client, container, command, seconds),
            seconds + self._timeout,
        )

    async def pull(self, image: str, seconds: float) -> str:
        """Fetch an image from its registry; return its id.

        Raises:
            NotFound: the registry has none of that name.
            Transient: it could not be fetched.
        """
        image_name(image)
        return await asyncio.to_thread(self._ask, lambda client: pulled(client, image), seconds)

    async def image(self, image: str) -> str:
        """The id of an image that is here.

        Raises:
            NotFound: there is none of that name.
        """
        image_name(image)
        return await asyncio.to_thread(self._ask, lambda client: image_id(client, image))

    async def remove_image(self, image: str) -> int:
        """Remove an image that no container needs; return its size in bytes.

        Raises:
            NotFound: there is none of that name.
            Refused: a container needs it.
        """
        image_name(image)
        return await asyncio.to_thread(self._ask, lambda client: image_removed(client, image))

    def _ask(self, question: Callable[[DockerClient], T], timeout: float | None = None) -> T:
        from docker import DockerClient  # noqa: PLC0415 - a second of imports, at first use

        limit = timeout or self._timeout
        with (
            self._translated(),
            closing(DockerClient(self._url, timeout=limit)) as client,  # type: ignore[arg-type]
        ):
            return question(client)

    @contextmanager
    def _translated(self) -> Generator[None]:
        from docker import errors  # noqa: PLC0415
        from requests.exceptions import RequestException  # noqa: PLC0415

        try:
            yield
        except errors.NotFound as error:
            thing = "image" if isinstance(error, errors.ImageNotFound) else "container"
            if "image" in str(error.explanation).casefold():
                thing = "image"
            raise NotFound(f"There is no such {thing}.") from error
        except errors.APIError as error:
            if error.is_client_error():
                raise Refused(f"Docker refused: {error.explanation}") from error
            raise Transient(f"Docker failed: {error.explanation}") from error
        except (errors.DockerException, RequestException, OSError) as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: BaseException) -> Expected:
        # The SDK wraps the system's error several times over; the innermost says what is true.
        text, seen = str(error), repr(error)
        inner: BaseException | None = error
        while inner is not None:
            seen += repr(inner)
            inner = inner.__cause__ or inner.__context__
        where = self._url.removeprefix("unix://")
        if "PermissionError" in seen:
            return Refused(f"Docker may not be used by this server's user (no access to {where}).")
        if "FileNotFoundError" in seen:
            return Transient(f"Docker is not running on this machine (no socket at {where}).")
        if "ConnectionRefusedError" in seen:
            return Transient(f"Docker is not running on this machine (nobody answers at {where}).")
        if "imeout" in seen:
            return Transient(f"Docker did not answer within {self._timeout:g} s.")
        return Transient(f"Docker is not running on this machine ({text[:200]}).")


def _containers(client: DockerClient) -> tuple[Container, ...]:
    # One request for all; the SDK's richer objects ask again for each and trip over one
    # that is removed meanwhile.
    listed: list[dict[str, Any]] = client.api.containers(all=True)
    return tuple(
        Container(
            id=item["Id"][:12],
            name=(item.get("Names") or ["/" + item["Id"][:12]])[0].removeprefix("/"),
            image=item.get("Image", ""),
            state=item.get("State", "unknown"),
            status=item.get("Status", ""),
            ports=tuple(sorted({_port(port) for port in item.get("Ports") or ()})),
            created=int(item.get("Created", 0)),
        )
        for item in listed
    )


def _members(client: DockerClient, project: str) -> tuple[Member, ...]:
    wanted = {"label": f"com.docker.compose.project={project}"}
    listed: list[dict[str, Any]] = client.api.containers(all=True, filters=wanted)
    found = (
        Member(
            id=item["Id"],
            name=(item.get("Names") or ["/" + item["Id"][:12]])[0].removeprefix("/"),
            folder=item["Labels"].get("com.docker.compose.project.working_dir", "?"),
            state=item.get("State", "unknown"),
        )
        for item in listed
    )
    return tuple(sorted(found, key=lambda one: one.name))


def _port(port: dict[str, Any]) -> str:
    inside = f"{port.get('PrivatePort')}/{port.get('Type', 'tcp')}"
    return f"{port['PublicPort']}→{inside}" if "PublicPort" in port else inside


def _logs(client: DockerClient, container: str, lines: int, seconds: float) -> str:
    # `follow` must be said: where it is not, the SDK takes it from `stream` and waits for ever.
    stream = client.api.logs(
        container, stdout=True, stderr=True, stream=True, follow=False, tail=lines
    )
    # The SDK takes the time limit off a streaming line; ours shuts the line when time is up.
    late = Event()

    def shut() -> None:
        late.set()
        stream.close()

    limit = Timer(seconds, shut)
    limit.start()
    end = bytearray()
    taken = 0
    try:
        for piece in stream:
            taken += len(piece)
            end += piece
            if len(end) > 2 * MAX_LOG_KEPT:
                del end[:-MAX_LOG_KEPT]
            if taken > MAX_LOG_READ:
                break
    finally:
        limit.cancel()
        stream.close()
    if late.is_set():
        raise Transient(f"Docker did not finish the log within {seconds:g} s.")
    return bytes(end[-MAX_LOG_KEPT:]).decode(errors="replace")
