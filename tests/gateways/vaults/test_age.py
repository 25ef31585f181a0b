"""What is sealed opens with its key alone, and only whole."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gateways.vaults import age
from schemas.errors import Invalid


def sealed(content: bytes, identity: str) -> bytes:
    sink = io.BytesIO()
    age.seal(io.BytesIO(content), sink, age.recipient_of(identity))
    return sink.getvalue()


def read(data: bytes, identity: str) -> bytes:
    with age.opened(io.BytesIO(data), identity) as opening:
        return opening.read()


def test_there_and_back() -> None:
    identity, content = age.new_identity(), os.urandom(300_000)
    assert read(sealed(content, identity), identity) == content


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(age.WrongKey, match="another one"):
        read(sealed(b"x", age.new_identity()), age.new_identity())


@pytest.mark.parametrize("cut", [1, 60, 100_000])
def test_what_was_cut_is_not_read_as_whole(cut: int) -> None:
    identity = age.new_identity()
    with pytest.raises(age.Damaged):
        read(sealed(os.urandom(300_000), identity)[:-cut], identity)


@pytest.mark.parametrize("place", [10, 500, 150_000, -1])
def test_one_changed_byte_is_seen(place: int) -> None:
    identity = age.new_identity()
    data = bytearray(sealed(os.urandom(300_000), identity))
    data[place] ^= 1
    with pytest.raises((age.Damaged, age.WrongKey)):
        read(bytes(data), identity)


def test_a_reader_who_has_had_enough_is_not_held() -> None:
    identity = age.new_identity()
    with age.opened(io.BytesIO(sealed(bytes(10_000_000), identity)), identity) as opening:
        assert opening.read(3) == bytes(3)


def test_that_it_was_cut_is_the_better_reason() -> None:
    identity = age.new_identity()
    data = sealed(os.urandom(300_000), identity)[:-9]
    with (
        pytest.raises(age.Damaged, match="since it was sealed"),
        age.opened(io.BytesIO(data), identity),
    ):
        raise Invalid("what I read makes no sense")


def test_a_passphrase() -> None:
    identity = age.new_identity()
    locked = age.lock(identity, "correct horse battery")
    assert identity.encode() not in locked
    assert age.unlock(locked, "correct horse battery") == identity
    with pytest.raises(age.WrongKey, match="passphrase does not open it"):
        age.unlock(locked, "correct horse batterz")


@pytest.mark.parametrize("word", ["age1nothing", "ssh-ed25519 AAAA", "", "AGE-SECRET-KEY-1X"])
def test_what_is_no_key_is_said_so(word: str) -> None:
    with pytest.raises(Invalid, match="age1"):
        age.recipient(word)
    with pytest.raises(Invalid, match="AGE-SECRET-KEY-1"):
        age.recipient_of(word)


@pytest.mark.skipif(not shutil.which("age"), reason="the age command is not installed")
def test_the_age_command_opens_it(tmp_path: Path) -> None:
    identity = age.new_identity()
    (tmp_path / "key").write_text(identity)
    (tmp_path / "sealed").write_bytes(sealed(b"content", identity))
    command = ["age", "--decrypt", "-i", f"{tmp_path}/key", f"{tmp_path}/sealed"]
    assert subprocess.run(command, check=True, capture_output=True).stdout == b"content"


def test_some_bytes_are_wrapped_and_unwrapped_by_whoever_has_a_key() -> None:
    old, new, stranger = (age.new_identity() for _ in range(3))
    sealed = age.wrap(b"hello", age.recipient_of(new))
    assert b"hello" not in sealed
    assert age.unwrap(sealed, [old, new]) == b"hello"
    with pytest.raises(age.WrongKey):
        age.unwrap(sealed, [stranger, old])
    with pytest.raises(age.WrongKey):
        age.unwrap(sealed, ["no identity"])
    for damaged in (sealed[:-1], b"", b"x" * 100):
        with pytest.raises(age.Damaged):
            age.unwrap(damaged, [new])
