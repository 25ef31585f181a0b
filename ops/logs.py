"""Logs: one line is one JSON object, whatever the text in it; a person at a terminal gets words."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, MutableMapping
from types import TracebackType
from typing import Any, TextIO

import orjson

from ops.lean import without
from processors.tools.redact import Redactor

with without("rich"):  # its tracebacks are for terminals: 0.12 s and 5 MB less at start
    import structlog

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def _plain(value: Any) -> Any:
    """Return a value that JSON can hold: no lone surrogates, no giant numbers, no strangers."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, bool | float) or value is None else _plain(repr(value))


def _json(_: Any, __: str, event: MutableMapping[str, Any]) -> bytes:
    """Render an event; no value can break the line or lose it."""
    try:
        return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        return orjson.dumps(_plain(dict(event)))


def _printable(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Escape what could move a terminal's cursor or begin a new line."""
    for key, value in event.items():
        if isinstance(value, str) and key != "exception" and not value.isprintable():
            event[key] = value.encode("unicode_escape", "backslashreplace").decode()
    return event


class _Bridge(logging.Handler):
    """Brings what libraries log the standard way to the same place."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        log.log(record.levelno, record.getMessage(), exc_info=record.exc_info)


def logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """Return the logger of a module; who gets it here has got structlog without rich."""
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger(name)
    return log


def trace(trace_id: str) -> None:
    """Give every log line of the current task this trace id."""
    structlog.contextvars.bind_contextvars(trace=trace_id)


class _Withhold:
    """Takes the secrets out of an event, its trace too.

    Args:
        redact: takes them out of a text.
    """

    def __init__(self, redact: Callable[[str], str]) -> None:
        self._redact = redact
        self._at_it = threading.local()

    def __call__(
        self, _: Any, __: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        # Where secrets cannot be read, that is an event of its own; in other threads they can.
        if not getattr(self._at_it, "here", False):
            self._at_it.here = True
            try:
                for name, value in event.items():
                    if not isinstance(value, int | float):
                        event[name] = self._without(value)
            finally:
                self._at_it.here = False
        return event

    def _without(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._redact(value)
        text = repr(value)
        after = self._redact(text)
        return value if after == text else after


def _fell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log what ends this process, which Python would write as it is, its secrets too."""
    if isinstance(error, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        structlog.get_logger("process").critical("process.fell", exc_info=(kind, error, trace))


def _failed(args: threading.ExceptHookArgs | sys.UnraisableHookArgs) -> None:
    """Log what nobody can catch: it ended a thread, or happened while an object went."""
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        found = (type(args.exc_value), args.exc_value, args.exc_traceback)
        structlog.get_logger("process").error("process.failed", exc_info=found)


def configure(
    level: str = "info",
    out: TextIO | None = None,
    redact: Callable[[str], str] | None = None,
) -> None:
    """Set up logging for this process; call it once, before anything is logged.

    Args:
        level: `debug`, `info`, `warning` or `error`.
        out: where to; standard output unless given. A terminal gets words instead of JSON.
        redact: takes secrets out of what is logged; without one, what looks like one.
    """
    stream = out or sys.stdout
    number = LEVELS[level]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.StackInfoRenderer(),
    ]
    withhold = _Withhold(redact or Redactor())
    factory: Any
    if stream.isatty():
        shared += [
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            withhold,
            _printable,
            structlog.dev.ConsoleRenderer(),
        ]
        factory = structlog.PrintLoggerFactory(stream)
    else:
        shared += [
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            withhold,
            _json,
        ]
        factory = structlog.BytesLoggerFactory(stream.buffer)
    structlog.configure(
        processors=shared,
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=factory,
        cache_logger_on_first_use=True,
    )
    logging.root.handlers[:] = [_Bridge()]
    # Libraries speak from warnings upward: their small talk costs more than it tells.
    logging.root.setLevel(max(number, logging.WARNING) if level != "debug" else number)
    # Else these would be written past all of this.
    logging.captureWarnings(capture=True)
    sys.excepthook, sys.unraisablehook, threading.excepthook = _fell, _failed, _failed
    # This one tells every statement twice, and would bury what one looks for.
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)
