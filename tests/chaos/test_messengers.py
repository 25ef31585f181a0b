"""A person at a messenger and in a browser, while the processes between them die."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest

from ops.chaos import visitor, witness
from ops.chaos.system import System, system
from ops.chaos.visitor import Visitor
from ops.chaos.waiting import soon
from ops.vault import Vault
from tests.chaos.load import WORKER, Says, begun, witnessed
from tests.gateways.channels.peer import LONG, Told
from tests.gateways.channels.telegram_peer import Telegram, telegram

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]

ASK = "calls witness_ask"
ANSWER = f"Done with {ASK}."
AFTER = "calls time_now"
WHO = Telegram.stranger
"""A person's id on Telegram, of whom the server has not heard."""


async def paired(one: System, peer: Telegram) -> Visitor:
    """Connect Telegram and let the owner be known there, as they do it; return their browser."""
    browser = await visitor.signed_in(one.settings)
    await asyncio.to_thread(Vault(one.root).put, peer.secret, peer.right)
    await peer.say("hello", WHO)
    (told,) = await peer.hears("I do not know you.", WHO)
    code = told.partition("the code ")[2].partition(":")[0]
    form = {"code": code, "channel": peer.name, "who": WHO}
    await browser.ask("POST", "/api/people/pair", form)
    return browser


async def asked(browser: Visitor) -> dict[str, Any]:
    """Wait until the web door shows that something is asked, and return it with its card."""

    async def there() -> dict[str, Any] | None:
        shown = (await browser.ask("GET", "/api/approvals"))["approvals"]
        return shown[0] if shown else None

    found: dict[str, Any] = await soon(there, LONG)
    return found


async def over(one: System) -> None:
    """Wait until no turn runs; what a chat shows last was handed over last."""

    async def ended() -> bool:
        return not await one.running()

    await soon(ended, LONG)


@pytest.mark.parametrize("shown", [True, False], ids=["card-shown", "card-waits"])
async def test_begun_on_telegram_approved_in_the_browser_finished_on_telegram(
    shown: bool, says: Says
) -> None:
    async with (
        telegram() as peer,
        witnessed("tests.chaos.handing_on", telegram_api_base_url=peer.url) as one,
    ):
        browser = await paired(one, peer)
        await peer.say(ASK, WHO)
        card = await peer.card(chat=WHO)
        question = await asked(browser)
        assert (question["tool"], question["tier"]) == ("witness_ask", "ORANGE")
        assert card.text.startswith("ORANGE: may this run?")
        path, form = f"/api/approvals/{question['id']}", {
            "verdict": "approved", "token": question["token"],
        }  # fmt: skip

        # Another page may send the cookie along, and knows nothing of the token against forgery.
        forged = Visitor(browser.port, {**browser.headers, "X-CSRF-Token": "x" * 43})
        with pytest.raises(visitor.Refused, match="403"):
            await forged.ask("POST", path, form)
        await forged.close()
        assert (await asked(browser))["state"] == "pending"

        # The effect takes until the witness is let go, and the messengers die meanwhile.
        book, messengers = one.pid("witness"), one.pid("channels")
        assert book is not None
        assert messengers is not None
        os.kill(book, signal.SIGSTOP)
        if not shown:
            os.kill(messengers, signal.SIGSTOP)
        decided = await browser.ask("POST", path, form)
        assert (decided["state"], decided["channel"]) == ("approved", "web")
        await begun(one, question["turn"])
        if shown:
            await peer.card("approved by", WHO)
        os.kill(messengers, signal.SIGKILL)
        os.kill(book, signal.SIGCONT)

        assert await peer.hears(ANSWER, WHO) == [ANSWER]
        told = await peer.card("approved by", WHO)
        assert (told.name, told.buttons) == (card.name, ()), "the card that was there says it"
        assert "on web" in told.text
        assert one.pid("channels") != messengers

        # The buttons that somebody may still see decide nothing any more.
        for yes in (True, False):
            await peer.press(card, yes=yes, who=WHO)
        with suppress(visitor.Refused):
            await browser.ask("POST", path, {**form, "verdict": "denied"})
        await peer.say(AFTER, WHO)
        await peer.hears(f"Done with {AFTER}.", WHO)
        await over(one)
        says(f"the messengers died {'after' if shown else 'before'} the card said who approved")
        await browser.close()
        assert (await peer.texts(WHO)).count(ANSWER) == 1
        assert list(witness.effects(one.root / "book").values()) == [1]
        assert cards(await peer.told(WHO)) == [told]
        assert await one.letters() == []


STEPS = ("channels", "durable", "core", "live", "channels", "durable")
"""What is killed, one after the other, while somebody writes."""


async def test_whatever_dies_everybody_is_answered_in_order(says: Says) -> None:
    """The messengers, the stages and both servers die, and the durable one stands still."""
    streams = {"lease_seconds": 3.0, "beat_seconds": 0.5, "reclaim_seconds": 0.2}
    async with (
        telegram() as peer,
        system(module=WORKER, streams=streams, telegram_api_base_url=peer.url) as one,
    ):
        await (await paired(one, peer)).close()
        said: list[str] = []

        async def say() -> None:
            said.append(f"think 0.05 0.4 {len(said)}")
            await peer.say(said[-1], WHO)

        for child in STEPS:
            await say()
            await say()
            await one.kill(child)
            await say()
        await one.pause("durable", 2 * streams["lease_seconds"])
        await say()
        await peer.hears(said[-1], WHO)
        await over(one)
        told = [words for words in await peer.texts(WHO) if words.startswith("think")]
        repeats = sum(count - 1 for count in Counter(told).values())
        says(f"{', '.join(STEPS)} were killed: {len(said)} answers, {repeats} came twice")
        assert list(dict.fromkeys(told)) == said
        # Sent, and dead before that was written down; or sent while Redis could not write it down.
        assert repeats <= sum(child in {"channels", "durable"} for child in STEPS) + 1
        assert await one.letters() == []


def cards(found: list[Told]) -> list[Told]:
    """Return the messages that are cards."""
    return [one for one in found if one.text.startswith("ORANGE")]
