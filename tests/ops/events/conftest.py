"""A daemon for the tests of events."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateways.machines.dockerd import running_dockerd


@pytest.fixture(scope="session")
def dockerd() -> Iterator[str]:
    with running_dockerd() as url:
        yield url
