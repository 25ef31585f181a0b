"""Uptime Kuma: a monitor is down, or up again."""

from __future__ import annotations

from typing import Any

from gateways.hooks.base import Hook, Hooked, Sent, bearer, described, digest, inner, text

_STATES = {0: "down", 1: "up", 2: "pending", 3: "maintenance"}
_FIELDS = {"monitor": "string", "url": "string", "says": "string"}


def read(sent: Sent, body: Any) -> Hooked:
    """Return `monitor.down`, `monitor.up`, …; without a beat its test button, or a notice."""
    beat = body.get("heartbeat")
    if isinstance(beat, dict):
        state = _STATES[beat["status"]]
    else:
        # What is about no beat is told in words alone, as that a certificate runs out.
        state = "test" if text(body["msg"]).endswith(" Testing") else "notice"
    data = {
        "monitor": text(inner(body, "monitor", "name")),
        "url": text(inner(body, "monitor", "url")),
        "says": text(inner(beat, "msg") or body.get("msg")),
    }
    named = (inner(beat, "monitorID"), inner(beat, "time")) if beat else sent.body.hex()
    return Hooked(f"monitor.{state}", data, digest(state, named))


HOOK = Hook(
    "uptimekuma",
    "A notification of the type Webhook, application/json, with the additional header"
    ' {"Authorization": "Bearer SECRET"}.',
    bearer,
    read,
    tuple(
        described(f"monitor.{state}", "Uptime Kuma watches it.", **_FIELDS)
        for state in (*_STATES.values(), "test", "notice")
    ),
)
