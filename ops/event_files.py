"""What the owner wrote about events in the state folder, taken over as it changes.

A file that does not fit changes nothing: what was read last goes on to count, and the log says why.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from gateways.hooks.kinds import TYPES
from ops import logs, secrets
from processors.events.rules import Rulebook, Rules
from processors.events.types import OURS, Form, Types, forms
from schemas.errors import Expected, Invalid, NotFound
from schemas.events import EventType
from schemas.faults import plain

log = logs.logger("events")

FRESH = 0.5
"""Seconds for which the files are not looked at again."""
LARGEST = 1 << 20
"""Bytes of one file."""
MOST_TYPES = 500


def rules_file(state: Path) -> Path:
    """Where the rules are."""
    return state / "events" / "rules.yaml"


def types_folder(state: Path) -> Path:
    """Where the types are, a file for each version."""
    return state / "events" / "types"


def read_rules(state: Path, file: Path | None = None) -> Rules:
    """Return the rules as they are written.

    Args:
        state: the state folder.
        file: another file than the one that counts.

    Raises:
        Invalid: the text says where they do not fit.
        NotFound: there is no such other file.
    """
    path = file or rules_file(state)
    if file is not None and not file.exists():
        raise NotFound(f"There is no file {file}.")
    found = _load(path)
    if found is None:
        return Rules()
    try:
        return Rules.model_validate({"rules": found} if isinstance(found, list) else found)
    except ValidationError as error:
        raise Invalid(f"{path}: {_fault(error)}") from None


def read_types(state: Path) -> dict[str, dict[int, Form]]:
    """Return all types, those of the webhooks among them.

    Raises:
        Invalid: a file does not fit.
    """
    own = [_type(path) for path in sorted(_files(types_folder(state)))]
    if len(own) > MOST_TYPES:
        raise Invalid(f"There are {len(own)} types; at most {MOST_TYPES} are taken.")
    return forms((*OURS, *TYPES, *own))


def add_type(state: Path, path: Path) -> EventType:
    """Take a type over, whose version is new.

    Args:
        state: the state folder.
        path: a file, JSON or YAML, with `type`, `version`, `about` and `schema`.

    Raises:
        Invalid: it is none, or there is this version already in another form.
        NotFound: there is no such file.
    """
    found = _type(path)
    place = types_folder(state) / f"{found.type}.{found.version}.json"
    known = read_types(state).get(found.type, {}).get(found.version)
    if known is not None and place.exists():
        if known.described == found:
            return found
        # What was published under a version goes on to be what it was.
        raise Invalid(
            f"Version {found.version} of {found.type} is there already in another form;"
            f" make this version {found.version + 1}, or remove {place}."
        )
    secrets.replace(place, found.model_dump_json(by_alias=True, indent=2).encode() + b"\n")
    return found


class KeptTypes(Types):
    """The types, as the files say them at this moment.

    Args:
        state: the state folder.
        strict: whether an event of a type that nobody described is refused.
    """

    def __init__(self, state: Path, *, strict: bool = False) -> None:
        super().__init__((*OURS, *TYPES), strict=strict)
        self._state = state
        self._watch = _Watch(types_folder(state))

    def now(self) -> Mapping[str, Mapping[int, Form]]:
        """Return today's types."""
        if self._watch.changed():
            try:
                self._forms = read_types(self._state)
            except Expected as error:
                log.error("types.unreadable", error=str(error))
        return super().now()


class KeptRules(Rulebook):
    """The rules, as their file says them at this moment.

    Args:
        state: the state folder.
    """

    def __init__(self, state: Path) -> None:
        super().__init__()
        self._state = state
        self._watch = _Watch(rules_file(state))

    def now(self) -> Any:
        """Return today's rules."""
        if self._watch.changed():
            try:
                self._rules = read_rules(self._state)
                log.info("rules.read", rules=len(self._rules.rules))
            except Expected as error:
                log.error("rules.unreadable", error=str(error))
        return super().now()


class _Watch:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: object = ()
        self._looked = float("-inf")

    def changed(self) -> bool:
        """Whether it is another than when this was asked last; true for the first time."""
        if time.monotonic() - self._looked < FRESH:
            return False
        self._looked = time.monotonic()
        state = tuple(_states(self._path))
        changed, self._seen = state != self._seen, state
        return changed


def _states(path: Path) -> Iterator[tuple[object, ...]]:
    files = sorted(_files(path)) if path.is_dir() else [path]
    for file in files:
        try:
            about = file.stat()
        except OSError:
            continue
        yield file.name, about.st_mtime_ns, about.st_size, about.st_ino


def _files(folder: Path) -> Iterator[Path]:
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        if name.endswith((".json", ".yaml", ".yml")) and not name.startswith("."):
            yield folder / name


def _type(path: Path) -> EventType:
    found = _load(path)
    if found is None:
        raise NotFound(f"There is no file {path}.")
    try:
        described = EventType.model_validate(found)
    except ValidationError as error:
        raise Invalid(f"{path}: {_fault(error)}") from None
    Form(described).compiled()
    return described


class _Words(yaml.SafeLoader):
    """YAML as people mean it: `on`, `yes` and `no` are words, `true` and `false` are not."""


_Words.yaml_implicit_resolvers = {
    first: [one for one in found if first in "tTfF" or one[0] != "tag:yaml.org,2002:bool"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _load(path: Path) -> Any:
    """Return what a YAML or JSON file holds; None where there is none, or nothing in it."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from None
    if len(data) > LARGEST:
        raise Invalid(f"{path} has more than {LARGEST} bytes.")
    if b"&" in data and b"*" in data and any(isinstance(t, yaml.AliasToken) for t in _tokens(data)):
        # A few lines of names for names can become more than any memory holds.
        raise Invalid(f"{path} uses YAML's aliases, which are not taken here.")
    try:
        return yaml.load(data, Loader=_Words)  # noqa: S506 - a safe loader with fewer words
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        said = " ".join(str(error).split())[:300]
        raise Invalid(f"{path} is not YAML: {said}") from None


def _tokens(data: bytes) -> Iterator[object]:
    try:
        yield from yaml.scan(data)
    except yaml.YAMLError:
        return  # loading it says what is wrong


def _fault(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {plain(first)}" if where else plain(first)
