"""The way to a provider's own library: loaded at first use, and again when the key is another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from gateways.llm.base import Delta, Keys
from gateways.llm.faults import Garbled, NoKey
from gateways.llm.sound import sound
from schemas.errors import Expected

C = TypeVar("C")
T = TypeVar("T")

MISFITS = (AttributeError, LookupError, TypeError, ValueError, RecursionError)
"""What is raised where a library, or we, take a server's word for what something is."""

Translate = Callable[[Exception], Expected]
"""Says what a vendor's error is to us."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an answer may take.

    Attributes:
        first: seconds until the first byte of the answer.
        silence: seconds without a byte after that.
        most: bytes of one answer.
    """

    first: float = 120.0
    silence: float = 60.0
    most: int = 10_000_000


class Door(Generic[C]):
    """One provider's client.

    Args:
        provider: its name, for the key and the sentence.
        keys: where the keys are.
        make: loads the library and makes a client for a key; runs in a thread, because it takes
            a second and reads certificates.
        keyless: the key that is shown where there is none, for servers that want none.
    """

    def __init__(
        self, provider: str, keys: Keys, make: Callable[[str], C], *, keyless: str = ""
    ) -> None:
        self._provider = provider
        self._keys = keys
        self._make = make
        self._keyless = keyless
        self._lock = asyncio.Lock()
        self._made: tuple[str, C] | None = None

    @property
    def key(self) -> str:
        """The key of this moment; '' when there is none."""
        found = self._keys.get(f"{self._provider.upper()}_API_KEY")
        return found.get_secret_value() if found is not None else self._keyless

    async def client(self) -> C:
        """Return the client for the key of this moment.

        Raises:
            NoKey: there is none.
        """
        key = self.key
        if not key:
            raise NoKey(f"There is no key for {self._provider}.")
        async with self._lock:
            if self._made is None or self._made[0] != key:
                # Whoever still speaks through the former one finishes what it says.
                self._made = key, await asyncio.to_thread(self._make, key)
            return self._made[1]


async def pieces(
    stream: AsyncIterator[T], foreign: tuple[type[Exception], ...], translate: Translate
) -> AsyncGenerator[T]:
    """Yield what a vendor's stream yields; its errors come out as ours.

    Args:
        stream: the vendor's.
        foreign: the errors it may raise.
        translate: says what each is to us.
    """
    while True:
        try:
            piece = await anext(stream)
        except StopAsyncIteration:
            return
        except foreign as error:
            raise translate(error) from None
        yield piece


def fit(who: str, deltas: Iterable[Delta]) -> Iterator[Delta]:
    """Yield what is made of pieces that a vendor's library passes on unchecked.

    Args:
        who: the model, for the sentence.
        deltas: makes it, one after the other.

    Raises:
        Garbled: a piece does not have what its protocol says it has.
    """
    try:
        for delta in deltas:
            yield sound(delta)
    except MISFITS as error:
        # What it was is for nobody's eyes: it may be anything, and of any length.
        kind = type(error).__name__
        raise Garbled(f"{who} sent what its protocol does not have ({kind}).") from error
