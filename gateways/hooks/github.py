"""GitHub: `X-Hub-Signature-256` over the raw body, as its "Validating webhook deliveries" says."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

from gateways.hooks.base import Hook, Hooked, Sent, described, hex_of, inner, text

_NAMED = re.compile(r"[a-z_]{1,64}")
_FIELDS = {
    "event": "string", "action": "string", "repository": "string", "sender": "string",
    "ref": "string", "title": "string", "url": "string",
}  # fmt: skip


def signed(sent: Sent) -> bool:
    """Whether the body is signed with the secret."""
    given = sent.header("x-hub-signature-256")
    return given.startswith("sha256=") and hex_of(sent, given.removeprefix("sha256="))


def read(sent: Sent, body: Any) -> Hooked:
    """Return `github.push`, `github.issues`, …: by the name of GitHub's own event."""
    event = sent.header("x-github-event")
    if not _NAMED.fullmatch(event):
        raise ValueError("the header X-GitHub-Event names no event")
    about: dict[str, Any] = next(
        (body[name] for name in ("pull_request", "issue", "release", "workflow_run", "head_commit")
         if isinstance(body.get(name), dict)), {},
    )  # fmt: skip
    data = {
        "event": event,
        "action": text(body.get("action")),
        "repository": text(inner(body, "repository", "full_name")),
        "sender": text(inner(body, "sender", "login")),
        "ref": text(body.get("ref")),
        "title": text(about.get("title") or about.get("name") or about.get("message")),
        "url": text(about.get("html_url") or about.get("url") or body.get("compare")),
    }
    # The delivery's id is in a header that nobody signed. A redelivery has the same bytes, and
    # so has a replay under a new id: the bytes are what names it.
    return Hooked(f"github.{event}", data, sha256(sent.body).hexdigest()[:32])


HOOK = Hook(
    "github",
    "Content type application/json, and the secret as the webhook's secret.",
    signed,
    read,
    tuple(
        described(f"github.{event}", "GitHub tells of it.", **_FIELDS)
        for event in ("ping", "push", "issues", "pull_request", "release", "workflow_run")
    ),
)
