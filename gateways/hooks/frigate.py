"""Frigate: its events as they stand on MQTT, posted by whatever reads them there."""

from __future__ import annotations

from typing import Any

from gateways.hooks.base import Hook, Hooked, Sent, bearer, described, digest, text

_FIELDS = {
    "event": "string", "camera": "string", "label": "string", "score": "number",
    "zones": "array",
}  # fmt: skip


def read(_sent: Sent, body: Any) -> Hooked:
    """Return `camera.new`, `camera.update` or `camera.end`."""
    kind, after = body["type"], body["after"]
    if kind not in {"new", "update", "end"}:
        raise ValueError("its type is none of new, update, end")
    score = after.get("top_score") or after.get("score")
    zones = after.get("current_zones")
    data = {
        "event": text(after["id"]),
        "camera": text(after["camera"]),
        "label": text(after["label"]),
        "score": score if isinstance(score, int | float) else 0,
        "zones": [text(one) for one in zones[:32]] if isinstance(zones, list) else [],
    }
    return Hooked(f"camera.{kind}", data, digest(after["id"], kind, after.get("frame_time")))


HOOK = Hook(
    "frigate",
    "Post the messages of the topic frigate/events with the header `Authorization: Bearer SECRET`.",
    bearer,
    read,
    tuple(
        described(f"camera.{kind}", "A camera saw something.", **_FIELDS)
        for kind in ("new", "update", "end")
    ),
)
