"""Home Assistant: a `rest_command` of an automation, with what its template says."""

from __future__ import annotations

from typing import Any

from gateways.hooks.base import Hook, Hooked, Sent, bearer, described, digest, inner, text

_FIELDS = {"entity": "string", "from": "string", "to": "string", "name": "string"}


def read(sent: Sent, body: Any) -> Hooked:
    """Return `home.state`: an entity has another state."""
    entity = body["entity_id"]
    if not isinstance(entity, str) or "." not in entity:
        raise ValueError("entity_id is no entity")
    data = {
        "entity": text(entity),
        "from": text(body.get("from_state")),
        "to": text(body.get("to_state")),
        "name": text(body.get("name")),
    }
    named = body.get("id") or inner(body, "context", "id") or body.get("at")
    return Hooked("home.state", data, digest(entity, named or sent.body.hex()))


HOOK = Hook(
    "homeassistant",
    "A rest_command with the header `Authorization: Bearer SECRET` and the JSON fields entity_id,"
    " from_state, to_state, name and id (the trigger's context id).",
    bearer,
    read,
    (described("home.state", "An entity of Home Assistant has another state.", **_FIELDS),),
)
