"""The pages of the guide: which there are, and how they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.panel.guide import Guide
from schemas.errors import NotFound
from tests.ops.users.home import Home


async def test_every_page_that_is_named_can_be_read(home: Home) -> None:
    browser = await home.owner()
    pages = (await browser.get("/api/panel/about")).json()["guide"]
    assert pages
    for one in pages:
        page = (await browser.get(f"/api/panel/guide/{one['name']}")).json()
        assert page["title"] == one["title"]
        assert len(page["text"]) > 100
        assert not page["text"].startswith("# ")
        assert "\n![" not in page["text"]
    assert (await browser.get("/api/panel/guide/nowhere")).status_code == 404


@pytest.mark.parametrize("name", ["../reliability", "..%2freliability", "", "Page", "a" * 65])
def test_no_other_file_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "reliability.md").write_text("# Secret")
    folder = tmp_path / "guide"
    folder.mkdir()
    with pytest.raises(NotFound):
        Guide(folder).page(name)


def test_what_does_not_ship_is_not_listed(tmp_path: Path) -> None:
    assert Guide(tmp_path / "guide").listed() == ()
