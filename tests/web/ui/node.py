"""The Node that the page is built with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.house.tree import ROOT

FOLDER = ROOT / "web/ui"
SECONDS = 280
"""On a machine that is busy with other tests, looking at all the types takes a while."""
OURS = Path(sys.prefix) / "node/bin"
"""Where install.sh puts one when the machine has none that is new enough."""


def npm(*words: str) -> subprocess.CompletedProcess[str]:
    """Run npm in the folder of the page, and return how it went."""
    path = os.pathsep.join(([str(OURS)] if OURS.is_dir() else []) + [os.environ["PATH"]])
    return subprocess.run(
        ["npm", *words],
        cwd=FOLDER,
        env={**os.environ, "PATH": path, "NO_COLOR": "1", "npm_config_cache": "/tmp/nx-npm"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
