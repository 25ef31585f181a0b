"""The names of tools, as providers take them: letters, digits, `_` and `-`, at most 64.

Our own names are so by themselves. A foreign tool is `mcp:files:read_text_file` here and
`mcp__files__read_text_file` there; what does not fit so is cut, and marked with a piece of its
hash. The way back goes by the tools of the request, so none is called by a name that looks right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256

from gateways.llm.base import CallDelta, Delta
from schemas.tools import ToolSpec

LONGEST = 64
"""Characters of a name."""
MARK = 12
"""Hexadecimal digits of a hash."""

_FITS = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST}}}")
_ODD = re.compile(r"[^A-Za-z0-9_-]")
_MARKED = re.compile(rf"-[0-9a-f]{{{MARK}}}$")


def spoken(name: str) -> str:
    """Return a tool's name as a provider takes it.

    Args:
        name: as the tool is called here.
    """
    if ":" not in name:
        return name
    plain = name.replace(":", "__", 2)
    if _FITS.fullmatch(plain) and not _MARKED.search(plain):
        return plain
    mark = sha256(name.encode()).hexdigest()[:MARK]
    return f"{_ODD.sub('_', plain)[: LONGEST - MARK - 1]}-{mark}"


def meant(name: str, tools: Iterable[ToolSpec]) -> str:
    """Return what a tool is called here; a name that is none of these stays as it is.

    Args:
        name: as a provider or a program said it.
        tools: those that it was told of.
    """
    return next((one.name for one in tools if spoken(one.name) == name), name)


def heard(delta: Delta, tools: Iterable[ToolSpec]) -> Delta:
    """Return a piece of an answer with our own name of the tool that is wished for."""
    if not isinstance(delta, CallDelta):
        return delta
    return replace(delta, tool=meant(delta.tool, tools))
