"""What the owner is told of the server itself."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path

from ops.panel.about import measured
from tests.ops.users.home import Home

ABOUT = "/api/panel/about"


async def test_the_owner_sees_what_runs(home: Home) -> None:
    browser = await home.owner()
    found = (await browser.get(ABOUT)).json()
    assert found["version"] == metadata.version("livos")
    assert (found["licence"], found["python"]) == ("MIT", platform.python_version())
    assert found["redis"][0].isdigit()
    assert found["state"] == str(home.settings.root)
    assert found["state_bytes"] > 0
    assert {"name": "page", "title": "The page in the browser"} in found["guide"]


async def test_nobody_else_does(home: Home) -> None:
    browser = await home.owner()
    made = await browser.post("/api/people", name="bert", password="kettle-quiet-9-birch")
    assert made.status_code == 201, made.text
    other = home.browser()
    assert await other.sign_in("bert", "kettle-quiet-9-birch") == ""
    assert (await other.get(ABOUT)).status_code == 403
    assert (await other.get("/api/panel/guide/page")).status_code == 403
    assert (await home.browser().get(ABOUT)).status_code == 401


def test_a_folder_is_measured_within_bounds(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/file").write_bytes(b"x" * 10_000)
    (tmp_path / "loop").symlink_to(tmp_path)
    found = measured(tmp_path)
    assert found is not None
    assert found >= 10_000
    assert measured(tmp_path, most=2) is None
    assert measured(tmp_path / "nowhere") == 0
