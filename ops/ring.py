"""The keys that tokens are signed with: files named by the moment they were made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ulid import ULID

from ops import secrets
from schemas.base import new_id, now_ms

NAME = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
"""A ULID."""
ACCESS_SECONDS = 15 * 60
"""How long an access token lives, and so how long the last key may still have signed one."""


@dataclass(frozen=True)
class Key:
    """One key.

    Attributes:
        id: its name, which tokens bear as `kid`.
        secret: 64 characters.
        since: when it was made, in milliseconds since 1970.
        until: when the next one was; what says it was signed later, this key did not sign.
    """

    id: str
    secret: str
    since: int
    until: int | None = None


class Ring:
    """The keys of a state folder: the newest signs, the one before it still vouches for a while.

    Args:
        state: the state folder.

    Raises:
        Unsafe: others can read a key, or it is too short to be one.
    """

    def __init__(self, state: Path) -> None:
        self._folder = secrets.folder(state) / "web"
        self._seen = 0
        self._keys: dict[str, Key] = {}
        if not self._look():
            self.renew()

    @property
    def newest(self) -> Key:
        """The key that signs."""
        self._look()
        return next(reversed(self._keys.values()))

    def key(self, name: str) -> Key | None:
        """Return a key that may have signed something, by its name."""
        self._look()
        return self._keys.get(name)

    def renew(self) -> None:
        """Make a new key; of the older ones only the last stays, for what it signed just now."""
        secrets.renew(self._folder / new_id())
        for path in self._files()[:-2]:
            path.unlink(missing_ok=True)
        self._seen = 0
        self._look()

    def _files(self) -> list[Path]:
        names = (path for path in self._folder.glob("*") if NAME.fullmatch(path.name))
        return sorted(names, key=lambda path: path.name)

    def _look(self) -> bool:
        """Read the keys if the folder changed; return whether there is one."""
        try:
            changed = self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            return False
        if changed != self._seen:
            found: dict[str, Key] = {}
            after: int | None = None
            for path in reversed(self._files()):
                since = round(ULID.from_str(path.name).timestamp * 1000)
                if after is None or after + ACCESS_SECONDS * 1000 > now_ms():
                    found[path.name] = Key(path.name, secrets.read(path), since, after)
                after = since
            self._keys = dict(reversed(found.items()))
            self._seen = changed
        return bool(self._keys)
