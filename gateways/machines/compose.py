"""Projects of several containers, by Docker's own `compose`: what one would run, up, and down.

What is run is what was judged: the file is read once, parsed to what may stand in it
(compose_file.py), and written anew for the program, which sees neither the file itself nor anything
beside it, nor our environment.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from gateways.machines import spawned
from gateways.machines.compose_file import MOST, Mount, Project, Risk, mounts, parsed, risky
from gateways.machines.docker import Docker, Member
from gateways.machines.filesystem import Files
from schemas.errors import Forbidden, Invalid, NotFound, Refused

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
"""What a compose file is called, the first that is there."""
PLUGINS = tuple(
    Path(folder, "docker/cli-plugins/docker-compose")
    for folder in ("/usr/local/lib", "/usr/local/libexec", "/usr/lib", "/usr/libexec")
)
PLAIN = "plain"
"""What a plan without a risk is called."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
MEMORY_MB, PROCESSES, DISK_MB = 2_048, 200, 1_024
"""What the program itself may take; images are the daemon's."""
MOST_LOOKED_AT = 100_000
"""Names below a folder that are looked at before a container may see it."""
_NOT_A_NAME = re.compile(r"[^a-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a project would run.

    Attributes:
        name: the project's, as its containers bear it.
        folder: where its file is.
        project: what the file says.
        risks: what needs more than one decision.
        binds: folders and files of the owner's that a container would see.
        written: the file as it is handed on.
    """

    name: str
    folder: Path
    project: Project
    risks: tuple[Risk, ...]
    binds: tuple[Path, ...]
    written: bytes

    @property
    def word(self) -> str:
        """A word for exactly this: its risks, and a digest of all that would run."""
        return f"{'+'.join(self.risks) or PLAIN}:{sha256(self.written).hexdigest()[:16]}"


class Compose:
    """Runs projects.

    Args:
        files: the folders that are open; a project is in one of them.
        docker: the daemon.
        program: the words that run compose; found by itself unless given.
    """

    def __init__(self, files: Files, docker: Docker, program: Sequence[str] | None = None) -> None:
        self._files = files
        self._docker = docker
        self._program = program

    def why_not(self) -> str:
        """Return why no project can be run here; empty if one can."""
        if self._words():
            return ""
        return (
            "docker compose is not installed on this machine (Debian: docker-compose;"
            " Docker's own packages: docker-compose-plugin)"
        )

    def _words(self) -> Sequence[str]:
        if self._program is not None:
            return self._program
        docker, alone = (shutil.which(one, path=PATH) for one in ("docker", "docker-compose"))
        if docker is not None and any(path.exists() for path in PLUGINS):
            return (docker, "compose")
        return () if alone is None else (alone,)

    def plan(self, path: str) -> Plan:
        """Read a project and judge it.

        Args:
            path: its folder.

        Raises:
            NotFound: there is no such folder, or no compose file in it.
            Invalid, Forbidden: the file is none, or something in it may not be.
        """
        root, parts = self._files.locate(path)
        folder = root.joinpath(*parts)
        listing = {one.name for one in self._files.folder(str(folder), 10_000).entries}
        name = next((one for one in NAMES if one in listing), None)
        if name is None:
            raise NotFound(f"There is no compose file in {folder} ({', '.join(NAMES)}).")
        project = parsed(self._files.read(str(folder / name), 0, MOST + 1).raw)
        risks = risky(project)
        services: dict[str, Any] = {}
        binds: list[Path] = []
        for service, about in project.services.items():
            said = about.model_dump(exclude_unset=True, mode="json")
            seen = [self._mount(one, folder, project, binds) for one in mounts(about)]
            services[service] = {**said, "volumes": seen} if seen else said
        if any(self._beyond(bind, folder) for bind in binds):
            risks.add("mounts")
        rest = project.model_dump(exclude_unset=True, mode="json", exclude={"name", "services"})
        written = json.dumps({**rest, "services": services}, sort_keys=True).encode()
        called = project.name or _NOT_A_NAME.sub("", folder.name.lower()).lstrip("_-")
        if not called:
            raise Invalid("The project has no name: write one into its file, as name: …")
        return Plan(called, folder, project, tuple(sorted(risks)), tuple(binds), written)

    def _mount(
        self, mount: Mount, folder: Path, project: Project, binds: list[Path]
    ) -> dict[str, Any]:
        """Return a mount as it is handed on; the owner's folders are noted in `binds`."""
        said = mount.model_dump(exclude_unset=True, mode="json")
        if mount.type == "tmpfs":
            return {"type": "tmpfs", "target": mount.target}
        if mount.source is None:
            raise Forbidden(f"{mount.target}: say which volume or folder is seen there.")
        if mount.type == "volume":
            if mount.source not in project.volumes:
                raise Forbidden(f"There is no volume {mount.source[:64]} in the file.")
            return said
        if mount.source.startswith("~"):
            raise Forbidden("A folder beginning with ~ is whoever's; write the whole path.")
        given = mount.source.replace("$$", "$")
        root, parts = self._files.locate(given if given.startswith("/") else f"{folder}/{given}")
        whole = root.joinpath(*parts)
        with self._files.reach(root, parts) as (_, about):
            if not (stat.S_ISDIR(about.st_mode) or stat.S_ISREG(about.st_mode)):
                raise Forbidden(f"{whole} is neither a folder nor a file.")
        binds.append(whole)
        # Compose fills in what follows a $, and a path may have one.
        return {**said, "source": str(whole).replace("$", "$$")}

    def _beyond(self, bind: Path, folder: Path) -> bool:
        """Whether a folder is not the project's, or too large to look through.

        Raises:
            Forbidden: something in it is protected, and a container would see it.
        """
        root, parts = self._files.locate(str(bind))
        if bind.is_dir():
            for number, below in enumerate(_below(bind)):
                if number == MOST_LOOKED_AT:
                    return True
                if self._files.is_protected(root, (*parts, *below)):
                    secret = "/".join(below)
                    raise Forbidden(f"{bind} is handed to no container: {secret} is protected.")
        return not bind.is_relative_to(folder)

    async def members(self, plan: Plan) -> tuple[Member, ...]:
        """Return the containers that a project has now.

        Raises:
            Forbidden: another project bears its name.
            Transient: the daemon does not answer.
        """
        found = await self._docker.members(plan.name)
        for one in found:
            if one.folder != str(plan.folder):
                raise Forbidden(f"There is another project named {plan.name}, in {one.folder}.")
        return found

    async def up(self, plan: Plan, seconds: float) -> None:
        """Make a project run as planned.

        Args:
            plan: what is to run.
            seconds: how long it may take, with fetching its images.

        Raises:
            Refused: it could not.
        """
        await self._run(plan, ("up", "--detach"), seconds)

    async def down(self, plan: Plan, seconds: float) -> None:
        """Stop a project's containers and remove them; its volumes stay.

        Raises:
            Refused: it could not.
        """
        await self._run(plan, ("down",), seconds)

    async def _run(self, plan: Plan, words: tuple[str, ...], seconds: float) -> None:
        program = self._words()
        if not program:
            raise Refused(f"{self.why_not()}.")
        with tempfile.TemporaryDirectory(prefix="compose-") as home:
            # An empty file of variables: the one in the project's folder is not read.
            file, empty = Path(home, "compose.json"), Path(home, "empty")
            await asyncio.to_thread(file.write_bytes, plan.written)
            await asyncio.to_thread(empty.touch)
            ended = await spawned.run(
                (*program, "--project-name", plan.name, "--project-directory", str(plan.folder),
                 "--env-file", str(empty), "--file", str(file), *words),
                spawned.Bounds(seconds, MEMORY_MB, PROCESSES, DISK_MB),
                Path(home),
                self._environment(home),
                lambda _: None,
            )  # fmt: skip
        if ended.code != 0 or ended.stopped:
            how = f"was stopped after {ended.stopped}" if ended.stopped else "failed"
            said = ended.output.decode(errors="replace").strip()
            raise Refused(f"docker compose {words[0]} {how}: {said[-2_000:]}")

    def _environment(self, home: str) -> Mapping[str, str]:
        return {"PATH": PATH, "HOME": home, "LC_ALL": "C.UTF-8", "DOCKER_HOST": self._docker.url}


def _below(folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield the names below a folder, as parts of a path; no link is followed."""
    for above, folders, files in os.walk(folder, followlinks=False):
        parts = Path(above).relative_to(folder).parts
        for name in (*folders, *files):
            yield (*parts, name)
