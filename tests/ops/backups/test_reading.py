"""A hostile archive is refused, and has no effect outside its folder."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from gateways.vaults import age
from ops.backups import box
from ops.backups.contents import Cover
from ops.backups.opening import Opener
from ops.backups.reading import Hostile, Reading
from ops.backups.restore import restore
from ops.backups.tape import END, header, padding
from ops.backups.verify import verify

NAME = "nexus-00000000-20260101T000000000Z"
Fill = Callable[[tarfile.TarFile], None]


def add(archive: tarfile.TarFile, name: str, content: bytes = b"x", **more: Any) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for word, value in more.items():
        setattr(info, word, value)
    archive.addfile(info, io.BytesIO(content))


def manifest(*kept: tuple[str, bytes]) -> bytes:
    return json.dumps(
        {
            "name": NAME,
            "made_at": 1,
            "nexus": "1",
            "redis": "",
            "counts": {},
            "kept": [
                {"name": name, "size": len(content), "sha256": sha256(content).hexdigest()}
                for name, content in kept
            ],
        }
    ).encode()


def packed(fill: Fill, *, pages: bool = True, kept: tuple[tuple[str, bytes], ...] = ()) -> bytes:
    """Return an archive as somebody may make it who has our public key, and our format."""
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w", format=tarfile.GNU_FORMAT) as archive:
        fill(archive)
        if pages:
            add(archive, "manifest.json", manifest(*kept))
    # The library fills its last record up; a backup ends with two blocks.
    return memory.getvalue().rstrip(b"\x00") + b"\x00" * 0


def ended(data: bytes) -> bytes:
    return data + padding(len(data)) + END


@pytest.fixture
def sealing(tmp_path: Path) -> Callable[[bytes], tuple[Path, Opener]]:
    def seal(content: bytes) -> tuple[Path, Opener]:
        identity = age.new_identity()
        key, path = tmp_path / "key", tmp_path / f"{NAME}.tar"
        key.write_text(identity)
        cover = Cover(
            name=NAME, made_at=1, nexus="1", sealed="key", recipient=age.recipient_of(identity)
        )
        with path.open("wb") as file:
            box.write(file, cover, b"", iter([content]))
        return path, Opener(identity_file=key)

    return seal


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> Fill:
    return lambda archive: add(archive, name, b"", type=kind, linkname=target)


def through_a_link(archive: tarfile.TarFile) -> None:
    add(archive, "workspace", b"", type=tarfile.DIRTYPE)
    link("workspace/out", "/tmp")(archive)
    add(archive, "workspace/out/escaped")


def twice(archive: tarfile.TarFile) -> None:
    add(archive, "config.yaml")
    add(archive, "config.yaml", b"y")


def a_file_as_a_folder(archive: tarfile.TarFile) -> None:
    add(archive, "workspace", b"", type=tarfile.DIRTYPE)
    add(archive, "workspace/a")
    add(archive, "workspace/a/b")


HOSTILE: dict[str, Fill] = {
    "absolute": lambda archive: add(archive, "/tmp/escaped"),
    "above": lambda archive: add(archive, "../escaped"),
    "above, later": lambda archive: add(archive, "workspace/../../escaped"),
    "here": lambda archive: add(archive, "workspace/./escaped"),
    "symbolic link": link("workspace/link", "/etc/passwd"),
    "hard link": link("workspace/link", "../lock", tarfile.LNKTYPE),
    "through a link": through_a_link,
    "pipe": link("workspace/pipe", "", tarfile.FIFOTYPE),
    "device": link("workspace/null", "", tarfile.CHRTYPE),
    "a link that says it is a file": lambda archive: add(
        archive, "config.yaml", linkname="/etc/passwd"
    ),
    "twice": twice,
    "file as a folder": a_file_as_a_folder,
    "elsewhere": lambda archive: add(archive, "lock"),
    "a place of its own": lambda archive: add(archive, "run.json"),
    "a folder as a file": lambda archive: add(archive, "config.yaml", b"", type=tarfile.DIRTYPE),
    "a file as one of the folders": lambda archive: add(archive, "secrets"),
    "no folder above": lambda archive: add(archive, "workspace/a/b"),
    "extended header": lambda archive: add(archive, "config.yaml", type=b"x"),
    "sparse file": lambda archive: add(archive, "config.yaml", type=tarfile.GNUTYPE_SPARSE),
}


@pytest.mark.parametrize("how", HOSTILE)
def test_a_hostile_archive_is_refused_without_effect(
    how: str, sealing: Callable[[bytes], tuple[Path, Opener]], tmp_path: Path
) -> None:
    path, opener = sealing(ended(packed(HOSTILE[how])))
    root = tmp_path / "deep" / "root"
    before = set(tmp_path.rglob("*"))
    with pytest.raises(age.Damaged):
        restore(path, root, opener)
    with pytest.raises(age.Damaged):
        verify(path, opener)
    assert set(tmp_path.rglob("*")) - before == {root.parent}
    assert not Path("/tmp/escaped").exists()


GOOD = (("config.yaml", b"x"),)


def good(archive: tarfile.TarFile) -> None:
    add(archive, "config.yaml")


def test_a_good_one_is_not(sealing: Callable[[bytes], tuple[Path, Opener]], tmp_path: Path) -> None:
    path, opener = sealing(ended(packed(good, kept=GOOD)))
    assert verify(path, opener).manifest.name == NAME
    restore(path, tmp_path / "root", opener)
    assert (tmp_path / "root" / "config.yaml").read_bytes() == b"x"


BROKEN: dict[str, bytes] = {
    "another content": ended(packed(good, kept=(("config.yaml", b"y"),))),
    "another name": ended(packed(good, kept=(("config.yml", b"x"),))),
    "one missing": ended(packed(good, kept=(*GOOD, ("journal.db", b"y")))),
    "one too many": ended(packed(good)),
    "no last page": ended(packed(good, pages=False)),
    "no end": packed(good, kept=GOOD),
    "one block of an end": packed(good, kept=GOOD) + bytes(512),
    "more behind the end": ended(packed(good, kept=GOOD)) + bytes(512),
    "empty": b"",
    "no archive": b"hello" * 1000,
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_archive_is_refused(
    how: str, sealing: Callable[[bytes], tuple[Path, Opener]], tmp_path: Path
) -> None:
    path, opener = sealing(BROKEN[how])
    with pytest.raises(age.Damaged):
        restore(path, tmp_path / "root", opener)
    assert not (tmp_path / "root").exists()


def entries(*blocks: bytes) -> Reading:
    return Reading(io.BytesIO(b"".join(blocks) + END), members=3, most=1_000)


@pytest.mark.parametrize(
    "blocks",
    [
        (header("a", size=1_001), bytes(1_536)),
        tuple(header(f"a{number}") for number in range(4)),
        (header("a", folder=True)[:124] + b"00000000001\x00" + header("a", folder=True)[136:],),
        (header("a", size=1), b"x" + b"\x00" * 510 + b"!"),
    ],
    ids=["too many bytes", "too many entries", "folder with content", "hidden in the padding"],
)
def test_bounds_are_counted(blocks: tuple[bytes, ...]) -> None:
    with pytest.raises(age.Damaged):
        for _ in entries(*blocks):
            pass


def test_a_long_name_and_a_large_size_are_read() -> None:
    name = "workspace/" + "/".join(["ä" * 100] * 5)
    reading = Reading(io.BytesIO(header(name, size=1 << 34)), members=1, most=1 << 35)
    member = next(iter(reading))
    assert (member.name, member.size) == (name, 1 << 34)


def test_names_are_bounded() -> None:
    for name in ("a" * 256, "/".join(["a"] * 2_500)):
        with pytest.raises(Hostile, match="too long"):
            next(iter(Reading(io.BytesIO(header(name)), members=1, most=1)))
