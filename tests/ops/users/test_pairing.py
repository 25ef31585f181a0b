"""Who is known on the messengers, at the web door."""

from __future__ import annotations

from typing import Any

import pytest

from ops import secrets
from ops.channels.kinds import KINDS
from ops.identities import Identities
from ops.users import proof
from schemas.people import SCOPES
from streams import keys
from streams.pairing import Pairing
from tests.ops.users.home import PASSWORD, Home
from tests.stand import Stand

TOKEN = {"enabled": False, "token": "12345:a-token-of-a-test-7f3a"}


async def test_the_owner_lets_a_stranger_be_known(home: Home, stand: Stand) -> None:
    owner = await home.owner()
    people = Identities(home.settings.root)
    offered = await Pairing(stand.redis.execute_command).offer("telegram", "17", "Ada")
    assert offered is not None
    code = offered[0]
    assert people.person("telegram", "17") is None
    said = await owner.post("/api/people/pair", code=code, person="Nobody")
    assert said.status_code == 404
    said = await owner.post("/api/people/pair", code=f"{code[:4]}-{code[4:]}")
    assert (said.status_code, said.json()["person_name"]) == (201, "Ada")
    assert people.person("telegram", "17") == said.json()["person"]
    assert people.person("discord", "17") is None
    assert (await owner.post("/api/people/pair", code=code)).status_code == 404
    (known,) = (await owner.get("/api/people/identities")).json()["identities"]
    assert (known["channel"], known["who"], known["name"]) == ("telegram", "17", "Ada")
    path = "/api/people/identities/telegram/17"
    assert (await owner.delete(path)).status_code == 204
    assert people.person("telegram", "17") is None
    assert (await owner.delete(path)).status_code == 404
    people.close()
    entries: Any = await stand.redis.xrange(keys.topic("events"))
    told = [entry[b"data"] for _, entry in entries]
    for kind in (b'"identity.added"', b'"identity.removed"'):
        assert len([one for one in told if kind in one and b'"who":"17"' in one]) == 1


async def test_the_owner_sees_who_asks_and_refuses(home: Home, stand: Stand) -> None:
    owner, pairing = await home.owner(), Pairing(stand.redis.execute_command)
    path = "/api/people/pairings"
    assert (await owner.get(path)).json() == {"pairings": []}
    hostile = "\u202egrandma\x00\ud800<b>"
    offered = await pairing.offer("telegram", "17", hostile)
    assert offered is not None
    (asks,) = (await owner.get(path)).json()["pairings"]
    assert (asks["code"], asks["channel"], asks["who"]) == (offered[0], "telegram", "17")
    # As it is: the page shows the signs that would hide others.
    assert asks["name"] == "\u202egrandma\ufffd?<b>"
    assert asks["expires_at"] > asks["at"]
    assert (await owner.delete(f"{path}/{offered[0]}")).status_code == 204
    assert (await owner.get(path)).json() == {"pairings": []}
    assert (await owner.delete(f"{path}/{offered[0]}")).status_code == 404
    assert (await owner.post("/api/people/pair", code=offered[0])).status_code == 404


async def test_who_was_shown_is_who_becomes_known(home: Home, stand: Stand) -> None:
    """The messengers' process writes the codes: it cannot put another under the owner's yes."""
    owner, people = await home.owner(), Identities(home.settings.root)
    offered = await Pairing(stand.redis.execute_command).offer("telegram", "666", "Ada")
    assert offered is not None
    said = await owner.post("/api/people/pair", code=offered[0], channel="telegram", who="17")
    assert said.status_code == 409
    said = await owner.post("/api/people/pair", code=offered[0], channel="discord", who="666")
    assert said.status_code == 409
    assert people.person("telegram", "666") is None
    said = await owner.post("/api/people/pair", code=offered[0], channel="telegram", who="666")
    assert said.status_code == 201
    people.close()


