"""What the commands put on the screen, and how far a long one is."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import typer


class Telling:
    """Shows on a terminal how far it is, once it takes longer than a second."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()
        self._shown = False

    def __call__(self, what: str, done: int, whole: int) -> None:
        """Take notice of how far it is."""
        now = time.monotonic()
        if now - self._began < 1 or now - self._last < 0.2 or not sys.stderr.isatty():
            return
        self._last, self._shown = now, True
        sys.stderr.write(f"\r\x1b[K{what} {100 * done // max(whole, 1)} %")
        sys.stderr.flush()

    def __enter__(self) -> Telling:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def since(began: float) -> str:
    """Return how long something took, as a person says it."""
    return f"{time.monotonic() - began:.1f} s"


def plain(text: str) -> str:
    """Return a text in which nothing can move a cursor."""
    return "".join(c if c.isprintable() else "?" for c in text)


def say(text: str) -> None:
    """Print a line."""
    typer.echo(text)


def aside(text: str) -> None:
    """Print a line that is not the result."""
    typer.echo(text, err=True)


def say_json(**found: Any) -> None:
    """Print one JSON object."""
    typer.echo(json.dumps(found))
