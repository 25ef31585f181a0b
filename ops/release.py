"""Which release of this program runs."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""Where the program is, with the pages that ship with it."""
COMMIT = re.compile(r"[0-9a-f]{40,64}")


def version() -> str:
    """Return the version of this distribution, or `unknown`."""
    try:
        return metadata.version("livos")
    except metadata.PackageNotFoundError:
        return "unknown"


def commit(root: Path = ROOT) -> str:
    """Return the commit that is checked out there, or '' where Git does not say.

    Git itself need not be there: what it wrote is read.

    Args:
        root: the folder of the program.
    """
    try:
        own = _git(root / ".git")
        head = (own / "HEAD").read_text().strip()
        found = _named(own, head.removeprefix("ref: ")) if head.startswith("ref: ") else head
    except (OSError, UnicodeDecodeError):
        return ""
    return found if COMMIT.fullmatch(found) else ""


def _git(path: Path) -> Path:
    """Return the folder of Git; a worktree has a file that names it."""
    if path.is_dir():
        return path
    return path.parent / path.read_text().strip().removeprefix("gitdir: ")


def _named(own: Path, branch: str) -> str:
    shared = own / "commondir"
    common = own / shared.read_text().strip() if shared.exists() else own
    for folder in (own, common):
        if (folder / branch).is_file():
            return (folder / branch).read_text().strip()
    for line in (common / "packed-refs").read_text().splitlines():
        found, _, name = line.partition(" ")
        if name == branch:
            return found
    return ""
