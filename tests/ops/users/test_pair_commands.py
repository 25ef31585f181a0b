"""Whom the owner lets in at the terminal is whom the terminal showed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from ops import config, secrets
from ops.identities import Identities
from ops.users.pair_commands import _asked, _named, _pair
from schemas.errors import Conflict, Invalid
from streams import keys
from streams.cards import shown
from streams.pairing import Pairing, Stranger
from streams.store import connect
from tests.ops.users.home import Home, running
from tests.stand import Stand

GRACE = Stranger("telegram", "17", "Grace", 1_700_000_000_000)


@pytest.fixture
async def home(stand: Stand, tmp_path: Path) -> AsyncIterator[Home]:
    """A house with an owner, whose terminal finds the test's Redis."""
    async with running(stand, tmp_path) as found:
        await found.owner()
        secret = stand.servers.passwords["desk"].encode()
        secrets.replace(secrets.redis_file(tmp_path, "desk"), secret)
        where = {"redis_url": f"unix://{stand.servers.pair.durable.socket}"}
        (tmp_path / "config.yaml").write_text(json.dumps(where))
        yield found


async def offered(stand: Stand) -> str:
    found = await Pairing(stand.redis.execute_command).offer("telegram", "17", "Grace")
    assert found is not None
    return found[0]


async def test_who_was_shown_is_let_in(home: Home, stand: Stand) -> None:
    code, seen = await offered(stand), []
    here = config.load(home.settings.root)
    identity, person = await _pair(here, code, "", lambda *told: seen.append(told))
    assert [(one, who.who, who.name, name) for one, who, name in seen] == [
        (shown(code), "17", "Grace", person)
    ]
    people = Identities(home.settings.root)
    assert people.person("telegram", "17") == identity.person
    people.close()


async def test_a_swap_after_it_was_shown_lets_nobody_in(home: Home, stand: Stand) -> None:
    """A stolen password of the role `channels` writes another id under the code."""
    code = await offered(stand)
    thief: Any = connect(stand.servers.durable_url("channels"))
    pending: list[Any] = []

    def swap(_: str, stranger: Stranger, __: str) -> None:
        wrong = json.dumps(asdict(replace(stranger, who="666")))
        pending.append(wrong)

    class Swapped(Pairing):
        """The look that comes after the owner said yes finds what the thief wrote meanwhile."""

        async def look(self, code: str) -> Stranger:
            if pending:
                await thief.set(f"{keys.PAIRING}code:{code}", pending[0])
            return await super().look(code)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streams.pairing.Pairing", Swapped)
        with pytest.raises(Conflict, match="somebody else's by now"):
            await _pair(config.load(home.settings.root), code, "", swap)
    await thief.aclose()
    people = Identities(home.settings.root)
    assert people.person("telegram", "666") is None
    assert people.person("telegram", "17") is None
    people.close()


def test_what_is_shown_says_who_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    terminal = StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdin", terminal)
    monkeypatch.setattr("typer.confirm", lambda text, **_: asked.append(text))
    _asked("BCDF-2345", replace(GRACE, name="Gr\x1b[2Jace"), "Ada")
    said = capsys.readouterr().out
    assert "BCDF-2345 was told to id 17 on telegram, who calls themselves Gr?[2Jace" in said
    assert asked == ["Is this Ada?"]


def test_without_anybody_to_ask_the_id_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO())
    with pytest.raises(Invalid, match=r"id 17 on telegram.*say --id"):
        _asked("BCDF-2345", GRACE, "Ada")
    _named("17")("BCDF-2345", GRACE, "Ada")
    with pytest.raises(Conflict, match="another id there, 17"):
        _named("666")("BCDF-2345", GRACE, "Ada")
