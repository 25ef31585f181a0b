"""`nexus channels test`: what is logged beside it breaks no answer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ops.channels import commands
from ops.settings import Settings
from schemas.errors import Refused

LOUD = """
import logging, sys
from ops.channels import __main__ as process

async def test(settings, name):
    process.log.warning("channel.loud", channel=name)
    logging.getLogger("library").warning("loud too")
    return {"ok": True, "account": "bot", "ms": 1}

process._test = test
sys.exit(process.main(sys.argv[1:]))
"""
LOGGED = '{"event": "channel.loud", "level": "warning"}\n'


def test_an_answer_stands_alone_on_the_standard_output(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LOUD, f"--root={tmp_path}", "--test=telegram"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert json.loads(ran.stdout) == {"ok": True, "account": "bot", "ms": 1}
    assert "channel.loud" in ran.stderr
    assert "loud too" in ran.stderr


def test_why_it_fails_is_said_without_what_was_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(words: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(words, 3, "", f"{LOGGED}There is no channel x.\n")

    monkeypatch.setattr("ops.channels.commands.meant.settings", lambda: Settings(root=tmp_path))
    monkeypatch.setattr("ops.channels.commands.subprocess.run", run)
    with pytest.raises(Refused) as found:
        commands.ask("x")
    assert str(found.value) == "There is no channel x."
