"""Sends what does not work to one address, each once, by the settings of the mailbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gateways.channels.email_proof import Threads
from gateways.channels.email_send import Mail, Mailer
from gateways.channels.email_server import MailServer
from ops import logs, secrets
from schemas.base import Word, now_ms
from schemas.errors import Expected, Transient
from schemas.notices import NoticesView, NoticeView

log = logs.logger("alerts")

LOOK_SECONDS = 5.0
FILE = "alerts.json"
AT_ONCE, PAGES = 50, 20
"""Notices of one page, and pages: as many as are kept at all."""
OWNER = ""
"""As whom the notices of the server's owner stand."""


class Told(Protocol):
    """Knows what was told to somebody."""

    async def page(
        self, people: Sequence[str], before: tuple[int, str] | None, limit: int
    ) -> NoticesView:
        """Return what was told, the newest first."""
        ...


@dataclass(frozen=True, slots=True)
class Address:
    """Where alerts go, and by which server.

    Attributes:
        to: the address; "" for nowhere.
        sender: ours.
        server: by which they go out.
        page: the address of the server's page; "" where nobody said one.
    """

    to: str
    sender: str
    server: MailServer
    page: str = ""


class _Done(Word):
    """How far it is.

    Attributes:
        since: what was told before was before our time, in milliseconds since 1970.
        ids: the notices that were sent, as long as they are kept.
    """

    since: int
    ids: tuple[str, ...] = ()


class Alerts:
    """Looks at what is told, and sends what does not work.

    Args:
        root: the state folder.
        address: where they go, as it is now; asked at every look.
        told: the notices.
        keys: by which the mails are named.
    """

    def __init__(
        self,
        root: Path,
        address: Callable[[], Address | None],
        told: Told,
        keys: Callable[[], Sequence[bytes]],
    ) -> None:
        self._file, self._address, self._told, self._keys = root / FILE, address, told, keys
        self._said = ""
        self._sent: tuple[str, ...] = ()

    async def run(self) -> None:
        """Look, for ever."""
        before = ""
        while True:
            wrong = ""
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001
                # Whatever is wrong with one look, the next alert must still go out.
                wrong = f"{type(error).__name__}: {error}"[:200]
            if wrong and wrong != before:
                log.warning("alerts.unasked", error=wrong)
            before = wrong
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Send what is new; what cannot be sent now is tried again at the next look."""
        address = await asyncio.to_thread(self._address)
        if address is None:
            return
        done = await asyncio.to_thread(self._read)
        known = dict.fromkeys((*done.ids, *self._sent))
        kept, new = await self._told_since(done.since, known)
        mailer = self._mailer(address) if new else None
        for notice in reversed(new):
            assert mailer is not None
            if not await self._is_done(mailer, address, notice):
                return
            known[notice.id] = None
            # Known here first: on a full disk it is still one mail, and not one at each look.
            self._sent = tuple(one for one in known if one in kept)
            written = _Done(since=done.since, ids=self._sent)
            await asyncio.to_thread(self._write, written)

    async def _told_since(
        self, since: int, known: Collection[str]
    ) -> tuple[set[str], list[NoticeView]]:
        """Return the ids of all that is kept since then, and what is to be sent, the newest first.

        However much else was told meanwhile: what is further back must not be missed for that.
        """
        kept, new = set[str](), list[NoticeView]()
        before: tuple[int, str] | None = None
        for _ in range(PAGES):
            notices = (await self._told.page([OWNER], before, AT_ONCE)).notices
            kept |= {one.id for one in notices}
            new += [
                one for one in notices
                if one.level == "problem" and one.at >= since and one.id not in known
            ]  # fmt: skip
            # The last told comes first, and nothing is told before it began.
            if len(notices) < AT_ONCE or notices[-1].last_at < since:
                break
            before = notices[-1].last_at, notices[-1].id
        return kept, new

    async def _is_done(self, mailer: Mailer, address: Address, notice: NoticeView) -> bool:
        """Send one; return whether it is done with."""
        subject = " ".join(notice.title.split())
        where = f"\n\n{address.page}{notice.path}" if address.page and notice.path else ""
        text = f"{notice.title}\n\n{notice.says}{where}".strip()
        mail = Mail(f"alert:{notice.id}", address.to, "alerts", subject, text, notice.at)
        try:
            await mailer.send(mail)
        except Transient as error:
            if self._said != str(error):
                log.warning("alerts.later", error=str(error))
            self._said = str(error)
            return False
        except Expected as error:
            log.error("alerts.unsent", error=str(error))
        self._said = ""
        return True

    def _mailer(self, address: Address) -> Mailer:
        threads = Threads(self._keys(), address.sender.partition("@")[2] or "localhost")
        return Mailer(address.server, address.sender, threads)

    def _read(self) -> _Done:
        try:
            return _Done.model_validate_json(self._file.read_bytes())
        except (OSError, ValueError):
            # Nobody has looked before: what was told long ago is no alert any more.
            done = _Done(since=now_ms())
            self._write(done)
            return done

    def _write(self, done: _Done) -> None:
        try:
            secrets.replace(self._file, done.model_dump_json().encode())
        except OSError as error:
            log.error("alerts.unwritten", error=str(error))
