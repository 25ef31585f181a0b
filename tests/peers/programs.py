"""How the programs are run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.house.tree import ROOT
from tests.web.ui.node import OURS

FOLDER = ROOT / "tests/peers"
PATH = os.pathsep.join(([str(OURS)] if OURS.is_dir() else []) + [os.environ["PATH"]])


def node() -> str:
    """Return where Node is."""
    found = shutil.which("node", path=PATH)
    assert found, "there is no Node: run ./install.sh dev"
    return found


def program(name: str) -> Path:
    """Return the script of a program, such as `mcp-server-everything`."""
    found = FOLDER / "node_modules/.bin" / name
    assert found.exists(), f"{name} is not there: run ./install.sh dev"
    return found.resolve()
