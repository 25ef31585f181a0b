"""What the machine tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateways.machines.filesystem import Files
from tests.gateways.machines.dockerd import running_dockerd


@pytest.fixture(scope="session")
def dockerd() -> Iterator[str]:
    with running_dockerd() as url:
        yield url


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An open folder, beside one with a secret that is not open."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("WITNESS")
    opened = tmp_path / "open"
    opened.mkdir()
    (opened / "notes.txt").write_text("milk\nbread and Butter\n")
    (opened / "deep" / "er").mkdir(parents=True)
    (opened / "deep" / "er" / "plan.md").write_text("the plan is butter")
    return opened


@pytest.fixture
def files(root: Path) -> Files:
    return Files([root])
