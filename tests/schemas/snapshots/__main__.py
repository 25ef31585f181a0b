"""Write the snapshots anew: `python -m tests.schemas.snapshots`."""

from tests.schemas.snapshots import write

write()
