"""Who is known on the messengers, at the web door."""

from __future__ import annotations

from ops import secrets
from ops.identities import Identities
from streams.pairing import Pairing
from tests.ops.users.home import Home
from tests.stand import Stand


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


async def test_strangers_and_keys_without_the_right_pair_nobody(home: Home) -> None:
    owner = await home.owner()
    made = await owner.post("/api/keys", name="doorbell", scopes=["read", "chat"])
    headers = {"X-API-Key": made.json()["key"]}
    for who, status in ((home.browser(), 401), (home.browser(**headers), 403)):
        assert (await who.get("/api/people/identities")).status_code == status
        said = await who.ask("POST", "/api/people/pair", json={"code": "BCDF-2345"})
        assert said.status_code == status
        assert (await who.ask("PUT", "/api/channels/telegram", json={})).status_code == status


async def test_the_messengers_are_shown_and_turned(home: Home) -> None:
    owner = await home.owner()
    (one,) = (await owner.get("/api/channels")).json()["channels"]
    assert (one["type"], one["enabled"], one["configured"]) == ("telegram", True, False)
    body = {"enabled": False, "token": "12345:a-token-of-a-test-7f3a"}
    said = await owner.ask("PUT", "/api/channels/telegram", json=body)
    assert (said.json()["enabled"], said.json()["configured"]) == (False, True)
    assert "7f3a" not in said.text
    assert (await owner.ask("PUT", "/api/channels/pigeons", json={})).status_code == 404
    assert secrets.folder(home.settings.root).is_dir()
