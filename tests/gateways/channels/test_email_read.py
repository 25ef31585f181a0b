"""What a mail is: a letter of one person, or nothing that may be answered."""

from __future__ import annotations

from typing import Any

import pytest

from gateways.channels.email_read import Ignored, Letter, Said, opened, read

OWN = "home@home.example"
PLAIN = {
    "From": "Ada <Ada@good.example>", "To": OWN, "Subject": "hello",
    "Message-ID": "<1@good.example>",
    "Date": "Mon, 30 Nov 2026 10:00:00 +0000",
}  # fmt: skip


def raw(text: str = "yes", **heads: Any) -> bytes:
    named = {**PLAIN, **{name.replace("_", "-"): value for name, value in heads.items()}}
    lines = []
    for name, value in named.items():
        for one in value if isinstance(value, list) else [value]:
            lines += [f"{name}: {one}"] if one is not None else []
    return "\r\n".join([*lines, "", text, ""]).encode()


def letter(text: str = "yes", **heads: Any) -> Letter:
    found = read(raw(text, **heads), OWN)
    assert isinstance(found, Letter), found
    return found


def said(text: str = "yes", **heads: Any) -> Said:
    found = opened(raw(text, **heads))
    assert isinstance(found, Said), found
    return found


def test_a_letter_says_who_and_what() -> None:
    found = letter(References="<0@good.example> <x@y>", In_Reply_To="<x@y>")
    assert (found.who, found.name, found.domain) == ("ada@good.example", "Ada", "good.example")
    assert (found.subject, found.message) == ("hello", "<1@good.example>")
    assert said() == Said("yes", forward=False)
    assert said(Subject="Fwd: hello").forward
    assert found.root == "<0@good.example>"
    assert found.alone
    assert not letter(Cc="bob@good.example").alone
    assert letter(To="Home <home+anything@home.example>").alone
    assert found.at == 1_796_032_800_000
    # The same mail is the same, and nobody else's.
    assert letter().id == letter("other").id
    assert letter().id != letter(From="eve@good.example").id
    assert letter(Message_ID=None).id != letter("other", Message_ID=None).id


@pytest.mark.parametrize(
    ("heads", "why"),
    [
        ({"Auto-Submitted": "auto-replied"}, "machine"),
        ({"Auto-Submitted": "auto-generated; x=y"}, "machine"),
        ({"Precedence": "Bulk"}, "many"),
        ({"List-Id": "<x.y>"}, "list"),
        ({"List-Unsubscribe": "<https://x.example>"}, "list"),
        ({"Return-Path": "<>"}, "report"),
        ({"Content-Type": 'multipart/report; boundary="x"'}, "report"),
        ({"X-Autoreply": "yes"}, "machine"),
        ({"From": "MAILER-DAEMON@good.example"}, "machine"),
        ({"From": "no-reply@good.example"}, "machine"),
        ({"From": OWN}, "machine"),
        # Who checks it and who reads it might each take another sender.
        ({"From": ["ada@good.example", "eve@evil.example"]}, "not one sender"),
        ({"From": "ada@good.example, eve@evil.example"}, "not one sender"),
        ({"From": None}, "not one sender"),
        ({"From": "Friends: ada@good.example, eve@evil.example;"}, "not one sender"),
        ({"From": "ada"}, "address"),
        ({"From": "\u0430da@good.example"}, "address"),
        ({"From": f"{'a' * 64}@{'b' * 60}.example"}, "address"),
        ({"To": "eve@evil.example"}, "not addressed"),
        ({"To": "undisclosed-recipients:;"}, "not addressed"),
        ({"X-Long": "x" * 20_000}, "too long"),
    ],
)
def test_what_must_not_be_answered_is_not(heads: dict[str, Any], why: str) -> None:
    found = read(raw(**heads), OWN)
    assert isinstance(found, Ignored)
    assert why in found.why


def test_a_mail_that_says_no_is_a_persons() -> None:
    assert letter(Auto_Submitted="no").who == "ada@good.example"


def test_what_stands_in_a_name_is_no_sender() -> None:
    found = letter(From='"ada@good.example" <eve@evil.example>')
    assert found.who == "eve@evil.example"


def test_no_line_of_it_begins_another() -> None:
    found = letter(Subject="=?utf-8?q?hello=0D=0ABcc:_eve=40evil.example?=")
    assert "\n" not in found.subject
    assert "\r" not in found.subject


@pytest.mark.parametrize(
    "hostile",
    [
        b"", b"\x00\xff" * 50, b"From: " + b"(" * 5_000, b"\r\n\r\n",
        b"From: a@b\r\nTo: home@home.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        + b"--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * 2_000,
        raw(Content_Type="text/plain; charset=nothing"), raw(Date="yesterday"),
        raw(Content_Transfer_Encoding="base64", text="!!!"),
        raw(Message_ID=None, Date=f"Mon, 30 Nov 2026 10:00:00 +{'9' * 60} ({'c' * 60})"),
    ],
)  # fmt: skip
def test_nothing_hostile_is_an_error(hostile: bytes) -> None:
    assert isinstance(read(hostile, OWN), Letter | Ignored)
    assert isinstance(opened(hostile), Said | Ignored)


def test_of_what_is_judged_only_the_head_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes a second to read the parts of such a mail, and anybody may send some."""
    deep = "--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * 2_000
    monkeypatch.setattr("gateways.channels.email_read.message_from_bytes", None)
    assert letter(deep, Content_Type='multipart/mixed; boundary="x"').who == "ada@good.example"


def test_what_is_attached_is_a_file() -> None:
    text = (
        "--x\r\nContent-Type: text/plain\r\n\r\nlook\r\n--x\r\nContent-Type: image/png\r\n"
        'Content-Disposition: attachment; filename="../../a.png"\r\n\r\nxx\r\n--x--'
    )
    found = said(text, Content_Type='multipart/mixed; boundary="x"')
    ((name, data),) = [(one.name, one.data()) for one in found.files]
    assert (found.text, name, data.strip()) == ("look", "../../a.png", b"xx")
    assert found.unread == ()


def test_of_a_mail_that_is_cut_off_no_file_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "--x\r\nContent-Type: text/plain\r\n\r\nlook\r\n--x\r\nContent-Type: image/png\r\n"
        'Content-Disposition: attachment; filename="a.png"\r\n\r\nxx'
    )
    monkeypatch.setattr("gateways.channels.email_read.LARGEST", 100)
    found = said(text, Content_Type='multipart/mixed; boundary="x"')
    assert (found.text, found.files, found.unread) == ("look", (), ("a.png",))
