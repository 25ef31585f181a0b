"""`python -m ops.docs [--check]`: writes the pages that are made from the code."""

from __future__ import annotations

import sys
from pathlib import Path

from ops import command_page, pages, reference
from processors.pipeline import ELSEWHERE, STAGES
from streams import topology

ROOT = reference.ROOT
BEGIN = "<!-- topology: drawn by `make docs` -->"
END = "<!-- end of topology -->"


def files(root: Path = ROOT) -> dict[Path, str]:
    """Return every generated file with the text it should have.

    Raises:
        ValueError: ARCHITECTURE.md has no place for the picture.
    """
    folder = root / "docs/reference"
    made = {
        "commands": command_page.commands(),
        "topics": pages.topics(),
        "tools": pages.tools(),
        "errors": pages.errors(),
        "metrics": pages.metric_page(),
    }
    architecture = root / "ARCHITECTURE.md"
    return {
        **reference.files(root),
        **{folder / f"{name}.md": text for name, text in made.items()},
        architecture: drawn_into(architecture.read_text(encoding="utf-8")),
    }


def drawn_into(text: str) -> str:
    """Return a page with the topology of today between its markers.

    Raises:
        ValueError: the markers are not there.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"ARCHITECTURE.md needs the lines {BEGIN} and {END}")
    picture = topology.mermaid(topology.graph((*STAGES, *ELSEWHERE)))
    return f"{before}{BEGIN}\n\n```mermaid\n{picture}\n```\n\n{END}{after}"


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` say which are stale."""
    stale = [
        (path, text)
        for path, text in files().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in stale:
        name = path.relative_to(ROOT)
        if "--check" in arguments:
            sys.stderr.write(f"{name} is not what the code says; run `make docs`.\n")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{name}\n")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
