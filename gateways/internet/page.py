"""What a person would read of a page, as Markdown."""

from __future__ import annotations

import re

from gateways.internet.fetch import Fetched
from schemas.errors import Invalid

MOST = 500_000
"""Characters of HTML that are read; a longer page is cut."""
_BESIDE = "script, style, noscript, template, nav, header, footer, aside, form, iframe, svg, dialog"
_TEXTS = re.compile(r"text/[\w.+-]+|application/(?:[\w.-]+\+)?(?:json|xml|yaml|javascript|toml)")
_HTML = frozenset({"text/html", "application/xhtml+xml"})


def text_of(found: Fetched) -> tuple[str, str]:
    """Return a page's title and its text, as Markdown; blocks, so call it in a thread.

    Raises:
        Invalid: it is not text.
    """
    if b"\x00" in found.body[:8_192]:
        raise Invalid(f"{found.url[:200]} is not text but {found.type or 'something'}.")
    if found.type in _HTML or (not found.type and found.body.lstrip()[:1] == b"<"):
        return _readable(_decoded(found)[:MOST])
    if found.type and not _TEXTS.fullmatch(found.type):
        raise Invalid(f"{found.url[:200]} is not text but {found.type}.")
    return "", _decoded(found)


def _decoded(found: Fetched) -> str:
    charset = found.charset
    if not charset:
        said = re.search(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{1,40})", found.body[:4_096], re.I)
        charset = said[1].decode("ascii") if said else "utf-8"
    try:
        return found.body.decode(charset, "replace")
    except LookupError:
        return found.body.decode("utf-8", "replace")


def _readable(html: str) -> tuple[str, str]:
    from justhtml import Drop, JustHTML  # noqa: PLC0415 - at first use

    # It parses as browsers do, and lets no script and no address but http and https through.
    page = JustHTML(html, transforms=[Drop(_BESIDE)])
    titles = page.query("title")
    text = re.sub(r"\n{3,}", "\n\n", page.to_markdown()).strip()
    return " ".join(titles[0].to_text().split())[:300] if titles else "", text
