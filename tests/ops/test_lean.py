"""Imports that are kept out."""

from __future__ import annotations

import subprocess
import sys


def loaded(code: str) -> set[str]:
    command = [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(answer.stdout.split())


def test_logging_does_without_rich_and_rich_is_still_there() -> None:
    assert "rich" not in loaded("import ops.logs")
    assert "rich" in loaded("import ops.logs\nimport rich")
    assert "rich" in loaded("import rich\nimport ops.logs")


def test_the_supervisor_does_without_tls_and_tls_is_still_there() -> None:
    assert "_ssl" not in loaded("import ops.supervised")
    assert "_ssl" in loaded("import ops.supervised\nimport ssl")


def test_a_worker_does_without_what_only_terminals_need() -> None:
    assert not {"rich", "typer"} & loaded("import ops.worker")


def test_a_plan_is_made_without_running_it() -> None:
    assert not {"redis", "faststream", "processors.pipeline"} & loaded("import ops.layout")
