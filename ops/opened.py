"""The folders that the owner opened, as every part of the server sees them."""

from __future__ import annotations

from gateways.machines.bin import FOLDER as KEPT
from gateways.machines.filesystem import Files
from ops.settings import Settings


def opened(settings: Settings) -> Files:
    """Return what of the disk is open, by the settings."""
    workspace = settings.root / "workspace"
    return Files(
        (*settings.files.roots, workspace),
        protected=(settings.root, workspace / KEPT),
        opened=(workspace,),
        closed=settings.files.closed,
    )
