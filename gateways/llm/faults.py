"""What a provider's failure means: may a later try help, or none?

One table for all providers, because they all speak HTTP. The words that providers add to a status
decide where the status alone does not.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from schemas.errors import Expected, Refused, Transient

LONGEST_WAIT = 86_400.0
"""Seconds; a provider that asks for more is not taken at its word."""
SHOWN = 300
"""Characters of a provider's own words that are kept."""
READ = 10_000
"""Characters of them that are searched for what they mean."""


class Garbled(Transient):
    """The model answered, and what it said cannot be used: cut, contradictory, too large."""

    code = "garbled"


class TooLong(Refused):
    """The conversation is longer than the model can read."""

    code = "too_long"
    status = 413


class BadKey(Refused):
    """The provider does not let this key in."""

    code = "bad_key"
    status = 403


class NoKey(Refused):
    """There is no key for the provider."""

    code = "no_key"
    status = 403


class NoCredit(Refused):
    """The account has no money left, or may not spend more."""

    code = "no_credit"
    status = 402


class Declined(Refused):
    """The model, or who runs it, does not want to answer this."""

    code = "declined"


_TOO_LONG = re.compile(
    r"too long|context.{0,20}(length|window|size)|maximum context|too many (input )?tokens"
    r"|exceeds? the (maximum|limit).{0,30}tokens|token count.{0,40}exceeds|request_too_large",
    re.IGNORECASE,
)
_BAD_KEY = re.compile(r"api.?key.{0,20}(not valid|invalid|expired)|API_KEY_INVALID", re.IGNORECASE)
_NO_CREDIT = re.compile(
    r"insufficient_quota|credit balance|billing|exceeded your current quota.{0,40}plan",
    re.IGNORECASE,
)

_NAMED: Mapping[str, int] = {
    # What an error in the middle of a stream is called, where its status says only 200.
    "overloaded_error": 529,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "billing_error": 402,
    "server_error": 500,
    "rate_limit_exceeded": 429,
    "RESOURCE_EXHAUSTED": 429,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
    "INTERNAL": 500,
    "INVALID_ARGUMENT": 400,
    "PERMISSION_DENIED": 403,
    "UNAUTHENTICATED": 401,
    "NOT_FOUND": 404,
}
_LATER = frozenset({408, 409, 421, 425, 429})
"""Below 500, what passes by itself; all of 500 and above does."""


def fault(
    who: str, status: int, text: object, *, kind: object = "", retry_after: float | None = None
) -> Expected:
    """Return what a provider's error is to us.

    Args:
        who: the model, for the sentence.
        status: of HTTP; 200 for an error in the middle of a stream.
        text: what it said.
        kind: the provider's own word for it.
        retry_after: seconds it asked us to wait.
    """
    status = _NAMED.get(str(kind), status) if status < 400 else status
    said = quoted(text, SHOWN)
    about = f"{kind} {text}"[:READ]
    if status == 413 or (status in {400, 422} and _TOO_LONG.search(about)):
        return TooLong(f"The conversation is too long for {who}; /new begins a new one.")
    if status == 402 or (status in {400, 403, 429} and _NO_CREDIT.search(about)):
        return NoCredit(f"The account for {who} may not spend more: {said}")
    if status in {401, 403} or (status == 400 and _BAD_KEY.search(about)):
        return BadKey(f"{who} does not let our key in ({status}): {said}")
    if status in _LATER or status >= 500:
        word = {429: "has too much to do", 503: "is overloaded", 529: "is overloaded"}
        return Transient(
            f"{who} {word.get(status, 'failed')} ({status}).", retry_after=bounded(retry_after)
        )
    if status < 400:
        return Transient(f"{who} broke off: {said}", retry_after=bounded(retry_after))
    return Refused(f"{who} refused ({status}): {said}")


def quoted(text: object, most: int = 80) -> str:
    """Return what a server said in one line that can be shown and written down."""
    line = " ".join(str(text)[: 4 * most].split())
    return "".join(sign if sign.isprintable() else "?" for sign in line[:most])


def bounded(seconds: float | None) -> float | None:
    """Return a wait that can be believed, or None."""
    return None if seconds is None else max(0.0, min(seconds, LONGEST_WAIT))


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Return the seconds that a response's headers ask us to wait (RFC 9110, 10.2.3).

    Args:
        headers: of the response; names in lower case.
        now: seconds since 1970; the clock's unless given.
    """
    milliseconds = headers.get("retry-after-ms", "")
    if _number(milliseconds):
        return float(milliseconds) / 1000
    asked = headers.get("retry-after", "").strip()
    if _number(asked):
        return float(asked)
    try:
        return max(0.0, parsedate_to_datetime(asked).timestamp() - (now or time.time()))
    except ValueError:
        return None


def _number(text: str) -> bool:
    return bool(re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text))
