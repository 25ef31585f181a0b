"""What must hold of a yes that counts again, through the whole pipeline on a real Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from processors.tools.policy import Person, Policy
from schemas.approvals import ApprovalView, Grant
from schemas.base import new_id
from schemas.chat import Control
from schemas.desk import Happened
from schemas.tools import Tier
from streams import keys
from streams.accept import Ingress
from streams.approvals import Requests
from streams.cards import shown
from streams.conversation import Conversations
from streams.effects import Effects
from streams.sign import Gateway, Keyring
from streams.voice import HOUSE, provenance
from tests.processors.asking import GATEWAYS, WEB, House
from tests.stand import QUICK, Stand, received, soon

OWN = Gateway(HOUSE, b"h" * 32, frozenset({"system"}))


@pytest.fixture
async def house(stand: Stand) -> AsyncIterator[House]:
    found = House(stand, (*GATEWAYS, OWN))
    async with found.running():
        yield found


async def grants(house: House, person: str = "owner") -> list[Grant]:
    return await Requests(house.stand.redis, "web").grants(person)


async def always(house: House, request: ApprovalView, **more: Any) -> str:
    """Press "for 30 days" on the page, with a second factor."""
    token, _ = await house.card(request, "web")
    fields: dict[str, Any] = {"channel": "web", "token": token, "second": True, "always": True}
    return await house.press(request.id, **{**fields, **more})


async def granted(house: House, call: str = "disk_clean=a") -> Grant:
    """Let somebody allow a call for longer."""
    turn = await house.ask(f"do {call}")
    (request,) = await house.pending()
    assert request.lasting
    assert await always(house, request) == "Approved; it goes on."
    await house.answer(turn)
    (found,) = await grants(house)
    return found


async def revoke(house: House, grant: str, *, person: str = "owner", name: str = "") -> str:
    control = Control(
        id=name or new_id(), trace="x", session="s", person=person, channel="web", chat="chat",
        action="revoke", grant=grant,
    )  # fmt: skip
    await Ingress(house.stand.redis, WEB, QUICK).accept(control, new_id())

    async def told() -> str:
        replies = await house.stand.replies()
        return next((one.text for one in replies if one.turn == control.id), "")

    return str(await soon(told))


async def happened(house: House) -> list[str]:
    rows: Any = await house.stand.tester.xrange(keys.topic("events"))
    ring = Keyring({one.name: one for one in house.gateways})
    assert all(provenance(ring, fields) == (HOUSE, False) for _, fields in rows)
    found = [Happened.model_validate_json(fields[b"data"]) for _, fields in rows]
    return [one.type for one in found if one.type.startswith("grant.")]


async def test_the_same_call_runs_again_without_a_question(house: House) -> None:
    found = await granted(house)
    assert (found.tool, found.targets, found.person, found.by) == (
        "disk_clean", ("disk:a",), "owner", "owner",
    )  # fmt: skip
    days = (found.expires_at - found.made_at) / 86_400_000
    assert days == 30
    turn = await house.ask("do disk_clean=a")
    assert (await house.answer(turn)).text == "It is clean."
    assert house.world.done == ["clean a", "clean a"]
    (observed,) = await house.observed(turn)
    assert (observed.grant, observed.tier, observed.effect) == (found.id, Tier.ORANGE, "done")
    (used,) = await grants(house)
    assert used.uses == 1
    assert used.used_at is not None
    assert await happened(house) == ["grant.made"]


@pytest.mark.parametrize("call", ["disk_clean=b", "disk_wipe=a", "disk_clean=A"])
async def test_another_call_is_asked_about(house: House, call: str) -> None:
    await granted(house)
    await house.ask(f"do {call}")
    await house.pending()
    assert house.world.done == ["clean a"]


async def test_another_person_and_another_place_are_asked(house: House) -> None:
    await granted(house)
    for session, who in (("b", {"person": "bob"}), ("w", {"channel": "web"})):
        message = received(new_id(), session, "do disk_clean=a", **who)
        signer = WEB if "channel" in who else house.gateways[0]
        await Ingress(house.stand.redis, signer, QUICK).accept(message, message.id)

        async def asked(session: str = session) -> bool:
            found = await Requests(house.stand.redis, "terminal").pending("owner")
            answers = [one for one in await house.stand.replies() if one.session == session]
            return bool(answers) or any(one.session == session for one in found)

        await soon(asked)
    assert house.world.done == ["clean a"]


async def test_another_person_with_the_same_rights_is_asked(house: House) -> None:
    house.rules.policy = Policy(people={"bob": Person(profile="full")})
    await granted(house)
    message = received(new_id(), "b", "do disk_clean=a", person="bob")
    await house.stand.ingress().accept(message, message.id)
    (request,) = await house.pending()
    assert request.session == "b"
    assert house.world.done == ["clean a"]


async def test_one_taken_back_in_that_moment_begins_nothing(house: House) -> None:
    """The stage saw it stand; the server function, which decides, does not."""
    found = await granted(house)
    await revoke(house, found.id)
    real = Effects.granted
    Effects.granted = _stands  # type: ignore[method-assign, assignment]
    try:
        await house.ask("do disk_clean=a")
        await house.pending()
    finally:
        Effects.granted = real  # type: ignore[method-assign]
    assert house.world.done == ["clean a"]


async def _stands(*_: object) -> bool:
    return True


async def test_what_was_refused_is_not_asked_again_in_its_turn(house: House) -> None:
    turn = await house.ask("then disk_clean=a disk_clean=a disk_clean=b")
    (request,) = await house.pending()
    await house.press(request.id, "denied", token=(await house.card(request))[0])

    async def other() -> bool:
        found = await Requests(house.stand.redis, "terminal").pending("owner")
        return [one.targets for one in found] == [("disk:b",)]

    await soon(other)
    (first, second) = await house.observed(turn)
    assert (first.code, second.code) == ("denied", "denied")
    assert "when the same was asked before" in second.content
    assert house.world.done == []


async def test_after_it_was_taken_back_it_asks_again(house: House) -> None:
    found = await granted(house)
    assert await revoke(house, found.id, person="mallory") == "This is not yours to take back."
    assert await revoke(house, "nothing") == "There is no such lasting yes."
    name = new_id()
    assert (await revoke(house, found.id, name=name)).startswith("Taken back")
    assert await grants(house) == []
    await house.ask("do disk_clean=a")
    await house.pending()
    assert house.world.done == ["clean a"]
    assert await happened(house) == ["grant.made", "grant.revoked"]
    assert await revoke(house, found.id) == "There is no such lasting yes."


async def test_after_a_page_that_anybody_wrote_it_counts_for_nothing(house: House) -> None:
    """And none is made there."""
    await granted(house)
    await house.ask("do page_read")
    # Two steps of one turn: what the page says comes first.
    turn = await house.ask("then page_read disk_clean=a")
    (request,) = await house.pending()
    assert (request.tier, request.tainted, request.lasting) == (Tier.RED, True, False)
    assert house.world.done == ["clean a"]
    said = await always(house, request)
    assert said.startswith("This can be allowed once")
    assert len(await grants(house)) == 1
    token, _ = await house.card(request, "web")
    await house.press(request.id, "denied", channel="web", token=token)
    await house.answer(turn)


async def test_other_rules_another_disk_and_another_version_void_it(stand: Stand) -> None:
    house = House(stand)
    async with house.running():
        await granted(house)
        house.world.disk = "disk-2"
        turn = await house.ask("do disk_clean=a")
        (request,) = await house.pending()
        await house.press(request.id, "denied", token=(await house.card(request))[0])
        await house.answer(turn)
        house.world.disk = "disk-1"
        house.rules.policy = Policy(many_changes=9)
        turn = await house.ask("do disk_clean=a")
        (request,) = await house.pending()
        await house.press(request.id, "denied", token=(await house.card(request))[0])
        await house.answer(turn)
        house.rules.policy = Policy()
    house.version = "another"
    async with house.running():
        await house.ask("do disk_clean=a")
        await house.pending()
    assert house.world.done == ["clean a"]


async def test_red_is_never_allowed_for_longer(house: House) -> None:
    await house.ask("do disk_wipe=a")
    (request,) = await house.pending()
    assert not request.lasting
    assert (await always(house, request)).startswith("This can be allowed once")
    assert [one.id for one in await house.pending()] == [request.id]
    assert await grants(house) == []


async def test_only_the_page_with_a_second_factor_makes_one(house: House) -> None:
    await house.ask("do disk_clean=a")
    (request,) = await house.pending()
    _, elsewhere = await house.card(request)
    assert "more than that" in await always(house, request, second=False)
    token, code = await house.card(request)
    for more in ({"token": token}, {"code": code}, {"token": token, "second": True}):
        said = await house.press(request.id, always=True, **more)
        assert said.startswith("Only the page")
    token, code = await house.card(request, "web")
    assert "does not fit" in await always(house, request, second=False, token=token, code=code)
    assert await grants(house) == []
    assert [one.id for one in await house.pending()] == [request.id]
    # What the terminal shows is a second factor for the page, as it is for what is RED.
    said = await always(house, request, second=False, code=elsewhere)
    assert said == "Approved; it goes on."
    assert len(await grants(house)) == 1


async def test_the_word_alone_makes_none(house: House) -> None:
    await house.ask("do disk_clean=a")
    (request,) = await house.pending()
    _, code = await house.card(request)
    word = Control.word(f"ALWAYS {shown(code)}")
    assert word is not None
    assert (word["verdict"], word["always"]) == ("approved", True)
    del word["action"], word["verdict"]
    assert (await house.press(None, **word)).startswith("Only the page")
    assert Control.word("always") is None
    assert Control.word("deny it always") is None
    assert [one.id for one in await house.pending()] == [request.id]


async def test_another_person_s_always_is_not_theirs_to_say(house: House) -> None:
    await house.ask("do disk_clean=a")
    (request,) = await house.pending()
    said = await always(house, request, person="mallory")
    assert said == "This is not yours to decide."
    assert await grants(house) == []


async def test_many_changes_of_one_turn_are_asked_about_all_the_same(house: House) -> None:
    house.rules.policy = Policy(many_changes=1)
    await granted(house)
    turn = await house.ask("then disk_clean=a disk_clean=a")
    (request,) = await house.pending()
    assert not request.lasting
    assert house.world.done == ["clean a", "clean a"]
    await house.press(request.id, "denied", token=(await house.card(request))[0])
    await house.answer(turn)


async def test_a_revocation_and_a_call_at_once_do_one_of_both(house: House) -> None:
    found = await granted(house)
    turn, _ = await asyncio.gather(house.ask("do disk_clean=a"), revoke(house, found.id))

    async def settled() -> bool:
        told = await Conversations(house.stand.redis).turn(turn)
        waits = await Requests(house.stand.redis, "terminal").pending("owner")
        return bool(waits) or bool(told and any(one.kind == "observed" for one in told.record))

    await soon(settled)
    asked = await Requests(house.stand.redis, "terminal").pending("owner")
    assert len(house.world.done) == (1 if asked else 2)


async def test_its_time_is_over(house: House) -> None:
    found = await granted(house)
    await house.stand.tester.hset(keys.grant(found.id), "deadline", 1)
    await house.ask("do disk_clean=a")
    await house.pending()
    assert house.world.done == ["clean a"]


async def test_one_of_another_history_counts_for_nothing(house: House) -> None:
    await granted(house)
    await house.stand.tester.incr(keys.EPOCH)
    await house.ask("do disk_clean=a")
    await house.pending()
    assert house.world.done == ["clean a"]
