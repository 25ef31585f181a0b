"""Which release runs, by what is on the disk: a folder of Git, a worktree, or neither."""

from __future__ import annotations

import subprocess
from importlib import metadata
from pathlib import Path

from ops import release


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    ran = subprocess.run(
        ["git", "-C", str(folder), *who, *words], capture_output=True, text=True, check=True
    )
    return ran.stdout.strip()


def test_the_version_is_the_distributions() -> None:
    assert release.version() == metadata.version("livos")


def test_the_commit_is_the_one_that_is_checked_out(tmp_path: Path) -> None:
    main, beside = tmp_path / "main", tmp_path / "beside"
    main.mkdir()
    git(main, "init", "-q", "-b", "trunk")
    git(main, "commit", "-q", "--allow-empty", "-m", "First")
    first = git(main, "rev-parse", "HEAD")
    assert release.commit(main) == first
    git(main, "worktree", "add", "-q", "-b", "other", str(beside))
    git(beside, "commit", "-q", "--allow-empty", "-m", "Second")
    assert release.commit(beside) == git(beside, "rev-parse", "HEAD") != first
    git(main, "pack-refs", "--all")
    assert release.commit(main) == first
    assert release.commit(beside) == git(beside, "rev-parse", "HEAD")
    git(main, "checkout", "-q", "--detach")
    assert release.commit(main) == first


def test_where_git_says_nothing_none_is_claimed(tmp_path: Path) -> None:
    assert release.commit(tmp_path) == ""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text("../../etc/passwd")
    assert release.commit(tmp_path) == ""
