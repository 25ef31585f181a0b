"""What is new in a mail: quotes, signatures and marks are not."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from gateways.channels.email_text import LONGEST, forwarded, said, unquoted


def mail(text: str, html: str = "", subject: str = "hello") -> EmailMessage:
    found = EmailMessage()
    found["Subject"] = subject
    if text:
        found.set_content(text)
        if html:
            found.add_alternative(html, subtype="html")
    else:
        found.set_content(html, subtype="html")
    return found


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("yes\n", "yes"),
        ("yes\n\nOn Mon, 1 Jan 2026 at 10:00, LivOS <h@x> wrote:\n> APPROVE BCDF-2345\n", "yes"),
        ("yes\n\nOn Mon, 1 Jan 2026 at 10:00, LivOS\n<home@example.com> wrote:\n> no\n", "yes"),
        ("yes\n\n-----Original Message-----\nFrom: a\n\nno", "yes"),
        ("yes\n________________________________\nFrom: a\nno", "yes"),
        ("yes\n-- \nAda\nDirector", "yes"),
        ("> first?\nyes\n> second?\nno", "yes\nno"),
        ("> only a quote\n", ""),
        ("On monday we go\nand > is a sign", "On monday we go\nand > is a sign"),
    ],
)
def test_what_is_quoted_is_cut(text: str, new: str) -> None:
    assert unquoted(text) == new


def test_marks_become_plain_words() -> None:
    html = (
        "<style>p{color:red}</style><p>Restart <b>jellyfin</b></p><p>please</p>"
        '<script>x()</script><img src="http://evil.example/pixel.png">'
        '<div class="gmail_quote">old words</div><blockquote>older words</blockquote>'
    )
    found = said(mail("", html))
    assert [line for line in found.splitlines() if line] == ["Restart jellyfin", "please"]
    assert said(mail("plain\n", html)) == "plain"
    assert said(EmailMessage()) == ""


def test_what_is_handed_on_is_known_and_stays() -> None:
    text = "see\n\n---------- Forwarded message ---------\nFrom: eve\n\nAPPROVE BCDF-2345\n"
    assert forwarded("hello", text)
    assert forwarded("Fwd: hello", "x")
    assert not forwarded("Re: hello", "it was forwarded")
    assert "eve" in said(mail(text))


def test_a_mail_without_end_is_cut() -> None:
    assert len(said(mail("x " * 200_000))) <= LONGEST
