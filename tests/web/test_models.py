"""Which models there are."""

from __future__ import annotations

from tests.web.house import BOB, House


async def test_the_tiers_are_listed_with_their_models(home: House) -> None:
    found = (await home.client().get("/api/models")).json()
    assert found["default"] == "flash"
    assert [tier["tier"] for tier in found["tiers"]] == ["flash", "opus"]
    assert found["tiers"][0]["models"][0]["state"] == "ready"


async def test_what_a_conversation_chose_is_told_to_whose_it_is(home: House) -> None:
    said = await home.say("hello")
    async with home.watch(said["session"]) as eyes:
        await eyes.until("snapshot")
        chose = await home.say("/model opus", said["session"])
        await eyes.done(chose["turn"])
    asked = {"session": said["session"]}
    found = (await home.client().get("/api/models", params=asked)).json()
    assert (found["default"], found["chosen"]) == ("flash", "opus")
    assert (await home.client().get("/api/models")).json()["chosen"] is None
    assert (await home.client(BOB).get("/api/models", params=asked)).status_code == 403
    assert (
        await home.client().get("/api/models", params={"session": "not here"})
    ).status_code == 422
