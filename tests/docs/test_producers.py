"""The producers on the pages, in three languages: each is heard, and heard once."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from ops.event_sources import Sources
from ops.vault import Vault
from schemas.desk import Happened
from tests.house.tree import ROOT
from tests.stand import Stand
from tests.web.house import house

HERE = ROOT / "docs/producers"
LONGEST = 14
"""Lines, comments and empty ones aside."""


def _node() -> str:
    ours = Path(sys.prefix) / "node/bin/node"
    return str(ours) if ours.exists() else "node"


WAYS = {"tell.sh": "bash", "tell.py": sys.executable, "tell.mjs": _node()}


@pytest.mark.parametrize("name", WAYS)
async def test_a_producer_in_ten_lines_is_heard_once(
    stand: Stand, tmp_path: Path, name: str
) -> None:
    async with house(stand, tmp_path) as home:
        made = Sources(Vault(home.settings.root)).add("there", "generic")
        env = {
            **os.environ,
            "TELL_URL": home.url,
            "TELL_SOURCE": "there",
            "TELL_SECRET": made.secret.decode(),
        }
        for secret, status in ((made.secret.decode(), 0), (made.secret.decode(), 0), ("no", 1)):
            process = await asyncio.create_subprocess_exec(
                WAYS[name], str(HERE / name), "disk.full", '{"free": 0, "name": "ä"}', "key-1",
                env={**env, "TELL_SECRET": secret}, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
            said, _ = await asyncio.wait_for(process.communicate(), 60)
            assert bool(process.returncode) == bool(status), said.decode()
        events = [Happened.model_validate_json(one) for one in await stand.data("events")]
    (event,) = events
    assert (event.type, event.data) == ("disk.full", {"free": 0, "name": "ä"})
    assert event.person == "source-there"


@pytest.mark.parametrize("name", WAYS)
def test_it_is_short(name: str) -> None:
    lines = (HERE / name).read_text("utf-8").splitlines()
    real = [one for one in lines if one.strip() and not one.lstrip().startswith(("#", "//", '"""'))]
    assert len(real) <= LONGEST
