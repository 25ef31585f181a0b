"""What is installed is what is locked, and what is locked is what pyproject.toml asks for."""

import importlib.metadata
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import files, project, text

FOLDER = Path("requirements")
LOCKS = [name for name in files() if name.parent == FOLDER and name.suffix == ".lock"]
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}(?: \\)?$")


def entries(name: Path) -> list[str]:
    """Each locked requirement as one text: its pin, its marker and its hashes."""
    lines = [line for line in text(name).splitlines() if not line.lstrip().startswith("#")]
    return re.findall(r"^\S.*(?:\n +.*)*", "\n".join(lines), re.MULTILINE)


def pins(lock: str) -> dict[str, Requirement]:
    """Name → pin of everything in a lock."""
    each = (Requirement(entry.partition(" \\")[0]) for entry in entries(FOLDER / f"{lock}.lock"))
    return {canonicalize_name(pin.name): pin for pin in each}


def version(pin: Requirement) -> str:
    return str(pin.specifier).removeprefix("==")


def group(name: str) -> Iterable[Requirement]:
    """A dependency group with the groups it includes."""
    each: str | dict[str, Any]
    for each in project()["dependency-groups"][name]:
        if isinstance(each, dict):
            yield from group(each["include-group"])
        else:
            yield Requirement(each)


@pytest.mark.parametrize("name", LOCKS, ids=str)
def test_a_lock_holds_pins_and_hashes_and_no_address(name: Path) -> None:
    found = entries(name)
    assert found
    for entry in found:
        first, *hashes = entry.splitlines()
        assert re.match(r"[\w.\[\],-]+==\S+", first), first
        assert hashes, first
        assert all(HASH.search(line) for line in hashes), entry
    assert not re.search(r"://|--(?:extra-)?index|--find-links|\bfile:| @ ", text(name))


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("runtime", [*map(Requirement, project()["project"]["dependencies"]), *group("build")]),
        ("dev", [*map(Requirement, project()["project"]["dependencies"]), *group("dev")]),
        ("bootstrap", [*group("bootstrap")]),
    ],
)
def test_what_is_asked_for_is_locked(lock: str, wanted: list[Requirement]) -> None:
    locked = pins(lock)
    for requirement in wanted:
        pin = locked.get(canonicalize_name(requirement.name))
        assert pin, f"{requirement} is not in {lock}.lock: run `make lock`"
        assert requirement.specifier.contains(version(pin)), f"{pin}: run `make lock`"


def test_the_tests_run_with_what_an_owner_runs() -> None:
    dev = {name: version(pin) for name, pin in pins("dev").items()}
    for name, pin in pins("runtime").items():
        assert dev[name] == version(pin)


def test_what_is_installed_is_what_is_locked() -> None:
    for name, pin in pins("dev").items():
        if pin.marker is None or pin.marker.evaluate():
            assert importlib.metadata.version(name) == version(pin)
