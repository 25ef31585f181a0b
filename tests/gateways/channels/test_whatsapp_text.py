"""What we say, with WhatsApp's marks, in pieces that fit."""

from __future__ import annotations

from gateways.channels.whatsapp_text import cut, rendered


def test_marks_are_whatsapps_and_code_stays() -> None:
    text = "**bold** [it](https://example.com/a)\n```python\na = **b\n```\n[x](https://x.example)"
    assert rendered(text) == (
        "*bold* it (https://example.com/a)\n```a = **b```\nx (https://x.example)"
    )
    assert rendered("[https://x.example](https://x.example)") == "https://x.example"
    assert rendered(" \n") == "…"


def test_pieces_fit_and_lose_no_word() -> None:
    text = "\n".join(f"line {number} with words" for number in range(400))
    pieces = cut(text, 100)
    assert all(len(one) <= 100 for one in pieces)
    assert " ".join(pieces).split() == text.split()
    assert cut("x" * 250, 100) == ["x" * 100, "x" * 100, "x" * 50]
    assert cut("short", 100) == ["short"]
    assert cut(f"{'x' * 100} \n ", 100) == ["x" * 100], "what is empty is taken by nobody"
