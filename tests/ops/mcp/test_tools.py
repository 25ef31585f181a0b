"""Foreign tools under names of their own: shown, weighed and run as the owner classified them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ops.foreign_servers import Book
from ops.mcp.line import Line
from ops.mcp.tools import Lent, Unclassified
from processors.tools.registry import Registry
from processors.tools.tiers import Situation
from schemas.foreign import Brought, Met, MetAll, Offered, Order, Reached
from schemas.tools import Assessed, Tier
from tests.ops.mcp.test_service import hostile, serving, up

OWNER = Situation(profile="full", person="owner", channel="web")
NAME = "mcp:odd:do"
FORM = {"type": "object", "properties": {"text": {"type": "string"}}, "additionalProperties": False}


class Recorded(Line):
    """A line at whose other end nobody is; it remembers what went out."""

    def __init__(self) -> None:
        self.orders: list[Order] = []

    async def call(self, order: Order) -> Brought:
        self.orders.append(order)
        return Brought(ok=False, text="no", code="failed")


def offered(name: str = "do", pin: str = "p1", **more: Any) -> Offered:
    return Offered(**{"name": name, "description": "Does.", "parameters": FORM, "pin": pin, **more})


@pytest.fixture
def book(tmp_path: Path) -> Book:
    found = Book(tmp_path)
    found.add("odd", Reached(command=("/bin/true",)))
    return found


def see(book: Book, *tools: Offered) -> None:
    book.see(MetAll(servers={"odd": Met(state="up", tools=tools)}))


def assessed(registry: Registry, name: str = NAME) -> Assessed:
    return registry.assess(name, {"text": "x"}, OWNER)


async def test_a_foreign_tool_is_black_until_it_is_classified(book: Book) -> None:
    line = Recorded()
    registry = Registry((), guests=Lent(book, line))
    assert assessed(registry).code == "not_found"
    see(book, offered(), offered("other"))
    before = assessed(registry)
    assert (before.tier, before.code, before.targets) == (Tier.BLACK, "unclassified", (NAME,))
    assert "the owner has not classified it" in before.reasons
    assert registry.specs("full") == ()
    assert (await registry.run(NAME, {})).code == Unclassified.code
    book.classify("odd", "do", Tier.ORANGE)
    (spec,) = registry.specs("full")
    assert (spec.name, spec.tier, spec.parameters) == (NAME, Tier.ORANGE, FORM)
    assert spec.description.endswith("the foreign server odd, in its own words: Does.")
    assert (spec.effect, spec.sends, spec.untrusted, spec.lasting) == ("plain", True, True, False)
    found = assessed(registry)
    assert (found.tier, found.command) == (Tier.ORANGE, f'{NAME} {{"text": "x"}}')
    assert await registry.identify(NAME, {}) == {NAME: "p1"}
    ran = await registry.run(NAME, {"text": "x"})
    assert (ran.ok, ran.code, ran.text) == (False, "failed", f"{NAME} failed:\nno")
    assert line.orders == [Order(server="odd", tool="do", arguments={"text": "x"}, pin="p1")]


def test_one_that_describes_itself_otherwise_or_is_gone_is_black_again(book: Book) -> None:
    registry = Registry((), guests=Lent(book, Recorded()))
    see(book, offered())
    book.classify("odd", "do", Tier.YELLOW)
    assert assessed(registry).tier == Tier.YELLOW
    see(book, offered(pin="p2"))
    found = assessed(registry)
    assert (found.tier, found.code) == (Tier.BLACK, "unclassified")
    assert "otherwise than when the owner classified it" in found.reasons[0]
    assert registry.specs("full") == ()
    see(book)
    gone = registry.assess(NAME, {}, OWNER)
    assert (gone.tier, gone.code, registry.get(NAME).untrusted) == (
        Tier.BLACK, "unclassified", True,
    )  # fmt: skip
    see(book, offered())
    book.remove("odd")
    assert assessed(registry).code == "not_found"


def test_nothing_is_made_anew_while_nothing_changes(book: Book) -> None:
    lent = Lent(book, Recorded())
    assert lent.now() is lent.now()
    see(book, offered())
    first = lent.now()
    assert first is lent.now()
    book.classify("odd", "do", Tier.YELLOW)
    assert lent.now() is not first


def test_strange_tools_harm_no_other(book: Book) -> None:
    wide = {"properties": {f"p{n}": {"$ref": "#"} for n in range(500)}}
    see(
        book,
        *(offered("x" * 128), offered("two words"), offered("ü")),
        *(offered("o:d/d"), offered("wide", parameters=wide)),
        offered("loud", description="\x1b[2J" + "\u202e" * 9_000),
    )
    for name in ("o:d/d", "wide", "loud"):
        book.classify("odd", name, Tier.YELLOW)
    found = {one.name: one for one in Registry((), guests=Lent(book, Recorded())).specs("full")}
    assert set(found) == {"mcp:odd:o:d/d", "mcp:odd:wide", "mcp:odd:loud"}
    assert "\x1b" not in found["mcp:odd:loud"].description
    assert "\u202e" not in found["mcp:odd:loud"].description
    assert len(found["mcp:odd:loud"].description) <= 1_024


async def test_a_real_server_is_asked_and_what_it_says_taints(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.add("odd", hostile("says"))
    async with serving(tmp_path) as line:
        registry = Registry((), guests=Lent(book, line))
        await up(book)
        book.classify("odd", "do", Tier.YELLOW)
        assert assessed(registry).tier == Tier.YELLOW
        # What it brings back is anybody's words, so what follows in that turn is one more.
        tainted = Situation(profile="full", person="owner", channel="web", tainted=(NAME,))
        assert registry.assess(NAME, {"text": "x"}, tainted).tier == Tier.ORANGE
        found = await registry.run(NAME, {"text": "x"})
        assert found.ok
        assert found.text.startswith(f"{NAME} brought back:")
        assert len(found.text) < 70_000
