"""Foreign MCP servers: how they are reached, what they offer, and what the owner made of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from schemas.base import Word
from schemas.people import Form
from schemas.tools import TierName

ServerName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
"""What the owner calls a server."""
ToolsName = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,128}$")]
"""What a server calls a tool of its own."""
Path = Annotated[str, StringConstraints(min_length=1, max_length=4_096, pattern=r"^/[^\x00]*$")]


class Reached(Form):
    """How a server is reached: by a command that is started here, or by an address.

    A command runs in the sandbox: it sees the system and the folders that are named here, has no
    network unless it is given one, and none of our environment.
    """

    command: Annotated[tuple[str, ...], Field(max_length=64)] = ()
    read: Annotated[tuple[Path, ...], Field(max_length=32)] = ()
    """Folders that it may read."""
    write: Annotated[tuple[Path, ...], Field(max_length=32)] = ()
    """Folders that it may write to."""
    network: bool = False
    """Whether it may use the network."""
    outside: bool = False
    """Whether it runs on the machine itself, as the server's user, with all that user's rights."""
    url: Annotated[str, Field(max_length=2_048, pattern=r"^(https?://[^\s]+)?$")] = ""
    secret: Annotated[str, Field(max_length=128, pattern=r"^[A-Z0-9_]*$")] = ""
    """The name of the secret that is sent to the address as a bearer token."""

    @model_validator(mode="after")
    def _one_way(self) -> Reached:
        if bool(self.command) == bool(self.url):
            raise ValueError("it is either a command or an address")
        return self


class Classified(Form):
    """What the owner made of a tool: how dangerous it is, as it described itself then."""

    tier: TierName
    pin: str
    """The hash of its description at that time."""


class Foreigner(Form):
    """One server, and what was made of its tools."""

    reached: Reached
    tools: dict[str, Classified] = Field(default_factory=dict)


class Foreigners(Form):
    """All servers that the owner added."""

    servers: dict[ServerName, Foreigner] = Field(default_factory=dict)


class Offered(Word):
    """A tool as its server describes it; the words are anybody's."""

    name: str
    description: str
    parameters: dict[str, Any]
    pin: str


State = Literal["starting", "up", "away"]


class Met(Word):
    """How a server is, and what it offers."""

    state: State
    why: str = ""
    tools: tuple[Offered, ...] = ()


class MetAll(Word):
    """How all servers are."""

    servers: dict[str, Met] = Field(default_factory=dict)


class Order(Form):
    """A call of a foreign tool, as it goes to the process that speaks with the servers."""

    server: ServerName
    tool: ToolsName
    arguments: dict[str, Any]
    pin: str
    """How it described itself when the owner classified it."""


class Brought(Word):
    """What a call brought back; everything in it is anybody's."""

    ok: bool
    text: str
    code: str | None = None


class ForeignToolView(Word):
    """A tool of a foreign server, and what it may do; its words are anybody's."""

    name: str
    """As the server calls it."""
    description: str
    takes: tuple[str, ...] = ()
    """The names of its arguments."""
    tier: TierName
    why: str
    """Why it is of that tier."""
    pin: str
    """The hash of how it describes itself."""


class ForeignServerView(Word):
    """One foreign server."""

    name: str
    state: State
    why: str = ""
    """What is wrong; empty when nothing is."""
    reached: Reached
    tools: tuple[ForeignToolView, ...] = ()


class ForeignView(Word):
    """All foreign servers, by their names."""

    servers: tuple[ForeignServerView, ...] = ()


class ClassifyForm(Form):
    """Say how dangerous a tool is, as it was shown."""

    tool: ToolsName
    tier: Literal["YELLOW", "ORANGE", "RED", "BLACK"]
    """GREEN is none of them: nobody knows what a foreign tool does."""
    pin: Annotated[str, Field(min_length=1, max_length=128)]
    """How it described itself where it was shown; another is refused."""
