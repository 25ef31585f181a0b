"""The list of builtin tools: complete, green, well described, and light to load."""

from __future__ import annotations

import subprocess
import sys

from processors.tools.builtin import BUILTIN
from processors.tools.declare import named
from processors.tools.registry import Registry
from schemas.tools import Tier


def test_all_are_green_and_described(house: Registry) -> None:
    specs = [spec for spec in house.specs("full") if spec.tier is Tier.GREEN]
    assert [spec.name for spec in specs] == [
        "system_info",
        "system_processes",
        "docker_list",
        "docker_logs",
        "files_list",
        "files_read",
        "files_search",
        "files_largest",
        "services_status",
        "time_now",
        "tools_find",
        "download_offer",
        "compose_show",
        "web_fetch",
        "subagent_delegate",
    ]
    for spec in specs:
        assert spec.description.endswith(".")
        # No person asks for the finder.
        assert len(spec.examples) >= 2 or spec.name == "tools_find"
        for about in spec.parameters["properties"].values():
            assert about.get("description"), spec.name


def test_the_owner_s_files_are_for_the_owner_alone(house: Registry) -> None:
    looks = {
        *("system_info", "system_processes", "docker_list"),
        *("services_status", "time_now", "tools_find"),
    }
    for profile, more in (
        ("messaging", {"web_fetch", "subagent_delegate"}),
        ("readonly", set[str]()),
    ):
        shown = {spec.name for spec in house.specs(profile)}
        assert shown == looks | more
        for name in (
            "files_read",
            "files_write",
            "notes_append",
            "docker_logs",
            "docker_restart",
            "compose_show",
            "download_offer",
            "http_download",
        ):
            assert not house.permits(name, profile, person="grace", channel="web")


def test_a_key_that_may_only_talk_reaches_no_file_of_its_owner(house: Registry) -> None:
    for name in ("files_list", "files_read", "files_search", "files_largest", "notes_append"):
        assert house.permits(name, "full", person="owner", channel="api")
        assert not house.permits(name, "full", person="owner", channel="talk")


def test_each_has_a_tier_and_says_what_it_acts_on() -> None:
    """And what changes something is weighed, so that a person can be shown what it is."""
    for one in BUILTIN:
        assert one.tier < Tier.BLACK
        assert (one.effect == "none") == (one.tier == Tier.GREEN)
        if one.effect != "none":
            assert one.weigh is not None, one.name
            assert one.examples, one.name
            assert one.name in {"notes_append", "shell_run", "files_restore"} or one.identify


def test_no_schema_has_a_word_of_consent() -> None:
    for one in BUILTIN:
        for argument in named(one.function):
            assert argument not in {"confirm", "confirmed", "approve", "approved", "force", "sudo"}


def test_loading_them_loads_no_vendor() -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, processors.tools.builtin, gateways.llm.rules;"
            "heavy = ('docker', 'requests', 'httpx2', 'justhtml');"
            "print([name for name in heavy if name in sys.modules])",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert said.stdout.strip() == "[]"
