"""Sealing with age (age-encryption.org/v1): what is sealed here, the `age` command opens too."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, Protocol

from schemas.errors import Invalid, Refused

IDENTITY = "AGE-SECRET-KEY-1"
"""How an identity begins, the half that opens."""


class WrongKey(Refused):
    """This key or passphrase does not open it."""

    code = "wrong_key"


class Damaged(Refused):
    """It was changed or cut since it was sealed, or never was sealed."""

    code = "damaged"


class Source(Protocol):
    """Anything that can be read."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most so many bytes; none at the end."""
        ...


class Sink(Protocol):
    """Anything that can be written."""

    def write(self, data: bytes, /) -> int:
        """Take all of it."""
        ...

    def flush(self) -> None:
        """Nothing is left behind."""
        ...


def _library() -> Any:
    # It is loaded when something is sealed, and has no types.
    import pyrage  # type: ignore[import-untyped]  # noqa: PLC0415

    return pyrage


def new_identity() -> str:
    """Return a fresh identity."""
    return str(_library().x25519.Identity.generate())


def recipient_of(identity: str) -> str:
    """Return the half of an identity that only seals.

    Raises:
        Invalid: it is no identity.
    """
    age = _library()
    try:
        return str(age.x25519.Identity.from_str(identity).to_public())
    except age.IdentityError:
        raise Invalid("This is not an age identity; one begins with AGE-SECRET-KEY-1.") from None


def recipient(text: str) -> str:
    """Return a recipient, checked.

    Raises:
        Invalid: it is none.
    """
    age = _library()
    try:
        return str(age.x25519.Recipient.from_str(text.strip()))
    except age.RecipientError:
        raise Invalid(f"{text[:80]} is not an age recipient; one begins with age1.") from None


def seal(source: Source, sink: Sink, recipient: str) -> None:
    """Seal a stream for a recipient; little of it is held in memory.

    Args:
        source: what to seal.
        sink: gets the sealed stream.
        recipient: `age1…`, as `recipient` or `recipient_of` returned it.

    Raises:
        OSError: reading or writing failed.
    """
    age = _library()
    key = age.x25519.Recipient.from_str(recipient)
    try:
        age.encrypt_io(source, sink, [key])
    except age.EncryptError as error:
        raise OSError(str(error)) from None


@contextmanager
def opened(source: Source, identity: str) -> Iterator[BinaryIO]:
    """Open a sealed stream, and read it as it is opened.

    Each 64 KiB are checked before they are given out, but only the end tells that nothing was
    cut off: do not act on what you read before the block has ended without an error.

    Args:
        source: the sealed stream.
        identity: `AGE-SECRET-KEY-1…`.

    Raises:
        WrongKey: it was sealed for somebody else.
        Damaged: it is not as it was when it was sealed.
    """
    age = _library()
    key = age.x25519.Identity.from_str(identity)
    reading, writing = os.pipe()
    trouble: list[Exception] = []

    def pour() -> None:
        try:
            with os.fdopen(writing, "wb", closefd=True) as sink:
                age.decrypt_io(source, sink, [key])
        except BrokenPipeError:
            return  # the reader has had enough
        except (age.DecryptError, OSError, Refused) as error:
            trouble.append(error)

    worker = threading.Thread(target=pour, name="age", daemon=True)
    worker.start()
    try:
        with os.fdopen(reading, "rb") as opening:
            try:
                yield opening
            except Refused:
                # What was read made no sense; that it was cut short is the better reason.
                _drain(opening)
                worker.join()
                if trouble:
                    raise _said(trouble[0]) from None
                raise
    finally:
        worker.join()
    if trouble:
        raise _said(trouble[0])


def _drain(opening: BinaryIO) -> None:
    with suppress(OSError):
        while opening.read(1 << 16):
            pass


def _said(error: Exception) -> Refused:
    if isinstance(error, Refused):
        return error
    if "No matching keys" in str(error):
        return WrongKey("This key does not open it: it was sealed for another one.")
    return Damaged("It was changed or cut off since it was sealed.")


def lock(secret: str, passphrase: str) -> bytes:
    """Seal a short text with a passphrase (scrypt), as text; it takes about a second."""
    return bytes(_library().passphrase.encrypt(secret.encode(), passphrase, armored=True))


def unlock(locked: bytes, passphrase: str) -> str:
    """Open what `lock` made.

    Raises:
        WrongKey: the passphrase is another one, or it was changed.
    """
    age = _library()
    try:
        return bytes(age.passphrase.decrypt(locked, passphrase)).decode("ascii")
    except (age.DecryptError, UnicodeDecodeError):
        raise WrongKey("The passphrase does not open it.") from None


def wrap(data: bytes, recipient: str) -> bytes:
    """Seal some bytes for a recipient, all in memory.

    Args:
        data: what to seal.
        recipient: `age1…`, as `recipient` or `recipient_of` returned it.
    """
    age = _library()
    return bytes(age.encrypt(data, [age.x25519.Recipient.from_str(recipient)]))


def unwrap(sealed: bytes, identities: Iterable[str]) -> bytes:
    """Open what `wrap` made, with whichever identity fits.

    Raises:
        WrongKey: none of them does.
        Damaged: it is not as it was when it was sealed.
    """
    age = _library()
    try:
        keys = [age.x25519.Identity.from_str(one) for one in identities]
        return bytes(age.decrypt(sealed, keys))
    except age.IdentityError:
        raise WrongKey("This is not an age identity.") from None
    except age.DecryptError as error:
        raise _said(error) from None
