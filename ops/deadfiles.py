"""Where dead letters go when the desk is full: files in the state folder, one letter a line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


class DeadFiles:
    """A folder of JSON lines, made when it is first needed.

    Args:
        folder: where.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, first: str, letters: Sequence[str]) -> str:
        """Write letters to a file named after the oldest; they are on the disk on return.

        Returns:
            The file's path.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{first}.jsonl"
        draft = path.with_suffix(".part")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.writelines(f"{letter}\n" for letter in letters)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return str(path)
