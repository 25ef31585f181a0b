"""What only WhatsApp has: groups without buttons, and a number that others write to as well."""

from __future__ import annotations

import pytest

from processors.agent.sight import AROUND
from tests.gateways.channels.messenger import Messengers
from tests.gateways.channels.whatsapp_peer import WhatsApp
from tests.processors.asking import House

PEER = "whatsapp"
pytestmark = pytest.mark.timeout(400)

GROUP = "Z3JvdXA6MTIzNDU2Nzg5MA=="


async def test_what_a_group_says_in_between_is_told_to_the_next_call(
    house: House, process: Messengers, peer: WhatsApp
) -> None:
    await process.start()
    await peer.happen(
        peer.talk("before anybody called", "15550099", GROUP),
        peer.said("and me?", "15550099", group=GROUP),
        peer.said("hello", group=GROUP),
        peer.talk("I broke it", "15550099", GROUP),
    )
    await peer.hears("you said hello", GROUP)
    assert await process.kill()
    await peer.happen(peer.talk("all of it", "15550018", GROUP))
    await process.start()
    await peer.say("what now?", group=GROUP)
    (told,) = await peer.hears("you said what now?", GROUP)
    said = "'Somebody': I broke it\n'Somebody': all of it"
    assert told == f"you said what now?\n\n{AROUND}\n{said}"
    # What was said around it makes what it asks for a question to a person; there without buttons.
    await peer.say("do disk_clean=a", group=GROUP)
    card = await peer.card(chat=GROUP)
    assert "what others said in the chat" in card.text
    assert card.buttons == ()
    await peer.happen(peer.talk(f"APPROVE {await peer.code(card)}", "15550099", GROUP))
    assert house.world.done == []
    # And nobody there is told a code that would let a stranger in.
    assert await peer.texts("15550099") == []
