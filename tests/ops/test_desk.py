"""The desk's process: who may order, what is told, and that the web itself still may not."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ops import desk, secrets
from ops.keyring import keyring
from schemas.desk import DeadLetter
from schemas.flow import DeskAnswer, DeskForm, DeskOrder
from streams import keys
from streams.roles import DURABLE
from streams.voice import HOUSE, provenance
from tests.ops.users.home import PASSWORD, Browser, Home, running
from tests.ops.users.test_second import code_of
from tests.stand import Stand


@pytest.fixture
async def home(stand: Stand, tmp_path: Path) -> AsyncIterator[Home]:
    """A web door whose desk's process finds the test's Redis."""
    async with running(stand, tmp_path) as home:
        pair = stand.servers.pair
        secrets.replace(
            secrets.redis_file(tmp_path, "desk"), stand.servers.passwords["desk"].encode()
        )
        (tmp_path / "config.yaml").write_text(
            json.dumps({
                "redis_url": f"unix://{pair.durable.socket}",
                "redis_live_url": f"unix://{pair.live.socket}",
            })
        )  # fmt: skip
        yield home


async def lay(stand: Stand, name: str, data: str = '{"text": "again"}') -> str:
    """Lay a letter on the desk; return its entry."""
    letter = DeadLetter(
        id=name, stage="admit", source="inbox", entry="1-0", code="invalid", error="Invalid",
        text="no", original=base64.b64encode(data.encode()).decode(), size=len(data),
    )  # fmt: skip
    found: Any = await stand.redis.xadd(keys.topic("dead"), {"data": letter.model_dump_json()})
    return str(found.decode())


async def order(browser: Browser, **form: Any) -> tuple[int, dict[str, Any]]:
    """Order something from the page."""
    said = await browser.post("/api/flow/letters", **form)
    found: dict[str, Any] = said.json()
    return said.status_code, found


async def events(stand: Stand) -> list[dict[str, Any]]:
    """What was told."""
    rows: Any = await stand.redis.xrange(keys.topic("events"))
    return [json.loads(fields[b"data"]) for _, fields in rows]


async def test_the_owner_sends_a_letter_again_and_that_is_told(home: Home, stand: Stand) -> None:
    browser = await home.owner()
    entry = await lay(stand, "L1")
    status, said = await order(browser, act="redrive", letters=[entry], password=PASSWORD)
    assert (status, said["done"], said["left"]) == (200, 1, [])
    assert await stand.redis.xlen(keys.topic("dead")) == 0
    (told,) = [one for one in await events(stand) if one["type"] == "desk.redrive"]
    assert told["data"]["letters"] == ["L1"]
    assert told["person"] != "system"
    rows: Any = await stand.redis.xrange(keys.topic("events"))
    ring = keyring(home.settings)
    assert [provenance(ring, fields) for _, fields in rows] == [(HOUSE, False)] * len(rows)


async def test_all_like_one_are_dropped_and_no_other(home: Home, stand: Stand) -> None:
    browser = await home.owner()
    first = await lay(stand, "L1")
    await lay(stand, "L2")
    other = DeadLetter(
        id="L3", stage="think", source="think", entry="1-0", code="bug", error="Bug", text="",
        original="", size=0,
    )  # fmt: skip
    await stand.redis.xadd(keys.topic("dead"), {"data": other.model_dump_json()})
    status, said = await order(browser, act="drop", letters=[first], like=True, password=PASSWORD)
    assert (status, said["done"]) == (200, 2)
    assert await stand.redis.xlen(keys.topic("dead")) == 1


async def test_a_corrected_message_goes_and_one_that_does_not_fit_stays(
    home: Home, stand: Stand
) -> None:
    browser = await home.owner()
    entry = await lay(stand, "L1", "not json")
    form = {"act": "edit", "letters": [entry], "password": PASSWORD}
    status, said = await order(browser, **form, data="still none")
    assert (status, said["code"]) == (422, "invalid")
    assert await stand.redis.xlen(keys.topic("dead")) == 1
    status, said = await order(browser, **form, data='{"text": "how much memory is used?"}')
    assert (status, said["done"]) == (200, 1)


@pytest.mark.parametrize("proof", [{}, {"password": "wrong"}, {"code": "000000"}])
async def test_without_a_fresh_proof_nothing_is_done(
    home: Home, stand: Stand, proof: dict[str, str]
) -> None:
    browser = await home.owner()
    entry = await lay(stand, "L1")
    status, said = await order(browser, act="drop", letters=[entry], **proof)
    assert status in {401, 403}, said
    assert await stand.redis.xlen(keys.topic("dead")) == 1
    assert not [one for one in await events(stand) if one["type"].startswith("desk.")]


async def test_who_has_an_app_needs_its_code_and_each_counts_once(home: Home, stand: Stand) -> None:
    browser = await home.owner()
    offer = (await browser.post("/api/auth/totp", password=PASSWORD)).json()
    before, now = (code_of(offer["secret"], beside) for beside in (-1, 0))
    assert (await browser.post("/api/auth/totp/confirm", code=before)).status_code == 200
    entry = await lay(stand, "L1")
    form = {"act": "redrive", "letters": [entry]}
    status, said = await order(browser, **form, password=PASSWORD)
    assert (status, said["code"]) == (403, "step_up")
    # The code that confirmed the app is used up.
    assert (await order(browser, **form, code=before))[0] == 403
    assert (await order(browser, **form, code=now))[0] == 200
    assert await stand.redis.xlen(keys.topic("dead")) == 0


@pytest.mark.parametrize("what", ["token", "csrf"])
async def test_the_process_believes_no_order(home: Home, stand: Stand, what: str) -> None:
    """As a web process would send it that somebody has taken over."""
    browser = await home.owner()
    entry = await lay(stand, "L1")
    true = {"token": browser.cookie("nexus"), "csrf": browser.cookie("nexus-csrf")}
    forged = DeskOrder(
        form=DeskForm(act="drop", letters=(entry,), password=PASSWORD),
        address="127.0.0.1",
        **(true | {what: "forged"}),
    )
    said = await desk.answered(home.settings.root, forged.model_dump_json().encode())
    assert (said.code, said.status) == ("unauthorized", 401)
    assert await stand.redis.xlen(keys.topic("dead")) == 1


async def test_what_is_no_order_is_refused(tmp_path: Path) -> None:
    said = await desk.answered(tmp_path, b"{}")
    assert said == DeskAnswer(error="This is no order.", code="invalid", status=422)


def test_the_web_still_may_not_do_it_itself() -> None:
    assert "redrive" not in DURABLE["core"].functions
    assert "redrive" in DURABLE["desk"].functions
