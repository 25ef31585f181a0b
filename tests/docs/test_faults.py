"""Every fault on the page of reliability has tests, and every test that is named there exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, parsed, text

PAGE = Path("docs/reliability.md")
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+)(?:\[([\w.-]+)\])?)?`")
ROW = re.compile(r"^\|(.*)\|$", re.MULTILINE)


def exists(file: str, name: str = "", case: str = "") -> bool:
    """Whether there is such a test file, with that test in it, and that case of it."""
    if not (ROOT / file).is_file():
        return False
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    tests = {node.name for node in parsed(Path(file)).body if isinstance(node, kinds)}
    return (not name or name in tests) and (not case or f'id="{case}"' in text(Path(file)))


def faults(page: str) -> list[list[str]]:
    """The rows of the table of faults: fault, outcome, tests."""
    section = page.partition("## Every fault, and the test of it")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in found.split("|")] for found in ROW.findall(section)]
    return rows[2:]


@pytest.mark.parametrize("named", sorted(set(NAMED.findall(text(PAGE)))), ids="::".join)
def test_a_test_that_is_named_exists(named: tuple[str, str, str]) -> None:
    assert exists(*named), "the page names a test that is not there"


def test_every_fault_has_a_test_or_says_why_not() -> None:
    rows = faults(text(PAGE))
    assert len(rows) > 30
    for fault, outcome, tests in rows:
        assert NAMED.search(tests) or outcome.startswith("not yet: there "), fault


def test_what_does_not_exist_is_seen() -> None:
    here = "tests/docs/test_faults.py"
    assert exists(here, "test_what_does_not_exist_is_seen")
    assert not exists(here, "test_of_something_else")
    assert not exists("tests/docs/test_nothing.py", "test_what_does_not_exist_is_seen")
    points = "tests/chaos/test_points.py"
    assert exists(points, "test_a_death_at", "before")
    assert not exists(points, "test_a_death_at", "in-between")
    table = "| a | b | c |\n|---|---|---|\n| d | e | f |"
    assert faults(f"## Every fault, and the test of it\n{table}") == [["d", "e", "f"]]
