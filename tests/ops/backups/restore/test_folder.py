"""What comes back, and what a restore leaves alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis as Client

from ops import runstate, secrets
from ops.backups import opening
from ops.backups.opening import Opener
from ops.backups.restore import NotEmpty, restore
from ops.backups.service import create
from ops.backups.verify import verify
from streams import keys
from streams.embedded import version_of
from tests.ops.backups.home import CONFIG, Home
from tests.ops.backups.restore.scene import Homes, in_the_middle


def test_what_the_owner_had_comes_back(home: Home, new_home: Homes, own: Opener) -> None:
    other = new_home()
    with home.running():
        made = create(home.settings, opening.with_own_key(home.root))
    assert made.left_out == ()
    restore(made.path, other.root, own)
    assert (other.root / "config.yaml").read_text() == CONFIG
    for name in (home.root / "workspace").rglob("*"):
        copy = other.root / name.relative_to(home.root)
        assert copy.is_dir() if name.is_dir() else copy.read_bytes() == name.read_bytes()
    assert os.access(other.root / "workspace" / "run.sh", os.X_OK)
    key = secrets.gateway_file(home.root, "terminal")
    for role in secrets.redis_file(home.root, "x").parent.iterdir():
        copied = secrets.redis_file(other.root, role.name)
        assert secrets.read(copied) == secrets.read(role)
    assert not key.exists() or secrets.read(secrets.gateway_file(other.root, "terminal"))
    there = {one.name for one in other.root.iterdir()}
    assert there == {"lock", "config.yaml", "secrets", "workspace", "redis"}


def test_a_server_that_is_down_is_backed_up_too(home: Home, new_home: Homes, own: Opener) -> None:
    with home.running():
        home.say("t1")
    made = create(home.settings, opening.with_own_key(home.root))
    other = new_home()
    restore(made.path, other.root, own)
    with other.running():
        assert len(other.letters()) == 1
    # And it went back to rest as it was.
    with home.running(), home.client() as core:
        assert core.xlen(keys.topic("inbox")) == 1


def test_a_folder_in_use_or_with_something_in_it_is_left_alone(
    home: Home, new_home: Homes, own: Opener
) -> None:
    with home.running():
        made = create(home.settings, opening.with_own_key(home.root))
        with pytest.raises(runstate.AlreadyRunning, match="already running"):
            restore(made.path, home.root, own, force=True)
    other = new_home()
    (other.root / "config.yaml").write_text("mine")
    with pytest.raises(NotEmpty, match="--force"):
        restore(made.path, other.root, own)
    assert (other.root / "config.yaml").read_text() == "mine"
    assert not (other.root / ".restoring").exists()


def test_force_moves_aside_what_was_there(home: Home, own: Opener) -> None:
    with home.running():
        home.say("t1")
        made = create(home.settings, opening.with_own_key(home.root))
        home.say("t2")
    (home.root / "workspace" / "later.txt").write_text("later")
    done = restore(made.path, home.root, own, force=True)
    assert done.aside
    assert (done.aside / "workspace" / "later.txt").read_text() == "later"
    assert not (home.root / "workspace" / "later.txt").exists()
    assert made.path.exists(), "the backups stay where they are"
    with home.running(), home.client() as core:
        assert core.xlen(keys.topic("inbox")) == 1
    # Undone by moving it back.
    again = home.root / "undo"
    done.aside.rename(again)
    with Home(again).running(), Client.from_url(_url(again)) as core:
        assert core.xlen(keys.topic("inbox")) == 2


def _url(root: Path) -> str:
    password = secrets.read(secrets.redis_file(root, "core"))
    return f"unix://core:{password}@{root}/run/durable.sock"


def test_cut_off_in_the_middle_the_server_does_not_start_with_half_of_it(
    home: Home, new_home: Homes, own: Opener
) -> None:
    with home.running():
        home.say("t1")
        made = create(home.settings, opening.with_own_key(home.root))
    other = new_home()
    code = (
        "import os, pathlib, sys\n"
        "from ops.backups import restore\n"
        "from ops.backups.opening import Opener\n"
        "real = pathlib.Path.rename\n"
        "def rename(self, to):\n"
        "    if self.name == 'workspace':\n"
        "        os.kill(os.getpid(), 9)\n"
        "    return real(self, to)\n"
        "pathlib.Path.rename = rename\n"
        "a, b, c = map(pathlib.Path, sys.argv[1:])\n"
        "restore.restore(a, b, Opener(c))\n"
    )
    arguments = [sys.executable, "-c", code, str(made.path), str(other.root), str(home.root)]
    killed = subprocess.run(arguments, check=False, capture_output=True, text=True)
    assert killed.returncode == -9, killed.stderr
    assert (other.root / "config.yaml").exists()
    assert not (other.root / "workspace").exists()
    with pytest.raises(runstate.Unfinished, match="cut off"):
        runstate.lock(other.root)
    restore(made.path, other.root, own, force=True)
    with other.running():
        assert len(other.letters()) == 1


@pytest.mark.skipif(not Path("/usr/bin/redis-server").exists(), reason="no other Redis is here")
def test_the_redis_that_the_settings_name_is_used(home: Home, new_home: Homes, own: Opener) -> None:
    other = new_home()
    settings = "streams:\n  redis_server: /usr/bin/redis-server\n"
    (home.root / "config.yaml").write_text(settings)
    with home.running():
        in_the_middle(home)
        made = create(home.settings, opening.with_own_key(home.root))
    found = verify(made.path, own, server=Path("/usr/bin/redis-server"))
    named = version_of(Path("/usr/bin/redis-server"))
    assert named
    assert found.manifest.redis == ".".join(map(str, named))
    done = restore(made.path, other.root, own)
    assert done.epoch
    assert done.epoch.unknown == 1
    with other.running():
        assert other.under_way() == {}
        assert len(other.letters()) == 6
