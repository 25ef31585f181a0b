"""What each messenger has to be told, as its settings describe it; no messenger is named here.

A setting belongs to a messenger where it stands in its section (`channels.telegram.…`) or begins
with its name (`telegram_bot_token`). What is secret of it lies in the vault, under the name that it
has in the environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from inspect import cleandoc
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from gateways.channels.settings import ChannelsSettings, MessengerSettings
from ops.config_file import plain
from ops.settings import Setting, Settings, every, is_given, key_of
from ops.vault import Listed
from schemas.channels import ChannelField, FieldKind

SECTION = "channels."


def fields(kind: str) -> tuple[Setting, ...]:
    """Return what a messenger can be told, beside whether it is to be on: its secrets first."""
    section = f"{SECTION}{kind}."
    mine = [
        one
        for one in every()
        if one.name.startswith((section, f"{kind}_")) and one.name != f"{section}enabled"
    ]
    return tuple(sorted(mine, key=lambda one: not one.secret))


def described(kind: str) -> tuple[str, str, tuple[str, ...]]:
    """Return how a messenger is called, what it is, and how one begins with it."""
    field = ChannelsSettings.model_fields.get(kind)
    model = field.annotation if field else None
    if not (isinstance(model, type) and issubclass(model, MessengerSettings)):
        return kind.capitalize(), "", ()
    own = model is not MessengerSettings
    says = cleandoc(model.__doc__ or "").partition("\n\n")[0].replace("\n", " ") if own else ""
    return model.title or kind.capitalize(), says, model.begin


def shown(
    kind: str, setting: Setting, settings: Settings, kept: Mapping[str, Listed]
) -> ChannelField:
    """Return one thing that a messenger can be told, with as much of it as may be shown.

    Args:
        kind: the messenger.
        setting: which thing.
        settings: all settings, as they are now.
        kept: what lies in the vault, by name.
    """
    listed = kept.get(setting.variable)
    value = None if setting.secret else plain(settings, setting.name)
    form, options = _form(setting)
    return ChannelField(
        name=setting.name,
        title=setting.field.title or _title(kind, setting.name),
        says=setting.field.description or "",
        kind=form,
        options=options,
        value=value,
        kept=setting.secret and (listed is not None or has(settings, setting)),
        ends=listed.ends if listed else "",
        environment=is_given(setting),
    )


def has(settings: Settings, setting: Setting) -> bool:
    """Whether the environment or the file gives a secret, where the page cannot change it."""
    value: Any = settings
    for part in setting.name.split("."):
        value = getattr(value, part)
    return bool(value) or key_of(setting.variable) is not None


def _form(setting: Setting) -> tuple[FieldKind, tuple[str, ...]]:
    if setting.secret:
        return "secret", ()
    for one in _alternatives(setting.field.annotation):
        if get_origin(one) is Literal:
            return "choice", tuple(str(option) for option in get_args(one))
        if one is bool:
            return "switch", ()
        if one in {int, float}:
            return "number", ()
        if (get_origin(one) or one) in {tuple, list, frozenset, set}:
            return "list", ()
    return "text", ()


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    union = get_origin(annotation) in {Union, UnionType}
    return get_args(annotation) if union else (annotation,)


def _title(kind: str, name: str) -> str:
    return name.rpartition(".")[2].removeprefix(f"{kind}_").replace("_", " ").capitalize()
