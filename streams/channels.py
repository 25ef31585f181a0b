"""How the messengers are, as their process says it."""

from __future__ import annotations

from schemas.channels import ChannelState
from streams import keys
from streams.pairing import Ask
from streams.store import answering, text

LIFE_SECONDS = 15
"""Said again every few seconds: what is silent for longer is not there."""


class States:
    """What was said lately.

    Args:
        ask: the way to the durable Redis.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def say(self, name: str, state: ChannelState | None) -> None:
        """Say how a messenger is; None for one that is off.

        Raises:
            Away: Redis does not answer.
        """
        async with answering():
            if state is None:
                await self._ask("DEL", keys.CHANNEL + name)
            else:
                said = state.encoded()
                await self._ask("SET", keys.CHANNEL + name, said, "EX", LIFE_SECONDS)

    async def of(self, name: str) -> ChannelState:
        """Return how a messenger is; off where nobody says otherwise.

        Raises:
            Away: Redis does not answer.
        """
        async with answering():
            found = await self._ask("GET", keys.CHANNEL + name)
        return ChannelState(state="off") if found is None else _read(found)


def _read(found: bytes | str) -> ChannelState:
    return ChannelState.model_validate_json(text(found))
