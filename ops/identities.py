"""Who is known where: read from the accounts, by a process that needs nothing else of them.

The accounts' slice writes the table (`ops/users/tables.py`); whoever is removed there is a stranger
here at once. Python's own sqlite3 does, which spares this process the database library.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ops import logs

log = logs.logger("identities")

FIND = "SELECT person FROM users_identities WHERE channel = ? AND who = ?"


class Identities:
    """The accounts of a state folder, to read.

    Args:
        root: the state folder.
    """

    def __init__(self, root: Path) -> None:
        self._file = root / "home.db"
        self._opened: sqlite3.Connection | None = None

    def person(self, channel: str, who: str) -> str | None:
        """Return the person whom an id on a channel belongs to; None for a stranger's."""
        try:
            if self._opened is None:
                # Only to read: a file that is not there is not made.
                self._opened = sqlite3.connect(f"{self._file.as_uri()}?mode=ro", uri=True)
            row = self._opened.execute(FIND, (channel, who)).fetchone()
        except sqlite3.Error as error:
            # No accounts yet, or none of this version: then nobody is known.
            log.info("identities.closed", error=str(error))
            self.close()
            return None
        return None if row is None else str(row[0])

    def close(self) -> None:
        """Let go of the file."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None
