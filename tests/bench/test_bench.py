"""The benchmarks run and print what others rely on; no clock ever fails them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import uvloop

from bench import __main__ as bench
from bench import footprint, pipeline
from bench.private import durable_redis
from tests.house.tree import ROOT

PIPELINE = {
    *("p50_ms", "p99_ms", "floor_p50_ms", "p50_ratio", "chains_per_s"),
    *("floor_chains_per_s", "throughput_ratio", "cpu_us_per_chain"),
    *("floor_cpu_us_per_chain", "cpu_ratio"),
}
FOOTPRINT = {"rss_mb", "cpu_percent", "ready_s"}


def test_the_pipeline_is_measured_beside_its_floor() -> None:
    with durable_redis() as urls:
        found = uvloop.run(pipeline.run(urls, singles=10, backlog=50, rounds=2))
    assert set(found) == PIPELINE
    assert all(value > 0 for value in found.values())


def test_a_whole_server_is_measured_and_gone_afterwards() -> None:
    found = footprint.measure(1.0, settle=0.0)
    assert set(found) >= FOOTPRINT
    assert {"supervisor", "durable", "live", "core"} <= set(found["processes"])
    assert found["ready_s"] > 0
    assert found["rss_mb"] > found["pss_mb"] > 0


def test_the_last_line_is_one_object(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = dict.fromkeys(PIPELINE, 1.25)
    monkeypatch.setattr(pipeline, "main", lambda *, quick: figures | {"quick": quick})
    assert bench.main(["pipeline", "--quick", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == figures | {"quick": True}
    assert bench.main(["pipeline"]) == 0
    assert "1.25" in capsys.readouterr().out


def test_an_unknown_name_is_said_to_be_that() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bench", "nothing"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    said = "there is no benchmark nothing; choose pipeline or turn or sse or footprint or burst"
    assert said in ran.stderr
