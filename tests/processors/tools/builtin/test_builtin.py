"""The list of builtin tools: complete, green, well described, and light to load."""

from __future__ import annotations

import subprocess
import sys

from processors.tools.registry import Registry
from schemas.tools import Tier


def test_all_are_green_and_described(house: Registry) -> None:
    specs = house.specs("readonly")
    assert [spec.name for spec in specs] == [
        "system_info",
        "system_processes",
        "docker_list",
        "docker_logs",
        "files_list",
        "files_read",
        "files_search",
        "services_status",
        "time_now",
        "tools_find",
    ]
    for spec in specs:
        assert spec.tier is Tier.GREEN
        assert spec.description.endswith(".")
        assert len(spec.examples) >= 3 or spec.name == "tools_find"  # no person asks for it
        for about in spec.parameters["properties"].values():
            assert about.get("description"), spec.name


def test_loading_them_loads_no_vendor() -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, processors.tools.builtin, gateways.llm.rules;"
            "print([name for name in ('docker', 'requests') if name in sys.modules])",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert said.stdout.strip() == "[]"
