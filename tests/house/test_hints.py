"""A command that is named as the next one means the same state folder as the one that names it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import parsed, sources

COMMAND = re.compile(r"\bnexus (?=[a-z])")
BARE = re.compile(r"(?<![`|])(?<!\| )\bnexus (?=[a-z])")
HINTED = {
    (Path("ops/cli/checks.py"), "*"): "`examine` hints all of them",
    (Path("ops/cli/machine.py"), "*"): "`examine` hints all of them",
    (Path("ops/cli/init.py"), "HEADER"): "it is written into the file that lies in that folder",
    (Path("ops/cli/conversation.py"), "say"): "it is raised a line below",
    (Path("ops/cli/desk.py"), "_cut_off"): "`nexus dead` hints it, and the page has no folder",
}


def terminal() -> list[Path]:
    """The files whose words a person reads in the terminal."""
    commands = re.compile(r"ops/(cli/.+|[a-z]+/[a-z_]*commands|[a-z]+/(terminal|telling))\.py")
    return [name for name in sources("ops") if commands.fullmatch(str(name))]


def bare(node: ast.AST, above: str = "") -> Iterator[tuple[str, int]]:
    """Where a command is named that nobody hinted: in which function or constant, which line."""
    if isinstance(node, ast.Raise):
        # `app` hints every error, where it can be seen to be a command.
        for one in ast.walk(node):
            if isinstance(one, ast.Constant) and BARE.search(str(one.value)):
                yield above, one.lineno
        return
    if isinstance(node, ast.keyword) and node.arg in {"help", "epilog"}:
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "hint":
        return
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and COMMAND.search(node.value):
            yield above, node.lineno
        return
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        above = node.name
    elif isinstance(node, ast.Assign) and not above:
        above = ast.unparse(node.targets[0])
    for child in ast.iter_child_nodes(node):
        yield from bare(child, above)


@pytest.mark.parametrize("name", terminal(), ids=str)
def test_a_command_that_is_named_is_hinted(name: Path) -> None:
    found = [
        f"{name}:{line}"
        for above, line in bare(parsed(name))
        if (name, above) not in HINTED and (name, "*") not in HINTED
    ]
    assert not found, f"put it into backticks and through `hint` of ops/meant.py: {found}"


def test_the_rule_sees_one_that_is_not() -> None:
    def found(code: str) -> int:
        return len(list(bare(ast.parse(code))))

    assert found("say('look with `nexus dead list`')") == 1
    assert found("say(f'look with `nexus dead show {name}`')") == 1
    assert found("say(place.hint('look with `nexus dead list`'))") == 0
    assert found("raise Refused('look with `nexus dead list`')") == 0
    assert found("raise Refused('look with nexus dead list')") == 1
