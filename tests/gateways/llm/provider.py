"""Provider servers in processes of their own, and our models that speak to them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from gateways.llm import claude, gemini, openai_compatible
from gateways.llm.base import Model
from gateways.llm.door import Bounds
from gateways.llm.models import Known
from schemas.tools import Tier, ToolSpec

PROVIDERS = ("gemini", "anthropic", "openai")
KNOWN = Known(input=1.0, cached=0.1, kept=1.25, output=10.0, thinking="adaptive")
TOOL = ToolSpec(
    name="time_now",
    description="Tell the time.",
    tier=Tier.GREEN,
    timeout=5,
    parameters={
        "type": "object",
        "properties": {"zone": {"type": "string"}, "note": {"type": "string"}},
        "additionalProperties": False,
    },
)


class Purse:
    """Keys that can be changed, by their providers."""

    def __init__(self, **keys: str) -> None:
        self.keys = keys

    def get(self, name: str) -> SecretStr | None:
        """Return a key by its name in the environment."""
        found = self.keys.get(name.removesuffix("_API_KEY").lower())
        return SecretStr(found) if found else None


class Provider:
    """A server that speaks one provider's protocol.

    Attributes:
        name: the provider.
        address: its URL.
    """

    def __init__(self, name: str, folder: Path, port: int) -> None:
        self.name = name
        self._folder = folder
        self.address = f"http://127.0.0.1:{port}" + ("/v1" if name == "openai" else "")

    def says(self, *places: Any, question: str = "hello") -> None:
        """Write down what it says: a place is an answer, or a list of tries."""
        rows = [place if isinstance(place, list) else [place] for place in places]
        book = self._folder / "book.json"
        known = json.loads(book.read_text()) if book.exists() else {}
        book.write_text(json.dumps({**known, question: rows}))

    @property
    def log(self) -> list[dict[str, Any]]:
        """What it was asked, request by request."""
        path = self._folder / "asked.log"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def model(
        self,
        *,
        keys: Purse | None = None,
        bounds: Bounds | None = None,
        known: Known = KNOWN,
        name: str = "",
    ) -> Model:
        """Return our model that speaks to it."""
        purse = keys or Purse(**dict.fromkeys(PROVIDERS, "good-key"))
        limits = bounds or Bounds()
        model = name or f"some-{self.name}"
        match self.name:
            case "gemini":
                return gemini.Gemini(model, gemini.door(purse, self.address, limits), known)
            case "anthropic":
                return claude.Claude(model, claude.door(purse, self.address, limits), known)
            case _:
                way = openai_compatible.door(purse, self.address, limits)
                return openai_compatible.OpenAICompatible(model, way, known, local=True)


@contextmanager
def provider(name: str, folder: Path) -> Iterator[Provider]:
    """Run a provider's server until the end of the block."""
    folder.mkdir(exist_ok=True)
    (folder / "book.json").write_text("{}")
    words = (
        sys.executable, "-m", "ops.chaos.wire", name,
        f"--log={folder}/asked.log", f"--book={folder}/book.json",
    )  # fmt: skip
    process = subprocess.Popen(words)
    try:
        yield Provider(name, folder, _port(folder / "asked.port", process))
    finally:
        process.kill()
        process.wait()


def _port(path: Path, process: subprocess.Popen[bytes]) -> int:
    until = time.monotonic() + 30
    while not path.exists():
        assert process.poll() is None, "the server ended"
        assert time.monotonic() < until, "the server did not start"
        time.sleep(0.01)
    return int(path.read_text())
