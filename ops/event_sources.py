"""The sources: who tells of events with a secret of their own, kept in the vault."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from gateways.hooks.base import Hook
from gateways.hooks.kinds import KINDS
from ops.vault import Vault
from schemas.errors import Conflict, Invalid, NotFound

PREFIX = "source:"
NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
SHORTEST = 16
"""Characters of a secret that somebody chose elsewhere."""


@dataclass(frozen=True)
class Source:
    """One source.

    Attributes:
        name: what its owner calls it.
        hook: what it speaks.
        secret: what it and we share.
    """

    name: str
    hook: Hook
    secret: bytes

    def __repr__(self) -> str:
        return f"Source({self.name!r})"


class Sources:
    """All sources of a state folder; a change counts at once.

    Args:
        vault: where their secrets are.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def get(self, name: str) -> Source | None:
        """Return a source; None where there is none, which stops what comes in its name."""
        kept = self._vault.get(PREFIX + name) if NAME.fullmatch(name) else None
        if kept is None:
            return None
        kind, _, secret = kept.get_secret_value().partition(" ")
        hook = KINDS.get(kind)
        return Source(name, hook, secret.encode()) if hook and len(secret) >= SHORTEST else None

    def secret(self, name: str) -> bytes | None:
        """Return the secret that is shared with a source; None where there is none."""
        found = self.get(name)
        return found.secret if found else None

    def listed(self) -> list[Source]:
        """Return all sources by name."""
        names = (one.removeprefix(PREFIX) for one in self._vault.inner(PREFIX))
        return [found for name in names if (found := self.get(name)) is not None]

    def add(self, name: str, kind: str, secret: str = "") -> Source:
        """Add a source.

        Args:
            name: small letters, figures, dashes.
            kind: what it speaks.
            secret: what was agreed on already; made now unless given.

        Raises:
            Invalid: a name, a kind or a secret that does not fit.
            Conflict: there is one of this name.
        """
        if not NAME.fullmatch(name):
            raise Invalid("A source's name is small letters, figures and dashes: `my-grafana`.")
        if kind not in KINDS:
            raise Invalid(f"There is no kind {kind[:40]}; the kinds are {', '.join(KINDS)}.")
        secret = secret or secrets.token_hex(32)
        if len(secret) < SHORTEST or not (secret.isascii() and secret.isprintable()):
            raise Invalid(f"A secret has at least {SHORTEST} printable ASCII characters.")
        if " " in secret:
            raise Invalid("A secret has no space in it.")
        if self.get(name) is not None:
            raise Conflict(f"There is a source {name}; remove it first.")
        self._vault.put(PREFIX + name, f"{kind} {secret}")
        return Source(name, KINDS[kind], secret.encode())

    def remove(self, name: str) -> None:
        """Forget a source: what comes in its name is refused from now on.

        Raises:
            NotFound: there is none.
        """
        if PREFIX + name not in self._vault.inner(PREFIX):
            raise NotFound(f"There is no source {name}.")
        self._vault.remove(PREFIX + name)
