"""The files of a messenger: what people send lies with what they send on the page."""

from __future__ import annotations

import asyncio
import hmac
import importlib
import os
from collections.abc import AsyncIterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from gateways.channels.shelf import LARGEST, ON_THE_PAGE, Lent
from ops.opened import opened
from ops.settings import Settings
from schemas.chat import Attachment
from schemas.errors import Invalid

if TYPE_CHECKING:
    from ops.conversations.uploads import Uploads

MEGABYTE = 1 << 20


class KeptFiles:
    """The attachments of a state folder, and the folders that are open to the agent.

    The database library takes twenty megabytes: it is loaded with the first file that comes.

    Args:
        settings: where they are.
        key: the channel's own. A file's id is made with it from what the channel calls it, so that
            what is heard twice is one file, and nobody else can name it.
    """

    def __init__(self, settings: Settings, key: bytes) -> None:
        self._settings, self._key = settings, key
        self._files = opened(settings)
        self._uploads: Uploads | None = None
        self._one = asyncio.Lock()

    async def keep(
        self, source: str, person: str, name: str, pieces: AsyncIterator[bytes]
    ) -> Attachment:
        """Write a file down while it comes in.

        Raises:
            TooLarge, NoRoom: as on the page.
            Unmigrated: nothing can be written down.
        """
        attachment = hmac.digest(self._key, f"file {source}".encode(), "sha256").hex()[:32]
        uploads = self._uploads or await self._opened()
        return await uploads.keep(person, name, pieces, attachment)

    async def lend(self, path: str) -> Lent:
        """Return a file that is open to the agent; one after the other, for they are large.

        Raises:
            NotFound, Forbidden: it is not there, or not open.
            Invalid: it is no file, empty, or too large.
        """
        async with self._one:
            return await asyncio.to_thread(self._read, path)

    def _read(self, path: str) -> Lent:
        shown, size, handle = self._files.open(path)
        with os.fdopen(handle, "rb") as file:
            if size > LARGEST:
                most = LARGEST // MEGABYTE
                raise Invalid(f"It is larger than {most} MB; {ON_THE_PAGE}")
            data = file.read(LARGEST + 1)
        if not data:
            raise Invalid("It is empty.")
        if len(data) > LARGEST:
            raise Invalid("It grew while it was read.")
        return Lent(PurePath(shown).name, data)

    async def close(self) -> None:
        """Let go of the database."""
        if self._uploads is not None:
            await self._uploads.close()

    async def _opened(self) -> Uploads:
        # In a thread, for meanwhile others are heard and answered.
        await asyncio.to_thread(importlib.import_module, "ops.conversations.uploads")
        from ops import database  # noqa: PLC0415
        from ops.conversations.uploads import Uploads  # noqa: PLC0415

        engine = database.connect(database.home(self._settings))
        self._uploads = Uploads(engine, self._settings.root / "attachments")
        return self._uploads
