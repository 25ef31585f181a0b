"""`python -m bench [NAME…] [--quick] [--json]`: measures, each number beside its floor."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

BENCHES = (
    "pipeline", "turn", "sse", "footprint", "burst", "soak", "tools", "events", "web",
)  # fmt: skip
"""All of them; each is a module with `main` and `ROWS`."""
USUAL = ("pipeline", "footprint")
"""What is measured when no name is given."""


def main(arguments: list[str]) -> int:
    """Run the named ones, or the usual ones."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter: a first look")
    parser.add_argument("--minutes", type=float, help="how long `soak` takes; 10 unless given")
    parser.add_argument("--json", action="store_true", help="one JSON object per name")
    given = parser.parse_args(arguments)
    for name in given.names:
        if name not in BENCHES:
            parser.error(f"there is no benchmark {name}; choose {' or '.join(BENCHES)}")
    for name in given.names or USUAL:
        bench = importlib.import_module(f"bench.{name}")
        more = {"minutes": given.minutes} if name == "soak" and given.minutes else {}
        found = bench.main(quick=given.quick, **more)
        if given.json:
            print(json.dumps(found), flush=True)
        else:
            Console().print(table(name, bench.ROWS, found))
    return 0


def table(name: str, rows: tuple[tuple[str, ...], ...], found: dict[str, Any]) -> Table:
    """Return what was found for people: what, ours, the floor's, and the ratio in bold."""
    drawn = Table("", "LivOS", "floor", "ratio", title=name, title_justify="left")
    for what, ours, floor, ratio, unit in rows:
        values = [f"{found[key]:,} {unit}".strip() if key else "" for key in (ours, floor)]
        drawn.add_row(what, *values, f"[bold]{found[ratio]:.2f}[/bold]" if ratio else "")
    return drawn


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
