"""The model of a run: what it speaks, how it is started, and what it was asked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ops.chaos import wire

MODELS = (*wire.WIRES, "lines")
"""What the model may speak."""
SILENCE = 2.5
"""Seconds without a byte after which it is given up."""


def settings(name: str, port: int) -> dict[str, Any]:
    """Return the settings that lead to the model."""
    if name == "lines":
        return {"models": {"flash": "lines:{root}/model.sock"}}
    path = "/v1" if name == "openai" else ""
    # One that failed is left alone for a while: as with an owner's, another goes on meanwhile.
    both = (f"{name}:chaos", f"{name}:reserve")
    return {
        "models": {
            "flash": both, "first_seconds": SILENCE, "silence_seconds": SILENCE,
            "known": {one: {"thinking": "adaptive"} for one in both},
        },
        f"{name}_base_url": f"http://127.0.0.1:{port}{path}",
        f"{name}_api_key": "chaos",
    }  # fmt: skip


def words(name: str, root: Path, port: int, seed: str) -> Sequence[str]:
    """Return the words that run the model."""
    if name == "lines":
        return "ops.chaos.model", f"{root}/model.sock", seed, f"{root}/asked"
    return (
        "ops.chaos.wire", name, f"--port={port}", f"--seed={seed}", f"--log={root}/asked",
    )  # fmt: skip


def asked(root: Path) -> Counter[str]:
    """Return how often the model was asked, by the place in the turn and the question."""
    lines = (root / "asked").read_text("utf-8").splitlines()
    rows = (json.loads(line) if line.startswith("{") else line for line in lines)
    return Counter(
        row if isinstance(row, str) else f"{row['place']} {row['question']}"
        for row in rows
        if isinstance(row, str) or "place" in row
    )
