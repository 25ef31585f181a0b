"""What a benchmark says while it measures, on standard error."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """Say how far it is."""
    print(text, file=sys.stderr, flush=True)
