"""A log line is one JSON object, whatever is in it."""

from __future__ import annotations

import io
import json
import logging
import os
import pty
import sys
import threading
import warnings
from collections.abc import Iterator
from threading import Event, Thread

import pytest
import structlog

from ops import logs
from processors.tools.redact import GONE, Redactor


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    before = logging.root.handlers[:], logging.root.level
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    yield
    logging.captureWarnings(capture=False)
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
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


def test_no_secret_is_logged() -> None:
    sink = Sink(io.BytesIO())
    logs.configure("info", sink, Redactor(["plumtree-1"]))
    try:
        raise ValueError("plumtree-1 sk-CANARY0123456789abc")
    except ValueError as error:
        structlog.get_logger("t").error("plumtree-1", exc_info=error, count=3, raw=b"plumtree-1")
    logging.getLogger("lib").warning("%s and plumtree-1", {"a": ["plumtree-1"]})
    text = b"\n".join(sink.lines()).decode()
    assert "plumtree" not in text
    assert "CANARY" not in text
    bug, library = (json.loads(line) for line in sink.lines())
    assert (bug["event"], bug["count"]) == (GONE, 3)
    assert "ValueError" in bug["exception"]
    assert library["event"] == f"{{'a': ['{GONE}']}} and {GONE}"


def test_no_thread_logs_a_secret_while_another_looks_for_them() -> None:
    sink, looking, done = Sink(io.BytesIO()), Event(), Event()

    def slow(text: str) -> str:
        if text == "slow":
            looking.set()
            done.wait(10)
        return text.replace("plumtree", GONE)

    logs.configure("info", sink, slow)
    log = structlog.get_logger("t")
    other = Thread(target=log.info, args=("slow",))
    other.start()
    assert looking.wait(10)
    log.info("plumtree")
    done.set()
    other.join()
    assert [json.loads(line)["event"] for line in sink.lines()] == [GONE, "slow"]


def test_what_fails_to_find_secrets_may_log_it() -> None:
    sink = Sink(io.BytesIO())

    def closed(text: str) -> str:
        structlog.get_logger("t").error("vault.closed")
        return text

    logs.configure("info", sink, closed)
    structlog.get_logger("t").info("hello")
    events = [json.loads(line)["event"] for line in sink.lines()]
    assert (set(events[:-1]), events[-1]) == ({"vault.closed"}, "hello")


def test_what_nobody_catches_is_logged_without_its_secrets(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Python would write it to the same file as it is."""
    sink = Sink(io.BytesIO())
    logs.configure("info", sink, Redactor(["plumtree-1"]))

    class Going:
        def __del__(self) -> None:
            raise ValueError("plumtree-1 went")

    def fail() -> None:
        raise ValueError("plumtree-1 in a thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    Going()
    warnings.warn("plumtree-1 is old", stacklevel=1)
    try:
        raise ValueError("plumtree-1 at the end")
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    found = [json.loads(line) for line in sink.lines()]
    assert [one["level"] for one in found] == ["error", "error", "warning", "critical"]
    for one, words in zip(found, ("in a thread", "went", "is old", "at the end"), strict=True):
        assert f"{GONE} {words}" in one.get("exception", one["event"])
    assert b"plumtree" not in b"".join(sink.lines())
    assert capfd.readouterr().err == ""
