"""What we say, as Telegram shows it."""

from __future__ import annotations

import pytest

from gateways.channels.telegram_text import LONGEST, Entity, cut, pages, rendered, size


def test_marks_become_entities_counted_as_telegram_counts() -> None:
    text, entities = rendered("\U0001f642 **so** `x = 1`\n```sh\nls\n```\nend")
    assert text == "\U0001f642 so x = 1\nls\nend"
    assert entities == (
        Entity("bold", 3, 2),
        Entity("code", 6, 5),
        Entity("pre", 12, 2, language="sh"),
    )


def test_a_link_says_where_it_leads() -> None:
    text, entities = rendered("[your bank](https://evil.example/x)")
    assert text == "your bank (https://evil.example/x)"
    assert entities == (Entity("text_link", 0, 9, url="https://evil.example/x"),)
    assert rendered("[x](javascript:alert)")[1] == ()


def test_nobody_is_called() -> None:
    text, _ = rendered("ask @anna, or mail@example.com")
    assert text == "ask @\u2060anna, or mail@example.com"


def test_nothing_is_no_message() -> None:
    assert rendered(" \n")[0] == "…"


@pytest.mark.parametrize("text", ["line\n" * 3_000, "\U0001f642" * 9_000, "x" * 4_096, ""])
def test_pieces_fit_and_lose_nothing(text: str) -> None:
    pieces = cut(text)
    assert "".join(pieces) == text
    assert all(size(piece) <= LONGEST for piece in pieces)


def test_a_piece_breaks_no_link_and_keeps_what_it_holds() -> None:
    links = "".join(f"[{number}](https://example.com/{number}) " for number in range(300))
    text, entities = rendered(f"\U0001f642 ```\n{'code ' * 900}\n``` {links}")
    found = pages(text, entities)
    assert "".join(piece for piece, _ in found) == text
    assert len(found) > 2
    seen = [one for _, there in found for one in there if one.type == "text_link"]
    assert [one.url for one in seen] == [f"https://example.com/{number}" for number in range(300)]
    for piece, there in found:
        assert all(one.offset + one.length <= size(piece) for one in there)
        assert piece.count("(https://") == piece.count("example.com/")
    assert sum(one.length for _, there in found for one in there if one.type == "pre") == 4_500
