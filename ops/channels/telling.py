"""Tells a messenger something else: what is secret goes into the vault, all else into the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ops import config_file
from ops.channels import kinds
from ops.settings import Setting, is_given
from ops.vault import Vault
from schemas.channels import ChannelForm
from schemas.errors import Conflict, Invalid, NotFound

LONGEST = 4_096
"""Characters of a secret."""


def tell(root: Path, kind: str, form: ChannelForm) -> None:
    """Take over what a form says of a messenger: all of it, or nothing.

    Args:
        root: the state folder.
        kind: which messenger.
        form: what it is to be.

    Raises:
        NotFound: the messenger has no such field.
        Conflict: the environment sets one, and wins.
        Invalid, BadSetting: something does not fit.
    """
    mine = {one.name: one for one in kinds.fields(kind)}
    changes = {**_token(mine, kind, form), **form.changes}
    for name in changes:
        if name not in mine:
            raise NotFound(f"{kind} has no field {name[:80]}; it has: {', '.join(mine)}.")
        if is_given(mine[name]):
            raise Conflict(f"The environment sets {mine[name].variable}, and wins.")
    hidden = {name: _secret(mine[name], changes[name]) for name in changes if mine[name].secret}
    plain = {name: value for name, value in changes.items() if name not in hidden}
    if form.enabled is not None:
        plain[f"{kinds.SECTION}{kind}.enabled"] = form.enabled
    if plain:
        # First, for it may be refused; what was checked above then goes into the vault.
        config_file.change(root, plain)
    vault = Vault(root)
    for name, value in hidden.items():
        variable = mine[name].variable
        if value is not None:
            vault.put(variable, value)
        elif vault.get(variable) is not None:
            vault.remove(variable)


def _token(mine: dict[str, Setting], kind: str, form: ChannelForm) -> dict[str, Any]:
    if form.token is None:
        return {}
    first = next((name for name, one in mine.items() if one.secret), None)
    if first is None:
        raise NotFound(f"{kind} has no token.")
    return {first: form.token.get_secret_value()}


def _secret(setting: Setting, value: Any) -> str | None:
    """Return a secret as it is kept; what is wrong with one is said without repeating it."""
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST:
        raise Invalid(f"{setting.name} is a text of 1 to {LONGEST} characters.")
    if not value.isprintable():
        raise Invalid(f"{setting.name} holds signs that nobody can type.")
    return value.strip()
