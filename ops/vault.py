"""Named secrets of the owner's, such as GEMINI_API_KEY: one sealed file, and the key beside it.

The environment wins over the vault. What is written counts at once, for every process that asks.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr, ValidationError

from gateways.vaults import age
from ops import secrets
from ops.settings import key_of
from schemas.base import Moment, Word, now_ms
from schemas.errors import Invalid, NotFound

NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
"""What an owner may call a secret: as a variable of the environment."""
INNER = re.compile(r"[a-z]+:[!-~]{1,128}")
"""What the server itself keeps here, such as `totp:owner`; never shown."""
LONGEST = 65_536
"""Characters of one secret."""
TRIES = 5


class Kept(Word):
    """One secret as it lies in the vault."""

    value: str
    at: Moment


class _Content(Word):
    v: int = 1
    secrets: dict[str, Kept]


@dataclass(frozen=True)
class Listed:
    """One secret as it may be shown.

    Attributes:
        name: what it is called.
        ends: its last four characters; fewer or none where that would tell too much.
        at: when it was set, in milliseconds since 1970.
    """

    name: str
    ends: str
    at: int


class Vault:
    """The named secrets of a state folder.

    Args:
        state: the state folder.
    """

    def __init__(self, state: Path) -> None:
        folder = secrets.folder(state) / "vault"
        self._folder, self._sealed, self._key = folder, folder / "sealed.age", folder / "key"
        self._seen: object = None
        self._content = _Content(secrets={})

    def get(self, name: str) -> SecretStr | None:
        """Return a secret, from the environment or the vault; None where neither has it.

        Raises:
            WrongKey, Damaged, Unsafe: the vault cannot be opened.
        """
        if NAME.fullmatch(name) and (found := key_of(name)) is not None:
            return found
        kept = self._read().secrets.get(name)
        return SecretStr(kept.value) if kept else None

    def listed(self) -> tuple[Listed, ...]:
        """Return the owner's secrets by name, as far as they may be shown."""
        return tuple(
            Listed(name, ending(kept.value), kept.at)
            for name, kept in sorted(self._read().secrets.items())
            if NAME.fullmatch(name)
        )

    def inner(self, prefix: str) -> tuple[str, ...]:
        """Return the names of what the server itself keeps here, as far as they begin so."""
        return tuple(name for name in sorted(self._read().secrets) if name.startswith(prefix))

    def values(self) -> frozenset[str]:
        """Return all values, for whoever must take them out of what is written down."""
        return frozenset(kept.value for kept in self._read().secrets.values())

    def put(self, name: str, value: str) -> None:
        """Keep a secret; an older one of this name is gone.

        Raises:
            Invalid: a name or a value that does not fit.
        """
        _check(name, value)
        with self._writing():
            content = self._read()
            self._write({**content.secrets, name: Kept(value=value, at=now_ms())})

    def change(self, wishes: Mapping[str, str | None]) -> None:
        """Keep and forget several secrets at once: all of them, or none.

        Args:
            wishes: what each is to be; None for one that is to be gone, as it may be already.

        Raises:
            Invalid: a name or a value that does not fit.
        """
        for name, value in wishes.items():
            if value is not None:
                _check(name, value)
        with self._writing():
            content = dict(self._read().secrets)
            for name, value in wishes.items():
                content.pop(name, None)
                if value is not None:
                    content[name] = Kept(value=value, at=now_ms())
            self._write(content)

    def remove(self, name: str) -> None:
        """Forget a secret.

        Raises:
            NotFound: there is none of this name.
        """
        with self._writing():
            content = self._read()
            if name not in content.secrets:
                raise NotFound(f"There is no secret {name}.")
            self._write({key: kept for key, kept in content.secrets.items() if key != name})

    def rotate(self) -> int:
        """Seal everything with a new key, and return how many secrets that were.

        Cut off at any point, the vault opens: the new key is there before anything is sealed with
        it, and the old one goes after nothing needs it any more.
        """
        with self._writing():
            content = self._read()
            fresh = age.new_identity()
            self._write_keys(fresh, *self._keys())
            self._write(content.secrets)
            self._write_keys(fresh)
        return len(content.secrets)

    # Files ----------------------------------------------------------------------------------

    def _keys(self) -> tuple[str, ...]:
        """Return the identities, the newest first; none if there is no vault yet."""
        try:
            return tuple(secrets.read(self._key).split())
        except FileNotFoundError:
            return ()

    def _write_keys(self, *identities: str) -> None:
        secrets.replace(self._key, "".join(f"{one}\n" for one in identities).encode("ascii"))

    def _read(self) -> _Content:
        try:
            found = self._sealed.stat()
        except FileNotFoundError:
            return _Content(secrets={})
        now = (found.st_ino, found.st_mtime_ns, found.st_size)
        if now != self._seen:
            self._content, self._seen = self._open(), now
        return self._content

    def _open(self) -> _Content:
        for attempt in range(TRIES):
            # While keys are exchanged, the file may be of the one that we read a moment too early.
            keys, sealed = self._keys(), self._sealed.read_bytes()
            try:
                return _Content.model_validate_json(age.unwrap(sealed, keys))
            except age.WrongKey:
                if attempt == TRIES - 1:
                    raise age.WrongKey(
                        f"{self._key} does not open {self._sealed}; bring both back from one"
                        " backup, or remove both and set your secrets again."
                    ) from None
            except ValidationError:
                raise age.Damaged(f"{self._sealed} was made by a newer LivOS.") from None
        raise AssertionError("unreachable")

    def _write(self, content: dict[str, Kept]) -> None:
        keys = self._keys()
        if not keys:
            keys = (age.new_identity(),)
            self._write_keys(*keys)
        data = _Content(secrets=content).model_dump_json().encode()
        secrets.replace(self._sealed, age.wrap(data, age.recipient_of(keys[0])))
        self._seen = None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Let one process at a time change it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            for left in self._folder.glob(".*"):  # by somebody who was killed meanwhile
                left.unlink()
            yield
        finally:
            os.close(handle)


def _check(name: str, value: str) -> None:
    if not (NAME.fullmatch(name) or INNER.fullmatch(name)):
        raise Invalid(
            f"{name[:80]!r} cannot name a secret; use capital letters, figures and underscores,"
            " such as GEMINI_API_KEY."
        )
    if not value or len(value) > LONGEST or "\x00" in value:
        raise Invalid(f"A secret has 1 to {LONGEST} characters, and no NUL among them.")


def ending(value: str) -> str:
    """Return the last four characters of a secret that is long enough to spare them."""
    last = value[-4:]
    return last if len(value) >= 16 and last.isascii() and last.isalnum() else ""
