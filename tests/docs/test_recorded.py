"""The conversation on the guide's page takes place with every build, and is what the page says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.record import Decided, Observed, Proposed
from tests.docs.played import Played, missing, play
from tests.docs.recorded import BEGIN, END, PAGE, drawn_into, text

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def played() -> Played:
    """What took place just now."""
    return play()


def test_every_step_took_place(played: Played) -> None:
    assert missing(played) == []


def test_the_page_says_what_took_place(played: Played) -> None:
    page = PAGE.read_text("utf-8")
    assert drawn_into(page, text(played)) == page, "the page is stale; run `make recording`"


def test_what_did_not_take_place_is_missed(played: Played) -> None:
    def without(*kinds: type[object], tool: str = "") -> Played:
        kept = [
            one
            for one in played.record
            if not isinstance(one, kinds) or (tool and getattr(one, "tool", "") != tool)
        ]
        return replace(played, record=tuple(kept))

    unasked = {"it proposed one thing", "not before that"}
    assert unasked <= set(missing(without(Proposed)))
    assert "the owner said yes at the terminal" in missing(without(Decided))
    assert "it was done" in missing(without(Observed, tool="shell_run"))
    assert "it looked before" in missing(without(Observed, tool="system_info"))
    for one in played.record:
        if isinstance(one, Decided):
            elsewhere = one.model_copy(update={"channel": "web"})
            record = [elsewhere if each is one else each for each in played.record]
            changed = replace(played, record=tuple(record))
            assert missing(changed) == ["the owner said yes at the terminal"]
    assert missing(replace(played, after=played.before)) == ["the files are gone"]
    assert missing(replace(played, ledger=())) == ["the ledger has it once"]
    assert missing(replace(played, answer="Done. Not confirmed")) == [
        "the answer says so, and nothing doubts it"
    ]


def test_a_page_that_is_stale_is_seen(played: Played) -> None:
    page = PAGE.read_text("utf-8")
    assert drawn_into(page.replace("RED", "GREEN", 1), text(played)) == page
    assert drawn_into(page, text(replace(played, typed=()))) != page
    with pytest.raises(ValueError, match="needs the lines"):
        drawn_into(page.replace(END, BEGIN), text(played))
