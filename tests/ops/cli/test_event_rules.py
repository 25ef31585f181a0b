"""`nexus events rules` says what each rule did, and what it did not do because it was too often."""

from __future__ import annotations

import json
from typing import Any

from tests.ops.cli.conftest import Nexus, wait_for

RULES = """
- {name: often, on: storm.blows, do: notify, says: It blows., per_minute: 2}
- {name: never, on: storm.over, do: notify, says: It is over.}
"""


def test_what_a_rule_did_and_did_not_do_is_shown(nexus: Nexus) -> None:
    file = nexus.root / "events/rules.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(RULES)

    def counts() -> dict[str, Any]:
        listed = json.loads(nexus("events", "rules", "list", "--json").stdout)
        return {one["name"]: one for one in listed}

    assert "fired" not in counts()["often"]
    for number in range(5):
        assert nexus("events", "publish", "storm.blows", f'{{"n": {number}}}').returncode == 0
    wait_for(lambda: counts()["often"].get("skipped") == 3)
    assert counts()["often"]["fired"] == 2
    lines = nexus("events", "rules", "list").stdout.splitlines()
    assert lines[0].startswith("often")
    assert "fired 2 times; skipped 3 beyond 2 a minute, the last 20" in lines[1]
    assert lines[2].startswith("never")
    assert len(lines) == 3
    told = nexus("events", "tail", "-n", "20", "--json").stdout.splitlines()
    kinds = [json.loads(one)["type"] for one in told]
    assert kinds.count("rule.braked") == 1
    file.unlink()
