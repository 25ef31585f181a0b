"""What the messengers' process tells strangers."""

from __future__ import annotations

from typing import Any, cast

from gateways.channels.base import Heard
from ops.channels.__main__ import Greeter
from streams.pairing import Pairing

WORDS = Heard("1", "17", "17", "hello", private=True)
PICTURE = Heard("2", "17", "17", "", private=True, unread="I can only read text here.")


class Codes:
    """Has one code, which is new once."""

    def __init__(self) -> None:
        self.new = True

    async def offer(self, *_: Any) -> tuple[str, bool]:
        new, self.new = self.new, False
        return "BCDF2345", new


async def test_pictures_are_answered_once_and_words_by_the_same_code() -> None:
    greeter = Greeter(cast(Pairing, Codes()))
    first = await greeter.greet("x", PICTURE)
    assert first is not None
    assert "BCDF-2345" in first
    assert await greeter.greet("x", PICTURE) is None
    assert await greeter.greet("x", WORDS) == first
