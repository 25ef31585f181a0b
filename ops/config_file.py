"""`config.yaml` itself: get and set one setting by its dotted name, comments left as they are."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import yaml
from pydantic import SecretStr
from yaml.nodes import MappingNode, Node

from ops.config import BadSetting, check, load, nearest, read_file
from ops.settings import FILE, Setting, Settings, every
from schemas.errors import NotFound


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
        BadSetting: the value does not fit.
    """
    setting = named(name)
    if name == "root":
        raise BadSetting("root cannot be written there; set NEXUS_ROOT instead.")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        value = text
    file = path(state)
    content = read_file(file)
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    keys = setting.name.split(".")
    wanted = _with(content, keys, value)
    after = _edited(before, keys, value)
    if not _says(after, wanted):
        # The file is written in a way this small editor does not follow: correct, but plain.
        after = yaml.safe_dump(wanted, sort_keys=False, allow_unicode=True)
    check(wanted, file)
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    write(file, after)


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
