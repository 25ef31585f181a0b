"""The prompts: what is said, and what is not taken."""

from __future__ import annotations

import pytest

from gateways.mcp.prompts import LONGEST, OPENINGS, opening
from schemas.errors import Invalid, NotFound


def test_each_says_something_with_its_arguments() -> None:
    for one in OPENINGS:
        words = one.words(dict.fromkeys(one.takes, "{odd} %s words"))
        assert words.count("{odd} %s words") == len(one.takes)


@pytest.mark.parametrize("given", [{}, {"name": "a", "more": "b"}, {"name": "x" * (LONGEST + 1)}])
def test_what_does_not_fit_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        opening("trouble").words(given)


def test_an_unknown_one_is_not_found() -> None:
    with pytest.raises(NotFound):
        opening("__class__")
