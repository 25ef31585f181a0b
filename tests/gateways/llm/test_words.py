"""Cutting, stemming and leading words back to one."""

from __future__ import annotations

import pytest

from gateways.llm.words import canonical, stem, tokens


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("read ./notes.txt.", [("read", "word"), ("./notes.txt", "path")]),
        ("where's tax.pdf?", [("find", "word"), ("tax.pdf", "filename")]),
        ("cpu/memory", [("cpu", "word"), ("memory", "word")]),
        ("/var/log", [("/var/log", "path")]),
        ("web-1", [("web-1", "name")]),
        ("five", [("five", "number")]),
        ('the "blue moon"', [("the", "function"), ("", "quoted")]),
        ("hard drive", [("disk", "word")]),
        ("¿Qué hora?", [("que", "function"), ("time", "word")]),
    ],
)
def test_tokens(text: str, kinds: list[tuple[str, str]]) -> None:
    assert [(token.stem, token.kind) for token in tokens(text) if token.kind != "break"] == kinds


def test_stems() -> None:
    assert {stem(word) for word in ("matches", "matched", "matching", "match")} >= {"match"}
    assert stem("running") == "run"
    assert stem("falling") == "fall"
    assert stem("status") == "status"
    assert stem("entries") == "entry"


def test_one_meaning_one_word() -> None:
    assert {canonical(word) for word in ("storage", "hdd", "disks", "capacity")} == {"disk"}
    assert canonical("unheard") == "unheard"
