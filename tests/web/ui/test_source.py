"""The page's own checks and tests, and how large it is when it is built."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files, text
from tests.web.ui.node import FOLDER, SECONDS, npm

BUILT = ROOT / "web/static"
KB = 1_000
FIRST_LOAD = 200 * KB
"""Bytes, packed, until somebody can log in, or ask (the design's section 8)."""
FILES = 12
"""Each is a question to the server."""
LONG = 300


@pytest.mark.timeout(SECONDS + 20)
def test_its_types_and_its_style_are_right() -> None:
    ran = npm("run", "check")
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.timeout(SECONDS + 20)
def test_its_own_tests_pass() -> None:
    ran = npm("test")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_lock_says_what_and_not_where_from() -> None:
    lock = json.loads(text(Path("web/ui/package-lock.json")))
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert all(each.get("integrity", "").startswith("sha512-") for each in packages.values())
    assert not [name for name, each in packages.items() if "resolved" in each]


SOURCES = [name for name in files() if name.is_relative_to("web/ui/src")]


@pytest.mark.parametrize("name", SOURCES, ids=str)
def test_a_file_fits_on_a_few_screens(name: Path) -> None:
    # A style sheet is a list; what is made from the code is as long as it is.
    if name.suffix in {".ts", ".tsx"} and name.name != "generated.ts":
        assert len(text(name).splitlines()) <= LONG, "this file does more than one thing"


def packed(name: str) -> int:
    """The size of a built file as it goes over the wire to any browser."""
    path = BUILT / name.removeprefix("/")
    if path.suffix in {".js", ".css", ".html"}:
        return len(gzip.compress(path.read_bytes(), 9))
    return path.stat().st_size


def loaded_with(name: str) -> set[str]:
    """A chunk with all that it imports at once."""
    found, todo = set[str](), [name]
    while todo:
        each = todo.pop()
        if each not in found:
            found.add(each)
            code = (BUILT / each).read_text()
            todo += [f"assets/{one}" for one in re.findall(r'from"\./([\w.-]+\.js)"', code)]
    return found


def chunk(word: str) -> str:
    (path,) = (BUILT / "assets").glob(f"{word}-*.js")
    return f"assets/{path.name}"


def styles(*words: str) -> set[str]:
    return {
        f"assets/{one.name}" for word in words for one in (BUILT / "assets").glob(f"{word}-*.css")
    }


def test_the_first_load_is_small() -> None:
    index = (BUILT / "index.html").read_text()
    entry = re.findall(r'(?:src|href)="/([\w./-]+)"', index)
    assert any(name.endswith(".woff2") for name in entry), "the font is not waited for"
    wallpaper = [f"assets/{one.name}" for one in (BUILT / "assets").glob("wallpaper-light-*.svg")]
    login = {"index.html", *entry, *wallpaper, *loaded_with(chunk("first"))}
    chat = login | loaded_with(chunk("desk")) | styles("desk")
    assert chat == login, "the desktop is not fetched with the page"
    size = sum(packed(name) for name in chat)
    print(f"{size / KB:.1f} kB, gzipped, in {len(chat)} files")
    assert size <= FIRST_LOAD
    assert len(chat) <= FILES


@pytest.mark.parametrize("late", ["katex", "geist-mono", "hljs-keyword", "u-over", "DropdownMenu"])
def test_what_is_used_seldom_is_not_in_the_first_load(late: str) -> None:
    first = loaded_with(chunk("desk")) | styles("first", "desk")
    for name in first:
        assert late not in (BUILT / name).read_text(), name


def test_no_style_and_no_script_stands_in_the_page() -> None:
    index = (BUILT / "index.html").read_text()
    assert not re.search(r"<style|style=|<script(?![^>]*\ssrc=)|\son\w+=", index)
    assert FOLDER.is_dir()
