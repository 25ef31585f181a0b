"""The two kinds of error that are expected; everything else is a bug."""

from __future__ import annotations

from typing import ClassVar


class Expected(Exception):
    """An error that somebody foresaw.

    Attributes:
        code: a stable word for programs.
        status: the HTTP status it becomes at the web door.
    """

    code: ClassVar[str] = "expected"
    status: ClassVar[int] = 500


class Transient(Expected):
    """Trying again later can help.

    Args:
        message: what is true, in one sentence.
        retry_after: seconds the other side asked us to wait, if it said.
    """

    code = "transient"
    status = 503

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(Transient):
    """What this needs is away as a whole: waiting for it is no failed try of the message."""

    code = "unavailable"


class Refused(Expected):
    """No retry helps."""

    code = "refused"
    status = 400


class Invalid(Refused):
    """What came in does not fit."""

    code = "invalid"
    status = 422


class NotFound(Refused):
    """What was asked for does not exist."""

    code = "not_found"
    status = 404


class Forbidden(Refused):
    """This person may not do this."""

    code = "forbidden"
    status = 403


class Conflict(Refused):
    """It contradicts what is already there."""

    code = "conflict"
    status = 409


class TooMuch(Transient):
    """A bound was reached; later there is room again."""

    code = "too_much"
    status = 429
