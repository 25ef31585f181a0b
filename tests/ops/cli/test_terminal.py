"""`ask` and `chat` where a person sits: on a terminal."""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import io
import json
import os
import pty
import re
import select
import subprocess
import termios
import time
from types import TracebackType
from typing import Self

from ops.cli.chat import PROMPT
from ops.cli.paper import Screen
from ops.cli.running import Lines
from schemas.feed import Called, ObservedLive, Printed, Stepped, Token
from tests.ops.cli.conftest import SECONDS, Nexus, wait_for

SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Seat:
    """A terminal with a command running on it."""

    def __init__(self, nexus: Nexus, *words: str) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [*nexus.command, *words],
            env={**nexus.environment, "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: _control(theirs),  # noqa: PLW1509
        )
        os.close(theirs)
        self.seen = ""
        self._decode = codecs.getincrementaldecoder("utf-8")().decode

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def until(self, words: str) -> str:
        """Wait until it shows these words; return all since the last time."""
        end = time.monotonic() + SECONDS
        while words not in SEQUENCE.sub("", self.seen):
            if time.monotonic() > end:
                raise AssertionError(f"no {words!r} in {self.seen!r}")
            if select.select([self._ours], [], [], 0.2)[0]:
                try:
                    self.seen += self._decode(os.read(self._ours, 65_536))
                except OSError:
                    break
        found = self.seen
        _, there, self.seen = SEQUENCE.sub("", found).partition(words)
        assert there, found
        return found


