"""The description of the web door: valid, complete, and true of a real server."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.web.house import OWNER, House

EXAMPLES = 4
"""For each endpoint; a longer run is a matter of `--max-examples`."""
RUN = "import gc; gc.disable(); from schemathesis.cli import schemathesis; schemathesis()"
CHECKS = ",".join(
    (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
    )
)


async def described(home: House) -> dict[str, Any]:
    said = await home.client().get("/api/openapi.json")
    assert said.status_code == 200
    found: dict[str, Any] = said.json()
    return found


async def test_every_endpoint_is_described(home: House) -> None:
    found = await described(home)
    assert found["openapi"].startswith("3.1")
    there = {f"{method.upper()} {path}" for path, one in found["paths"].items() for method in one}
    wanted = {f"{e.method} {e.path}" for e in home.modules.endpoints if e.method != "WS"}
    assert there == wanted
    assert "/api/ws" in found["info"]["description"]
    for path, one in found["paths"].items():
        for operation in one.values():
            assert operation["summary"], path
    names = [op["operationId"] for one in found["paths"].values() for op in one.values()]
    assert len(names) == len(set(names))


async def test_payloads_are_those_of_the_code(home: House) -> None:
    schemas = (await described(home))["components"]["schemas"]
    assert {"Ask", "Receipt", "Turn", "Sessions", "Hits", "Completion", "Problem"} <= set(schemas)
    assert schemas["Ask"]["additionalProperties"] is False
    assert schemas["Turn"]["properties"]["state"]["enum"] == [
        *("queued", "working", "waiting", "done")
    ]


@pytest.mark.timeout(400)
async def test_nothing_that_fits_or_does_not_fit_breaks_the_server(
    home: House, tmp_path: Path
) -> None:
    """Schemathesis over the whole description, against the running server."""
    await home.say("hello")
    command = (
        # Python before 3.11.8 loses count of its depth when the collector runs in the middle.
        *(sys.executable, "-c", RUN, "run"),
        f"{home.url}/api/openapi.json",
        *("--header", f"X-API-Key: {OWNER}"),
        *("--checks", CHECKS),
        *("--phases", "coverage,fuzzing"),
        *("--max-examples", str(EXAMPLES)),
        "--generation-deterministic",
        *("--request-timeout", "10", "--workers", "2", "--no-color", "--continue-on-failure"),
    )
    ran = await asyncio.create_subprocess_exec(
        *map(str, command),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await ran.communicate()
    assert ran.returncode == 0, output.decode()[-6_000:]
