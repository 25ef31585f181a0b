"""Keeps out of a process what a library would load and this process never uses."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(name: str) -> Iterator[None]:
    """Import something while one module, which it can do without, seems not to be installed.

    Args:
        name: the module; if it is loaded already nothing changes, and afterwards it can be
            imported as ever.
    """
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
