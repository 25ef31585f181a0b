"""Replaces the server's secrets by new ones, as far as that loses nothing."""

from __future__ import annotations

from dataclasses import dataclass

from ops import runstate, secrets
from ops.keyring import GATEWAYS
from ops.ring import Ring
from ops.settings import Settings
from ops.vault import Vault
from streams.roles import ROLES

OLDER = 2
"""So many earlier keys of a gateway still vouch for what they signed, and that is under way."""


@dataclass(frozen=True)
class Rotated:
    """What became of one kind of secret.

    Attributes:
        what: which.
        done: whether it is new now.
        note: what follows from that, or why it is not.
    """

    what: str
    done: bool
    note: str


def rotate(settings: Settings) -> tuple[Rotated, ...]:
    """Replace every secret of a server that can be replaced now; it may run."""
    count = Vault(settings.root).rotate()
    found = [Rotated("vault", True, f"{count} secrets are sealed with a new key")]
    Ring(settings.root).renew()
    found.append(Rotated("logins", True, "browsers that are open refresh by themselves"))
    if runstate.running(settings.root) is not None:
        why = "stop the server, rotate, and start it again"
        found += [Rotated("gateways", False, why), Rotated("redis", False, why)]
    else:
        for name in GATEWAYS:
            secrets.renew(secrets.gateway_file(settings.root, name), OLDER)
        found.append(Rotated("gateways", True, "what is under way with an older key still counts"))
        for role in ROLES:
            secrets.renew(secrets.redis_file(settings.root, role))
        found.append(Rotated("redis", True, "hosts that run stages need the new files"))
    return (
        *found,
        Rotated("audit", False, "the journal could not be verified any more"),
        Rotated("backups", False, "older backups could not be opened any more"),
    )
