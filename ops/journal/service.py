"""The writer: takes everything from the topics, puts it into the book, and only then says done."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from ops.journal import database, rows
from ops.journal.book import FORGET_AT_ONCE, Book, Overtaken
from ops.journal.chain import Row
from ops.sections import JournalSettings
from processors.tools.redact import Redactor
from streams.line import Away
from streams.sign import Keyring
from streams.tail import Seal, Seen, Tail

log = structlog.get_logger("journal")

BATCH = 500
"""Entries in one commit, at most."""
GATHER = 0.15
"""Seconds for which a small batch waits for company: with a commit, less than 200 ms."""
IDLE = 0.8
"""Seconds one read waits for the first entry; the lease is renewed in between."""
LOOK = 0.5
"""Seconds between two looks at a lease that another has."""
LONGEST_PAUSE = 30.0
INNER = frozenset({"route", "think", "tool", "respond", "outbox", "cards", "parcels", "dead"})
"""Topics that only our own stages write: what others say of a turn is not believed."""
FORGET_EVERY = 3_600.0


class Journal:
    """Writes the journal while it has the lease, and waits for the lease while it has not.

    Args:
        tail: the topics.
        engine: the database.
        key: the chain's key.
        redact: takes the secrets out.
        keep: how long the journal remembers.
        keyring: the gateways whose word counts.
    """

    def __init__(
        self,
        tail: Tail,
        engine: AsyncEngine,
        key: bytes,
        redact: Redactor,
        keep: JournalSettings,
        *,
        keyring: Keyring,
    ) -> None:
        self._tail = tail
        self._engine = engine
        self._book = Book(engine, key)
        self._redact = redact
        self._keep = keep
        self._keyring = keyring
        self._renewed = 0.0
        self._forgot = float("-inf")
        self._sealed = 0
        self._failures = 0
        self._waiting = False

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; no failure of Redis or of the database ends it."""
        while not stop.is_set():
            try:
                if await self._lead():
                    self._waiting = False
                    await self._duty(stop)
                elif not self._waiting:
                    self._waiting = True
                    log.info("journal.waits")
            except Overtaken:
                log.warning("journal.overtaken")
            except Away as error:
                log.warning("redis.away", error=str(error))
            except (database.Unmigrated, SQLAlchemyError, OSError) as error:
                self._failures += 1
                log.error("journal.down", error=str(error))
                # Without the lease everybody sees that nobody writes.
                await self._resign()
                # A connection would go on with a file that was exchanged in the meantime.
                await self._engine.dispose()
            pause = LOOK * 2.0 ** min(self._failures, 6)
            await _sleep(stop, min(pause, LONGEST_PAUSE))
        await self._resign()

    async def _duty(self, stop: asyncio.Event) -> None:
        """Write for as long as we have the lease."""
        await database.migrate(self._engine)
        await self._tail.ensure()
        await self._book.open()
        seal = await self._tail.sealed()
        before = self._book.head
        head = await self._book.reconcile(seal)
        if head.seq > before.seq and before.seq > 1:
            log.error("journal.broken", row=head.seq)
        await self._done(())
        log.info("journal.leads", row=head.seq)
        full = True
        looked = float("-inf")
        while not stop.is_set():
            if time.monotonic() - self._renewed > self._tail.life / 3 and not await self._lead():
                log.info("journal.lead_lost")
                return
            # Also later: an entry can be left by a writer that was read to after it was replaced.
            if time.monotonic() - looked > self._tail.life:
                while left := await self._tail.left(BATCH):
                    await self._write(left)
                    await self._lead()
                looked = time.monotonic()
            batch = await self._tail.fresh(BATCH, 0 if full else IDLE)
            if batch and len(batch) < BATCH // 2:
                await _sleep(stop, GATHER)
                batch += await self._tail.fresh(BATCH - len(batch), 0)
            full = bool(batch)
            if batch:
                await self._write(batch)
            await self._write_late()
            self._failures = 0
            if time.monotonic() - self._forgot > FORGET_EVERY:
                await self._forget()

    async def _write(self, entries: Sequence[Seen]) -> None:
        self._redact.refresh()
        there = [one for one in entries if one.fields]
        new = [rows.of_entry(one, self._redact, self._keyring) for one in there]
        records = await self._records(there, new)
        if new:
            await self._book.append([*records, *new])
        await self._done(entries)

    async def _records(self, entries: Sequence[Seen], new: Sequence[Row]) -> list[Row]:
        """Return what the turns' records hold beyond what is written of them."""
        lengths: dict[str, int] = {}
        sessions: dict[str, str | None] = {}
        for seen, row in zip(entries, new, strict=True):
            if row.turn is not None and seen.topic in INNER:
                # A dead letter does not say how long the record was: whatever there is, then.
                length = seen.length or (1 << 31 if seen.topic == "dead" else 0)
                lengths[row.turn] = max(length, lengths.get(row.turn, 0))
                sessions[row.turn] = row.session or sessions.get(row.turn)
        return await self._grown(lengths, sessions)

    async def _write_late(self) -> None:
        """Write what calls brought back after their turns had ended: no message tells of it."""
        while late := await self._tail.late(BATCH):
            lengths = {one.turn: one.length for one in late}
            sessions = {one.turn: rows.session_of(one.first) for one in late}
            self._redact.refresh()
            if new := await self._grown(lengths, sessions):
                await self._book.append(new)
                await self._done(())
            await self._tail.noted(late)

    async def _grown(
        self, lengths: Mapping[str, int], sessions: Mapping[str, str | None]
    ) -> list[Row]:
        """Return what records hold beyond what is written, and that something of them is gone.

        Args:
            lengths: how long each turn's record is, at least.
            sessions: whose each is.
        """
        written = await self._book.lengths(lengths)
        wanted = {turn: written[turn] for turn, n in lengths.items() if n > written[turn]}
        if not wanted:
            return []
        found: list[Row] = []
        for turn, raw in (await self._tail.records(wanted)).items():
            start = wanted[turn]
            found += [
                rows.of_record(turn, start + number, one, sessions[turn], self._redact)
                for number, one in enumerate(raw)
            ]
            if lengths[turn] < 1 << 31 and start + len(raw) < lengths[turn]:
                log.warning("record.gone", turn=turn, found=start + len(raw), of=lengths[turn])
                found.append(
                    rows.own(
                        "gap", f"gap/{turn}", turn=turn, found=start + len(raw), of=lengths[turn]
                    )
                )
        return found

    async def _done(self, entries: Sequence[Seen]) -> None:
        head = self._book.head
        if await self._tail.done(entries, Seal(head.seq, head.mac)):
            self._sealed = head.seq

    async def _forget(self) -> None:
        keep = self._keep
        gone = await self._book.forget(keep.keep_days, keep.keep_rows, self._sealed)
        if gone:
            log.info("journal.forgot", rows=gone)
            await self._done(())
        if gone < FORGET_AT_ONCE:
            self._forgot = time.monotonic()  # else the next round goes on with it

    async def _lead(self) -> bool:
        ours = await self._tail.lead()
        if ours:
            self._renewed = time.monotonic()
        return ours

    async def _resign(self) -> None:
        with contextlib.suppress(Away):
            await self._tail.resign()


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
