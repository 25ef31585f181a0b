"""The files of a messenger: kept once however often they come, lent only where they are open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateways.channels.shelf import LARGEST
from ops.conversations.uploads import Uploads
from ops.database import connect, home
from ops.settings import Settings
from ops.shelf import KeptFiles
from schemas.errors import Expected, Forbidden, Invalid, NotFound

SOURCE = "telegram:777.9:0:anna"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "workspace").mkdir()
    return Settings(root=tmp_path)


@pytest.fixture
async def shelf(settings: Settings) -> AsyncIterator[KeptFiles]:
    found = KeptFiles(settings, b"k" * 32)
    yield found
    await found.close()


async def pieces(*found: bytes) -> AsyncIterator[bytes]:
    for one in found:
        yield one


async def unread() -> AsyncIterator[bytes]:
    raise AssertionError("it is here already")
    yield b""


async def test_the_same_file_of_the_same_message_is_kept_once(
    settings: Settings, shelf: KeptFiles
) -> None:
    first = await shelf.keep(SOURCE, "anna", "../a.txt", pieces(b"a ", b"text"))
    assert (first.name, first.type, first.size) == ("a.txt", "text/plain", 6)
    assert await shelf.keep(SOURCE, "anna", "../a.txt", unread()) == first
    other = await shelf.keep(f"{SOURCE}-2", "anna", "../a.txt", pieces(b"a text"))
    assert other.id != first.id
    # Another channel's key names it otherwise; and it is as the page has it.
    assert (await KeptFiles(settings, b"x" * 32).keep(SOURCE, "anna", "a", pieces())).id != first.id
    uploads = Uploads(connect(home(settings)), settings.root / "attachments")
    assert await uploads.of("anna", (first.id,)) == (first,)
    with pytest.raises(NotFound):
        await uploads.of("bob", (first.id,))
    await uploads.close()


async def test_what_broke_off_is_taken_in_when_it_comes_again(
    settings: Settings, shelf: KeptFiles
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await shelf.keep(SOURCE, "anna", "a.txt", broken())
    found = await shelf.keep(SOURCE, "anna", "a.txt", pieces(b"the whole"))
    file = settings.root / "attachments" / found.id
    assert file.read_bytes() == b"the whole"
    # A process that died between the note and the file.
    file.unlink()
    assert await shelf.keep(SOURCE, "anna", "a.txt", pieces(b"the whole")) == found
    assert [one.name for one in (settings.root / "attachments").iterdir()] == [found.id]


async def test_what_is_too_large_leaves_nothing(settings: Settings, shelf: KeptFiles) -> None:
    with pytest.raises(Expected, match="20 MB"):
        await shelf.keep(SOURCE, "anna", "a", pieces(b"x" * LARGEST, b"x"))
    assert list((settings.root / "attachments").iterdir()) == []


async def test_only_what_is_open_is_lent(settings: Settings, shelf: KeptFiles) -> None:
    open_to_all = settings.root / "workspace"
    (open_to_all / "a.txt").write_bytes(b"a text")
    lent = await shelf.lend(str(open_to_all / "a.txt"))
    assert (lent.name, lent.data) == ("a.txt", b"a text")
    (settings.root / "secret").write_bytes(b"a secret")
    (open_to_all / "link").symlink_to(settings.root / "secret")
    for path in (settings.root / "secret", open_to_all / "link", Path("/etc/passwd")):
        with pytest.raises(Expected) as found:
            await shelf.lend(str(path))
        assert isinstance(found.value, Forbidden | Invalid | NotFound), path
    with (open_to_all / "large").open("wb") as file:
        file.truncate(LARGEST + 1)
    (open_to_all / "empty").touch()
    for name, why in (("large", "larger than 20 MB"), ("empty", "It is empty"), (".", "folder")):
        with pytest.raises(Invalid, match=why):
            await shelf.lend(str(open_to_all / name))
