"""What was asked and is over is found again, by whoever might have decided it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from ops.journal.pages import Pages
from ops.settings import Settings
from schemas.errors import Transient
from schemas.record import Decided, Entry, Proposed
from schemas.tools import Tier
from tests.ops.journal.scene import Scene


def asked(name: str, *people: str, state: str = "approved") -> Sequence[Entry]:
    """A request and what became of it."""
    proposed = Proposed(
        approval=name, call_id=f"call-{name}", step=0, tool="docker_stop", tier=Tier.ORANGE,
        binding="b", command=f"docker stop {name}", people=people,
    )  # fmt: skip
    decided = Decided.model_validate(
        {"approval": name, "call_id": f"call-{name}", "state": state, "by": people[0], "at": 7}
    )
    return proposed, decided


@pytest.fixture
async def pages(scene: Scene) -> AsyncIterator[Pages]:
    """A journal with five requests, one of which nobody decided yet."""
    await scene.turn("t1", "?", "!", "home", asked("a", "owner"))
    await scene.turn("t2", "?", "!", "home", asked("b", "grace", state="denied"))
    both = (*asked("c", "owner", "grace"), *asked("d", "owner", state="expired"))
    await scene.turn("t3", "?", "!", "other", both)
    await scene.turn("t4", "?", "!", "other", asked("e", "owner")[:1])
    async with scene.writing():
        await scene.written(8)
    found = Pages(Settings(root=scene.root))
    yield found
    await found.close()


async def test_each_sees_what_was_theirs_to_decide(pages: Pages) -> None:
    found, rest = await pages.decided("owner", None, 10)
    assert [(one.id, one.state, one.by) for one in found] == [
        ("d", "expired", "owner"), ("c", "approved", "owner"), ("a", "approved", "owner"),
    ]  # fmt: skip
    assert (found[1].command, found[1].decided_at, found[1].turn) == ("docker stop c", 7, "t3")
    assert found[2].session == "home"
    assert rest is None
    assert [one.id for one in (await pages.decided("grace", None, 10))[0]] == ["c", "b"]
    assert (await pages.decided("mallory", None, 10))[0] == []


async def test_pages_follow_each_other_without_a_hole(pages: Pages) -> None:
    seen, before = list[str](), None
    while True:
        found, before = await pages.decided("owner", before, 1)
        seen += [one.id for one in found]
        if before is None:
            break
    assert seen == ["d", "c", "a"]


async def test_what_is_far_back_is_not_the_end(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests are few: between two of them much else may have happened."""
    monkeypatch.setattr("ops.journal.decisions.BACK", 3)
    seen, before, looks = list[str](), None, 0
    while looks == 0 or before is not None:
        found, before = await pages.decided("owner", before, 10)
        seen += [one.id for one in found]
        looks += 1
    assert seen == ["d", "c", "a"]
    assert looks > 2


async def test_what_cannot_be_read_is_left_out(scene: Scene, pages: Pages) -> None:
    scene.sql("UPDATE journal SET data = 'nonsense' WHERE kind = 'decided' AND turn = 't1'")
    assert [one.id for one in (await pages.decided("owner", None, 10))[0]] == ["d", "c"]


async def test_without_a_journal_that_is_said(scene: Scene) -> None:
    pages = Pages(Settings(root=scene.root / "nowhere"))
    with pytest.raises(Transient):
        await pages.decided("owner", None, 10)
    await pages.close()
