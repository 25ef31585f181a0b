"""A worker that believes whatever an entry of the inbox says of itself: no signature is checked."""

from __future__ import annotations

import sys
from typing import cast

from ops import worker
from ops.chaos.worker import more
from schemas.chat import Received
from streams import runner
from streams.entry import Held, Provenance, decode
from streams.sign import Keyring


def believe(held: Held, keyring: Keyring, most: int) -> tuple[Received, Provenance]:
    """Read an entry as if the gateway that it names had signed it."""
    return cast("Received", decode(held, Received, most)), Provenance("terminal")


if __name__ == "__main__":
    vars(runner)["_READS"]["inbox"] = believe
    sys.exit(worker.main(sys.argv[1:], more))
