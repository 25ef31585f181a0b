"""What a turn offered to its person to be saved: where the channel can, it goes with the answer."""

from __future__ import annotations

from contextlib import suppress

from pydantic import ValidationError

from schemas.chat import Enclosed
from schemas.record import Observed
from streams.record import TurnRecord

OFFER = "download_offer"
"""The tool that offers a file; what it found stands in its result."""
MOST = 4
"""Files of one answer; a message holds their paths, and is small."""


def offered(record: TurnRecord) -> tuple[Enclosed, ...]:
    """Return the files that a turn offered, each once and in their order; the first ones."""
    found: dict[str, Enclosed] = {}
    for one in record.of(Observed):
        if one.tool == OFFER and one.ok and isinstance(one.data, dict):
            about = {name: one.data.get(name) for name in ("path", "size")}
            # What was cut to fit a record names no file.
            with suppress(ValidationError):
                file = Enclosed.model_validate(about)
                found.setdefault(file.path, file)
    return tuple(found.values())[:MOST]
