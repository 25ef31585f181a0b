"""What a provider's failure means to us, as a table."""

from __future__ import annotations

import pytest

from gateways.llm.faults import (
    BadKey,
    NoCredit,
    TooLong,
    bounded,
    fault,
    retry_after,
)
from schemas.errors import Expected, Refused, Transient

LATER, NEVER = Transient, Refused

CASES: list[tuple[int, str, str, type[Expected]]] = [
    # A later try may help.
    (408, "", "Request timeout", LATER),
    (409, "", "Conflict", LATER),
    (425, "", "Too early", LATER),
    (429, "rate_limit_error", "Number of requests has exceeded your rate limit", LATER),
    (429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).", LATER),
    (500, "api_error", "Internal server error", LATER),
    (502, "", "<html>Bad gateway</html>", LATER),
    (503, "UNAVAILABLE", "The model is overloaded. Please try again later.", LATER),
    (504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete.", LATER),
    (520, "", "Unknown error", LATER),
    (529, "overloaded_error", "Overloaded", LATER),
    (200, "overloaded_error", "Overloaded", LATER),
    (200, "server_error", "The server had an error", LATER),
    (200, "UNAVAILABLE", "Overloaded", LATER),
    (200, "", "Something happened", LATER),
    # No try helps.
    (400, "invalid_request_error", "max_tokens: must be greater than 0", NEVER),
    (200, "invalid_request_error", "tools.0.name: wrong", NEVER),
    (404, "not_found_error", "model: no-such-model", NEVER),
    (405, "", "Method not allowed", NEVER),
    (422, "", "Unprocessable", NEVER),
    (401, "authentication_error", "invalid x-api-key", BadKey),
    (403, "permission_error", "Your API key does not have permission", BadKey),
    (400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", BadKey),
    (400, "INVALID_ARGUMENT", "API_KEY_INVALID", BadKey),
    (402, "billing_error", "Payment required", NoCredit),
    (429, "insufficient_quota", "You exceeded your current quota", NoCredit),
    (400, "invalid_request_error", "Your credit balance is too low", NoCredit),
    (413, "request_too_large", "Request exceeds the maximum size", TooLong),
    (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000", TooLong),
    (400, "context_length_exceeded", "This model's maximum context length is 8192", TooLong),
    (400, "INVALID_ARGUMENT", "The input token count (2000000) exceeds the maximum", TooLong),
]


@pytest.mark.parametrize(("status", "kind", "text", "wanted"), CASES)
def test_the_table(status: int, kind: str, text: str, wanted: type[Expected]) -> None:
    found = fault("some-model", status, text, kind=kind, retry_after=3)
    assert type(found) is wanted
    assert "some-model" in str(found)
    if isinstance(found, Transient):
        assert found.retry_after == 3


def test_a_provider_is_quoted_in_brief() -> None:
    found = fault("m", 400, "no\n" * 10_000)
    assert len(str(found)) < 400
    assert "\n" not in str(found)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "12"}, 12),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}, 90),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:01 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-4"}, None),
        ({"retry-after": "nan"}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, now=10.0) == seconds


def test_nobody_waits_a_year() -> None:
    assert bounded(1e9) == 86_400
    assert bounded(-1) == 0
    assert bounded(None) is None
