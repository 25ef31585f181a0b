"""The language of the roles: commands on keys, and the functions a role may call."""

from __future__ import annotations

from dataclasses import dataclass

# Where every role begins: what `-@dangerous` leaves of the connection's own commands, and the
# clock. Everything else is forbidden until a line below allows it.
EVERYBODY = "resetchannels -@all +@connection -@dangerous +time"


@dataclass(frozen=True)
class Allow:
    """Some commands on some keys (or on keys only read, or only written).

    Attributes:
        commands: ACL command rules, for example `+xadd +xlen`.
        keys: key patterns; `%R~` or `%W~` before one narrows it to reading or writing.
    """

    commands: str
    keys: tuple[str, ...]

    def rule(self) -> str:
        """Return the selector in Redis' own words."""
        patterns = (key if key.startswith("%") else f"~{key}" for key in self.keys)
        return f"({self.commands} {' '.join(patterns)})"


@dataclass(frozen=True)
class Rights:
    """What one role may do on one server.

    Attributes:
        commands: rules that need no key, on top of `EVERYBODY`.
        allows: commands with keys.
        functions: library functions it may call.
        keys: key patterns it may name when it calls one.
        hears: pub/sub channels it may listen to; `+publish` among its commands lets it speak.
    """

    commands: str = ""
    allows: tuple[Allow, ...] = ()
    functions: tuple[str, ...] = ()
    keys: tuple[str, ...] = ("nexus:*",)
    hears: tuple[str, ...] = ()

    def rules(self) -> str:
        """Return the rules of an aclfile line, without name and password."""
        parts = [EVERYBODY, *(f"&{channel}" for channel in self.hears)]
        if self.hears:
            parts.append("+subscribe +unsubscribe")
        if self.commands:
            parts.append(self.commands)
        parts += [allow.rule() for allow in self.allows]
        if self.functions:
            calls = " ".join(f"+fcall|{name}" for name in self.functions)
            parts.append(Allow(calls, self.keys).rule())
        return " ".join(parts)
