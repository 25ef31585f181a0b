"""Which models there are."""

from __future__ import annotations

from tests.web.house import House


async def test_the_tiers_are_listed_with_their_models(home: House) -> None:
    found = (await home.client().get("/api/models")).json()
    assert found["default"] == "flash"
    assert [tier["tier"] for tier in found["tiers"]] == ["flash", "opus"]
    assert found["tiers"][0]["models"][0]["state"] == "ready"
