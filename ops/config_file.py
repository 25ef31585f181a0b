"""`config.yaml` itself: get and set one setting by its dotted name, comments left as they are."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import SecretStr

from ops import yaml_text
from ops.config import Alone, BadSetting, check, load, nearest, read_file
from ops.settings import FILE, Setting, Settings, every, is_given
from schemas.errors import Invalid, NotFound
from streams.crash import NOWHERE, Crash

Source = Literal["environment", "file", "default"]
"""Where a setting comes from."""


def path(state: Path) -> Path:
    """Where the settings of a state folder are written."""
    return state / FILE


def named(name: str) -> Setting:
    """Return a setting by its dotted name.

    Raises:
        NotFound: there is none; the nearest is named.
    """
    known = {one.name: one for one in every()}
    if name not in known:
        hint = nearest(name, known).removesuffix(".") or "; `nexus config get` shows them all."
        raise NotFound(f"{name} is not a setting{hint}")
    return known[name]


def get(state: Path, name: str) -> Any:
    """Return the value in force, from the environment, the file or the default.

    Args:
        state: the state folder.
        name: the dotted name, such as `http.port`.

    Raises:
        NotFound: there is no such setting.
        BadSetting: the settings as a whole do not fit.
    """
    named(name)
    return plain(load(state), name)


def source(state: Path, setting: Setting) -> Source:
    """Return where a setting's value comes from: environment, file, or default."""
    if is_given(setting):
        return "environment"
    return "file" if _has(read_file(path(state)), setting.name.split(".")) else "default"


def plain(settings: Settings, name: str) -> Any:
    """Return a setting's value in words and numbers, secrets hidden."""
    value: Any = settings
    for part in name.split("."):
        value = getattr(value, part)
    if isinstance(value, SecretStr):
        return str(value)
    if isinstance(value, tuple):
        return [str(one) for one in value]
    return str(value) if isinstance(value, Path) else value


def put(state: Path, name: str, text: str) -> None:
    """Write one setting; the file is replaced in one step, or left alone if it would not fit.

    Args:
        state: the state folder; made if need be.
        name: the dotted name.
        text: the value as YAML, such as `8081`, `debug` or `[/srv, /home]`.

    Raises:
        NotFound: there is no such setting.
        BadSetting: the value does not fit, the server would not start with it, or it is a
            secret.
    """
    named(name)
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        value = text
    if value is None:
        raise BadSetting(f"{name} is to be nothing; `nexus config unset {name}` takes it out.")
    change(state, {name: value})


def unset(state: Path, name: str) -> bool:
    """Take one setting out of the file, so that the environment or the default counts.

    Args:
        state: the state folder.
        name: the dotted name.

    Returns:
        whether it was in the file.

    Raises:
        NotFound: there is no such setting.
        BadSetting: the file cannot be read, or does not fit without it.
    """
    keys = named(name).name.split(".")
    if not _has(read_file(path(state)), keys):
        return False
    change(state, {name: None})
    return True


def change(state: Path, wishes: Mapping[str, Any]) -> None:
    """Write several settings together: all of them, or none.

    Args:
        state: the state folder; made if need be.
        wishes: the value of each by its dotted name; None takes it out of the file.

    Raises:
        NotFound: there is no such setting.
        BadSetting: a value does not fit, the server would not start with it, or it is a secret.
    """
    for name, value in wishes.items():
        _writable(named(name), value)
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(state):
        file = path(state)
        before = read_file(file)
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        wanted = before
        for name, value in wishes.items():
            keys = name.split(".")
            if value is not None:
                wanted = _with(wanted, keys, value)
                text = yaml_text.edited(text, keys, value)
            elif _has(wanted, keys):
                wanted = _without(wanted, keys)
                text = yaml_text.cut(text, keys)
            if not yaml_text.says(text, wanted):
                # It is written in a way this small editor does not follow: correct, but plain.
                text = yaml.safe_dump(wanted, sort_keys=False, allow_unicode=True) if wanted else ""
        try:
            check(wanted, file)
        except BadSetting as error:
            # It is not in the file, and will not be: what does not fit is what was given here.
            said = str(error)
            for name, value in wishes.items():
                if value is not None:
                    said = said.replace(f"{name} in {file} is", f"{name} cannot be")
            raise BadSetting(said) from None
        here = Alone(**{**wanted, "root": state})
        for name, value in wishes.items():
            if value is not None:
                startable(here, name)
        if wanted != before:
            write(file, text)


def _writable(setting: Setting, value: Any) -> None:
    if setting.name == "root":
        raise BadSetting("root cannot be written there; set NEXUS_ROOT instead.")
    if value is not None and setting.variable.endswith(("_API_KEY", "_TOKEN")):
        raise BadSetting(
            f"{setting.name} is a secret and is not written to {FILE}, where it would be plain to"
            f" read: use `nexus secrets set {setting.variable}`."
        )


@contextlib.contextmanager
def _alone(state: Path) -> Iterator[None]:
    """Let one process at a time change the file: the web door, and the command line beside it."""
    handle = os.open(state, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def startable(settings: Settings, name: str) -> None:
    """Ask what the start would ask of this setting, so that it is not the start that fails.

    Raises:
        BadSetting: the server would not start, or not see what is named.
    """
    try:
        if name == "crash":
            Crash(settings.crash)
        elif name.startswith("models.") or name == "default_model":
            from ops.minds import mind  # noqa: PLC0415 - heavy, and for these alone

            mind(settings, NOWHERE)
        elif name == "http.host":
            socket.getaddrinfo(settings.http.host, settings.http.port, flags=socket.AI_PASSIVE)
    except (Invalid, NotFound) as error:
        raise BadSetting(f"{name} does not fit: {error}") from None
    except (OSError, UnicodeError):
        raise BadSetting(
            f"{name} cannot be {settings.http.host!r}: it is no address or name of this machine."
        ) from None
    if name == "files.roots":
        for folder in settings.files.roots:
            if not folder.is_dir():
                raise BadSetting(f"{name} cannot have {folder}: there is no such folder.")


def write(file: Path, text: str) -> None:
    """Replace a file in one durable step: after a crash it is the old one or the new one."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        temporary.replace(file)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _with(content: dict[str, Any], keys: list[str], value: Any) -> dict[str, Any]:
    first, *rest = keys
    inner = content.get(first)
    below = inner if isinstance(inner, dict) else {}
    return {**content, first: _with(below, rest, value) if rest else value}


def _has(content: Any, keys: list[str]) -> bool:
    for key in keys:
        if not isinstance(content, dict) or key not in content:
            return False
        content = content[key]
    return True


def _without(content: dict[str, Any], keys: list[str]) -> dict[str, Any]:
    first, *rest = keys
    kept = {key: value for key, value in content.items() if key != first}
    below = _without(content[first], rest) if rest else {}
    # A section in which nothing is left would say that it is nothing.
    return {**kept, first: below} if below else kept
