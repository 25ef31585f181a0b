"""What each messenger is and what it can be given, as its settings describe it.

Nothing here names a messenger: its settings' docstring says what it is, its fields' descriptions
what they are for. So the page shows one that is new without a line of its own.
"""

from __future__ import annotations

from inspect import cleandoc
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from gateways.channels.settings import ChannelsSettings, MessengerSettings
from ops.channels.kinds import Kind
from ops.channels.wanted import Wanted, setting
from ops.settings import Setting, is_given
from ops.vault import Vault
from schemas.channels import ChannelField
from schemas.errors import Expected

SHORT = frozenset({"API", "ID", "IMAP", "SMTP", "URL"})
"""Words that are written as they are."""
NOWHERE = "https://YOUR-SERVER"
"""Stands for an address that there is not yet."""


def described(kind: Kind, server: str = "") -> tuple[str, tuple[str, ...]]:
    """Return what a messenger is, in a sentence, and how one begins with it.

    Args:
        kind: the messenger.
        server: the address by which this server is reached from outside; '' where it has none.
    """
    field = ChannelsSettings.model_fields.get(kind.name)
    model = field.annotation if field else None
    if not (isinstance(model, type) and issubclass(model, MessengerSettings)):
        return "", ()
    own = model is not MessengerSettings
    says = cleandoc(model.__doc__ or "").partition("\n\n")[0].replace("\n", " ") if own else ""
    here = server.rstrip("/") or NOWHERE
    return says, tuple(step.replace("{server}", here) for step in model.begin)


def shown(kind: Kind, wish: Wanted | None, vault: Vault) -> tuple[ChannelField, ...]:
    """Return what a messenger can be given, with as much of it as may be shown.

    Args:
        kind: the messenger.
        wish: how it is to be; None where the settings cannot be read.
        vault: where its secrets are.
    """
    given = wish.given if wish else {}
    try:
        kept = {one.name: one.ends for one in vault.listed()}
    except Expected:
        kept = {}  # that is said with the messenger, which can be changed all the same
    found = []
    for name in kind.fields:
        one = setting(name)
        fixed = is_given(one)
        found.append(
            ChannelField(
                name=name,
                title=one.field.title or _title(kind.name, name),
                help=one.field.description or "",
                secret=one.secret,
                needed=name in kind.needs,
                given=bool(given.get(name)),
                fixed=fixed,
                value="" if one.secret else given.get(name, ""),
                ends=kept.get(name, "") if one.secret and not fixed else "",
                options=_options(one),
            )
        )
    return tuple(found)


def _title(kind: str, name: str) -> str:
    last = name.rpartition("__")[2].removeprefix(f"{kind.upper()}_")
    words = [one if one in SHORT else one.lower() for one in last.split("_")]
    return " ".join([words[0] if words[0] in SHORT else words[0].capitalize(), *words[1:]])


def _options(one: Setting) -> tuple[str, ...]:
    annotation: Any = one.field.annotation
    union = get_origin(annotation) in {Union, UnionType}
    for part in get_args(annotation) if union else (annotation,):
        if get_origin(part) is Literal:
            return tuple(str(option) for option in get_args(part))
        if part is bool:
            return "True", "False"
    return ()
