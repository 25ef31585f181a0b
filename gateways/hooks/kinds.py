"""The kinds of webhooks there are."""

from __future__ import annotations

from gateways.hooks import alertmanager, frigate, generic, github, homeassistant, uptimekuma
from gateways.hooks.base import Hook
from schemas.events import EventType

HOOKS: tuple[Hook, ...] = (
    github.HOOK, alertmanager.HOOK, homeassistant.HOOK, frigate.HOOK, uptimekuma.HOOK, generic.HOOK,
)  # fmt: skip
KINDS = {one.kind: one for one in HOOKS}
TYPES: tuple[EventType, ...] = tuple(kind for hook in HOOKS for kind in hook.types)
"""What their events look like; an owner's type of the same name and version comes before."""
