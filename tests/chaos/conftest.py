"""What the tests that kill have in common."""

from __future__ import annotations

import pytest

from tests.chaos.load import Says


@pytest.fixture
def says(capsys: pytest.CaptureFixture[str]) -> Says:
    """Print a line that is seen whatever is captured."""

    def say(line: str) -> None:
        with capsys.disabled():
            print(f"\n  chaos: {line}", end="", flush=True)

    return say
