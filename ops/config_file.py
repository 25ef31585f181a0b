"""`config.yaml` itself: get and set one setting by its dotted name, comments left as they are."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path
from typing import Any

import yaml
from pydantic import SecretStr
from yaml.nodes import CollectionNode, MappingNode, Node

from ops.config import Alone, BadSetting, check, load, nearest, read_file
from ops.settings import FILE, Setting, Settings, every, is_given
from schemas.errors import Invalid, NotFound
from streams.crash import NOWHERE, Crash


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


def source(state: Path, setting: Setting) -> str:
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
    setting = named(name)
    if name == "root":
        raise BadSetting("root cannot be written there; set NEXUS_ROOT instead.")
    if setting.variable.endswith(("_API_KEY", "_TOKEN")):
        raise BadSetting(
            f"{name} is a secret and is not written to {FILE}, where it would be plain to read: use"
            f" `nexus secrets set {setting.variable}`."
        )
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        value = text
    if value is None:
        raise BadSetting(f"{name} is to be nothing; `nexus config unset {name}` takes it out.")
    file = path(state)
    content = read_file(file)
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    keys = setting.name.split(".")
    wanted = _with(content, keys, value)
    try:
        check(wanted, file)
    except BadSetting as error:
        # It is not in the file, and will not be: what does not fit is what was given here.
        raise BadSetting(str(error).replace(f"{name} in {file} is", f"{name} cannot be")) from None
    _startable(Alone(**{**wanted, "root": state}), name)
    after = _edited(before, keys, value)
    if not _says(after, wanted):
        # The file is written in a way this small editor does not follow: correct, but plain.
        after = yaml.safe_dump(wanted, sort_keys=False, allow_unicode=True)
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    write(file, after)


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
    file = path(state)
    content = read_file(file)
    if not _has(content, keys):
        return False
    wanted = _without(content, keys)
    check(wanted, file)
    after = _cut(file.read_text(encoding="utf-8"), keys)
    if not _says(after, wanted):
        after = yaml.safe_dump(wanted, sort_keys=False, allow_unicode=True) if wanted else ""
    write(file, after)
    return True


def _startable(settings: Settings, name: str) -> None:
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


def _cut(text: str, keys: list[str]) -> str:
    """Return the text without the lines of a setting; wrong where that is not so simple."""
    node: Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    for key in keys[:-1]:
        node = _child(node, key)
    if not isinstance(node, MappingNode):
        return text
    for name, value in node.value:
        if name.value == keys[-1]:
            lines = text.splitlines(keepends=True)
            # What stands in a block ends where the next thing begins.
            block = isinstance(value, CollectionNode) and not value.flow_style
            ends = value.end_mark.line - (block or value.end_mark.column == 0)
            last = max(name.start_mark.line, ends)
            return "".join(lines[: name.start_mark.line] + lines[last + 1 :])
    return text


def _says(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return bool(yaml.safe_load(text) == wanted)
    except yaml.YAMLError:
        return False


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...")


def _child(node: Node | None, key: str) -> Node | None:
    if isinstance(node, MappingNode):
        for name, value in node.value:
            if name.value == key:
                return value  # type: ignore[no-any-return]
    return None


def _edited(text: str, keys: list[str], value: Any) -> str:
    """Return the text with one value changed in place, or a line added where it belongs."""
    tree = yaml.compose(text, Loader=yaml.SafeLoader)
    node: Node | None = tree
    for depth, key in enumerate(keys):
        below = _child(node, key)
        if below is None:
            return _added(text, node if depth else None, keys[depth:], value, depth)
        node = below
    if node is None:
        return text
    start, end = node.start_mark.index, node.end_mark.index
    kept = text[start:end]
    tail = kept[len(kept.rstrip()) :]
    return text[:start] + _flow(value) + tail + text[end:]


def _added(text: str, parent: Node | None, keys: list[str], value: Any, depth: int) -> str:
    lines = []
    for offset, key in enumerate(keys):
        last = offset == len(keys) - 1
        indent = "  " * offset
        lines.append(f"{indent}{key}:{' ' + _flow(value) if last else ''}")
    if parent is None or not isinstance(parent, MappingNode) or not parent.value:
        whole = text if not text or text.endswith("\n") else text + "\n"
        return whole + "\n".join(lines) + "\n"
    first = parent.value[0][0].start_mark
    line_start = text.rfind("\n", 0, first.index) + 1
    block = "\n".join(" " * first.column + line for line in lines) + "\n"
    return text[:line_start] + block + text[line_start:]
