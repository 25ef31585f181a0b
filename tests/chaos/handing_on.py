"""A worker with the witness's tools and no channel: what leaves it, the messengers hand over.

`python -m tests.chaos.handing_on`.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from ops import worker
from ops.chaos.worker import more
from ops.main import More
from ops.settings import Settings


def handing_on(settings: Settings) -> More:
    """Return what this deployment has beyond all others."""
    return replace(more(settings), channels=())


if __name__ == "__main__":
    sys.exit(worker.main(sys.argv[1:], handing_on))
