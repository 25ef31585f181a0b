"""A third place, in a process of its own: its cards, its presses, and what it cannot do."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateways.channels.send import send
from schemas.base import new_id
from schemas.chat import Control
from streams import keys
from streams.sign import Gateway
from streams.store import connect, fcall
from tests.gateways.channels.messenger import LOADED
from tests.gateways.channels.wire import NAME
from tests.processors.asking import GATEWAYS, House
from tests.ready import ready
from tests.stand import Stand, soon

WIRE = Gateway("channel-wire", b"c" * 32, frozenset({NAME}))
PEOPLE = {"17": "owner", "18": "anna"}
"""By their ids on the channel."""


class Chat:
    """A group on the wire channel.

    Args:
        folder: where the channel's socket and file are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.pid = 0

    def sent(self) -> list[dict[str, Any]]:
        """Return what came out of the channel."""
        file = self._folder / "sent"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    async def do(self, **what: Any) -> str:
        """Do something there; return how it was taken."""
        line = json.dumps({"id": new_id(), "chat": "group", **what})
        reader, writer = await asyncio.open_unix_connection(self._folder / "wire.sock")
        writer.write(line.encode() + b"\n")
        found = (await reader.readline()).decode().strip()
        writer.close()
        return found

    async def say(self, text: str, who: str = "17", **more: Any) -> str:
        """Say something."""
        return await self.do(who=who, text=text, **more)

    async def press(self, card: dict[str, Any], verdict: str, who: str = "17") -> str:
        """Press a button of a card."""
        return await self.do(
            who=who, approval=card["card"], verdict=verdict, token=card["token"]
        )  # fmt: skip

    async def card(self, state: str = "pending", many: int = 1) -> dict[str, Any]:
        """Wait for a card in this state; return the newest."""

        async def there() -> dict[str, Any] | None:
            found = [one for one in self.sent() if one.get("state") == state]
            return found[-1] if len(found) >= many else None

        found: dict[str, Any] = await soon(there, 30)
        return found

    async def told(self, words: str) -> str:
        """Wait until something is said with these words in it."""

        async def there() -> str:
            texts = [one["text"] for one in self.sent() if "reply" in one]
            return next((text for text in texts if words in text), "")

        return str(await soon(there, 30))


@asynccontextmanager
async def wired(stand: Stand, folder: Path) -> AsyncIterator[Chat]:
    """Run the channel's process until the end of the block."""
    given = {
        "durable": stand.servers.durable_url("channels"),
        "live": stand.servers.live_url("channels"),
        "key": WIRE.key.hex(), "people": PEOPLE,
    }  # fmt: skip
    (folder / "given").write_text(json.dumps(given) + "\n")
    words = ("-m", "tests.gateways.channels.wire", str(folder))
    with (folder / "given").open() as stdin:
        process = await ready(*LOADED).begin(*words, env=os.environ, stdin=stdin.fileno())
    chat = Chat(folder)
    chat.pid = process.pid
    try:
        await soon((folder / "wire.sock").exists, 60)
        yield chat
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


@pytest.fixture
async def house(stand: Stand) -> AsyncIterator[House]:
    """The pipeline; what leaves it is handed over by the channel's process."""
    await stand.groups(send)
    found = House(stand, (*GATEWAYS, WIRE))
    async with found.running():
        yield found


@pytest.fixture
async def chat(stand: Stand, house: House, tmp_path: Path) -> AsyncIterator[Chat]:
    async with wired(stand, tmp_path) as found:
        yield found


async def test_a_card_is_shown_pressed_and_edited(house: House, chat: Chat) -> None:
    assert await chat.say("do disk_clean=a") == "ok"
    card = await chat.card()
    assert "ORANGE: may this run?" in card["text"]
    assert "The model says: because you wish it" in card["text"]
    assert f"APPROVE {card['code'][:4]}-{card['code'][4:]}" in card["text"]
    assert await chat.press(card, "approved") == "ok"
    done = await chat.card("approved")
    assert (done["card"], done["token"], done["code"]) == (card["card"], None, None)
    assert "approved by owner on wire" in done["text"]
    await chat.told("It is clean.")
    assert house.world.done == ["clean a"]


async def test_a_keyword_with_the_card_s_code_decides(house: House, chat: Chat) -> None:
    await chat.say("do disk_clean=a")
    card = await chat.card()
    for quoted in (f"> APPROVE {card['code']}", f"she said APPROVE {card['code']}"):
        await chat.say(quoted)
    await chat.say(f"APPROVE {card['code']}", fresh=False)
    assert [one.id for one in await house.pending()] == [card["card"]]
    await chat.say(f"approve {card['code'].lower()}")
    await chat.told("It is clean.")
    assert house.world.done == ["clean a"]


