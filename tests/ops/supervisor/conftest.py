"""What the tests of the supervisor share."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def state() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="nx-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
