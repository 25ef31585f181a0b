"""Writes `.env.example` and the page of all settings from the settings models themselves."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from ops.settings import Setting, Settings, every

ROOT = Path(__file__).resolve().parent.parent
NOT_SHOWN = {"crash"}


def _default(setting: Setting) -> str:
    value = setting.field.default
    if value is PydanticUndefined or value is None:
        return ""
    return json.dumps(value) if not isinstance(value, str) else value


def _allowed(setting: Setting) -> str:
    words: list[str] = []
    choices = get_args(setting.field.annotation)
    if choices and all(isinstance(one, str) for one in choices):
        words.append(" or ".join(f"`{one}`" for one in choices))
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    for rule in setting.field.metadata:
        for name, sign in signs.items():
            bound: Any = getattr(rule, name, None)
            if bound is not None:
                words.append(f"{sign} {bound:g}" if isinstance(bound, float) else f"{sign} {bound}")
    return ", ".join(words)


def _shown() -> list[Setting]:
    return [one for one in every() if one.name not in NOT_SHOWN]


def _section(setting: Setting) -> str:
    return setting.name.rpartition(".")[0]


def _about(section: str) -> str:
    if not section:
        return "The server"
    kind: type[BaseModel] = Settings
    for name in section.split("."):
        inner = kind.model_fields[name].annotation
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            raise TypeError(f"{section} is no section")
        kind = inner
    return (kind.__doc__ or "").strip().rstrip(".")


def environment_example() -> str:
    """Return the text of `.env.example`."""
    lines = ["# Every setting with its default. The environment wins over config.yaml."]
    section: str | None = None
    for setting in _shown():
        if _section(setting) != section:
            section = _section(setting)
            lines += ["", f"## {_about(section)}"]
        lines += ["", f"# {setting.field.description}", f"#{setting.variable}={_default(setting)}"]
    return "\n".join(lines) + "\n"


def page() -> str:
    """Return the text of `docs/reference/settings.md`."""
    lines = [
        "# Settings",
        "",
        "<!-- Written by `make docs` from the code. -->",
        "",
        "A setting is read from the environment, else from `config.yaml` in the state folder",
        "(`nexus config path`), else it has its default. `nexus config set NAME VALUE` writes the",
        "file; comments in it stay. An unknown name or a value that does not fit stops the start",
        "with one sentence.",
    ]
    section: str | None = None
    for setting in _shown():
        if _section(setting) != section:
            section = _section(setting)
            title = f"`{section}`: {_about(section).lower()}" if section else _about(section)
            lines += ["", f"## {title}", "", "| name | environment | default | allowed | what |"]
            lines += ["|---|---|---|---|---|"]
        default = _default(setting)
        cells = (
            f"`{setting.name}`",
            f"`{setting.variable}`",
            f"`{default}`" if default else "",
            _allowed(setting),
            str(setting.field.description),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def files(root: Path = ROOT) -> dict[Path, str]:
    """Return the generated files and their texts."""
    return {
        root / ".env.example": environment_example(),
        root / "docs/reference/settings.md": page(),
    }


def main() -> int:
    """Write them."""
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