def _control(terminal: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def test_ask_shows_words_and_tools_as_they_come(nexus: Nexus) -> None:
    with Seat(nexus, "ask", "how much disk space is free?", "-s", "seat") as seat:
        shown = seat.until("are free on")
        assert "· system_info" in SEQUENCE.sub("", shown)
        assert "\x1b[2m" in shown
        assert seat.process.wait(30) == 0


def test_what_the_doctor_says_goes_on_below_itself(nexus: Nexus) -> None:
    narrow = Nexus(nexus.root / "nobody-was-here-yet-and-the-name-is-long")
    with Seat(narrow, "doctor") as seat:
        rows = SEQUENCE.sub("", seat.until("want a look.")).splitlines()
    found = [row for row in rows if row.strip() and "want a look" not in row]
    margin = min(len(row) - len(row.lstrip()) for row in found if row.startswith(" "))
    assert margin > 10
    assert all(row[:4] in {"ok  ", "warn", "fail"} or row[:margin].isspace() for row in found)
    assert all(len(row.rstrip()) <= 100 for row in found)


def test_a_conversation_with_a_stop_in_it(nexus: Nexus) -> None:
    with Seat(nexus, "chat", "-s", "chat") as seat:
        seat.until(PROMPT)
        seat.type("!time_now\n")
        seat.until("It is ")
        seat.until(PROMPT)
        seat.type("/model opus\n")
        seat.until("This conversation thinks with")
        seat.until(PROMPT)
        seat.type("begin\n")
        seat.until("It has begun")
        seat.type("\x03")
        seat.until("Stopped.")
        seat.until(PROMPT)
        seat.type("/status\n")
        seat.until("Nothing of this conversation is running")
        seat.until(PROMPT)
        seat.type("/quit\n")
        assert seat.process.wait(30) == 0
    assert (nexus.root / "chat-history").stat().st_mode & 0o077 == 0


SLOWLY = "echo one; while [ ! -e {0} ]; do sleep 0.1; done; echo two; rm {0}"


def test_what_a_tool_writes_is_shown_while_it_runs(nexus: Nexus) -> None:
    said = f"!shell_run {json.dumps({'command': SLOWLY.format('go-ask')})}"
    with Seat(nexus, "ask", said, "-s", "slowly") as seat:
        seat.until("Type yes or no:")
        seat.type("yes\n")
        seat.until("│ one")
        (nexus.root / "workspace/go-ask").touch()
        seat.until("The command ended well")
        assert seat.process.wait(30) == 0


def test_so_it_is_for_one_tool_alone(nexus: Nexus) -> None:
    command = SLOWLY.format("go-run")
    with Seat(nexus, "tools", "run", "shell_run", f"command={command}") as seat:
        waiting: list[dict[str, str]] = []

        def asked() -> bool:
            waiting[:] = nexus.json("approvals")
            return bool(waiting)

        wait_for(asked)
        assert nexus("approvals", "approve", waiting[0]["id"]).returncode == 0
        seat.until("one")
        (nexus.root / "workspace/go-run").touch()
        seat.until("The command ended well")
        assert seat.process.wait(30) == 0


def printed(text: str, size: int = 0) -> Printed:
    return Printed(turn="t", call_id="c", text=text, size=size or len(text))


def test_each_line_that_a_tool_writes_is_shown_once() -> None:
    lines = Lines()
    assert lines.more(printed("one\ntw")) == ["one"]
    assert lines.more(printed("one\ntw")) == []
    assert lines.more(printed("one\ntwo\nthree")) == ["two"]
    assert lines.more(printed("of it\nlast\n", 5_000)) == ["…", "last"]
    assert lines.more(printed("\n" * 50, 5_050)) == ["…", *[""] * 10]
    lines.more(printed("end", 5_053))
    assert lines.rest("c") == ["end"]
    assert lines.rest("c") == []


def test_chat_reads_a_pipe_too(nexus: Nexus) -> None:
    ran = nexus("chat", "-s", "pipe", stdin="!time_now\n\n/help\n")
    assert ran.returncode == 0
    assert ran.stdout.startswith("It is ")
    assert "/help" in ran.stdout


def drawn(*events: Stepped | Token | Called | Printed | ObservedLive | str) -> str:
    """What stands on an 80-column screen after these events; a text is the answer."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        screen = Screen()
        for event in events:
            if isinstance(event, str):
                screen.end(event)
            else:
                screen.event(event)
    return out.getvalue()


def token(text: str, step: int = 0, *, thinking: bool = False) -> Token:
    return Token(turn="t", step=step, text=text, thinking=thinking)


def begin(step: int = 0) -> Stepped:
    return Stepped(turn="t", step=step, model="m")


def test_a_step_that_begins_anew_forgets_its_text() -> None:
    shown = drawn(
        begin(), token("half an ans "), begin(), token("whole "), token("answer"), "whole answer"
    )
    assert shown == "half an ans \r\x1b[Jwhole answer\n"


def test_the_answer_stands_there_once_and_whole() -> None:
    assert drawn("Stopped.") == "Stopped.\n"
    assert drawn(begin(), token("yes"), "yes") == "yes\n"
    shown = drawn(begin(), token("It has begun "), "Stopped.")
    assert shown.endswith("\x1b[JStopped.\n")


def test_what_was_read_before_a_stop_stays_where_it_is() -> None:
    shown = drawn(begin(), token("It has begun "), "It has begun \n\nStopped.")
    assert shown == "It has begun \n\nStopped.\n"


def test_no_event_can_move_the_cursor() -> None:
    evil = "\x1b[2J\r\x08\x9b1A\u202e"
    shown = drawn(
        begin(),
        token(evil),
        Called(turn="t", call_id="c", tool="x" + evil, arguments={"a\n": evil}),
        Printed(turn="t", call_id="c", text=evil + "\n", size=len(evil) + 1),
        ObservedLive(turn="t", call_id="c", tool="x", ok=False, content=evil, elapsed_ms=1),
        "done",
    )
    assert not {"\r", "\x08", "\x9b", "\u202e"} & set(shown.replace("\r\x1b[J", ""))
    assert SEQUENCE.findall(shown.replace("\r\x1b[J", "")) == [
        *("\x1b[2m", "\x1b[0m", "\x1b[2m", "\x1b[0m", "\x1b[2m", "\x1b[31m", "\x1b[0m")
    ]


def test_words_are_not_cut_at_the_edge() -> None:
    words = "word " * 30
    shown = drawn(begin(), token(words), words)
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.split() == words.split()
