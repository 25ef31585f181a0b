"""The aclfile of a server, made from the table of roles and hashed passwords."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from streams.roles import TABLE, Server

MEMORY_ENGINE = (
    "(+ft.create +ft.search +ft.aggregate +ft.info +ft._list +ft.dropindex +ft.alter"
    " +ft.profile +ft.explain +ft.cursor +ft.tagvals +ft.aliasadd +ft.aliasupdate"
    " +ft.aliasdel ~nexus:memory:*)"
)

NOBODY = "user default off resetpass ~* &* +@all"
"""The user whom nobody can be: it is off and has no password.

It has rights all the same. A server that reads its log back at its start does so as this user,
and many versions ask for each command of a transaction whether the user may run it. What a
function wrote is a transaction in the log: without the rights it would silently not come back.
See issue 14541 of Redis, mended late in 2025.
"""


def digest(password: str) -> str:
    """Return the form in which an aclfile keeps a password."""
    return "#" + hashlib.sha256(password.encode()).hexdigest()


def render(server: Server, passwords: Mapping[str, str], *, engine: bool = False) -> str:
    """Return the aclfile of a server: no default user, one line per role.

    Args:
        server: which of the two.
        passwords: by role; a role without one gets no line, so nobody can be it.
        engine: whether the query engine is loaded; its commands are unknown words otherwise.

    Raises:
        ValueError: a password is shorter than 16 characters or a role's name is unknown.
    """
    lines = [NOBODY]
    for role, rights in TABLE[server].items():
        if role not in passwords:
            continue
        if len(passwords[role]) < 16:
            raise ValueError(f"the password of the Redis role {role} is shorter than 16 characters")
        rules = rights.rules()
        if engine and role == "memory":
            rules = f"{rules} {MEMORY_ENGINE}"
        lines.append(re.sub(r"\s+", " ", f"user {role} on {digest(passwords[role])} {rules}"))
    return "\n".join(lines) + "\n"


def words(line: str) -> list[str]:
    """Split an aclfile line into its words; a selector in brackets is one word."""
    return re.findall(r"\([^)]*\)|\S+", line)
