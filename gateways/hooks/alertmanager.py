"""Grafana and Prometheus' Alertmanager: one group of alerts that fires or is resolved."""

from __future__ import annotations

from typing import Any

from gateways.hooks.base import (
    Hook,
    Hooked,
    Sent,
    bearer,
    described,
    digest,
    fresh,
    hex_of,
    inner,
    text,
)  # fmt: skip

MOST = 100
"""Alerts of one group that are taken over."""
_FIELDS = {
    "status": "string", "name": "string", "severity": "string", "summary": "string",
    "alerts": "array", "url": "string",
}  # fmt: skip


def signed(sent: Sent) -> bool:
    """Whether it has the secret as a bearer token, or is signed as Grafana does it."""
    given = sent.header("x-grafana-alerting-signature")
    if not given:
        return bearer(sent)
    # Grafana signs the time, a colon and the body where a header for the time is set.
    at = sent.header("x-grafana-alerting-timestamp")
    return fresh(at) and hex_of(sent, given, before=f"{at}:".encode())


def read(sent: Sent, body: Any) -> Hooked:
    """Return `alert.firing` or `alert.resolved`."""
    status = body["status"]
    if status not in {"firing", "resolved"}:
        raise ValueError("its status is neither firing nor resolved")
    alerts = [one for one in body["alerts"] if isinstance(one, dict)][:MOST]
    common = body.get("commonLabels") or {}
    first = alerts[0] if alerts else {}
    data = {
        "status": status,
        "name": text(common.get("alertname") or inner(first, "labels", "alertname")),
        "severity": text(common.get("severity") or inner(first, "labels", "severity")),
        "summary": text(inner(body, "commonAnnotations", "summary")
                        or inner(first, "annotations", "summary")),
        "alerts": [
            {
                "status": text(one.get("status")),
                "name": text(inner(one, "labels", "alertname")),
                "instance": text(inner(one, "labels", "instance")),
                "summary": text(inner(one, "annotations", "summary"))[:300],
                "started": text(one.get("startsAt")),
            }
            for one in alerts
        ],
        "url": text(body.get("externalURL")),
    }  # fmt: skip
    # It repeats what goes on firing every few hours; that is the same event.
    each = sorted(
        digest(one.get("fingerprint"), one.get("labels"), one.get("status"), one.get("startsAt"))
        for one in alerts
    )
    return Hooked(f"alert.{status}", data, digest(body.get("groupKey"), status, each))


HOOK = Hook(
    "alertmanager",
    "A webhook contact point, and the secret as its bearer token (or as Grafana's HMAC secret,"
    " with the header for the time X-Grafana-Alerting-Timestamp).",
    signed,
    read,
    (
        described("alert.firing", "Alerts of one group fire.", **_FIELDS),
        described("alert.resolved", "Alerts of one group are over.", **_FIELDS),
    ),
)
