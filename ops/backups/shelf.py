"""The backups in a folder: which there are, and which may go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ops.backups import box
from ops.backups.contents import Cover
from schemas.errors import Refused


def forget(folder: Path, newest: str, keep: int) -> tuple[Path, ...]:
    """Remove the oldest backups of one server; another's in the same folder are not touched.

    Args:
        folder: where they are.
        newest: the name of the one just made, which stays.
        keep: how many stay.
    """
    found = box.NAME.fullmatch(newest)
    assert found
    mine = sorted(
        path
        for path in folder.glob(f"nexus-{found['series']}-*.tar")
        if box.NAME.fullmatch(path.stem) and path.stem <= newest
    )
    gone = tuple(mine[: max(len(mine) - max(keep, 1), 0)])
    for path in gone:
        path.unlink(missing_ok=True)
    return gone


@dataclass(frozen=True)
class Listed:
    """A backup in a folder.

    Attributes:
        path: the file.
        size: its bytes.
        cover: what stands outside on it; None if it cannot be read.
        fault: why not.
    """

    path: Path
    size: int
    cover: Cover | None
    fault: str = ""


def listing(folder: Path) -> list[Listed]:
    """Return the backups in a folder, the newest first, by what stands outside on them."""
    found = []
    for path in folder.glob("nexus-*.tar"):
        size = path.stat().st_size
        try:
            cover = box.look(path)
            box.named_rightly(path, cover.name)
            found.append(Listed(path, size, cover))
        except Refused as error:
            found.append(Listed(path, size, None, str(error)))
    return sorted(found, key=lambda one: one.cover.made_at if one.cover else 0, reverse=True)
