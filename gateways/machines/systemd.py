"""The services of this machine, as systemd knows them."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import Invalid, NotFound, Refused, Transient

MAX_OUTPUT = 4_000_000
MAX_LOG = 256_000
"""Bytes of a log's end that are given back at most."""
_UNIT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:@\\-]{0,199}")
_PROPERTIES = "Id,Description,LoadState,ActiveState,SubState,UnitFileState,Result,MainPID"


@dataclass(frozen=True, slots=True)
class Service:
    """One service; the words are systemd's own."""

    name: str
    description: str
    active: str
    sub: str
    enabled: str
    result: str
    pid: int


class Systemd:
    """The service manager, asked through `systemctl show`.

    Args:
        command: the program.
        marker: the folder that exists exactly when systemd runs this machine (sd_booted(3)).
        timeout: seconds a question may take.
        journal: the program that shows what services wrote.
    """

    def __init__(
        self,
        command: str = "/usr/bin/systemctl",
        marker: Path = Path("/run/systemd/system"),
        timeout: float = 8.0,
        journal: str = "/usr/bin/journalctl",
    ) -> None:
        self._journal = journal
        self._command = command
        self._marker = marker
        self._timeout = timeout

    async def services(self) -> tuple[Service, ...]:
        """All services that systemd has loaded, by name.

        Raises:
            Refused: systemd does not run this machine.
            Transient: it does not answer.
        """
        return tuple(sorted(await self._show("*.service"), key=lambda service: service.name))

    async def service(self, name: str) -> Service:
        """One service.

        Args:
            name: with or without `.service`.

        Raises:
            Invalid: it cannot be a service's name.
            NotFound: systemd knows none of that name.
        """
        if not _UNIT.fullmatch(name):
            raise Invalid(f"{name[:64]!r} cannot be a service's name.")
        found = await self._show(name if name.endswith(".service") else f"{name}.service")
        if not found:
            raise NotFound(f"There is no service named {name}.")
        return found[0]

    async def log(self, name: str, lines: int) -> str:
        """The last lines that a service wrote, each with its time.

        Args:
            name: with or without `.service`.
            lines: how many.

        Raises:
            Invalid, NotFound: as `service`.
            Transient: it takes too long.
        """
        unit = (await self.service(name)).name
        options = ("--no-pager", "--quiet", "--output=short-iso", f"--lines={lines}")
        question = (*options, f"--unit={unit}.service")
        code, said = await self._ask(question, self._timeout, self._journal)
        text = said[-MAX_LOG:].decode(errors="replace")
        if code != 0 and not text:
            raise Refused(f"What {unit} wrote cannot be read by this server's user.")
        return text

    async def restart(self, name: str, seconds: float = 60.0) -> None:
        """Restart one service, and wait until it is up again.

        Args:
            name: with or without `.service`.
            seconds: how long that may take.

        Raises:
            Invalid, NotFound: as `service`.
            Refused: systemd says no, or the service does not come up.
            Transient: it takes too long.
        """
        unit = (await self.service(name)).name
        code, said = await self._ask(("restart", "--", f"{unit}.service"), seconds)
        if code != 0:
            why = said.decode(errors="replace").strip()[:300] or f"code {code}"
            raise Refused(f"{unit} could not be restarted: {why}")

    async def _show(self, pattern: str) -> list[Service]:
        question = ("show", "--no-pager", f"--property={_PROPERTIES}", "--", pattern)
        _, output = await self._ask(question, self._timeout)
        blocks = output.decode(errors="replace").split("\n\n")
        return [service for block in blocks if (service := _service(block))]

    async def _ask(
        self, question: tuple[str, ...], seconds: float, command: str = ""
    ) -> tuple[int, bytes]:
        command = command or self._command
        if not (self._marker.is_dir() and Path(command).exists()):  # noqa: ASYNC240 - local
            raise Refused("Systemd does not run this machine, so it has no services to ask about.")
        process = await asyncio.create_subprocess_exec(
            command, *question,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT
            if question[0] == "restart"
            else asyncio.subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0"},
            limit=MAX_OUTPUT,
            start_new_session=True,
        )  # fmt: skip
        assert process.stdout is not None
        code = -1
        try:
            async with asyncio.timeout(seconds):
                output = await process.stdout.read(MAX_OUTPUT)
                while piece := await process.stdout.read(65_536):
                    if len(output) >= MAX_OUTPUT:
                        break
                    output += piece
                else:
                    code = await process.wait()
        except TimeoutError as error:
            raise Transient(f"Systemd did not answer within {seconds:g} s.") from error
        finally:
            # Also when we are cancelled: no child of ours, and none of its own in its group,
            # outlives the question.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        return code, output


def _service(block: str) -> Service | None:
    known = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
    if known.get("LoadState") in (None, "not-found"):
        return None
    pid = known.get("MainPID", "0")
    return Service(
        name=known.get("Id", "").removesuffix(".service"),
        description=known.get("Description", ""),
        active=known.get("ActiveState", "unknown"),
        sub=known.get("SubState", ""),
        enabled=known.get("UnitFileState", ""),
        result=known.get("Result", ""),
        pid=int(pid) if pid.isdecimal() else 0,
    )
