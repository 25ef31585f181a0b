"""What a file is, by its own bytes: whatever its sender says of it is not believed."""

from __future__ import annotations

import codecs
from pathlib import Path

TEXT, UNKNOWN = "text/plain", "application/octet-stream"
PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
"""How the pictures begin that models understand."""
PIECE = 1 << 20


def kind_of(head: bytes, size: int, path: Path) -> str:
    """Return a file's media type.

    Args:
        head: its first bytes.
        size: how many it has.
        path: where it lies, to look whether it is text.
    """
    for magic, kind in PICTURES:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    return TEXT if size and _is_text(path) else UNKNOWN


def _is_text(path: Path) -> bool:
    """Whether it is UTF-8 all through, without signs that no text has."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while piece := file.read(PIECE):
                if b"\x00" in piece:
                    return False
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True