async def test_strangers_and_keys_without_the_right_pair_nobody(home: Home) -> None:
    owner = await home.owner()
    made = await owner.post("/api/keys", name="doorbell", scopes=["read", "chat"])
    headers = {"X-API-Key": made.json()["key"]}
    for who, status in ((home.browser(), 401), (home.browser(**headers), 403)):
        assert (await who.get("/api/people/identities")).status_code == status
        said = await who.ask("POST", "/api/people/pair", json={"code": "BCDF-2345"})
        assert said.status_code == status
        assert (await who.ask("PUT", "/api/channels/telegram", json={})).status_code == status
        assert (await who.get("/api/people/pairings")).status_code == status
        said = await who.delete("/api/people/pairings/BCDF2345")
        assert said.status_code == status


async def test_no_key_makes_a_stranger_somebody_who_may_decide(home: Home, stand: Stand) -> None:
    """Whoever has a key of the owner's, with every right, is not the owner on a messenger."""
    owner = await home.owner()
    made = await owner.post("/api/keys", name="all", scopes=list(SCOPES))
    key = home.browser(**{"X-API-Key": made.json()["key"]})
    people = Identities(home.settings.root)
    offered = await Pairing(stand.redis.execute_command).offer("telegram", "666", "Mallory")
    assert offered is not None
    said = await key.ask("POST", "/api/people/pair", json={"code": offered[0]})
    assert (said.status_code, people.person("telegram", "666")) == (403, None)
    people.close()
    assert (await key.ask("PUT", "/api/channels/telegram", json=TOKEN)).status_code == 403
    assert (await key.ask("POST", "/api/channels/telegram/test")).status_code == 403
    found = (await owner.get("/api/channels")).json()["channels"]
    assert [one["type"] for one in found] == list(KINDS)
    one = found[0]
    assert (one["enabled"], one["configured"]) == (True, False)
    # It may see how a messenger is, and not what it was given.
    (one, *_) = (await key.get("/api/channels")).json()["channels"]
    assert (one["state"], one["fields"]) == ("off", [])


async def test_it_takes_a_proof_that_is_fresh(
    home: Home, stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await home.owner()
    people = Identities(home.settings.root)
    offered = await Pairing(stand.redis.execute_command).offer("telegram", "17", "Ada")
    assert offered is not None
    monkeypatch.setattr(proof, "SECONDS", -1)
    await owner.post("/api/auth/proof", proof=PASSWORD)  # it has run out by now
    for method, path, body in (
        ("POST", "/api/people/pair", {"code": offered[0]}),
        ("DELETE", "/api/people/identities/telegram/17", None),
        ("PUT", "/api/channels/telegram", TOKEN),
    ):
        said = await owner.ask(method, path, json=body)
        assert (said.status_code, said.json()["code"]) == (403, "proof_needed"), path
    assert people.person("telegram", "17") is None
    people.close()


async def test_the_messengers_are_shown_and_turned(home: Home, stand: Stand) -> None:
    owner = await home.owner()
    found = (await owner.get("/api/channels")).json()["channels"]
    assert [one["type"] for one in found] == list(KINDS)
    one = found[0]
    assert (one["type"], one["enabled"], one["configured"]) == ("telegram", True, False)
    assert (one["label"], [field["secret"] for field in one["fields"]]) == (
        "Telegram", [True, False, False],
    )  # fmt: skip
    said = await owner.ask("PUT", "/api/channels/telegram", json=TOKEN)
    assert (said.json()["enabled"], said.json()["configured"]) == (False, True)
    token, *_ = said.json()["fields"]
    assert (token["given"], token["ends"], token["value"]) == (True, "7f3a", "")
    assert "a-token-of-a-test" not in said.text
    assert (await owner.ask("PUT", "/api/channels/pigeons", json={})).status_code == 404
    assert secrets.folder(home.settings.root).is_dir()
    entries: Any = await stand.redis.xrange(keys.topic("events"))
    told = [entry[b"data"] for _, entry in entries]
    (one,) = [one for one in told if b'"channel.changed"' in one]
    assert b'"fields":["token"]' in one
    assert b"7f3a" not in one
