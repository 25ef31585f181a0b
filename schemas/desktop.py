"""How a person has laid out their desktop, kept on the server so that it is theirs everywhere."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from schemas.base import Moment, Word
from schemas.people import Form

App = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
"""The name of an app; one that a page does not know, it leaves out."""

Pixels = Annotated[float, Field(ge=-20_000, le=20_000)]

Mode = Literal[
    "free", "max", "left", "right", "top-left", "top-right", "bottom-left", "bottom-right"
]

MOST = 32
"""Windows."""


class Box(Form):
    """Where a window is, in pixels of the work area."""

    x: Pixels
    y: Pixels
    w: Pixels
    h: Pixels


class Room(Form):
    """How large a work area is, in pixels."""

    w: Pixels
    h: Pixels


class Place(Form):
    """Where a window is, or was when it was closed."""

    box: Box
    room: Room | None
    """The work area it was laid out in; on one of another size it is moved wholly inside."""
    mode: Mode

    @model_validator(mode="before")
    @classmethod
    def _older(cls, given: Any) -> Any:
        # What was kept before rooms were, and what a page of then sends, names none.
        return {"room": None, **given} if isinstance(given, dict) else given


class WindowLaid(Place):
    """One window."""

    app: App
    path: Annotated[str, StringConstraints(max_length=500, pattern=r"^/[!-~]*$")]
    hidden: bool

    @model_validator(mode="after")
    def _at_home(self) -> Self:
        name, rest = self.path[1 : 1 + len(self.app)], self.path[1 + len(self.app) :]
        if name != self.app or rest[:1] not in {"", "/", "#"}:
            raise ValueError("a window shows an address of its own app")
        return self


class DeskLaid(Form):
    """The windows, from the back to the front."""

    windows: Annotated[tuple[WindowLaid, ...], Field(max_length=MOST)]
    last: Annotated[dict[App, Place], Field(max_length=MOST)]


Theme = Literal["light", "dark", "system"]
Wallpaper = Literal["hills", "plain"]
Setup = Literal["brain", "channel", "question", "done"]
"""The step of the setup that is next; `done` when there is none, or none is wanted."""


class Layout(Form):
    """A change of the layout: what is left out stays as it is.

    So a phone, which has no windows, says what colours it wants and moves nobody's windows.
    """

    desk: DeskLaid | None = None
    theme: Theme | None = None
    wallpaper: Wallpaper | None = None
    setup: Setup | None = None


class LayoutKept(Word):
    """The layout as it is kept."""

    version: int
    """Grows with each change; 0 where nothing was kept yet. The last who writes wins."""
    at: Moment | None
    desk: DeskLaid | None
    theme: Theme | None
    wallpaper: Wallpaper | None
    setup: Setup | None = None
    """Nothing where nobody began it since this is kept."""
