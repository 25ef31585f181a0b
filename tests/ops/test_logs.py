"""A log line is one JSON object, whatever is in it."""

from __future__ import annotations

import io
import json
import logging
import os
import pty
from collections.abc import Iterator

import pytest
import structlog

from ops import logs


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    before = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.root.handlers[:], level = before
    logging.root.setLevel(level)


class Sink(io.TextIOWrapper):
    def lines(self) -> list[bytes]:
        raw = self.buffer
        assert isinstance(raw, io.BytesIO)
        return raw.getvalue().splitlines()


HOSTILE = 'x\n{"level": "error", "event": "forged"}\r\u2028\x1b[2J\x00\ud800'


def test_hostile_text_cannot_forge_a_line() -> None:
    sink = Sink(io.BytesIO())
    logs.configure("info", sink)
    logs.trace("01TRACE")
    structlog.get_logger("t").info("upload", name=HOSTILE, raw=b"\xff", number=2**80, key={1: 2})
    structlog.get_logger("t").debug("not shown")
    assert len(sink.lines()) == 1
    found = json.loads(sink.lines()[0])
    assert found["event"] == "upload"
    assert found["trace"] == "01TRACE"
    assert found["level"] == "info"
    assert b"\x1b" not in sink.lines()[0]


def test_errors_have_their_trace_and_libraries_come_along() -> None:
    sink = Sink(io.BytesIO())
    logs.configure("info", sink)
    try:
        raise ValueError(HOSTILE)
    except ValueError as error:
        structlog.get_logger("t").error("bug", exc_info=error)
    logging.getLogger("lib").warning("a %s\nb", "line")
    logging.getLogger("lib").info("small talk")
    logs.configure("debug", Sink(io.BytesIO()))
    assert logging.getLogger("lib").isEnabledFor(logging.DEBUG)
    assert not logging.getLogger("aiosqlite").isEnabledFor(logging.DEBUG)
    bug, library = (json.loads(line) for line in sink.lines())
    assert "ValueError" in bug["exception"]
    assert library["event"] == "a line\nb"


def test_a_terminal_gets_words_and_no_escapes_from_strangers() -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as terminal:
        logs.configure("info", terminal)
        structlog.get_logger("t").info("upload", name=HOSTILE)
        terminal.flush()
        shown = os.read(master, 65_536)
    os.close(master)
    assert b"upload" in shown
    assert b"[2J" not in shown.replace(b"x1b[2J", b"")
    assert shown.count(b"\n") == 1
