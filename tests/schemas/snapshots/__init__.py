"""The JSON schema of every message, and what may change in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from schemas import chat, desk
from schemas.base import Message
from schemas.record import Asked, Chosen, Observed, Routed, Said, Thought

FOLDER = Path(__file__).parent
ENTRIES = (Asked, Chosen, Observed, Routed, Said, Thought)


def classes() -> dict[str, Any]:
    """Return every class that is written down somewhere, by its name."""
    found: dict[str, Any] = {one.__name__: one for one in ENTRIES}
    found["DeadLetter"] = desk.DeadLetter
    found["Offered"] = chat.Offered
    for module in (chat, desk):
        for one in vars(module).values():
            if isinstance(one, type) and issubclass(one, Message) and hasattr(one, "topic"):
                found[one.__name__] = one
    return found


def schema(name: str) -> dict[str, Any]:
    """Return a class's schema as it is now."""
    found: dict[str, Any] = classes()[name].model_json_schema()
    return found


def written(name: str) -> dict[str, Any]:
    """Return a class's schema as it was written down."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return found


def write() -> None:
    """Write all snapshots anew."""
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for name in classes():
        text = json.dumps(schema(name), indent=1, sort_keys=True, ensure_ascii=False)
        (FOLDER / f"{name}.json").write_text(f"{text}\n", "utf-8")


NARROWER_IF_LESS = {"maxLength", "maximum", "exclusiveMaximum", "maxItems"}
NARROWER_IF_MORE = {"minLength", "minimum", "exclusiveMinimum", "minItems"}
WORDS_ALONE = {"description", "title", "default", "examples"}


def breaks(old: dict[str, Any], new: dict[str, Any], where: str = "") -> list[str]:
    """Return what makes `new` refuse, or mean otherwise, what was written under `old`.

    Args:
        old: a JSON schema.
        new: its successor.
        where: the path to both.
    """
    return list(_breaks(old, new, old, new, where or "message"))


def _breaks(
    old: dict[str, Any], new: dict[str, Any], was: dict[str, Any], now: dict[str, Any], where: str
) -> list[str]:
    old, new = _resolved(old, was), _resolved(new, now)
    found: list[str] = []
    before, after = old.get("properties", {}), new.get("properties", {})
    for name, inner in before.items():
        if name not in after:
            found.append(f"{where}.{name} is gone")
        else:
            found += _breaks(inner, after[name], was, now, f"{where}.{name}")
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        found.append(f"{where}.{name} is required now")
    for word in sorted((set(old) | set(new)) - WORDS_ALONE - {"properties", "required", "$defs"}):
        found += _word(word, old.get(word), new.get(word), was, now, where)
    return found


def _word(
    word: str, old: Any, new: Any, was: dict[str, Any], now: dict[str, Any], where: str
) -> list[str]:
    if old == new and word not in {"items", "anyOf", "oneOf"}:
        return []
    match word:
        case "enum":
            gone = [] if new is None else [one for one in old or () if one not in new]
            return [f"{where} may not be {one!r} any more" for one in gone] or (
                [f"{where} may be few values only"] if old is None else []
            )
        case "items" if old and new:
            return _breaks(old, new, was, now, f"{where}[]")
        case "anyOf" | "oneOf" if old and new:
            return [
                f"{where} may not be {_named(one)} any more"
                for one in old
                if all(_breaks(one, other, was, now, where) for other in new)
            ]
        case _ if word in NARROWER_IF_LESS:
            return (
                [f"{where}.{word} is {new}"] if new is not None and (old or new + 1) > new else []
            )
        case _ if word in NARROWER_IF_MORE:
            return [f"{where}.{word} is {new}"] if new is not None and (old or 0) < new else []
        case "additionalProperties":
            return [f"{where} refuses unknown fields now"] if new is False else []
        case _:
            return [f"{where}: {word} was {old!r} and is {new!r}"]


def _resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**root["$defs"][name], **rest}
    return schema


def _named(schema: dict[str, Any]) -> str:
    return str(schema.get("type") or schema.get("$ref") or schema)
