"""What a person wrote in a mail: plain, without what they quote, and without their signature."""

from __future__ import annotations

import re
from email.message import EmailMessage

LONGEST = 100_000
"""Characters of one mail that are read."""
_MOST_HTML = 150_000
"""Characters: what reads them takes seconds for more, and anybody may send a mail."""
_BESIDE = "script, style, noscript, template, head, form, iframe, svg, blockquote"
_QUOTES = ".gmail_quote, .gmail_quote_container, #divRplyFwdMsg, .moz-cite-prefix, .yahoo_quoted"
_ORIGINAL = re.compile(r"\s*(?:-{4,}\s*\w[\w ]{2,40}\s*-{4,}|_{20,})\s*")
"""A line that begins what is quoted or forwarded: `-----Original Message-----`."""
_FORWARDED = re.compile(
    r"^\s*(?:-{2,}\s*(?:forwarded message|weitergeleitete nachricht|message transféré)\b"
    r"|begin forwarded message:)",
    re.IGNORECASE | re.MULTILINE,
)
_FORWARD_SUBJECT = re.compile(r"\s*(?:fwd?|wg|tr|rv|i)\s*:", re.IGNORECASE)
_LEAD = re.compile(r".{0,300}[:\uff1a]\s*")


def said(message: EmailMessage) -> str:
    """Return what is new in a mail; blocks for HTML, so call it in a thread."""
    text = written(message)
    whole = forwarded(str(message.get("Subject", "")), text)
    return (text if whole else unquoted(text))[:LONGEST].strip()


def forwarded(subject: str, text: str) -> bool:
    """Whether a mail hands on what somebody else said: that is what it is about, and stays."""
    return bool(_FORWARD_SUBJECT.match(subject) or _FORWARDED.search(text))


def written(message: EmailMessage) -> str:
    """Return the text of a mail, quotes and all."""
    body = message.get_body(("plain", "html"))
    if body is None:
        return ""
    try:
        found = body.get_content()
    except (LookupError, ValueError, AttributeError, AssertionError):
        raw = body.get_payload(decode=True)
        found = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
    if not isinstance(found, str):
        return ""
    if body.get_content_subtype() == "html":
        found = _plain(found[:_MOST_HTML])
    return found.replace("\r\n", "\n").replace("\x00", "")


def _plain(html: str) -> str:
    from justhtml import Drop, JustHTML  # noqa: PLC0415 - at first use

    # It parses as browsers do; nothing in it is fetched, and what is quoted goes with its marks.
    page = JustHTML(html, transforms=[Drop(_QUOTES), Drop(_BESIDE)])
    return re.sub(r"\n{3,}", "\n\n", page.to_text("\n", separator_blocks_only=True)).strip()


def unquoted(text: str) -> str:
    """Return a text up to where it quotes, and without its signature.

    What stands between quotes, as people answer point by point, is kept.
    """
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if _ORIGINAL.fullmatch(line) or line in {"-- ", "--"}:
            lines = lines[:number]
            break
    quoted = [line.lstrip().startswith(">") for line in lines]
    kept = [line for line, quote in zip(lines, quoted, strict=True) if not quote]
    if any(quoted):
        # The line before a quote says who wrote it, and when.
        first = quoted.index(True)
        before = lines[:first]
        while before and not before[-1].strip():
            before.pop()
        end = len(before)
        if before and _LEAD.fullmatch(before[-1]):
            end -= 1
            # Such a line is often broken into two.
            if end and re.match(r"(on|am|le|el|il|op)\b", before[end - 1], re.IGNORECASE):
                end -= 1
        after = [
            line for line, quote in zip(lines[first:], quoted[first:], strict=True) if not quote
        ]
        kept = [*before[:end], *after]
    return "\n".join(kept).strip()
