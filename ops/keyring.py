"""The gateways there are, and the keys they sign with; light enough for the command line."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ops import secrets
from ops.settings import Settings
from streams.sign import Gateway, Keyring

GATEWAYS: dict[str, frozenset[str]] = {
    "terminal": frozenset({"terminal"}),
    "web": frozenset({"web", "api", "talk", "hooks"}),
    "rules": frozenset({"rules", "events"}),
    "docker": frozenset({"docker"}),
    "clock": frozenset({"clock"}),
    "house": frozenset({"system"}),
    "channel-telegram": frozenset({"telegram"}),
    "channel-discord": frozenset({"discord"}),
    "channel-email": frozenset({"email"}),
    "channel-whatsapp": frozenset({"whatsapp"}),
}
"""The gateways there are, and the channels each may speak for."""


def gateway(settings: Settings, name: str) -> Gateway:
    """Return a gateway with its signing keys, made now if there is none."""
    key, *older = secrets.gateway_keys(settings.root, name)
    return Gateway(name, key, GATEWAYS[name], tuple(older))


def keyring(settings: Settings, more: Mapping[str, Gateway] = MappingProxyType({})) -> Keyring:
    """Return the keyring of all gateways, their keys made now where there are none.

    Args:
        settings: all settings.
        more: gateways that this deployment has beyond all others.
    """
    return Keyring({name: gateway(settings, name) for name in GATEWAYS} | {**more})
