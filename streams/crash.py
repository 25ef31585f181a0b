"""Crash points: a process that dies at a named place of its work, for tests of recovery only."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

from schemas.errors import Invalid

POINTS = (
    "admit.before_commit", "route.before_commit", "think.before_model", "think.during_model",
    "think.after_model", "think.before_commit", "tool.before_start", "tool.after_start",
    "tool.mid_effect", "tool.after_effect", "tool.before_commit", "respond.before_commit",
    "steer.before_decide", "steer.after_decide", "steer.before_commit", "show.before_commit",
    "deliver.before_send", "deliver.after_send", "send.before_send", "send.after_send",
    "accept.before_send", "accept.before_reply", "accept.after_reply",
)  # fmt: skip
"""Where one can die. `tool.mid_effect` and `tool.after_effect` are in the tools of `nexus chaos`,
`accept.…` in its clients; all others are in the pipeline itself."""


class Crash:
    """Kills this process at a point, once for each state folder.

    Args:
        wish: `point:2` dies when the point is passed for the second time in one process; several
            by comma; empty for none.
        folder: where it is noted that a point had its death, so that the next process lives.

    Raises:
        Invalid: there is no such point.
    """

    def __init__(self, wish: str = "", folder: Path = Path()) -> None:
        self._due: dict[str, int] = {}
        self._folder = folder
        self._passed: Counter[str] = Counter()
        for one in filter(None, wish.split(",")):
            point, _, number = one.strip().partition(":")
            if point not in POINTS or not (number or "1").isdecimal():
                raise Invalid(
                    f"There is no crash point {one}; say one of {', '.join(POINTS)}, and after a"
                    " colon at which passing."
                )
            self._due[point] = int(number or 1)

    def __bool__(self) -> bool:
        """Whether any point may ever kill."""
        return bool(self._due)

    def at(self, point: str) -> None:
        """Pass a point; what comes after it may never happen."""
        if point not in self._due:
            return
        self._passed[point] += 1
        if self._passed[point] != self._due[point]:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            (self._folder / point).touch(exist_ok=False)
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)


NOWHERE = Crash()
"""Never dies."""
