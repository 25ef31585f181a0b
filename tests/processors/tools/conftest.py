"""What the tool tests share: a registry over this machine, with a folder that is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from tests.gateways.machines.dockerd import running_dockerd


@pytest.fixture(scope="session")
def dockerd() -> Iterator[str]:
    with running_dockerd() as url:
        yield url


@pytest.fixture
def house(tmp_path: Path) -> Registry:
    """The builtin tools; `tmp_path/open` is open, Docker and systemd are absent."""
    (tmp_path / "open").mkdir()
    return registry(tmp_path)


def registry(
    folder: Path,
    docker: str | None = None,
    systemd: Systemd | None = None,
    policies: Policies | None = None,
    compose: Sequence[str] | None = None,
) -> Registry:
    daemon, files = Docker(docker or f"unix://{folder}/none.sock"), Files([folder / "open"])
    return Registry(
        BUILTIN,
        [
            Vitals(),
            daemon,
            files,
            Compose(files, daemon, compose),
            systemd or Systemd(marker=folder / "none"),
            Clock(),
            Workspace(folder / "workspace"),
            Sandbox(folder / "workspace"),
            policies or Policies(),
            Fetcher(Allowed()),
            Firecrawl(),
            Finder(),
            InternetSettings(),
        ],
        policies,
    )
