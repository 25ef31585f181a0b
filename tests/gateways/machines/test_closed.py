"""Names that hold secrets are closed wherever they lie, and others are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateways.machines.closed import Closed
from gateways.machines.filesearch import Wanted, search
from gateways.machines.filesystem import Files
from schemas.errors import Forbidden


@pytest.mark.parametrize(
    "path",
    [
        ".ssh/id_rsa", ".SSH/config", "old/.gnupg/secring.gpg", ".aws/credentials", ".kube/config",
        "certs/site.pem", "backup.key", "prometheus.KEY", "id_ed25519", "app/.env", "app/.env.prod",
        ".netrc", ".git-credentials", ".mozilla/firefox/x/logins.json", "x/key4.db",
        ".config/google-chrome/Default/Cookies", ".config/chromium/x", ".local/share/keyrings/a",
        "vault.kdbx", ".bash_history", "copy/.config/gh/hosts.yml", ".docker/config.json",
    ],
)  # fmt: skip
def test_what_holds_secrets_is_closed(path: str) -> None:
    assert Closed().covers(path.split("/")) is not None


@pytest.mark.parametrize(
    "path",
    ["notes.txt", "Documents/keys.md", "monkey", "environment.txt", ".config/nvim/init.lua",
     "google-chrome/readme", ".bashrc", "idea.md", "photos/id.png", "secret.txt"],
)  # fmt: skip
def test_what_does_not_is_open(path: str) -> None:
    assert Closed().covers(path.split("/")) is None


def test_the_owner_says_what_is_closed() -> None:
    mine = Closed(("diary*", "a/b/"))
    assert mine.covers((".ssh", "id_rsa")) is None
    assert mine.covers(("x", "Diary-2.txt")) == "Diary-2.txt"
    assert mine.covers(("x", "A", "b", "c")) == "A/b"
    assert mine.covers(("a",)) is None
    assert Closed(()).covers((".ssh",)) is None


def test_they_are_neither_read_nor_listed_nor_found(root: Path) -> None:
    (root / ".ssh").mkdir()
    (root / ".ssh" / "id_rsa").write_text("WITNESS")
    (root / "backup.key").write_text("WITNESS")
    files = Files([root])
    for path in (".ssh/id_rsa", ".ssh", "backup.key", f"{root}/deep/.env", ".ssh/absent"):
        with pytest.raises(Forbidden, match="may hold secrets"):
            files.read(path, 0, 100)
    assert {entry.name for entry in files.folder("", 10).entries} == {"deep", "notes.txt"}
    assert search(files, "", Wanted(content="WITNESS")).matches == []
    assert search(files, "", Wanted(name="backup")).matches == []


def test_a_folder_that_is_opened_itself_is_open(root: Path) -> None:
    (root / ".kube").mkdir()
    (root / ".kube" / "notes").write_text("mine")
    assert Files([root / ".kube"]).read("notes", 0, 10).raw == b"mine"
