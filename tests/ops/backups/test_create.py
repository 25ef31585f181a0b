"""Making, listing and checking backups; each thing that can be wrong is one sentence."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateways.vaults import age
from ops.backups import copies, opening
from ops.backups.offline import Unreadable
from ops.backups.opening import Opener
from ops.backups.restore import restore
from ops.backups.service import Made, create
from ops.backups.shelf import listing
from ops.backups.space import NoRoom
from ops.backups.verify import verify
from ops.deadfiles import DeadFiles
from schemas.errors import Conflict, Expected, Invalid, NotFound, Refused
from streams.snapshot import NoCopy
from tests.ops.backups.home import Home


def one_sentence(error: pytest.ExceptionInfo[Expected]) -> bool:
    text = str(error.value)
    return text.endswith(".") and "\n" not in text and 10 < len(text) < 300


@pytest.fixture
def made(home: Home) -> Made:
    with home.running():
        home.say("t1")
        return create(home.settings, opening.with_own_key(home.root))


def test_a_good_backup_is_found_good(home: Home, own: Opener) -> None:
    with sqlite3.connect(home.root / "journal.db") as journal:
        journal.execute("PRAGMA journal_mode = WAL")
        journal.execute("CREATE TABLE said (words)")
        journal.execute("INSERT INTO said VALUES ('hello')")
        journal.commit()
        with home.running():
            home.say("t1")
            # Written, not yet taken over into the file: only the online backup sees it.
            journal.execute("INSERT INTO said VALUES ('still in the log')")
            journal.commit()
            made = create(home.settings, opening.with_own_key(home.root))
            found = verify(made.path, own)
    assert found.journal
    assert found.keys
    kept = {one.name for one in found.manifest.kept}
    assert {"redis.rdb", "journal.db", "config.yaml", "workspace/notes/shopping.md"} <= kept
    assert "secrets/redis/core" in kept
    assert not [name for name in kept if name.startswith(("logs", "boxes", "run"))]
    other = home.root / "other"
    restore(made.path, other, own)
    with sqlite3.connect(other / "journal.db") as copy:
        assert copy.execute("SELECT count(*) FROM said").fetchone() == (2,)


def test_letters_for_which_the_desk_had_no_room_are_in_it(home: Home, own: Opener) -> None:
    file = Path(DeadFiles(home.root / "dead").keep("1-0", ['{"id": "first"}', '{"id": "second"}']))
    with home.running():
        made = create(home.settings, opening.with_own_key(home.root))
    other = home.root / "other"
    restore(made.path, other, own)
    again = other / "dead" / file.name
    assert again.read_text() == '{"id": "first"}\n{"id": "second"}\n'
    assert again.stat().st_mode & 0o777 == 0o600


def test_nothing_but_the_backup_stays_behind(home: Home, made: Made) -> None:
    assert not (home.root / ".backup").exists()
    assert [one.name for one in (home.root / "backups").iterdir()] == [made.path.name]
    assert not (home.root / "redis" / "durable" / "dump.rdb").exists()
    assert made.path.stat().st_mode & 0o777 == 0o600


def test_outside_nothing_tells_of_the_owner(home: Home, made: Made) -> None:
    data = made.path.read_bytes()
    for secret in (b"shopping", b"bread", b"redis.rdb", b"hello", os.fsencode(home.root.name)):
        assert secret not in data
    with tarfile.open(made.path) as outside:
        assert outside.getnames() == ["cover.json", "archive.tar.age"]


def test_links_and_sockets_are_left_out_and_named(home: Home, own: Opener) -> None:
    workspace = home.root / "workspace"
    (workspace / "link").symlink_to("/etc/passwd")
    (workspace / "etc").symlink_to("/etc")
    os.mkfifo(workspace / "pipe")
    with home.running():
        made = create(home.settings, opening.with_own_key(home.root))
    assert sorted(made.left_out) == ["workspace/etc", "workspace/link", "workspace/pipe"]
    assert verify(made.path, own).manifest.left_out == made.left_out


def test_a_workspace_that_lies_elsewhere_is_in_it(home: Home, own: Opener, tmp_path: Path) -> None:
    shutil.move(home.root / "workspace", tmp_path / "large disk")
    (home.root / "workspace").symlink_to(tmp_path / "large disk")
    made = create(home.settings, opening.with_own_key(home.root))
    restore(made.path, tmp_path / "other", own)
    assert (tmp_path / "other" / "workspace" / "notes" / "shopping.md").exists()


@pytest.mark.parametrize("place", [700, 3_000, 20_000, -2_000])
def test_a_tampered_backup_is_refused(made: Made, own: Opener, place: int, tmp_path: Path) -> None:
    data = bytearray(made.path.read_bytes())
    data[place] ^= 1
    made.path.write_bytes(data)
    for attempt in (lambda: verify(made.path, own), lambda: restore(made.path, tmp_path, own)):
        with pytest.raises(Refused) as error:
            attempt()
        assert one_sentence(error)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("left", [0, 100, 600, 5_000, -1, -1_025, -2_000])
def test_a_truncated_backup_is_refused(made: Made, own: Opener, left: int) -> None:
    data = made.path.read_bytes()
    made.path.write_bytes(data[:left])
    with pytest.raises(age.Damaged) as error:
        verify(made.path, own)
    assert one_sentence(error)


def test_one_backup_in_the_place_of_another_is_refused(home: Home, made: Made, own: Opener) -> None:
    later = create(home.settings, opening.with_own_key(home.root))
    made.path.rename(later.path)
    with pytest.raises(age.Damaged, match="renamed") as error:
        verify(later.path, own)
    assert one_sentence(error)
    # The cover alone is easily changed too; the page inside knows better.
    data = later.path.read_bytes()
    renamed = made.cover.name.encode(), later.cover.name.encode()
    with tarfile.open(later.path) as outside:
        start = outside.getmember("archive.tar.age").offset
    later.path.write_bytes(data[:start].replace(*renamed) + data[start:])
    with pytest.raises(age.Damaged, match="another backup"):
        verify(later.path, own)


def test_a_passphrase_opens_it_and_no_other(home: Home, passphrase: Path, tmp_path: Path) -> None:
    made = create(home.settings, opening.with_passphrase(passphrase))
    verify(made.path, Opener(passphrase_file=passphrase))
    wrong = tmp_path / "wrong"
    wrong.write_text("correct horse batteri\n")
    for opener in (Opener(passphrase_file=wrong), Opener(), Opener(home.root)):
        with pytest.raises(Refused) as error:
            verify(made.path, opener)
        assert one_sentence(error)
    wrong.write_text("short")
    with pytest.raises(Invalid, match="at least 12"):
        opening.with_passphrase(wrong)


def test_a_key_opens_it_and_no_other(home: Home, tmp_path: Path) -> None:
    sealing = opening.with_own_key(home.root)
    assert sealing.fresh
    assert not opening.with_own_key(home.root).fresh, "it is made once"
    made = create(home.settings, sealing)
    key = tmp_path / "key"
    for text in (age.new_identity(), "no key"):
        key.write_text(text)
        with pytest.raises(Refused) as error:
            verify(made.path, Opener(identity_file=key))
        assert one_sentence(error)
    key.write_text(f"# as age-keygen writes it\n{sealing.fresh}\n")
    verify(made.path, Opener(identity_file=key))
    with pytest.raises(Invalid, match="--identity"):
        verify(made.path, Opener(tmp_path))
    other = opening.with_recipient(age.recipient_of(age.new_identity()))
    with pytest.raises(age.WrongKey):
        verify(create(home.settings, other).path, Opener(home.root))


def test_one_restored_goes_on_with_the_key_it_had(
    home: Home, made: Made, own: Opener, tmp_path: Path
) -> None:
    restore(made.path, tmp_path / "other", own)
    assert opening.own_key(tmp_path / "other") == opening.own_key(home.root)
    assert opening.series(tmp_path / "other") == opening.series(home.root)


def test_the_oldest_go_and_another_server_s_stay(
    home: Home, new_home: Callable[[], Home], tmp_path: Path
) -> None:
    other = new_home()
    other.furnish()
    theirs = create(other.settings, opening.with_own_key(other.root), to=tmp_path)
    (tmp_path / "holiday.tar").touch()
    sealing = opening.with_own_key(home.root)
    mine = [create(home.settings, sealing, to=tmp_path, keep=2) for _ in range(4)]
    left = {one.path for one in listing(tmp_path)}
    assert left == {theirs.path, mine[2].path, mine[3].path}
    assert mine[3].removed == (mine[1].path,)
    assert (tmp_path / "holiday.tar").exists()


def test_the_list_names_what_cannot_be_read(home: Home, made: Made) -> None:
    (made.path.parent / "nexus-half.tar").write_bytes(made.path.read_bytes()[:300])
    found = listing(made.path.parent)
    assert [bool(one.cover) for one in found] == [True, False]
    assert found[0].cover == made.cover
    assert found[1].fault


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root mounts a small disk")
    mount = ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_disk_too_small_is_one_sentence(home: Home, own: Opener, small_disk: Path) -> None:
    (home.root / "workspace" / "film").write_bytes(bytes(8 << 20))
    sealing = opening.with_own_key(home.root)
    with home.running():
        with pytest.raises(NoRoom, match=r"MB are needed.* are free") as error:
            create(home.settings, sealing, to=small_disk)
        assert one_sentence(error)
        assert list(small_disk.iterdir()) == []
        made = create(home.settings, sealing)
    with pytest.raises(NoRoom) as error:
        restore(made.path, small_disk / "root", own)
    assert one_sentence(error)
    assert not (small_disk / "root").exists()


def test_a_disk_that_becomes_full_meanwhile_too(
    home: Home, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home.root / "workspace" / "film").write_bytes(os.urandom(30 << 20))
    monkeypatch.setattr("ops.backups.service.require", lambda *_: None)
    with pytest.raises(NoRoom, match="became full") as error:
        create(home.settings, opening.with_own_key(home.root), to=small_disk)
    assert one_sentence(error)
    assert list(small_disk.iterdir()) == []


def test_what_redis_cannot_load_is_found(
    home: Home, own: Opener, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def spoiled(_settings: object, place: Path) -> None:
        (place / "redis.rdb").write_bytes(b"REDIS0099" + bytes(100))

    monkeypatch.setattr(copies, "redis", spoiled)
    made = create(home.settings, opening.with_own_key(home.root))
    with pytest.raises(Unreadable, match="does not start with this data") as error:
        verify(made.path, own)
    assert one_sentence(error)
    with pytest.raises(Unreadable):
        restore(made.path, tmp_path / "root", own)
    assert not (tmp_path / "root").exists()


def test_a_damaged_journal_is_found(home: Home, own: Opener) -> None:
    with sqlite3.connect(home.root / "journal.db") as journal:
        journal.execute("CREATE TABLE said (words)")
        journal.executemany("INSERT INTO said VALUES (?)", [("word" * 100,)] * 100)
    data = bytearray((home.root / "journal.db").read_bytes())
    data[4_096:4_200] = bytes(104)
    (home.root / "journal.db").write_bytes(data)
    made = create(home.settings, opening.with_own_key(home.root))
    with pytest.raises(age.Damaged, match="journal"):
        verify(made.path, own)


def test_what_cannot_be_backed_up_is_said(
    home: Home, new_home: Callable[[], Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    sealing = opening.with_own_key(home.root)
    with pytest.raises(NotFound, match="nothing to back up"):
        create(new_home().settings, sealing)
    monkeypatch.setenv("REDIS_URL", "redis://localhost:1")
    with pytest.raises(Refused, match="REDIS_URL") as error:
        create(home.settings, sealing)
    assert one_sentence(error)
    monkeypatch.delenv("REDIS_URL")
    with home.running():
        (home.root / "secrets" / "redis" / "backup").unlink()
        with pytest.raises(Conflict, match="restart it"):
            create(home.settings, sealing)


def test_one_backup_at_a_time(home: Home) -> None:
    with copies.workplace(home.root), pytest.raises(Conflict, match="already"):
        create(home.settings, opening.with_own_key(home.root))


def test_a_redis_that_cannot_write_its_copy_is_said(home: Home) -> None:
    with home.running():
        # Redis writes into the folder it was started in, which is not where we look.
        data = home.root / "redis" / "durable"
        data.rename(home.root / "moved")
        data.mkdir()
        with pytest.raises(NoCopy) as error:
            create(home.settings, opening.with_own_key(home.root))
        assert one_sentence(error)
        data.rmdir()
        (home.root / "moved").rename(data)
        home.say("t1")
