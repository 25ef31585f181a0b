"""Facts are kept once, corrected with a history, and never washed clean by saying them again."""

from __future__ import annotations

import pytest

from processors.memory import memories as module
from processors.memory.memories import DAY, Memories, name_of
from schemas.errors import Conflict, Invalid, NotFound
from schemas.memory import FOREVER, FactChange, FactForm, Keep
from tests.processors.memory.keeping import Kept

ROUTER = FactForm(text="The router stands in the cellar.")


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def memories(kept: Kept) -> Memories:
    now = iter(range(1_000, 100_000))
    return Memories(kept, now=lambda: next(now))


async def test_the_same_words_are_the_same_fact(memories: Memories, kept: Kept) -> None:
    first = await memories.remember("owner", ROUTER.model_copy(update={"keep": "short"}))
    assert first.until == pytest.approx(14 * DAY, abs=9_999)
    second = await memories.remember("owner", FactForm(text="the ROUTER stands in the cellar"))
    assert (first.id, len(kept.rows)) == (second.id, 1)
    assert (second.keep, second.until) == ("permanent", FOREVER)
    third = await memories.remember("owner", FactForm(text=ROUTER.text, keep="working"))
    assert third.keep == "permanent"
    assert name_of("grace", ROUTER.text) != first.id


async def test_a_correction_remembers_what_it_said(memories: Memories, kept: Kept) -> None:
    first = await memories.remember("owner", ROUTER)
    change = FactChange(text="The router stands in the attic.", kind="plan")
    second = await memories.change("owner", first.id, change)
    assert [(one.text, one.at) for one in second.was] == [(ROUTER.text, first.at)]
    assert (second.kind, list(kept.rows)) == ("plan", [("owner", second.id)])
    third = await memories.change("owner", second.id, FactChange(keep="long"))
    assert (third.id, third.was, third.keep) == (second.id, second.was, "long")
    again = await memories.remember("owner", ROUTER, call="c", replaces=third.id)
    assert (again.id, len(again.was), len(kept.rows)) == (first.id, 2, 1)


@pytest.mark.parametrize("change", [FactChange(text="It is red."), FactChange(keep="long")])
async def test_whose_taint_it_is_a_person_ends(memories: Memories, change: FactChange) -> None:
    fact = await memories.remember("owner", ROUTER, call="c", tainted=("web_fetch",))
    assert (fact.source, fact.call, fact.tainted) == ("agent", "c", ("web_fetch",))
    again = await memories.remember("owner", ROUTER, call="d")
    assert again.tainted == ("web_fetch",)
    other = await memories.remember("owner", FactForm(text="Else."), call="e", replaces=again.id)
    assert other.tainted == ("web_fetch",)
    corrected = await memories.change("owner", other.id, change)
    assert (corrected.source, corrected.call, corrected.tainted) == ("person", None, ())


async def test_what_the_agent_forgot_comes_back_as_it_was(memories: Memories, kept: Kept) -> None:
    fact = await memories.remember("owner", ROUTER, call="c", tainted=("web_fetch",))
    for _ in range(2):  # whoever died after the first asks again
        assert (await memories.forget("owner", fact.id, back=True)).text == ROUTER.text
    (gone,) = kept.rows.values()
    assert gone.gone
    assert gone.until == pytest.approx(DAY, abs=9_999)
    with pytest.raises(NotFound):
        await memories.find("owner", fact.id)
    back = await memories.remember("owner", ROUTER, call="d")
    assert (back.id, back.gone, back.until, back.tainted) == (
        fact.id, False, FOREVER, ("web_fetch",),
    )  # fmt: skip
    await memories.forget("owner", fact.id)
    assert not kept.rows


@pytest.mark.parametrize("name", ["0" * 16, "", "x", "*", "../" * 5, "\0", "0" * 17])
async def test_what_there_is_not_is_said_to_be_not(memories: Memories, name: str) -> None:
    for asking in (
        memories.find("owner", name), memories.forget("owner", name),
        memories.forget("owner", name, back=True),
        memories.change("owner", name, FactChange(keep="long")),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            await asking


async def test_of_others_nothing_is_found(memories: Memories) -> None:
    fact = await memories.remember("grace", ROUTER)
    assert await memories.search("owner", "router", 5) == []
    with pytest.raises(NotFound):
        await memories.forget("owner", fact.id)
    assert (await memories.search("grace", "router", 5)) == [fact]


async def test_all_are_leafed_through(memories: Memories, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    made = [await memories.remember("owner", FactForm(text=f"fact {n}")) for n in range(5)]
    assert [one async for one in memories.every("owner")] == made[::-1]
    found, after = await memories.page("owner", 5)
    assert (len(found), after) == (5, None)
    other = await memories.remember("grace", ROUTER)
    assert await memories.forget_all("owner") == 5
    assert (await memories.page("owner", 5), await memories.find("grace", other.id)) == (
        ([], None), other,
    )  # fmt: skip
    for bad in ("x", "-1", "1" * 17, "٣x"):
        with pytest.raises(Invalid):
            await memories.page("owner", 5, bad)


async def test_there_is_an_end_to_it(memories: Memories, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 1)
    fact = await memories.remember("owner", ROUTER)
    with pytest.raises(Conflict):
        await memories.remember("owner", FactForm(text="another"))
    assert (await memories.remember("owner", ROUTER)).id == fact.id


@pytest.mark.parametrize(("keep", "days"), [("long", 180), ("short", 14), ("working", 1)])
async def test_what_is_not_for_good_has_an_end(memories: Memories, keep: Keep, days: int) -> None:
    fact = await memories.remember("owner", FactForm(text="x", keep=keep))
    assert fact.until == pytest.approx(days * DAY, abs=9_999)


def test_a_fact_is_one_line() -> None:
    assert FactForm(text=" a\n\n- (2026) b\t").text == "a - (2026) b"
    for bad in ("", "  \n", "a\0b", "x" * 1_001):
        with pytest.raises(ValueError, match="text"):
            FactForm(text=bad)
