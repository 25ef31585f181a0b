"""Our mails with files: each once, and the answer comes whatever becomes of them."""

from __future__ import annotations

import pytest

from gateways.channels.email_post import NOT_TAKEN, Post
from gateways.channels.email_proof import Threads
from gateways.channels.email_send import Mail, Mailer, Unwelcome
from gateways.channels.email_server import MailServer
from gateways.channels.shelf import Lent
from tests.gateways.channels.book import Book
from tests.gateways.channels.test_email_files import Shelf, offered


class Server(Mailer):
    """A mailer whose server takes no files, or nothing.

    Args:
        most: how many files of one mail it takes; with -1 it takes no mail.
    """

    def __init__(self, most: int) -> None:
        there = MailServer("127.0.0.1", 1)
        super().__init__(there, "home@home.example", Threads((b"k" * 32,), "home.example"))
        self.most, self.got = most, list[Mail]()

    async def send(self, mail: Mail) -> str:
        if len(mail.files) > self.most:
            raise Unwelcome("The SMTP server takes nothing for this address (SMTP 552).")
        self.got.append(mail)
        return f"<{mail.delivery}@home.example>"


def post(server: Server, ledger: Book) -> Post:
    return Post(server, ledger, Shelf(report=b"all is well"))  # type: ignore[arg-type]


async def test_files_go_with_the_answer_and_once() -> None:
    server, ledger = Server(4), Book()
    for _ in range(2):
        await post(server, ledger).part(offered("/srv/report"))
    (mail,) = server.got
    assert (mail.to, mail.thread, mail.text) == ("a@b.c", "t", "here")
    assert mail.files == (Lent("report", b"all is well"),)


async def test_where_files_are_not_taken_the_answer_is_sent_alone() -> None:
    server = Server(0)
    await post(server, Book()).part(offered("/srv/report"))
    (mail,) = server.got
    assert (mail.text, mail.files) == (f"here\n\n{NOT_TAKEN}", ())
    with pytest.raises(Unwelcome):
        await post(Server(-1), Book()).part(offered("/srv/report"))
