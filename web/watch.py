"""A client's interest in a conversation, and all clients' interest in the same one."""

from __future__ import annotations

import time
from collections.abc import Sequence

from schemas.feed import Finished, LiveEvent, SessionLive
from streams.feeds import START, Position
from web.frames import Frame
from web.outlet import Outlet
from web.settled import Settled


class Watch:
    """One client's interest in one conversation.

    Args:
        session: which.
        outlet: where the frames go.

    Attributes:
        after: what stands before it is known to the client.
        settled: what of the feed is older than the client's snapshot; None without a snapshot.
        joining: frames that came before the client's beginning was known; None afterwards.
    """

    def __init__(self, session: str, outlet: Outlet) -> None:
        self.session = session
        self.after: Position = START
        self.settled: Settled | None = None
        self.joining: list[Frame] | None = []
        self._outlet = outlet

    def offer(self, frame: Frame) -> None:
        """Take a frame of the feed, if it is news."""
        if self.joining is not None:
            self.joining.append(frame)
            return
        if frame.at is not None:
            if frame.at <= self.after:
                return
            self.after = frame.at
        if self.settled is None or frame.event is None or self.settled.passes(frame.event):
            self._outlet.put(frame)

    def begin(self, frames: Sequence[Frame], after: Position, settled: Settled | None) -> None:
        """Begin, or begin anew, with these frames; what came meanwhile follows."""
        came, self.joining = self.joining or [], None
        self.after, self.settled = after, settled
        self._outlet.put_all(frames)
        for frame in came:
            self.offer(frame)


class Channel:
    """One conversation that somebody watches."""

    def __init__(self) -> None:
        self.watches: set[Watch] = set()
        self.open: dict[str, float] = {}
        """Turns that are not over, with the time of their last news."""

    def note(self, event: LiveEvent) -> bool:
        """Take notice of an event; return whether it ends its turn."""
        if isinstance(event, SessionLive):
            return False
        if isinstance(event, Finished):
            if event.part + 1 == event.parts:
                self.open.pop(event.turn, None)
                return True
        else:
            self.open[event.turn] = time.monotonic()
        return False
