"""The files of this repository, as the rules of the house see them."""

import ast
import functools
import gc
import subprocess
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("schemas", "streams", "gateways", "processors", "web", "ops")


@functools.cache
def files() -> tuple[Path, ...]:
    """Everything that is, or would be, committed; paths relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = (Path(name) for name in listed.stdout.split("\0") if name)
    return tuple(sorted(name for name in names if (ROOT / name).is_file()))


def sources(*tops: str) -> tuple[Path, ...]:
    """The Python files under the given top-level folders, or under the six packages."""
    wanted = tops or PACKAGES
    return tuple(name for name in files() if name.suffix == ".py" and name.parts[0] in wanted)


def text(name: Path) -> str:
    """A file's text; what is no UTF-8 (a picture, a font) has none."""
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@functools.cache
def parsed(name: Path) -> ast.Module:
    """A Python file's syntax tree."""
    # Python before 3.11.5 loses count of its depth when the collector runs in the middle.
    gc.disable()
    try:
        return ast.parse(text(name), filename=str(name))
    finally:
        gc.enable()


@functools.cache
def project() -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads(text(Path("pyproject.toml")))


def contract(name: str) -> dict[str, Any]:
    """One import-linter contract by its name."""
    contracts = project()["tool"]["importlinter"]["contracts"]
    found: dict[str, Any] = next(each for each in contracts if each["name"] == name)
    return found
