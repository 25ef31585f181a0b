"""What the model tests share: the house's own read-only tools, as a model sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateways.internet.address import Allowed
from gateways.internet.fetch import Fetcher
from gateways.internet.finder import Finder
from gateways.internet.firecrawl import Firecrawl
from gateways.internet.settings import InternetSettings
from gateways.machines.clock import Clock
from gateways.machines.compose import Compose
from gateways.machines.docker import Docker
from gateways.machines.filesystem import Files
from gateways.machines.sandbox import Sandbox
from gateways.machines.systemd import Systemd
from gateways.machines.vitals import Vitals
from gateways.machines.workspace import Workspace
from processors.tools.builtin import BUILTIN
from processors.tools.policy import Policies
from processors.tools.registry import Registry
from schemas.tools import ToolSpec


@pytest.fixture
def house(tmp_path: Path) -> Registry:
    docker, files = Docker(f"unix://{tmp_path}/none.sock"), Files([tmp_path])
    return Registry(
        BUILTIN,
        [
            Vitals(),
            docker,
            files,
            Compose(files, docker, ()),
            Systemd(marker=tmp_path / "none"),
            Clock(),
            Workspace(tmp_path / "workspace"),
            Sandbox(tmp_path / "workspace"),
            Policies(),
            Fetcher(Allowed()),
            Firecrawl(),
            Finder(),
            InternetSettings(),
        ],
    )


@pytest.fixture
def tools(house: Registry) -> tuple[ToolSpec, ...]:
    return house.specs("full")
