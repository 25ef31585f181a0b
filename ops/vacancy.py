"""A state folder that was empty is left as it was, when what was begun in it fails."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Vacancy:
    """How a folder was before anything was done in it.

    Attributes:
        state: the folder.
        existed: whether it was there.
        empty: whether there was nothing in it.
    """

    state: Path
    existed: bool
    empty: bool

    @classmethod
    def of(cls, state: Path) -> Vacancy:
        """Look at a folder."""
        existed = state.is_dir()
        return cls(state, existed, not existed or not any(state.iterdir()))

    def under_lock(self) -> Vacancy:
        """Look again, once its lock is ours: while we waited, somebody may have lived here."""
        made = {self.state / "lock", self.state / "secrets"}
        return replace(self, empty=self.empty and all(one in made for one in self.state.rglob("*")))

    def leave(self) -> None:
        """Remove what was made in it since; call it only while its lock is ours.

        Nothing is touched where anything was there before.
        """
        if not self.empty or not self.state.is_dir():
            return
        for one in self.state.iterdir():
            if one.is_dir() and not one.is_symlink():
                shutil.rmtree(one)
            else:
                one.unlink()
        if not self.existed:
            self.state.rmdir()
