"""Anything else: a JSON object, with the secret as a bearer token or as the key of an HMAC."""

from __future__ import annotations

import re
from typing import Any

from gateways.hooks.base import Headers, Hook, Hooked, Sent, bearer, digest, fresh
from streams.sign import same, stamped

KIND = re.compile(r"[a-z0-9][a-z0-9_.-]{0,127}")
UNNAMED = "hook.received"
STAMP, SIGNATURE = "x-nexus-timestamp", "x-nexus-signature"


def signed(sent: Sent) -> bool:
    """Whether it is signed as `nexus events` documents it, or has the secret as a bearer token."""
    given = sent.header(SIGNATURE)
    return vouched(sent, kind_of(sent), key_of(sent)) if given else bearer(sent)


def vouched(sent: Sent, kind: str, key: str) -> bool:
    """Whether time, type, key and body are signed with the secret, and just now."""
    at = sent.header(STAMP)
    if not fresh(at):
        return False
    own = stamped(sent.secret, int(at), kind, key, sent.body)
    return same(own, sent.header(SIGNATURE))


def kind_of(sent: Sent) -> str:
    """Return the type that it names, or what it is called without."""
    return sent.header("x-event-type") or UNNAMED


def key_of(sent: Sent) -> str:
    """Return the sender's own name for it."""
    return sent.header("idempotency-key")


def signed_key(headers: Headers) -> str:
    """Return what names a signed event, at whichever door: its key, or the signature itself."""
    return headers.get("idempotency-key") or headers[SIGNATURE].removeprefix("sha256=")[:64]


def read(sent: Sent, body: Any) -> Hooked:
    """Return the event that the header `X-Event-Type` names, with the body as its data."""
    kind = kind_of(sent)
    if not KIND.fullmatch(kind):
        raise ValueError("the header X-Event-Type is no type")
    # Without a signature a repeat is known by its key, or by its bytes.
    unsigned = digest(key_of(sent) or sent.body.hex())
    return Hooked(kind, body, signed_key(sent.headers) if sent.header(SIGNATURE) else unsigned)


HOOK = Hook(
    "generic",
    "Post a JSON object with the header `Authorization: Bearer SECRET`, or signed; the header"
    " X-Event-Type names the type.",
    signed,
    read,
    (),
)
