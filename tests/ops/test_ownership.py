"""The code with which somebody becomes the owner, and where it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops import codes, ownership, secrets
from ops.sections import HttpSettings
from ops.settings import Settings
from ops.users.book import opened
from ops.users.rows import Person


def test_only_the_last_code_fits(tmp_path: Path) -> None:
    assert not ownership.fits(tmp_path, "")
    first, second = ownership.begin(tmp_path), ownership.begin(tmp_path)
    assert [ownership.fits(tmp_path, one) for one in (first, second)] == [False, True]
    assert ownership.fits(tmp_path, f" {second.lower().replace('-', '')} ")
    assert second not in ownership.file(tmp_path).read_text()
    ownership.end(tmp_path)
    assert not ownership.fits(tmp_path, second)
    assert not ownership.fits(tmp_path, "")


def test_others_must_not_read_it(tmp_path: Path) -> None:
    code = ownership.begin(tmp_path)
    assert ownership.file(tmp_path).stat().st_mode & 0o777 == 0o600
    ownership.file(tmp_path).chmod(0o644)
    with pytest.raises(secrets.Unsafe):
        ownership.fits(tmp_path, code)


async def test_it_is_needed_until_there_is_an_owner(tmp_path: Path) -> None:
    assert ownership.needed(tmp_path)
    async with opened(Settings(root=tmp_path)) as book:
        assert ownership.needed(tmp_path)
        await book.add(Person("guest", "Grace", "member", "hash"))
        assert ownership.needed(tmp_path)
        await book.add(Person("owner", "Ada", "owner", "hash"))
    assert not ownership.needed(tmp_path)
    assert ownership.link(Settings(root=tmp_path)) is None


@pytest.mark.parametrize(
    ("http", "address"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"host": "0.0.0.0", "port": 81}, "http://localhost:81"),
        ({"host": "::1"}, "http://[::1]:8080"),
        ({"url": "https://home.example"}, "https://home.example"),
    ],
)
def test_the_link_is_where_people_reach_it(
    tmp_path: Path, http: dict[str, str], address: str
) -> None:
    link = ownership.link(Settings(root=tmp_path, http=HttpSettings.model_validate(http)))
    assert link is not None
    before, _, code = link.partition("#")
    assert before == f"{address}/setup"
    assert ownership.fits(tmp_path, code)


def test_codes_are_long_and_easy_to_read() -> None:
    found = {codes.new_code() for _ in range(200)}
    assert len(found) == 200
    for one in found:
        assert len(one.replace("-", "")) == 16
        assert not set(one) & set("IO01")
