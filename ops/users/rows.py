"""What the accounts' tables hold, as values."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from schemas.base import now_ms
from schemas.people import Role, Scope


@dataclass(frozen=True, slots=True)
class Person:
    """One person as they are written down."""

    id: str
    name: str
    role: Role
    password: str
    totp: bool = False
    totp_step: int = 0
    recovery: tuple[str, ...] = ()
    at: int = field(default_factory=now_ms)


@dataclass(frozen=True, slots=True)
class Login:
    """One place where somebody is signed in."""

    id: str
    person: str
    device: str
    address: str
    expires_at: int
    csrf: str
    refresh: str
    before: str | None = None
    rotated_at: int = 0
    at: int = field(default_factory=now_ms)
    last_at: int = field(default_factory=now_ms)


@dataclass(frozen=True, slots=True)
class ProgramKey:
    """One key of a program."""

    id: str
    person: str
    name: str
    scopes: tuple[Scope, ...]
    digest: str
    expires_at: int | None = None
    last_at: int | None = None
    at: int = field(default_factory=now_ms)

    def alive(self, now: int) -> bool:
        """Whether it still counts."""
        return self.expires_at is None or self.expires_at > now


def person_of(row: Any) -> Person:
    """Return the person of a row."""
    found = {key: value for key, value in row.items() if key != "known_as"}
    return Person(**{**found, "recovery": tuple(json.loads(found["recovery"]))})


def key_of(row: Any) -> ProgramKey:
    """Return the key of a row."""
    return ProgramKey(**{**row, "scopes": tuple(row["scopes"].split())})
