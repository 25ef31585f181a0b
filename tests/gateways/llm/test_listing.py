"""Which models a provider has: asked once, and why it does not say where it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateways.llm.faults import BadKey
from gateways.llm.listing import offered, talks
from schemas.errors import Refused
from tests.gateways.llm.provider import PROVIDERS, provider


@pytest.mark.parametrize("name", PROVIDERS)
async def test_a_server_says_what_it_has_to_whoever_it_lets_in(name: str, tmp_path: Path) -> None:
    with provider(name, tmp_path) as server:
        found = await offered(name, "good-key", server.address)
        assert (found.names, found.refused) == (("some-model",), None)
        found = await offered(name, "bad-key", server.address)
        assert found.names == ()
        assert isinstance(found.refused, BadKey)
        address = server.address
    found = await offered(name, "good-key", address)
    assert found.names == ()
    assert isinstance(found.refused, Refused)
    assert str(found.refused).startswith("Nobody answers at http://")


@pytest.mark.parametrize(
    ("name", "talking"),
    [
        ("gpt-5-mini", True),
        ("qwen3:8b", True),
        ("claude-haiku-4-5", True),
        ("text-embedding-3-small", False),
        ("whisper-1", False),
        ("gpt-4o-mini-tts", False),
        ("omni-moderation-latest", False),
    ],
)
def test_some_models_are_not_there_to_talk(name: str, *, talking: bool) -> None:
    assert talks(name) == talking
