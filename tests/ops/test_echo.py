"""The foreground: whole lines, in words, and nothing of what does not matter."""

from __future__ import annotations

import io

from ops.echo import LONGEST, Echo


def test_lines_are_whole_however_they_arrive() -> None:
    out = io.BytesIO()
    echo = Echo("core", out=out)
    for piece in (b'{"event": "o', b'ne"}\ntwo\nth', b"ree"):
        echo.show(piece)
    assert [line.split()[1:] for line in out.getvalue().splitlines()] == [
        [b"core", b"one"], [b"core", b"two"],
    ]  # fmt: skip
    echo.end()
    echo.end()
    assert out.getvalue().endswith(b" core        three\n")


def test_what_redis_says_when_all_is_well_is_left_out() -> None:
    out = io.BytesIO()
    echo = Echo("durable", out=out)
    echo.show(b"12:M 21 Nov 2026 04:57:26.595 * Server initialized\n")
    assert out.getvalue() == b""
    echo.show(b"12:M 21 Nov 2026 04:57:26.595 # Short read or OOM loading DB.\n")
    assert out.getvalue().endswith(b" durable     Short read or OOM loading DB.\n")


def test_a_line_without_an_end_fills_no_memory() -> None:
    out = io.BytesIO()
    echo = Echo("core", out=out)
    for _ in range(10):
        echo.show(b"x" * LONGEST)
    assert len(echo._rest) <= LONGEST
    assert out.getvalue().count(b"\n") == 5
