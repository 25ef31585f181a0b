"""An event that comes back to a server that handed it on is refused there."""

from __future__ import annotations

import pytest

from processors.events.trail import MOST, Loop, Trails
from schemas.errors import Invalid


def test_a_server_knows_itself_and_nobody_else() -> None:
    here, there = Trails(b"a" * 32), Trails(b"b" * 32)
    first = here.written(())
    assert there.read(first) == (here.mark,)
    both = there.written(there.read(first))
    with pytest.raises(Loop, match="circle"):
        here.read(both)
    with pytest.raises(Loop):
        there.read(both)
    assert here.read("") == ()
    assert here.mark != there.mark


def test_no_trail_is_endless() -> None:
    marks = [f"{number:016x}" for number in range(MOST)]
    here = Trails(b"a" * 32)
    assert len(here.read(",".join(marks[1:]))) == MOST - 1
    with pytest.raises(Loop, match="8 times"):
        here.read(",".join(marks))


@pytest.mark.parametrize("header", ["x", ",", "0" * 17, "A" * 16, "a" * 16 + ";b", "a" * 5_000])
def test_what_is_no_trail_is_refused(header: str) -> None:
    with pytest.raises(Invalid):
        Trails(b"a" * 32).read(header)
