"""The install script: clean, polite to bad arguments, and plain about what to do when it fails.

That it installs is shown by whoever runs these tests: it set them up.
"""

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

SCRIPTS = ["install.sh", ".ci/run"]
PLAIN_TOOLS = [
    *(
        "awk",
        "bash",
        "cat",
        "cut",
        "date",
        "dirname",
        "env",
        "grep",
        "head",
        "id",
        "mkdir",
        "mktemp",
    ),
    *("realpath", "rm", "sed", "sha256sum", "sleep", "sort", "tail", "tee", "touch"),
]


def run(
    folder: Path, *arguments: str, path: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "install.sh", *arguments],
        cwd=folder,
        env={"HOME": str(folder), "PATH": str(path) if path else "/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_is_clean(script: str) -> None:
    shellcheck = Path(sys.executable).with_name("shellcheck")
    ran = subprocess.run(
        [shellcheck, script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout
    assert (ROOT / script).stat().st_mode & stat.S_IXUSR


def test_help_shows_the_ways_to_run_it() -> None:
    ran = run(ROOT, "--help")
    assert ran.returncode == 0
    for word in ("--no-start", "--root", "--port", "test"):
        assert word in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--colour"], "--colour"),
        (["--port"], "--port"),
        (["--port", "eighty"], "1 to 65535"),
        (["--port=99999"], "1 to 65535"),
        (["--root"], "--root"),
    ],
)
def test_a_bad_argument_is_named_and_nothing_is_done(arguments: list[str], word: str) -> None:
    ran = run(ROOT, *arguments)
    assert ran.returncode == 2
    assert word in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert ran.stdout == ""


@pytest.fixture
def bare_machine(tmp_path: Path) -> Path:
    """A clone on a machine that has plain tools, and nothing that could install anything."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in PLAIN_TOOLS:
        found = shutil.which(tool)
        assert found, tool
        (tools / tool).symlink_to(found)
    shutil.copy(ROOT / "install.sh", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    return tmp_path


def add_tool(machine: Path, name: str, script: str) -> None:
    tool = machine / "bin" / name
    tool.write_text(f"#!/bin/bash\n{script}\n")
    tool.chmod(0o755)


def closing_sentence(machine: Path) -> str:
    """What a failing installation says last; it must be one line, after the step's name."""
    ran = run(machine, "--no-start", path=machine / "bin")
    assert ran.returncode == 1
    assert "no  Python environment" in ran.stdout
    return ran.stderr.splitlines()[-1]


def test_no_python_at_all(bare_machine: Path) -> None:
    assert "install Python 3.11 or newer" in closing_sentence(bare_machine)


def test_an_old_python_without_venv(bare_machine: Path) -> None:
    add_tool(bare_machine, "python3", '[[ $2 != *version_info* ]] && exit 1; echo "3.10.12"')
    assert "apt-get install python3-venv" in closing_sentence(bare_machine)


def test_an_old_python_and_no_newer_one_to_be_had(bare_machine: Path) -> None:
    add_tool(bare_machine, "python3", 'echo "3.10.12"')
    add_tool(bare_machine, "uv", 'echo "error: failed to download" >&2; exit 2')
    assert "older than 3.11 and a newer one could not be fetched" in closing_sentence(bare_machine)


def test_a_new_python_without_venv(bare_machine: Path) -> None:
    add_tool(bare_machine, "python3", '[[ $2 != *version_info* ]] && exit 1; echo "3.12.3"')
    assert "apt-get install python3-venv python3.12-venv" in closing_sentence(bare_machine)


FAILING_NPM = """
[[ $NODE_USE_SYSTEM_CA == 1 ]] || exit 7
echo "npm error code UNABLE_TO_GET_ISSUER_CERT_LOCALLY" >&2
echo "npm error A complete log of this run can be found in: /somewhere" >&2
exit 1
"""


def test_a_page_that_is_not_built_is_marked_and_its_reason_shown(bare_machine: Path) -> None:
    add_tool(bare_machine, "node", "echo v24.1.0")
    add_tool(bare_machine, "npm", FAILING_NPM)
    for tool in ("find", "tr", "xargs"):
        (bare_machine / "bin" / tool).symlink_to(str(shutil.which(tool)))
    (bare_machine / "web/ui").mkdir(parents=True)
    script = bare_machine / "install.sh"
    text, _, _ = script.read_text().partition('read_arguments "$@"\ncase')
    script.write_text(f'{text}step "Chat page" build_page\nshow_notes\n')
    ran = run(bare_machine, path=bare_machine / "bin")
    assert ran.returncode == 0, ran.stderr
    first, *notes = ran.stdout.splitlines()
    assert first.split()[:5] == ["!", "Chat", "page", "not", "built"]
    assert "The chat page is not built: what it is made of could not be fetched" in notes[0]
    assert "npm error code UNABLE_TO_GET_ISSUER_CERT_LOCALLY" in notes[1]
    assert "complete log" not in ran.stdout
