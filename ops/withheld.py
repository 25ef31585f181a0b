"""What must never be told or written: every secret of this server that it can name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from ops import logs, secrets
from ops.settings import Settings, named_secrets
from ops.vault import Vault
from processors.tools.redact import Redactor
from schemas.errors import Expected

log = logs.logger("secrets")

LARGEST = 65_536
"""Bytes of a secret file."""
PLACES = ("", "redis", "gateways", "web", "vault")
"""Folders of secret files, below that of all secrets."""


def redactor(settings: Settings) -> Redactor:
    """Return what takes this server's secrets out of texts, also those that are set later."""
    known = {*secrets_of(settings), *named_secrets()}
    return Redactor(known, Kept(settings.root))


class Kept:
    """The secrets that lie in a state folder: in its vault and in its secret files.

    Args:
        state: the state folder.
    """

    def __init__(self, state: Path) -> None:
        self._vault = Vault(state)
        self._folders = [secrets.folder(state) / place for place in PLACES]
        self._seen: object = None
        self._files: frozenset[str] = frozenset()
        self._closed = ""

    def __call__(self) -> frozenset[str]:
        """Return them; what cannot be read stops nobody, and is said in the log."""
        # Secret files are replaced and never written in, so their folder says that one is new.
        now = [_changed(folder) for folder in self._folders]
        if now != self._seen:
            self._files, self._seen = frozenset(self._read()), now
        try:
            found, closed = self._vault.values(), ""
        except (Expected, OSError) as error:
            found, closed = frozenset[str](), str(error)
        if closed != self._closed:
            self._closed = closed
            if closed:  # said once, and not for every text
                log.error("vault.closed", error=closed)
        return self._files | found

    def _read(self) -> Iterator[str]:
        for path in (path for folder in self._folders for path in _files(folder)):
            try:
                text = path.read_bytes()[:LARGEST].decode("ascii")
            except (OSError, UnicodeDecodeError):  # gone just now, or sealed
                continue
            yield from (word for word in text.split() if len(word) >= secrets.SHORTEST)


def secrets_of(settings: BaseModel) -> Iterator[str]:
    """Return the values of all secret settings, and the passwords in those that are addresses."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from secrets_of(value)
        elif isinstance(value, SecretStr):
            secret = value.get_secret_value()
            yield secret
            if "://" in secret:
                yield urlsplit(secret).password or ""


def _changed(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_file()]
    except OSError:
        return []
