"""The wheel holds the six packages, with what is no Python in them, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.house.tree import PACKAGES, ROOT, files


def test_the_wheel_holds_the_six_packages(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("livos-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {Path(name) for name in archive.namelist()}
    tops = {name.parts[0] for name in packed if not name.parts[0].endswith(".dist-info")}
    assert tops == set(PACKAGES)
    assert {name for name in files() if name.parts[0] in PACKAGES} <= packed
    # The built page is in no commit, and in every wheel; what it is built with is in none.
    assert Path("web/static/index.html") in packed
    assert not [name for name in packed if "node_modules" in name.parts]