async def test_others_of_the_group_and_strangers_decide_nothing(house: House, chat: Chat) -> None:
    await chat.say("do disk_clean=a")
    card = await chat.card()
    assert await chat.press(card, "approved", who="18") == "ok"
    await chat.told("This is not yours to decide.")
    assert await chat.press(card, "approved", who="99") == "ok"
    assert await chat.say(f"APPROVE {card['code']}", who="99") == "ok"
    assert [one.id for one in await house.pending()] == [card["card"]]
    assert house.world.done == []


async def test_red_needs_the_code_of_another_place(house: House, chat: Chat) -> None:
    await chat.say("do disk_wipe=a")
    card = await chat.card()
    assert card["code"] is None
    assert "on the page, or APPROVE" in card["text"]
    await chat.press(card, "approved")
    await chat.told("needs more than that")
    (request,) = await house.pending()
    _, code = await house.card(request, "web")
    await chat.say(f"/ap {code}")
    await chat.told("It is empty.")
    assert house.world.done == ["wipe a"]


async def test_what_is_asked_here_can_be_decided_elsewhere(house: House, chat: Chat) -> None:
    await chat.say("do disk_clean=a")
    await chat.card()
    (request,) = await house.pending()
    token, _ = await house.card(request, "web")
    control = Control(
        id="web", trace="x", session="once-web", person="owner", channel="web", chat="x",
        action="decide", approval=request.id, verdict="denied", token=token,
    )  # fmt: skip
    await house.stand.ingress(gateway=GATEWAYS[1]).accept(control, "web")
    done = await chat.card("denied")
    assert "denied by owner on web" in done["text"]


async def test_three_places_press_at_once_and_one_wins(house: House, chat: Chat) -> None:
    await chat.say("do disk_clean=a")
    card = await chat.card()
    (request,) = await house.pending()

    tokens = {one: (await house.card(request, one))[0] for one in ("web", "terminal")}

    async def elsewhere(channel: str, gateway: Gateway, verdict: str) -> None:
        fields: dict[str, Any] = {
            "id": f"x-{channel}", "trace": "x", "session": f"once-{channel}", "person": "owner",
            "channel": channel, "chat": "x", "action": "decide", "approval": request.id,
            "verdict": verdict, "token": tokens[channel],
        }  # fmt: skip
        ingress = house.stand.ingress(gateway=gateway)
        await ingress.accept(Control(**fields), fields["id"])

    await asyncio.gather(
        elsewhere("web", GATEWAYS[1], "denied"),
        elsewhere("terminal", GATEWAYS[0], "approved"),
        chat.press(card, "approved"),
        chat.press(card, "denied"),
    )
    await house.idle()
    states = [one["state"] for one in chat.sent() if "card" in one]
    assert len(states) == 2
    assert len(house.world.done) == (1 if states[1] == "approved" else 0)


async def test_its_process_dies_and_the_card_still_comes(
    stand: Stand, house: House, tmp_path: Path
) -> None:
    async with wired(stand, tmp_path) as chat:
        os.kill(chat.pid, signal.SIGSTOP)
        asked = asyncio.create_task(chat.say("do disk_clean=a"))
        os.kill(chat.pid, signal.SIGCONT)
        await asked
        os.kill(chat.pid, signal.SIGKILL)
        await house.pending()
    (tmp_path / "wire.sock").unlink()
    async with wired(stand, tmp_path) as chat:
        card = await chat.card()
        assert await chat.press(card, "approved") == "ok"
        await chat.told("It is clean.")
    assert house.world.done == ["clean a"]


async def test_a_stolen_channel_decides_for_nobody_else(stand: Stand, house: House) -> None:
    """With its key and its Redis user: no press as another channel, and no touch of a request."""
    await house.ask("do disk_clean=a")
    (request,) = await house.pending()
    token, _ = await house.card(request, "web")
    thief = connect(stand.servers.durable_url("channels"))
    for channel in ("web", "terminal"):
        forged = Control(
            id=f"f-{channel}", trace="x", session="s", person="owner", channel=channel, chat="c",
            action="decide", approval=request.id, verdict="approved", token=token, second=True,
        )  # fmt: skip
        data = forged.model_dump_json().encode()
        words = ("channel-wire", forged.id, "d", 60, data, WIRE.sign(data), forged.id, "owner")
        await fcall(thief, "command", *words)
    own = Control(
        id="f-own", trace="x", session="s", person="owner", channel=NAME, chat="c",
        action="decide", approval=request.id, verdict="approved", token=token,
    )  # fmt: skip
    data = own.model_dump_json().encode()
    words = ("channel-wire", own.id, "d", 60, data, WIRE.sign(data), own.id, "owner")
    await fcall(thief, "command", *words)

    async def refused() -> bool:
        tried: Any = await stand.tester.hget(keys.approval(request.id), "tries")
        return len(await stand.letters()) == 2 and int(tried) == 1

    await soon(refused)
    assert [one.id for one in await house.pending()] == [request.id]
    assert house.world.done == []
    await thief.aclose()
