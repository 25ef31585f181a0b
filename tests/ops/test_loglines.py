"""A line of a log: whoever wrote it, a person reads words and a program fields."""

from __future__ import annotations

import json

import pytest

from ops.loglines import parse, shown

OURS = {"event": "lead.won", "stage": "admit", "level": "info", "timestamp": "2026-11-21T04:55:54Z"}


def test_our_own_are_fields() -> None:
    line = parse("core", json.dumps(OURS))
    assert (line.at, line.fields, line.chatter) == (1795236954.0, OURS, False)
    assert shown(line).endswith(" core        lead.won  stage=admit")


@pytest.mark.parametrize(
    ("text", "level", "chatter"),
    [
        ("12:M 21 Nov 2026 04:57:26.595 * Ready to accept connections unix", "info", True),
        ("12:M 21 Nov 2026 04:57:26.595 # Can't save in background: fork", "warning", False),
        ("12:M 21 Nov 2026 04:57:26.595 # Redis is now ready to exit", "warning", True),
        ("12:signal-handler (1795237278) Received SIGTERM scheduling shutdown...", "info", True),
    ],
)  # fmt: skip
def test_redis_has_its_own_way(text: str, level: str, *, chatter: bool) -> None:
    line = parse("durable", text)
    assert (line.fields["level"], line.chatter) == (level, chatter)
    assert abs(line.at - 1795237000) < 100_000
    assert line.fields["text"] in text


def test_what_says_no_time_has_that_of_the_line_before() -> None:
    assert parse("core", "Traceback (most recent call last):", 5.0).at == 5.0
    assert parse("core", "[1, 2]").fields == {"text": "[1, 2]"}


def test_a_trace_stands_below_its_line() -> None:
    rows = shown(parse("core", json.dumps({**OURS, "exception": "A\n  B"}))).splitlines()
    assert rows[1:] == ["    A", "      B"]


def test_no_text_of_others_moves_the_cursor_or_is_too_long() -> None:
    said = shown(parse("core", json.dumps({"event": "\x1b[2J\u202e\nx", "k": "y" * 10_000})))
    assert r"\x1b[2J\u202e\nx" in said
    assert said.isprintable()
    assert len(said) < 600


def test_colours_are_only_where_they_are_wanted() -> None:
    line = parse("core", json.dumps({**OURS, "level": "error"}))
    assert "\x1b" not in shown(line)
    assert "\x1b[31mlead.won\x1b[0m" in shown(line, color=True)
