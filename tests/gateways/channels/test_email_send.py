"""How our mails look: a repeat is known as one, and no machine answers them."""

from __future__ import annotations

from email import message_from_bytes, policy

from aiosmtplib.email import flatten_message

from gateways.channels.email_proof import Answered, Threads
from gateways.channels.email_send import Mail, Mailer, answering
from gateways.channels.email_server import MailServer

THREADS = Threads((b"k" * 32,), "home.example")
MAILER = Mailer(MailServer("smtp.example", 587, "u", "secret"), "home@home.example", THREADS)
MAIL = Mail("delivery", "ada@good.example", "thread", "Re: hello", "yes", 1_796_032_800_000)


def test_the_same_delivery_has_the_same_name() -> None:
    assert bytes(MAILER.written(MAIL)) == bytes(MAILER.written(MAIL))
    one = MAILER.written(MAIL)["Message-ID"]
    other = Mail("another", MAIL.to, "thread", "Re: hello", "yes", MAIL.at)
    assert one != MAILER.written(other)["Message-ID"]
    found = THREADS.answered((str(one),), MAIL.to, MAIL.at + 1)
    assert found == Answered("thread", MAIL.at)


def test_it_says_that_a_machine_wrote_it_and_what_it_answers() -> None:
    answers = ("<root@x>", "<last@x>")
    mail = MAILER.written(Mail("d", MAIL.to, "t", "Re: hello", "yes", MAIL.at, answers))
    assert (mail["Auto-Submitted"], mail["In-Reply-To"]) == ("auto-replied", "<last@x>")
    assert mail["References"] == "<root@x> <last@x>"
    assert MAILER.written(MAIL)["Auto-Submitted"] == "auto-generated"


def test_what_it_answers_is_named_as_it_is_however_long_it_is() -> None:
    """No encoded word: other programs would find no mail of that name, and break the thread."""
    ours = str(MAILER.written(MAIL)["Message-ID"])
    names = ("<root@x>", f"<{'a' * 300}@mail.example>", ours)
    mail = MAILER.written(Mail("d", MAIL.to, "t", "Re: hello", "yes", MAIL.at, names))
    for sent in (bytes(mail), flatten_message(mail)):
        found = message_from_bytes(sent, policy=policy.compat32)
        assert str(found["References"]).split() == list(names)
        assert str(found["In-Reply-To"]).split() == [ours]
        assert found["Message-ID"].strip() == str(mail["Message-ID"])


def test_what_it_says_comes_out_as_it_was() -> None:
    text = "Zeile \u00fcber\n.\n\nFrom here\n" + "x" * 2_000
    mail = MAILER.written(Mail("d", MAIL.to, "t", "Gr\u00fc\u00dfe", text, MAIL.at))
    found = message_from_bytes(bytes(mail), policy=policy.default)
    assert found.get_content().replace("\r\n", "\n").rstrip("\n") == text
    assert found["Subject"] == "Gr\u00fc\u00dfe"


def test_an_answer_is_marked_once() -> None:
    assert answering("hello") == "Re: hello"
    assert answering("RE: Aw: hello") == "Re: hello"
    assert answering("") == "Re: your mail"


def test_no_password_goes_in_the_clear() -> None:
    assert MailServer("smtp.example", 587).begins
    assert MailServer("smtp.example", 25).begins
    assert MailServer("smtp.example", 465).wrapped
    assert not MailServer("127.0.0.1", 1_025).begins
    assert "secret" not in repr(MailServer("smtp.example", 587, "u", "secret"))
