"""Reads the settings at start, and says in one sentence what is wrong with them."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsError
from yaml.nodes import MappingNode, Node

from ops.settings import FILE, PREFIX, Setting, Settings, every, root_of
from schemas.errors import Invalid
from schemas.faults import plain


class BadSetting(Invalid):
    """A setting is unknown or its value does not fit."""

    code = "bad_setting"


def load(root: Path | None = None, **above: Any) -> Settings:
    """Return the settings of a state folder.

    Args:
        root: the state folder; NEXUS_ROOT or `~/nexus` unless given.
        **above: sections that win over everything, for what the command line sets,
            such as `http={"port": 9000}`.

    Raises:
        BadSetting: one sentence with the setting, where it is set, and what is allowed.
    """
    state = root_of(given=root)
    path = state / FILE
    written = read_file(path)
    _check_names(written, path, os.environ)

    class Here(Settings):
        config_file: ClassVar[Path | None] = path

    try:
        return Here(root=state, **above)
    except ValidationError as error:
        raise BadSetting(sentence(error, path, os.environ, above)) from None
    except SettingsError as error:
        raise BadSetting(f"A setting in the environment cannot be read: {error}.") from None


class Alone(Settings):
    """The settings as the file alone has them."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what is given, and nothing else."""
        return (init_settings,)


def check(written: Mapping[str, Any], path: Path) -> None:
    """Make sure that what a file says fits, whatever the environment says over it.

    Raises:
        BadSetting: it does not.
    """
    _check_names(written, path, {})
    try:
        Alone(**dict(written))
    except ValidationError as error:
        raise BadSetting(sentence(error, path, {}, {})) from None


def read_file(path: Path) -> dict[str, Any]:
    """Return what `config.yaml` says; empty if there is none.

    Raises:
        BadSetting: it is not YAML, not a mapping, or sets a name twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
        _check_once(yaml.compose(text, Loader=yaml.SafeLoader), path)
        found = yaml.safe_load(text)
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        raise BadSetting(f"{path} is not UTF-8 text.") from None
    except OSError as error:
        raise BadSetting(f"{path} cannot be read: {error.strerror}.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise BadSetting(f"{path}{where} is not YAML: {problem}.") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise BadSetting(f"{path} must hold names and values, such as `http:`.")
    return found


def _check_once(node: Node | None, path: Path, above: str = "") -> None:
    """Make sure that no name is set twice: YAML would take the last one without a word."""
    if not isinstance(node, MappingNode):
        return
    lines: dict[str, int] = {}
    for key, value in node.value:
        name, line = f"{above}{key.value}", key.start_mark.line + 1
        if name in lines:
            raise BadSetting(
                f"{path}, line {line} sets {name} a second time (first in line {lines[name]});"
                " keep one of them."
            )
        lines[name] = line
        _check_once(value, path, f"{name}.")


def _check_names(written: Mapping[str, Any], path: Path, environment: Mapping[str, str]) -> None:
    known = list(every())
    if "root" in written:
        raise BadSetting(f"root in {path} has no effect there; set NEXUS_ROOT instead.")
    unknown = next(_unknown(written, Settings, ""), None)
    if unknown:
        hint = nearest(unknown, (one.name for one in known))
        raise BadSetting(f"{unknown} in {path} is not a setting{hint}")
    variables = {one.variable for one in known}
    for name in environment:
        if name.startswith(PREFIX) and name.upper() not in variables:
            raise BadSetting(
                f"The environment variable {name} is not a setting{nearest(name, variables)}"
            )


def _unknown(written: Mapping[Any, Any], model: type[BaseModel], above: str) -> Iterator[str]:
    for name, value in written.items():
        field = model.model_fields.get(name) if isinstance(name, str) else None
        if field is None:
            yield f"{above}{name}"
            continue
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel) and isinstance(value, dict):
            yield from _unknown(value, inner, f"{above}{name}.")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a sentence's end: a hint at what was perhaps meant, or a full stop."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else "."


def sentence(
    error: ValidationError, path: Path, environment: Mapping[str, str], above: Mapping[str, Any]
) -> str:
    """Say what the first fault is, where it is set, and what is allowed."""
    first = error.errors()[0]
    place = [str(part) for part in first["loc"]]
    settings = {one.name.lower(): one for one in every()}
    found: Setting | None = None
    for end in range(len(place), 0, -1):
        found = settings.get(".".join(place[:end]).lower())
        if found:
            break
    name = found.name if found else ".".join(place)
    section = name.partition(".")[0]
    if found and any(key.upper() == found.variable for key in environment):
        where = f"The environment variable {found.variable}"
    elif section in above:
        where = f"The option for {name}"
    else:
        where = f"{name} in {path}"
    if found and found.secret:
        return f"{where} does not fit: {_rule(first)}."
    return f"{where} is {repr(first['input'])[:80]}: {_rule(first)}."


def _rule(first: Any) -> str:
    if first["type"] in ("model_type", "model_attributes_type", "dict_type"):
        return "it must hold names and values, one to a line below it"
    return plain(first)
