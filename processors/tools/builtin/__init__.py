"""The tools every house has: one readable list."""

from __future__ import annotations

from processors.tools.declare import Tool

BUILTIN: tuple[Tool, ...] = ()
"""All of them, in the order in which they are shown."""
