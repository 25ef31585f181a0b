"""The composition root: what runs, and what each part is handed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateways.channels.base import Channel, Channels
from gateways.channels.board import Board
from gateways.internet.address import Allowed
from gateways.internet.fetch import Fetcher
from gateways.internet.finder import Finder
from gateways.internet.firecrawl import Firecrawl
from gateways.internet.post import Post
from gateways.internet.settings import InternetSettings
from gateways.llm.base import Attachments
from gateways.machines import sandbox
from gateways.machines.clock import Clock
from gateways.machines.compose import Compose
from gateways.machines.docker import Docker
from gateways.machines.filesystem import Files
from gateways.machines.systemd import Systemd
from gateways.machines.vitals import Vitals
from gateways.machines.workspace import Workspace
from ops.addresses import url
from ops.attachments import Attached
from ops.brakes import limits
from ops.current import Current
from ops.deadfiles import DeadFiles
from ops.desktop.notices import Notices
from ops.desktop.tools import TOOLS
from ops.event_files import KeptRules, KeptTypes
from ops.event_sources import Sources
from ops.keyring import gateway, keyring
from ops.mcp.tools import lent
from ops.memory.tools import TOOLS as REMEMBERING
from ops.minds import Watched as Minds
from ops.opened import opened
from ops.policies import Watched
from ops.remembered import facts
from ops.schedules.tools import TOOLS as SCHEDULING
from ops.settings import Settings
from ops.timetable import book
from ops.vault import Vault
from ops.withheld import redactor
from processors.agent.mind import Mind
from processors.agent.people import People
from processors.agent.turns import Limits
from processors.clock.book import Book
from processors.events.forward import Poster, Secrets
from processors.events.order import Order
from processors.events.rules import Rulebook
from processors.events.trail import Trails
from processors.events.types import Types
from processors.memory.memories import Memories
from processors.memory.recall import Recall
from processors.pipeline import ELSEWHERE, STAGES
from processors.tools.builtin import BUILTIN
from processors.tools.declare import Tool
from processors.tools.policy import Policies
from processors.tools.registry import Registry
from schemas.errors import NotFound
from streams.blackbox import BlackBox
from streams.crash import NOWHERE, Crash
from streams.runtime import Runtime
from streams.sign import Gateway
from streams.stage import Stage


@dataclass(frozen=True)
class Place:
    """One process of the deployment.

    Attributes:
        stages: the names of the stages it runs; empty for all.
        role: the Redis user it is.
        consumer: its name in the consumer groups.
        solo: whether it runs suspects alone.
    """

    stages: tuple[str, ...]
    role: str
    consumer: str
    solo: bool = False


@dataclass(frozen=True)
class More:
    """What one deployment has beyond all others.

    Attributes:
        tools: further tools.
        world: what they ask for, by type.
        channels: further ways to people.
        gateways: whose signatures count with all others, by their names.
    """

    tools: tuple[Tool, ...] = ()
    world: Mapping[type, object] = field(default_factory=dict)
    channels: tuple[Channel, ...] = ()
    gateways: Mapping[str, Gateway] = field(default_factory=dict)


def chosen(names: Sequence[str]) -> tuple[Stage[..., Any], ...]:
    """Return the stages of these names, or all of them.

    Raises:
        NotFound: there is no such stage.
    """
    known = {stage.name: stage for stage in STAGES}
    for name in names:
        if name not in known:
            raise NotFound(f"There is no stage {name}; the stages are {', '.join(known)}.")
    return tuple(known[name] for name in names) or STAGES


def running(place: Place, more: More | None = None) -> tuple[Stage[..., Any], ...]:
    """Return the stages of a process; one that has channels of its own hands over to them itself.

    Raises:
        NotFound: there is no such stage.
    """
    return (*chosen(place.stages), *(ELSEWHERE if more is not None and more.channels else ()))


def compose(
    settings: Settings,
    place: Place,
    box: BlackBox | None = None,
    *,
    suspected: Callable[[], Awaitable[None]] | None = None,
    more: More | None = None,
) -> Runtime:
    """Build the runtime of one process.

    Args:
        settings: all settings.
        place: which process.
        box: its black box; without one nothing is kept.
        suspected: called while suspects wait.
        more: what this deployment has beyond all others.
    """
    stages = running(place, more)
    crash = crash_of(settings)
    return Runtime(
        stages,
        url=url(settings, "durable", place.role),
        live_url=url(settings, "live", "live"),
        consumer=place.consumer,
        settings=settings.streams,
        keyring=keyring(settings, more.gateways if more else {}),
        resources=resources(settings, crash, more),
        blackbox=box,
        solo=place.solo,
        watch=place.role == "core",
        attic=DeadFiles(settings.root / "dead"),
        disk=settings.root,
        suspected=suspected,
        crash=crash,
    )


def crash_of(settings: Settings) -> Crash:
    """Return where processes of this state folder are to die; nowhere but in tests of recovery."""
    return Crash(settings.crash, settings.root / "crashes")


def resources(
    settings: Settings, crash: Crash = NOWHERE, more: More | None = None
) -> Mapping[type, object]:
    """Return what the stages ask for, by type."""
    more = more or More()
    current = Current(settings)
    policies = Watched(current)
    kept = facts(settings)
    recall = Recall(kept)
    memories = Memories(kept, recall.learned)
    around = {**world(settings, policies), Memories: memories, **more.world}
    return {
        People: People(policies),
        Channels: Channels(more.channels),
        Current: current,
        Mind: Minds(current, crash),
        Limits: limits(current),
        Recall: recall,
        Memories: memories,
        Attachments: Attached(settings.root / "attachments"),
        Rulebook: KeptRules(settings.root),
        Board: Notices.of(settings),
        Order: Order(),
        Trails: Trails(gateway(settings, "rules").key),
        Types: KeptTypes(settings.root, strict=settings.events.unknown == "refuse"),
        Poster: Post(Allowed(settings.internet.hosts, settings.internet.ports)),
        Secrets: Sources(Vault(settings.root)),
        Registry: Registry(
            (*BUILTIN, *TOOLS, *SCHEDULING, *REMEMBERING, *more.tools),
            around,
            policies,
            redactor(settings),
            lent(settings),
        ),
    }


def world(settings: Settings, policies: Policies) -> Mapping[type, object]:
    """Return what the tools ask for, by type.

    Args:
        settings: all settings.
        policies: what nobody may touch, whatever its name is when it is reached.
    """
    workspace = settings.root / "workspace"
    internet, brave = settings.internet, settings.brave_api_key
    docker, files = Docker(), opened(settings)
    return {
        InternetSettings: internet,
        Fetcher: Fetcher(Allowed(internet.hosts, internet.ports), internet.seconds),
        Firecrawl: Firecrawl(settings.firecrawl_url),
        Finder: Finder(settings.searxng_url, brave.get_secret_value() if brave else None),
        Notices: Notices.of(settings),
        Book: book(settings),
        Vitals: Vitals(),
        Docker: docker,
        Files: files,
        Compose: Compose(files, docker),
        Systemd: Systemd(),
        Clock: Clock(),
        Policies: policies,
        Workspace: Workspace(
            workspace,
            most_mb=settings.files.workspace_mb,
            file_mb=settings.files.workspace_file_mb,
        ),
        sandbox.Sandbox: sandbox.Sandbox(
            workspace,
            limits=sandbox.Limits(
                file_mb=settings.files.workspace_file_mb, disk_mb=settings.files.workspace_mb
            ),
        ),
    }
