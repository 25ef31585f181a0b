"""Tells a messenger something else: what is secret goes into the vault, all else into the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ops import config_file
from ops.channels.kinds import Kind
from ops.channels.wanted import setting
from ops.settings import Setting, is_given
from ops.vault import Vault
from schemas.channels import ChannelForm
from schemas.errors import Conflict, Invalid


def tell(root: Path, kind: Kind, form: ChannelForm) -> None:
    """Take over what a form says of a messenger: all of it, or nothing.

    Args:
        root: the state folder.
        kind: which messenger.
        form: what it is to be.

    Raises:
        Conflict: the environment sets a field, and wins.
        Invalid, BadSetting: there is no such field, or something does not fit.
        WrongKey, Damaged, Unsafe: it says something secret, and the vault cannot be opened.
    """
    given = {
        name: value.get_secret_value() if value is not None else None
        for name, value in form.fields.items()
    }
    if form.token is not None:
        given = {kind.needs[0]: form.token.get_secret_value(), **given}
    hidden: dict[str, str | None] = {}
    plain: dict[str, Any] = {}
    for name, value in given.items():
        if name not in kind.fields:
            raise Invalid(f"{kind.name} has no field {name[:80]}; it has {', '.join(kind.fields)}.")
        one = setting(name)
        if is_given(one):
            raise Conflict(f"The environment sets {name}, and wins.")
        if one.secret:
            hidden[name] = _secret(name, value)
        else:
            plain[one.name] = _meant(one, value)
    if form.enabled is not None:
        plain[f"channels.{kind.name}.enabled"] = form.enabled
    vault = Vault(root)
    if hidden:
        vault.listed()  # it opens, so nothing of this is half done
    if plain:
        # Before the vault, for it may be refused; what goes in there was checked above.
        config_file.change(root, plain)
    if hidden:
        vault.change(hidden)


def _secret(name: str, value: str | None) -> str | None:
    """Return a secret as it is kept; what is wrong with one is said without repeating it."""
    if value is None:
        return None
    if not value.strip() or not value.strip().isprintable():
        raise Invalid(f"{name} is one line of signs that somebody can type.")
    return value.strip()


def _meant(one: Setting, value: str | None) -> Any:
    """Return what somebody wrote as the setting has it: a text as it is, all else by YAML.

    Nothing is nothing only where that is a text of its own; elsewhere it brings the default back.
    """
    if value is None or one.field.annotation is str:
        return value.strip() if value is not None else None
    if not value.strip() or "str" in str(one.field.annotation):
        return value.strip() or None
    try:
        return yaml.safe_load(value)
    except yaml.YAMLError:
        return value
