"""Takes a backup out of its box, and checks every file of it against the page inside."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from gateways.vaults.age import Damaged
from ops.backups import box
from ops.backups.contents import (
    FILES,
    FOLDERS,
    FORMAT,
    MANIFEST,
    MOST_MANIFEST,
    MOST_MEMBERS,
    WORKSPACE,
    Kept,
    Manifest,
    shown,
)
from ops.backups.opening import Opener
from ops.backups.reading import Hostile, Member, Reading
from ops.backups.service import Progress, quiet


@dataclass
class Unpacking:
    """Takes files out.

    Args:
        target: an empty folder of ours.
        wanted: which members are written there; all are checked.
        progress: told how much was read.
    """

    target: Path
    wanted: Callable[[Member], bool] = lambda _: True
    progress: Progress = quiet

    def run(self, path: Path, opener: Opener) -> Manifest:
        """Unpack a backup; what is in the folder may be used once this has returned.

        Args:
            path: the file.
            opener: what opens it.

        Raises:
            WrongKey: this does not open it.
            Damaged: it was changed, cut off, exchanged, or holds what no backup holds.
        """
        found: list[Kept] = []
        last: bytes | None = None
        folders: list[Member] = []
        done = 0
        with box.opened(path, opener) as opened:
            # The cover is not sealed; what it says is compared with the page inside, below.
            box.named_rightly(path, opened.cover.name)
            reading = Reading(opened.archive, members=MOST_MEMBERS + 100, most=opened.size)
            for member in reading:
                if last is not None:
                    raise Hostile("Something follows the last page of the archive.")
                _expected(member)
                if member.name == MANIFEST:
                    last = reading.whole(MOST_MANIFEST)
                elif member.folder:
                    if self.wanted(member):
                        (self.target / member.name).mkdir(mode=0o700)
                        folders.append(member)
                else:
                    found.append(self._file(reading, member))
                    done += member.size
                    self.progress("files", done, max(opened.size, done))
        for member in reversed(folders):
            self._finish(member)
        manifest = _manifest(last)
        if manifest.name != opened.cover.name or manifest.made_at != opened.cover.made_at:
            raise Damaged(f"{path.name} holds another backup than it says: {manifest.name}.")
        if tuple(found) != manifest.kept:
            raise Damaged("The archive does not hold what its last page says.")
        return manifest

    def _file(self, reading: Reading, member: Member) -> Kept:
        digest = hashlib.sha256()
        if not self.wanted(member):
            for chunk in reading.content():
                digest.update(chunk)
        else:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            try:
                handle = os.open(self.target / member.name, flags, 0o600)
            except (FileNotFoundError, FileExistsError, NotADirectoryError):
                raise Hostile("A file in the archive has no place of its own.") from None
            with os.fdopen(handle, "wb") as file:
                for chunk in reading.content():
                    digest.update(chunk)
                    file.write(chunk)
            self._finish(member)
        return Kept(name=shown(member.name), size=member.size, sha256=digest.hexdigest())

    def _finish(self, member: Member) -> None:
        """Give a file or folder the rights and the time it had; secrets are the owner's alone."""
        path = self.target / member.name
        usable = 0o700 if member.folder else 0o600
        mine = member.name.partition("/")[0] == WORKSPACE
        path.chmod(member.mode | usable if mine else usable)
        os.utime(path, (member.mtime, member.mtime))


def _expected(member: Member) -> None:
    top, _, below = member.name.partition("/")
    fits = top in FOLDERS if below or member.folder else top in FILES
    if not fits:
        raise Hostile(f"The archive holds {shown(member.name)[:80]}, which no backup holds.")


def _manifest(page: bytes | None) -> Manifest:
    if page is None:
        raise Damaged("The archive has no last page: it was never finished.")
    try:
        manifest = Manifest.model_validate_json(page)
    except ValidationError:
        raise Damaged("The last page of the archive cannot be read.") from None
    if manifest.format > FORMAT:
        raise Damaged(f"The archive was made by a newer LivOS ({manifest.nexus}).")
    return manifest
