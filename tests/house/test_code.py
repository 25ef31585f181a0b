"""How the code is written: named, described, cut into files, and strict about what it catches."""

import ast
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.house.tree import PACKAGES, parsed, sources, text

FORBIDDEN_WORDS = {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}
FORBIDDEN_SUFFIXES = ("DTO", "Helper", "Manager", "Utils")
# Tells an owner which variable has no such setting, or a value that does not fit.
KNOW_THE_ENVIRONMENT = (Path("ops/config.py"), Path("ops/forkserver.py"))
"""One reads it for all; the other gives each of its children one."""
MAY_CATCH_ALL = {
    Path("streams/runner.py"): "a stage's bug is logged, tried again and then dead-lettered",
    Path("streams/verdicts.py"): "an answer that nobody understands ends no stage",
    Path("processors/tools/registry.py"): "a tool's bug is told to the model",
    Path("processors/tools/tiers.py"): "a call that cannot be classified is BLACK",
    Path("ops/replay/service.py"): "what a stage raises is compared with what it raised",
    Path("gateways/channels/email.py"): "a messenger's bug ends no other messenger",
    Path("gateways/channels/email_read.py"): "a mail that nobody can read blocks no other",
    Path("gateways/channels/discord.py"): "a bug at one event makes it deaf for no other",
    Path("gateways/channels/discord_listen.py"): "a messenger's bug ends no other messenger",
    Path("gateways/channels/telegram_hook.py"): "a messenger's bug ends no other messenger",
    Path("gateways/channels/telegram_listen.py"): "a messenger's bug ends no other messenger",
    Path("ops/alerts/service.py"): "what is wrong with one look ends no alert",
    Path("ops/channels/service.py"): "a messenger's bug ends no other messenger",
    Path("ops/mcp/service.py"): "whatever a foreign server does, it ends no other server",
    Path("web/problems.py"): "a request's bug is answered with a problem document",
}
BROAD = {"BaseException", "Exception"}
LONG, TOO_LONG = 300, 400


def by_name(names: tuple[Path, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", names, ids=str)


def environment_reads(tree: ast.AST) -> Iterator[int]:
    """Lines that read the environment, by whatever name; handing all of it on is not reading."""
    words = {"environ", "environb", "getenv", "getenvb"}
    handed_on = {id(node) for each in ast.walk(tree) for node in handed_on_whole(each)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in words and id(node) not in handed_on:
            yield node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from (node.lineno for alias in node.names if alias.name in words)
        elif isinstance(node, ast.keyword) and node.arg == "envvar":
            yield node.value.lineno


def handed_on_whole(node: ast.AST) -> Iterator[ast.expr]:
    """What is unpacked or copied into a dict: `{**os.environ, …}`, `dict(os.environ)`."""
    if isinstance(node, ast.Dict):
        yield from (value for key, value in zip(node.keys, node.values, strict=True) if key is None)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict":
        yield from node.args


def broad_excepts(tree: ast.AST) -> Iterator[int]:
    """Lines that catch, or suppress, whatever comes; what tidies up and raises on does not."""

    def is_broad(caught: ast.expr | None) -> bool:
        if isinstance(caught, ast.Tuple):
            return any(is_broad(each) for each in caught.elts)
        return caught is None or (isinstance(caught, ast.Name) and caught.id in BROAD)

    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and is_broad(node.type):
            last = node.body[-1]
            if not (isinstance(last, ast.Raise) and last.exc is None):
                yield node.lineno
        elif isinstance(node, ast.Call):
            called = node.func
            word = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if word == "suppress" and any(is_broad(each) for each in node.args):
                yield node.lineno


@by_name(sources())
def test_only_settings_read_the_environment(name: Path) -> None:
    if name.name != "settings.py" and name not in KNOW_THE_ENVIRONMENT:
        assert list(environment_reads(parsed(name))) == []


@by_name(sources("bench", *PACKAGES))
def test_nothing_catches_everything(name: Path) -> None:
    if name not in MAY_CATCH_ALL:
        assert list(broad_excepts(parsed(name))) == []


@pytest.mark.parametrize(
    ("check", "code"),
    [
        (environment_reads, "import os\nos.environ['HOME']"),
        (environment_reads, "import os\nos.getenv('HOME')"),
        (environment_reads, "import os\n{'HOME': os.environ['HOME']}"),
        (environment_reads, "from os import environ"),
        (environment_reads, "typer.Option(envvar='HOME')"),
        (broad_excepts, "try: ...\nexcept: ..."),
        (broad_excepts, "try: ...\nexcept Exception as error: ..."),
        (broad_excepts, "try: ...\nexcept (OSError, BaseException): ..."),
        (broad_excepts, "with contextlib.suppress(Exception): ..."),
        (broad_excepts, "with suppress(ValueError, Exception): ..."),
    ],
)
def test_a_broken_rule_is_seen(check: Callable[[ast.AST], Iterator[int]], code: str) -> None:
    assert list(check(ast.parse(code)))


@pytest.mark.parametrize(
    ("check", "code"),
    [
        (environment_reads, "import os\n{**os.environ, 'HOME': home}, dict(os.environ)"),
        (broad_excepts, "try: ...\nexcept BaseException:\n    close()\n    raise"),
        (broad_excepts, "try: ...\nexcept OSError: ..."),
    ],
)
def test_a_kept_rule_is_quiet(check: Callable[[ast.AST], Iterator[int]], code: str) -> None:
    assert not list(check(ast.parse(code)))


@by_name(sources("tests", "bench", *PACKAGES))
def test_no_module_is_named_after_nothing(name: Path) -> None:
    words = {word for part in name.with_suffix("").parts for word in part.split("_")}
    assert not words & FORBIDDEN_WORDS


@by_name(sources())
def test_no_class_is_named_after_nothing(name: Path) -> None:
    classes = [node.name for node in ast.walk(parsed(name)) if isinstance(node, ast.ClassDef)]
    assert not [each for each in classes if each.endswith(FORBIDDEN_SUFFIXES)]


@by_name(sources("tests", "bench", *PACKAGES))
def test_every_module_starts_with_a_sentence(name: Path) -> None:
    described = ast.get_docstring(parsed(name)) or ""
    first = described.partition("\n\n")[0]
    assert first, "a module starts with a docstring"
    assert first[0] == first[0].upper(), "its first words are a sentence"
    assert first.rstrip().endswith((".", "?", ":")), "its first words are a sentence"


@by_name(sources())
def test_a_file_fits_on_a_few_screens(name: Path) -> None:
    lines = len(text(name).splitlines())
    assert lines <= TOO_LONG, "this file does more than one thing"
    if lines > LONG:
        warnings.warn(
            f"{name} has {lines} lines: past {LONG} it is telling something", stacklevel=1
        )
