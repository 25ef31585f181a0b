"""What does not work is mailed once, to one address, by a real SMTP server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from gateways.channels.email_server import MailServer
from ops import secrets
from ops.alerts.service import Address, Alerts
from schemas.base import new_id, now_ms
from schemas.notices import Level, NoticesView, NoticeView
from tests.gateways.channels.email_peer import Mailbox, mailbox
from tests.gateways.channels.email_wire import PASSWORD, USER

TO = "ada@good.example"


class Board:
    """Notices, as a page of them is read."""

    def __init__(self) -> None:
        self.notices: list[NoticeView] = []

    def tell(self, title: str, level: Level = "problem", at: int | None = None) -> None:
        now = now_ms() if at is None else at
        view = NoticeView(
            id=new_id(), source="backups", level=level, title=title, says="Nothing was kept.",
            path="/backups", at=now, last_at=now, times=1, ended_at=None, seen_at=None,
            seen_by=None,
        )  # fmt: skip
        self.notices.insert(0, view)

    async def page(
        self, people: Sequence[str], before: tuple[int, str] | None, limit: int
    ) -> NoticesView:
        assert list(people) == [""]
        behind = next((n for n, one in enumerate(self.notices, 1) if before == _place(one)), 0)
        return NoticesView(notices=tuple(self.notices[behind : behind + limit]), unseen=0)


def _place(one: NoticeView) -> tuple[int, str]:
    return one.last_at, one.id


@pytest.fixture
async def peer() -> AsyncIterator[Mailbox]:
    async with mailbox() as found:
        yield found


async def subjects(peer: Mailbox) -> list[str]:
    return [str(one["Subject"]) for one in await peer.mails(TO)]


async def test_each_problem_is_one_mail_whatever_happens_between(
    peer: Mailbox, tmp_path: Path
) -> None:
    ports, board = await peer.log(), Board()
    server = MailServer("127.0.0.1", ports["smtp"], USER, PASSWORD)
    where: list[Address | None] = [Address(TO, USER, server, "https://home.example")]

    def made() -> Alerts:
        return Alerts(tmp_path, lambda: where[0], board, lambda: [b"k" * 32])

    board.tell("long ago", at=5)
    await made().look()
    board.tell("No backup was made")
    board.tell("good to know", "info")
    board.tell("look at it", "warning")
    alerts = made()
    await alerts.look()
    await alerts.look()
    await made().look()
    (mail,) = await peer.mails(TO)
    assert mail["Subject"] == "No backup was made"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().split()[-1] == "https://home.example/backups"
    # The server is away: it is sent later, in order; one that is refused holds up no other.
    await peer.away(True)
    board.tell("second")
    board.tell("third")
    await alerts.look()
    await peer.away(False)
    await peer.fail("send", "blocked")
    await alerts.look()
    await alerts.look()
    assert await subjects(peer) == ["No backup was made", "third"]
    where[0] = None
    board.tell("nobody wants it")
    await alerts.look()
    assert len(await subjects(peer)) == 2


async def test_what_was_told_before_much_else_is_mailed_too(peer: Mailbox, tmp_path: Path) -> None:
    ports, board = await peer.log(), Board()
    server = MailServer("127.0.0.1", ports["smtp"], USER, PASSWORD)
    alerts = Alerts(tmp_path, lambda: Address(TO, USER, server), board, lambda: [b"k" * 32])
    await alerts.look()
    board.tell("No backup\nwas made")
    for number in range(120):
        board.tell(f"good to know {number}", "info")
    await alerts.look()
    assert await subjects(peer) == ["No backup was made"]
    # What is taken away before it brings it back to the front, and is no news for that.
    del board.notices[:120]
    await alerts.look()
    assert len(await subjects(peer)) == 1


async def test_on_a_full_disk_it_is_one_mail_and_not_one_at_each_look(
    peer: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    ports, board = await peer.log(), Board()
    server = MailServer("127.0.0.1", ports["smtp"], USER, PASSWORD)
    alerts = Alerts(tmp_path, lambda: Address(TO, USER, server), board, lambda: [b"k" * 32])
    await alerts.look()
    monkeypatch.setattr(secrets, "replace", full)
    board.tell("The disk is full")
    await alerts.look()
    await alerts.look()
    assert await subjects(peer) == ["The disk is full"]
    monkeypatch.undo()
    board.tell("second")
    await alerts.look()
    assert await subjects(peer) == ["The disk is full", "second"]
