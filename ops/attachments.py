"""The files people sent: each under its id alone, in the state folder."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from schemas.errors import NotFound

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Attached:
    """The folder of the attachments.

    Args:
        folder: where they are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def load(self, name: str) -> bytes:
        """Return the bytes of an attachment.

        Raises:
            NotFound: there is none of this id.
        """
        if not _ID.fullmatch(name):
            raise NotFound(f"There is no attachment {name[:64]}.")
        try:
            return await asyncio.to_thread((self._folder / name).read_bytes)
        except OSError:
            raise NotFound(f"There is no attachment {name}.") from None
