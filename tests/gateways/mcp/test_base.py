"""What stands behind a server of ours."""

from __future__ import annotations

import pytest

from gateways.mcp.base import Readable


@pytest.mark.parametrize(("uri", "many"), [("nexus://a", False), ("nexus://a/{b}", True)])
def test_an_address_with_a_gap_is_the_form_of_many(uri: str, many: bool) -> None:
    assert Readable(uri, "a", "It.").many is many
