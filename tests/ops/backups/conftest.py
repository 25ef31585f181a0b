"""Each test gets state folders of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops.backups.opening import Opener
from tests.ops.backups.home import Home, homes


@pytest.fixture
def new_home() -> Iterator[Callable[[], Home]]:
    with homes() as one:
        yield one


@pytest.fixture
def home(new_home: Callable[[], Home]) -> Home:
    made = new_home()
    made.furnish()
    return made


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    file = tmp_path / "passphrase"
    file.write_text("correct horse battery\n")
    return file


@pytest.fixture
def own(home: Home) -> Opener:
    """What opens the backups of `home` on any machine: the key, kept elsewhere."""
    return Opener(home.root)
