"""What opens a backup: this server's key, an identity from a file, or a passphrase."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from gateways.vaults import age
from ops import secrets
from ops.backups.contents import Cover, How
from schemas.errors import Invalid, NotFound

SHORTEST_PASSPHRASE = 12
"""Characters; a backup may lie about for years."""
NOTE = "# This key opens the backups of this server. Keep a copy where this machine is not.\n"


@dataclass(frozen=True)
class Sealing:
    """What a backup is sealed with.

    Attributes:
        how: what will open it.
        recipient: the public half of the key.
        locked: the key itself under a passphrase; empty otherwise.
        fresh: the identity, when this server's key was made just now: to be shown once.
    """

    how: How
    recipient: str
    locked: bytes = b""
    fresh: str = ""


def own_file(root: Path) -> Path:
    """Where a server keeps the key of its backups."""
    return secrets.folder(root) / "backup.key"


def series(root: Path) -> str:
    """Return the eight digits by which a server's backups are known from another's."""
    secret = secrets.ensure(secrets.folder(root) / "backup.id")
    return hashlib.sha256(secret.encode()).hexdigest()[:8]


def with_own_key(root: Path) -> Sealing:
    """Seal for this server's own key, made now if there is none.

    Raises:
        Unsafe: others can read the key.
    """
    path = own_file(root)
    try:
        identity, fresh = _identity(secrets.read(path), path), ""
    except FileNotFoundError:
        identity = fresh = age.new_identity()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{NOTE}{identity}\n")
            file.flush()
            os.fsync(file.fileno())
    return Sealing("key", age.recipient_of(identity), fresh=fresh)


def own_key(root: Path) -> tuple[str, str]:
    """Return the key of a server's backups and its public half.

    Raises:
        NotFound: it never made a backup with it.
        Unsafe: others can read it.
    """
    path = own_file(root)
    try:
        identity = _identity(secrets.read(path), path)
    except FileNotFoundError:
        raise NotFound(f"There is no backup key in {root}; the first backup makes it.") from None
    return identity, age.recipient_of(identity)


def with_recipient(recipient: str) -> Sealing:
    """Seal for a key whose other half is somewhere else.

    Raises:
        Invalid: it is no age recipient.
    """
    return Sealing("recipient", age.recipient(recipient))


def with_passphrase(path: Path) -> Sealing:
    """Seal under the passphrase in a file: a fresh key, locked with it, goes along.

    Raises:
        NotFound: there is no such file.
        Invalid: it is too short.
    """
    passphrase = _passphrase(path)
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise Invalid(
            f"The passphrase in {path} has {len(passphrase)} characters; it needs at least"
            f" {SHORTEST_PASSPHRASE}."
        )
    identity = age.new_identity()
    return Sealing("passphrase", age.recipient_of(identity), age.lock(identity, passphrase))


@dataclass(frozen=True)
class Opener:
    """What an owner has in hand to open a backup.

    Attributes:
        root: a state folder whose own key may fit; None if there is none.
        identity_file: a file with an age identity.
        passphrase_file: a file with the passphrase.
    """

    root: Path | None = None
    identity_file: Path | None = None
    passphrase_file: Path | None = None

    def identity(self, cover: Cover, locked: bytes) -> str:
        """Return the identity that opens a backup, as far as one can tell.

        Raises:
            WrongKey: the passphrase is another one.
            Invalid: something else is needed; the sentence says what.
            NotFound: a file is missing.
        """
        if locked and self.identity_file is None:
            if self.passphrase_file is None:
                raise Invalid("This backup is under a passphrase; give --passphrase-file.")
            return age.unlock(locked, _passphrase(self.passphrase_file))
        path = self.identity_file
        if path is None:
            if self.passphrase_file is not None:
                raise Invalid("This backup is under a key, not a passphrase; give --identity.")
            path = own_file(self.root) if self.root else None
        if path is None or not (self.identity_file or path.is_file()):
            raise Invalid(
                f"This backup is sealed for {cover.recipient}; give the file with that key"
                " as --identity: `secrets/backup.key` of the state folder it was made in, or what"
                " `nexus backup key --out` wrote."
            )
        identity = _identity(_text(path), path)
        if age.recipient_of(identity) != cover.recipient:
            raise age.WrongKey(
                f"The key in {path} does not open this backup, which is sealed for"
                f" {cover.recipient}."
            )
        return identity


def _identity(text: str, path: Path) -> str:
    """Return the identity in a file, which may have comments as age-keygen writes them."""
    for line in text.splitlines():
        if line.strip().startswith(age.IDENTITY):
            return line.strip()
    raise Invalid(f"There is no age identity in {path}; one begins with {age.IDENTITY}.")


def _passphrase(path: Path) -> str:
    return _text(path).strip("\r\n")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError):
        raise NotFound(f"There is no file {path}.") from None
    except PermissionError:
        raise NotFound(f"The file {path} may not be read by this user.") from None
    except UnicodeDecodeError:
        raise Invalid(f"The file {path} is not text.") from None
