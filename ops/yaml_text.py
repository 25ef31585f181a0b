"""Edits YAML as text, so that the comments of whoever wrote it stay where they are."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node


def cut(text: str, keys: list[str]) -> str:
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


def says(text: str, wanted: dict[str, Any]) -> bool:
    """Whether a text means just this."""
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


def edited(text: str, keys: list[str], value: Any) -> str:
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
