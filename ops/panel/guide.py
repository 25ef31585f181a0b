"""The pages of the guide, as they ship with this release."""

from __future__ import annotations

import re
from pathlib import Path

from ops import release
from schemas.errors import NotFound
from schemas.panel import GuideLink, GuidePage

FOLDER = release.ROOT / "docs/guide"
NAME = re.compile(r"[a-z][a-z-]{0,63}")
PICTURE = re.compile(r"^!\[.*\n\n?", re.MULTILINE)
"""A page that is read here shows no pictures of files."""


class Guide:
    """Reads the pages.

    Args:
        folder: where they are; nothing is listed where there is none.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder

    def listed(self) -> tuple[GuideLink, ...]:
        """Return all pages, by their titles."""
        found = [
            GuideLink(name=path.stem, title=_title(path.read_text()))
            for path in self._folder.glob("*.md")
            if NAME.fullmatch(path.stem)
        ]
        return tuple(sorted(found, key=lambda one: one.title.lower()))

    def page(self, name: str) -> GuidePage:
        """Return one page.

        Raises:
            NotFound: there is no such page.
        """
        path = self._folder / f"{name}.md"
        if not NAME.fullmatch(name) or not path.is_file():
            raise NotFound("The guide has no such page.")
        text = path.read_text()
        _, _, rest = text.partition("\n")
        return GuidePage(name=name, title=_title(text), text=PICTURE.sub("", rest).strip())


def _title(text: str) -> str:
    first, _, _ = text.partition("\n")
    return first.lstrip("# ").strip()
