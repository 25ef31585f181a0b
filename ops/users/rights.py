"""What each kind of person may do, and how keys are told from logins."""

from __future__ import annotations

from schemas.people import SCOPES, Role, Scope

KEY_MARK = "k"
"""How ids of keys begin; those of logins begin with a figure."""

ROLE_SCOPES: dict[Role, frozenset[Scope]] = {
    "owner": frozenset(SCOPES),
    "member": frozenset({"chat", "read"}),
}
"""What a person may do at all; a key of theirs at most as much."""
