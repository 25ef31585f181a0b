"""What a program may read by the protocol: what its key's person may, and no more."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from gateways.mcp.base import Watcher
from schemas.errors import Forbidden, NotFound, Refused
from schemas.execution import Blocked, Executed, Going
from schemas.people import Role, Scope
from schemas.tools import Tier
from schemas.web import Turn, Turns
from tests.gateways.mcp.behind import ran
from web.auth import Caller
from web.mcp_reading import LAST, Reading, file_of

FILES = "nexus://files/{+path}"
ALL: tuple[Scope, ...] = ("chat", "read", "tools")


class World:
    """Where what is read comes from, and what it was asked for."""

    def __init__(self, result: Executed | Blocked | Going | None = None) -> None:
        self.called: list[tuple[str, dict[str, Any]]] = []
        self._result = result or ran("notes.md, 2 lines\none\ntwo")
        self.parts: Any = SimpleNamespace(
            talk=SimpleNamespace(own=self.own),
            past=SimpleNamespace(page=self.page),
            listed=self.listed,
            told=self.told,
        )

    async def own(self, who: Caller, session: str) -> None:
        if session != "mine":
            raise Forbidden("It is another person's.")

    async def page(self, session: str, before: str | None, most: int) -> Turns:
        assert (before, most) == (None, LAST)
        turns = [
            Turn(id=name, session=session, at=1, question=f"{name}?", state="working")
            for name in ("second", "first")
        ]
        return Turns(turns=tuple(turns))

    async def listed(self, person: str, most: int) -> Any:
        return SimpleNamespace(model_dump_json=lambda: json.dumps([person, most]))

    async def told(self, most: int) -> list[tuple[str, bytes]]:
        return [("1-1", b'{"type": "x"}')][:most]

    async def call(
        self, tool: str, arguments: dict[str, Any], key: str, watcher: Watcher
    ) -> Executed | Blocked | Going:
        self.called.append((tool, arguments))
        return self._result

    def reading(self, role: Role = "owner", scopes: tuple[Scope, ...] = ALL) -> Reading:
        who = Caller("ada", "Ada", role, "key", frozenset(scopes), "login", "key")
        return Reading(self.parts, who, self.call)


@pytest.mark.parametrize(
    ("role", "scopes", "uris"),
    [
        ("owner", ALL, {"nexus://conversations", "nexus://conversations/{id}", "nexus://events"}),
        ("owner", ("tools",), set()),
        ("owner", ("tools", "read"), {"nexus://events"}),
        ("member", ALL, {"nexus://conversations", "nexus://conversations/{id}"}),
    ],
)
async def test_one_is_shown_and_may_read_what_ones_key_may(
    role: Role, scopes: tuple[Scope, ...], uris: set[str]
) -> None:
    reading = World().reading(role, scopes)
    assert {one.uri for one in await reading.readables()} == {*uris, FILES}
    for uri in ("nexus://conversations", "nexus://conversations/{id}", "nexus://events"):
        address = uri.replace("{id}", "mine")
        if uri in uris:
            assert (await reading.read(address)).text
        else:
            with pytest.raises(NotFound):
                await reading.read(address)


async def test_what_is_read_is_worded_for_a_model() -> None:
    reading = World().reading()
    told = await reading.read("nexus://conversations/mine")
    assert (told.text, told.media) == ("## first?\n\n…\n\n## second?\n\n…", "text/markdown")
    assert json.loads((await reading.read("nexus://conversations")).text) == ["ada", LAST]
    events = json.loads((await reading.read("nexus://events")).text)
    assert events == [{"id": "1-1", "event": {"type": "x"}}]


@pytest.mark.parametrize("uri", ["nexus://conversations/theirs", "nexus://no", "file:///x", ""])
async def test_whose_it_is_is_nobodys_business(uri: str) -> None:
    with pytest.raises(NotFound):
        await World().reading().read(uri)


async def test_files_are_read_by_the_agents_own_tools() -> None:
    world = World()
    reading = world.reading()
    assert (await reading.read("nexus://files/my%20notes.md")).text == "one\ntwo"
    await reading.read("nexus://files/docs/")
    await reading.read("nexus://files//")
    assert world.called == [
        ("files_read", {"path": "my notes.md"}),
        ("files_list", {"path": "docs"}),
        ("files_list", {"path": "/"}),
    ]


@pytest.mark.parametrize(
    ("result", "error", "why"),
    [
        (Blocked(reason="It is closed.", tier=Tier.BLACK), Refused, "It is closed"),
        (Going(turn="t", state="working"), Refused, "too long"),
        (ran("None.").model_copy(update={"ok": False, "code": "not_found"}), NotFound, "None"),
        (ran("Large.").model_copy(update={"ok": False, "code": "large"}), Refused, "Large"),
    ],
)
async def test_a_file_that_cannot_be_read_says_why(
    result: Executed | Blocked | Going, error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why) as caught:
        await World(result).reading().read("nexus://files/x")
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("uri", "path"),
    [("nexus://files/a", "a"), ("nexus://files/", ""), ("nexus://file/a", ""), ("", "")],
)
def test_which_file_an_address_names(uri: str, path: str) -> None:
    assert file_of(uri) == path
