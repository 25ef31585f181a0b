"""A house whose model follows a script, and which counts who is really asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import Any

from gateways.channels.base import Channels
from gateways.channels.board import Board
from gateways.internet.address import Allowed
from gateways.internet.fetch import Fetcher
from gateways.internet.finder import Finder
from gateways.internet.firecrawl import Firecrawl
from gateways.internet.settings import InternetSettings
from gateways.llm.base import Attachments, Delta, Request
from gateways.llm.scripted import Failure, Scripted, Step, Wish, question
from gateways.machines.clock import Clock
from gateways.machines.compose import Compose
from gateways.machines.docker import Docker
from gateways.machines.filesystem import Files
from gateways.machines.sandbox import Sandbox
from gateways.machines.systemd import Systemd
from gateways.machines.vitals import Vitals
from gateways.machines.workspace import Workspace
from ops.attachments import Attached
from ops.replay.recorded import Unheard
from processors.agent.mind import Mind
from processors.agent.people import People
from processors.agent.turns import Limits
from processors.memory.recall import Recall
from processors.tools.builtin import BUILTIN
from processors.tools.policy import Policies
from processors.tools.registry import Registry
from schemas.record import Usage
from schemas.tools import ToolResult

SPENT = Usage(input=120, output=30)
TOKYO = Wish(tool="time_now", arguments={"zone": "Asia/Tokyo"})
LISTED = Wish(tool="files_list", arguments={"path": "letters"})
OFFERED = Wish(tool="download_offer", arguments={"path": "letters/anna.txt"})
READ = Wish(tool="files_read", arguments={"path": "letters/anna.txt"})
NOTED = Wish(tool="notes_append", arguments={"text": "Anna comes on Friday."})
FORBIDDEN = Wish(tool="host_format", arguments={"command": "rm -rf /"})
WRITTEN = Wish(tool="files_write", arguments={"path": "summary.txt", "content": "Friday."})

TIME_TOLD, GREETED = (
    Wish(tool="subagent_delegate", arguments={"task": task, "tools": ["time_*"]})
    for task in ("what time is it in Tokyo, and which letters are there?", "how are you?")
)

QUESTIONS: dict[str, tuple[Step, ...]] = {
    "how are you?": (Step(text="I am well.", thinking="A greeting.", usage=SPENT),),
    "what time is it in Tokyo, and which letters are there?": (
        Step(text="I look.", calls=(TOKYO, LISTED), usage=SPENT),
        Step(text="It is late there, and Anna wrote.", usage=SPENT),
    ),
    "read Anna's letter, note when she comes, and sum it up": (
        Step(calls=(OFFERED,), usage=SPENT),
        # After the letter, which anybody could have written, a note would wait for a person.
        Step(thinking="There it is.", calls=(NOTED, TOKYO), usage=SPENT),
        Step(calls=(READ,), usage=SPENT),
        Step(text="I noted that Anna comes on Friday.", usage=SPENT),
    ),
    "empty the disk": (
        Step(calls=(FORBIDDEN, TOKYO), usage=SPENT),
        Step(text="I may not do that.", usage=SPENT),
    ),
    "think for ever": (Step(calls=(TOKYO,), usage=SPENT), Step(text="never", delay=600)),
    "fail": (
        Step(calls=(WRITTEN,), usage=SPENT),
        Step(error=Failure(kind="refused", message="The model does not want to.")),
    ),
    "let others look": (
        Step(text="I hand it on.", calls=(TIME_TOLD, GREETED, TOKYO), usage=SPENT),
        Step(text="They say that it is late, and that they are well.", usage=SPENT),
    ),
    "go on and on": tuple(Step(calls=(TOKYO,), usage=SPENT) for _ in range(4)),
}


def script(request: Request) -> Step:
    """Say the next step of what was asked last."""
    steps = QUESTIONS[question(request)]
    spoken = 0
    for exchange in reversed(request.exchanges):
        if type(exchange).__name__ == "UserSaid":
            break
        spoken += type(exchange).__name__ == "ModelSaid"
    return steps[spoken]


def world(folder: Path) -> Mapping[type, object]:
    """Return what the tools ask for: one folder with a letter in it, and nothing else."""
    letters = folder / "letters"
    letters.mkdir(parents=True, exist_ok=True)
    (letters / "anna.txt").write_text("I come on Friday.\nAnna\n", encoding="utf-8")
    docker, files = Docker(f"unix://{folder}/none.sock"), Files([folder])
    return {
        Vitals: Vitals(),
        Docker: docker,
        Files: files,
        Compose: Compose(files, docker, ()),
        Systemd: Systemd(marker=folder / "none"),
        Clock: Clock(),
        Workspace: Workspace(folder / "workspace"),
        Sandbox: Sandbox(folder / "workspace"),
        Policies: Policies(),
        Fetcher: Fetcher(Allowed()),
        Firecrawl: Firecrawl(),
        Finder: Finder(),
        InternetSettings: InternetSettings(),
    }


class CountedModel(Scripted):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__(script)
        self.asked = 0

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        self.asked += 1
        async for delta in super().stream(request):
            yield delta


class CountedTools(Registry):
    """Counts how often one is run."""

    ran = 0

    async def run(
        self,
        name: str,
        arguments: Mapping[str, Any],
        key: str = "",
        *,
        probe: bool = False,
        tell: Callable[[str], None] | None = None,
        person: str = "",
    ) -> ToolResult:
        self.ran += 1
        return await super().run(name, arguments, key, probe=probe, tell=tell, person=person)


class House:
    """What the stages ask for, and how often a model or a tool was really asked."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.folder = folder
        self.model = CountedModel()
        self.tools = CountedTools(BUILTIN, world(folder))
        self.resources: dict[type, object] = {
            People: People(),
            Channels: Channels(),
            Board: Unheard(),
            Mind: Mind({"flash": self.model, "haiku": self.model}, "flash"),
            Limits: limits or Limits(),
            Registry: self.tools,
            Attachments: Attached(folder / "attachments"),
            Recall: Recall(),
        }

    @property
    def counts(self) -> tuple[int, int]:
        """How often the model was asked, how often a tool was run."""
        return self.model.asked, self.tools.ran

    @property
    def notes(self) -> str:
        """What stands in the notes."""
        file = self.folder / "workspace/notes.md"
        return file.read_text("utf-8") if file.exists() else ""
