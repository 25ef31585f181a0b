"""Every setting is shown in .env.example, and nothing else is; generated pages are up to date."""

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel
from pydantic_settings import BaseSettings

from tests.house.tree import ROOT, files, text

SHOWN = re.compile(r"^#? ?([A-Z][A-Z0-9_]*)=", re.MULTILINE)


def variables(model: type[BaseModel], prefix: str, delimiter: str) -> Iterator[str]:
    """The environment variables that set a model's fields, those of nested models included."""
    for name, field in model.model_fields.items():
        alias = field.validation_alias
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from variables(inner, f"{prefix}{name}{delimiter}", delimiter)
        else:
            yield (alias if isinstance(alias, str) else f"{prefix}{name}").upper()


def test_the_example_shows_every_setting() -> None:
    if Path("ops/settings.py") not in files():
        return
    settings: type[BaseSettings] = importlib.import_module("ops.settings").Settings
    prefix = settings.model_config.get("env_prefix", "")
    delimiter = settings.model_config.get("env_nested_delimiter") or "__"
    shown = set(SHOWN.findall(text(Path(".env.example"))))
    missing = set(variables(settings, prefix, delimiter)) - shown
    assert not missing, "run `make docs`"


def test_the_generated_pages_are_up_to_date() -> None:
    if Path("ops/docs.py") not in files():
        return
    ran = subprocess.run(
        [sys.executable, "-m", "ops.docs", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"run `make docs`\n{ran.stdout}{ran.stderr}"
