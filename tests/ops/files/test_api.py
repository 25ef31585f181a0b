"""A file is handed to whoever may have it, as a download, and to nobody else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from processors.tools.builtin.files import DOWNLOAD
from processors.tools.registry import Registry
from tests.web.conftest import home
from tests.web.house import BOB, POOR, House

__all__ = ["home"]


@pytest.fixture
async def ground(home: House) -> Path:
    """The agent's folder, which is open in every house."""
    folder = home.settings.root / "workspace"
    folder.mkdir(exist_ok=True)
    (folder / "päge.html").write_text("<script>alert(1)</script>")
    return folder


async def test_a_file_comes_as_a_download_that_runs_nothing(home: House, ground: Path) -> None:
    tools = home.runtime.resource(Registry)
    found = await tools.run("files_download", {"path": str(ground / "päge.html")})
    assert found.ok, found.text
    assert found.data is not None
    said = await home.client().get(found.data["address"])
    assert (said.status_code, said.text) == (200, "<script>alert(1)</script>")
    assert said.headers["content-type"] == "application/octet-stream"
    name = "attachment; filename*=UTF-8''p%C3%A4ge.html"
    assert said.headers["content-disposition"] == name
    assert "sandbox" in said.headers["content-security-policy"]
    assert said.headers["cache-control"] == "no-store"
    assert said.headers["x-content-type-options"] == "nosniff"


async def test_a_large_file_comes_whole(home: House, ground: Path) -> None:
    whole = os.urandom(3_000_001)
    (ground / "large").write_bytes(whole)
    said = await home.client().get(DOWNLOAD, params={"path": str(ground / "large")})
    assert said.content == whole


async def test_an_address_is_worth_no_more_than_the_login_beside_it(
    home: House, ground: Path
) -> None:
    address = {"path": str(ground / "päge.html")}
    for key in (BOB, POOR):
        said = await home.client(key).get(DOWNLOAD, params=address)
        assert said.status_code == 403
        assert "script" not in said.text
    assert (await home.client("nobody").get(DOWNLOAD, params=address)).status_code == 401


async def test_what_the_agent_may_not_read_nobody_fetches_by_it(home: House, ground: Path) -> None:
    (ground / "link").symlink_to("/etc/passwd")
    (ground / "id_rsa").write_text("WITNESS")
    os.mkfifo(ground / "pipe")
    tools = home.runtime.resource(Registry)
    for path in (
        "", "/etc/passwd", "/proc/self/environ", f"{ground}/../secrets/audit", f"{ground}/link",
        f"{ground}/id_rsa", f"{ground}/pipe", str(ground), f"{ground}/nothing", "\x00",
        str(home.settings.root / "home.db"),
    ):  # fmt: skip
        said = await home.client().get(DOWNLOAD, params={"path": path})
        assert said.status_code >= 400, path
        assert b"WITNESS" not in said.content
        assert not (await tools.run("files_download", {"path": path})).ok, path
