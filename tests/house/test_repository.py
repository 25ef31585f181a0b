"""What the repository holds, and what it never holds: machines, people, registries."""

import ast
import getpass
import io
import ipaddress
import re
import socket
import tokenize
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files, parsed, text

REGISTRY = re.compile(
    r"\b(?:pypi|pythonhosted|npmjs|yarnpkg|crates|rubygems|debian|ubuntu)\.(?:org|com|io|net)\b"
)
ADDRESS = re.compile(r"\b[\w.+-]+@([\w-]+(?:\.[\w-]+)*\.[a-z]{2,})\b")
MADE_UP = re.compile(r"(?:^|\.)(?:example(?:\.\w+)?|test|invalid|localhost|local)$")
NUMBERS = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")
PUBLIC_RESOLVERS = {"1.1.1.1", "8.8.8.8"}
PAGE = re.compile(r"(?<![\w*<{./-])((?:[\w-]+/)*[\w-]+\.md)\b")
PROSE = {".lua", ".sh", ".md", ".toml", ".ts", ".tsx", ""}


def belongs_to_this_machine() -> list[str]:
    """Words that only a file written for this very machine would hold."""
    home = Path.home()
    return [
        str(ROOT) + "/",
        *([f"{home}/"] if len(home.parts) > 2 else []),
        *([f"/home/{getpass.getuser()}"] if getpass.getuser() != "root" else []),
        *([socket.gethostname()] if len(socket.gethostname()) > 11 else []),
    ]


def personal(content: str) -> list[str]:
    """E-mail addresses and public network addresses that nobody made up for an example."""
    mails = [found[0] for found in ADDRESS.finditer(content) if not MADE_UP.search(found[1])]
    numbers = [found for found in NUMBERS.findall(content) if is_public(found)]
    return mails + numbers


def is_public(numbers: str) -> bool:
    try:
        return ipaddress.ip_address(numbers).is_global and numbers not in PUBLIC_RESOLVERS
    except ValueError:
        return False


@pytest.mark.parametrize("name", files(), ids=str)
def test_a_file_is_about_the_project_alone(name: Path) -> None:
    content = text(name)
    assert not REGISTRY.search(content), "no host of a package registry"
    assert not [word for word in belongs_to_this_machine() if word in content]
    assert not personal(content), "no person's address"


def test_an_address_is_seen() -> None:
    assert REGISTRY.search("https://" + "pypi" + ".org/simple")
    assert personal("write to someone" + "@mail.de")
    assert personal("listens on 93.184." + "216.34")
    assert not personal("ask@example.com, ask@nas.local, 192.168.1.2, 127.0.0.1, 203.0.113.9")


def prose(name: Path) -> str:
    """What a file says to its reader: of Python only docstrings and comments."""
    if name.suffix != ".py":
        return text(name) if name.suffix in PROSE else ""
    code = text(name)
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    described = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(parsed(name)) if isinstance(node, described)]
    return "\n".join([*comments, *(ast.get_docstring(node) or "" for node in nodes)])


@pytest.mark.parametrize("name", files(), ids=str)
def test_a_page_that_is_named_exists(name: Path) -> None:
    if name == Path("docs/reference/tools.md"):
        return  # it quotes what people say of files of their own
    there = {each.name for each in files()} | {"SKILL.md"}
    named = {Path(found).name for found in PAGE.findall(prose(name))}
    assert named <= there


def test_what_belongs_here_is_here() -> None:
    names = {str(name) for name in files()}
    expected = {
        *("pyproject.toml", "install.sh", "Makefile", "README.md", "CONTRIBUTING.md", ".ci/run"),
        *("CHANGELOG.md", "SECURITY.md", "LICENSE", ".gitignore", ".pre-commit-config.yaml"),
    }
    assert expected <= names


def test_what_does_not_belong_here_is_not() -> None:
    unwanted = {"uv.lock", "poetry.lock", "Pipfile.lock", ".env", ".DS_Store"}
    assert not [name for name in files() if name.name in unwanted or name.suffix == ".rdb"]
