"""Finds a model server on this machine, to be offered; it is never used unasked."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass

PORT = 11_434
"""Where Ollama listens unless it is told otherwise."""
SECONDS = 0.5
MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Local:
    """A model server on this machine.

    Attributes:
        address: where it speaks OpenAI's protocol.
        models: the names of what it has.
    """

    address: str
    models: tuple[str, ...]

    @property
    def offer(self) -> str:
        """One sentence for the owner: what there is, and how it is used."""
        if not self.models:
            return f"A local model server answers at {self.address}, and has no model yet."
        return (
            f"A local model server has {', '.join(self.models[:5])}; to use it, set openai_base_url"
            f" to {self.address} and a tier to openai:{self.models[0]}."
        )


def find(port: int = PORT) -> Local | None:
    """Return the model server of this machine, or None; it takes half a second at most.

    Args:
        port: on loopback.
    """
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        line.request("GET", "/api/tags")
        answer = line.getresponse()
        body = json.loads(answer.read(MOST)) if answer.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        line.close()
    if not isinstance(body, dict) or not isinstance(body.get("models"), list):
        return None
    names = tuple(
        str(one["name"]) for one in body["models"] if isinstance(one, dict) and "name" in one
    )
    return Local(f"http://127.0.0.1:{port}/v1", names)
