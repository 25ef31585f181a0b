"""Which models fail stands where supervisors look, without a provider's own words."""

from __future__ import annotations

import pytest

from gateways.llm.base import Request, UserSaid
from gateways.llm.cooling import Cooling
from gateways.llm.fallback import Candidate, Fallback
from gateways.llm.faults import BadKey, NoCredit, TooLong
from gateways.llm.rules import Rules
from gateways.llm.whole import think
from processors.agent.mind import Mind
from schemas.errors import Expected, Refused, Transient
from tests.gateways.llm.test_fallback import Fake
from tests.web.house import House
from web.health import failing

HELLO = Request((UserSaid("hello"),))


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (BadKey("No: sk-secret."), ["p:a does not let our key in"]),
        (NoCredit("Pay."), ["p:a has an account that may not spend more"]),
        (Refused("There is no such model."), ["p:a refused"]),
        (Transient("Busy."), ["p:a was away or too busy"]),
        (TooLong("That is a book."), []),
    ],
)
async def test_a_model_that_failed_is_named_until_it_answers(
    error: Expected, says: list[str]
) -> None:
    now, way = 0.0, "key"
    fake = Fake("a", error, error)
    several = [Candidate("p", fake, way=lambda: way), Candidate("offline", Rules())]
    model = Fallback(lambda: several, Cooling(lambda: now), draw=lambda _low, _high: 0.0)
    mind = Mind({"flash": model, "opus": model}, "flash")
    assert failing(mind) == []
    await think(model, HELLO)
    assert failing(mind) == says
    way = "another key"
    assert failing(mind) == []
    way, now, fake.tries, fake.asked = "key", 99.0, ["well again"], 0
    await think(model, HELLO)
    assert failing(mind) == []


async def test_it_is_said_to_whoever_asks(home: House) -> None:
    said = await home.client().get("/readyz")
    assert said.json()["failing"] == []
