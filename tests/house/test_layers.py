"""Imports point one way: the contracts hold for the code, and are red for code that breaks them."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import PACKAGES, ROOT, text

LINT = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT, "--no-logo", "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},  # where the contract type is; the folder itself comes first
        capture_output=True,
        text=True,
        check=False,
    )


def test_imports_point_one_way() -> None:
    outcome = lint(ROOT)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.fixture
def small_house(tmp_path: Path) -> Path:
    """The six packages with nothing in them, under the contracts of the real ones."""
    settings = text(Path("pyproject.toml"))
    (tmp_path / "pyproject.toml").write_text(settings[settings.index("[tool.importlinter]") :])
    for package in PACKAGES:
        write(tmp_path, f"{package}/__init__.py", "")
    return tmp_path


def write(house: Path, name: str, code: str) -> None:
    file = house / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(code)


def test_the_small_house_is_in_order(small_house: Path) -> None:
    write(small_house, "gateways/machines.py", "import docker")
    write(small_house, "gateways/memory/__init__.py", "import redis.asyncio")
    write(small_house, "gateways/memory/search.py", "import redis, redisvl")
    write(small_house, "streams/broker.py", "import faststream, redis")
    write(small_house, "processors/think.py", "import gateways.machines, streams.broker")
    write(small_house, "ops/apps/__init__.py", "")
    write(small_house, "ops/apps/service.py", "import ops.slice, gateways.machines")
    write(small_house, "ops/files/__init__.py", "")
    write(small_house, "ops/files/service.py", "import ops.slice")
    write(small_house, "ops/slice.py", "")
    write(small_house, "ops/modules.py", "import ops.apps.service, ops.files.service")
    outcome = lint(small_house)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.parametrize(
    ("name", "code", "contract"),
    [
        ("schemas/chat.py", "import streams", "Imports point one way"),
        ("streams/stage.py", "from gateways import llm", "Imports point one way"),
        ("gateways/llm.py", "def late():\n    import processors", "Imports point one way"),
        ("processors/think.py", "import web", "Imports point one way"),
        ("web/app.py", "import ops.settings", "Imports point one way"),
        ("processors/think.py", "import anthropic", "Vendors only in gateways"),
        ("ops/docker.py", "from google import genai", "Vendors only in gateways"),
        ("ops/vectors.py", "import redisvl.index", "Vendors only in gateways"),
        ("gateways/llm.py", "import redis", "Redis only in streams"),
        ("web/sse.py", "from redis.asyncio import Redis", "Redis only in streams"),
        ("processors/route.py", "from faststream import Context", "Redis only in streams"),
        ("ops/apps/service.py", "import ops.files.service", "Slices do not know each other"),
        ("ops/apps/service.py", "import ops.modules", "Slices do not know each other"),
    ],
)
def test_a_broken_rule_is_seen(small_house: Path, name: str, code: str, contract: str) -> None:
    write(small_house, "ops/settings.py", "")
    write(small_house, "gateways/llm.py", "")
    for part in ("apps", "files"):
        write(small_house, f"ops/{part}/__init__.py", "")
        write(small_house, f"ops/{part}/service.py", "")
    write(small_house, "ops/modules.py", "import ops.files.service")
    write(small_house, name, code)
    outcome = lint(small_house)
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    broken = [line for line in outcome.stdout.splitlines() if line.endswith("BROKEN")]
    assert [line for line in broken if line.startswith(contract)], outcome.stdout
