"""A setting that a page, a script or a comment names exists; the generated pages are up to date."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

from tests.house.tree import ROOT, files, text

VARIABLE = re.compile(r"\bNEXUS_[A-Z0-9]+(?:_+[A-Z0-9]+)*\b")


def test_a_setting_that_is_named_exists() -> None:
    if Path("ops/settings.py") not in files():
        return
    known = {setting.variable for setting in importlib.import_module("ops.settings").every()}
    for name in files():
        if name.parts[0] != "tests":
            unknown = set(VARIABLE.findall(text(name))) - known
            assert not unknown, f"{name} names {unknown}"


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
