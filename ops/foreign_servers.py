"""What the owner wrote about foreign servers, and what was last seen of them: two files."""

from __future__ import annotations

from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from ops import logs, secrets
from schemas.errors import Conflict, Invalid, NotFound
from schemas.foreign import Classified, Foreigner, Foreigners, MetAll, Offered, Reached
from schemas.tools import Tier

log = logs.logger("mcp")

MOST = 16
"""Servers."""
LARGEST = 8 << 20
"""Bytes of either file."""

Kept = TypeVar("Kept", bound=BaseModel)


def written(state: Path) -> Path:
    """Where the owner's part is."""
    return state / "mcp" / "servers.json"


def seen(state: Path) -> Path:
    """Where it is written what the servers offer, for whoever asks while they are away."""
    return state / "mcp" / "seen.json"


class Book:
    """Both files, as they are at this moment.

    Args:
        state: the state folder.
    """

    def __init__(self, state: Path) -> None:
        self._written: _File[Foreigners] = _File(written(state), Foreigners)
        self._seen: _File[MetAll] = _File(seen(state), MetAll)

    def owner(self) -> Foreigners:
        """Return what the owner wrote."""
        return self._written.now()

    def met(self) -> MetAll:
        """Return how the servers are, as it was last seen."""
        return self._seen.now()

    def see(self, met: MetAll) -> None:
        """Write down how the servers are."""
        self._seen.write(met)

    def add(self, name: str, reached: Reached) -> None:
        """Add a server.

        Raises:
            Conflict: there is one of that name.
            Invalid: that is no name, or there are too many.
        """
        servers = dict(self.owner().servers)
        if name in servers:
            raise Conflict(f"There is a server {name} already; remove it first.")
        if len(servers) >= MOST:
            raise Invalid(f"There are {MOST} servers already.")
        self._keep({**servers, name: Foreigner(reached=reached)})
        met = dict(self.met().servers)
        if met.pop(name, None) is not None:
            self.see(MetAll(servers=met))  # it was another one of that name

    def remove(self, name: str) -> None:
        """Forget a server, and what was made of its tools.

        Raises:
            NotFound: there is none.
        """
        servers = dict(self.owner().servers)
        if servers.pop(name, None) is None:
            raise NotFound(f"There is no server {name}; `nexus mcp list` shows those there are.")
        self._keep(servers)

    def classify(self, server: str, tool: str, tier: Tier, pin: str = "") -> Offered:
        """Say how dangerous a tool is, as it describes itself now; return the tool.

        Args:
            server: whose tool it is.
            tool: which, as the server calls it.
            tier: how dangerous it is; GREEN is none, for nobody knows what it does.
            pin: how it described itself where somebody read it; '' where that is not known.

        Raises:
            Invalid: it is said to be GREEN.
            NotFound: there is no such server, or it offers no such tool.
            Conflict: it describes itself otherwise by now.
        """
        if tier == Tier.GREEN:
            raise Invalid("A foreign tool is YELLOW, ORANGE, RED or BLACK, and never GREEN.")
        found = self.offered(server, tool)
        if pin and found.pin != pin:
            raise Conflict(f"{tool} describes itself otherwise by now. Read it again.")
        known = self.owner().servers[server]
        tools = {**known.tools, tool: Classified(tier=tier, pin=found.pin)}
        changed = known.model_copy(update={"tools": tools})
        self._keep({**self.owner().servers, server: changed})
        return found

    def offered(self, server: str, tool: str) -> Offered:
        """Return a tool as it describes itself.

        Raises:
            NotFound: there is no such server, or it offers no such tool.
        """
        if server not in self.owner().servers:
            raise NotFound(f"There is no server {server[:64]!r}.")
        met = self.met().servers.get(server)
        for one in met.tools if met else ():
            if one.name == tool:
                return one
        raise NotFound(
            f"The server {server} offers no tool {tool[:64]!r}; `nexus mcp tools {server}` shows"
            " what it offers."
        )

    def tier(self, server: str, tool: str) -> tuple[Tier, str]:
        """Return how dangerous a tool is, and why; BLACK unless the owner said otherwise of it."""
        known = self.owner().servers.get(server)
        made = known.tools.get(tool) if known else None
        if known is None or made is None:
            return Tier.BLACK, "the owner has not classified it"
        try:
            offered = self.offered(server, tool)
        except NotFound:
            return Tier.BLACK, "its server does not offer it"
        if offered.pin != made.pin:
            return Tier.BLACK, "it describes itself otherwise than when the owner classified it"
        return made.tier, f"the owner made it {made.tier}"

    def _keep(self, servers: dict[str, Foreigner]) -> None:
        try:
            whole = Foreigners.model_validate({"servers": servers})
        except ValidationError:
            raise Invalid(
                "A server's name is 1 to 32 small letters, digits and dashes; a letter first."
            ) from None
        self._written.write(whole)


class _File(Generic[Kept]):
    """A file of JSON; one that does not fit counts as empty, for unknown means forbidden."""

    def __init__(self, path: Path, form: type[Kept]) -> None:
        self._path, self._form = path, form
        self._state: tuple[int, int, int] | None = None
        self._now = form()

    def now(self) -> Kept:
        """Return what stands there: the same object for as long as nobody writes."""
        try:
            about = self._path.stat()
        except OSError:
            if self._state is not None:
                self._state, self._now = None, self._form()
            return self._now
        state = about.st_mtime_ns, about.st_size, about.st_ino
        if state != self._state:
            self._state = state
            try:
                text = self._path.read_bytes() if about.st_size <= LARGEST else b""
                self._now = self._form.model_validate_json(text)
            except (OSError, ValidationError) as error:
                log.error("mcp.unreadable", file=str(self._path), error=type(error).__name__)
                self._now = self._form()
                if isinstance(error, OSError):
                    self._state = None  # of the moment: the next look may read it
        return self._now

    def write(self, value: Kept) -> None:
        """Put it in the place of what stands there."""
        secrets.replace(self._path, value.model_dump_json(indent=1).encode() + b"\n")
