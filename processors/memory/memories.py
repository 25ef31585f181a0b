"""The facts that are remembered: kept, corrected, found, forgotten, by whatever way it is asked.

Everything here is about one person's own facts. Whose they are is said by whoever calls, who knows
it from a login or a signature, never from what somebody wrote.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from hashlib import sha256

from gateways.memory.base import Facts
from gateways.memory.terms import folded
from schemas.base import now_ms
from schemas.errors import Conflict, Invalid, NotFound
from schemas.memory import FOREVER, Fact, FactChange, FactForm, Keep, Was

MOST = 5_000
"""Facts of one person."""
CORRECTIONS = 10
"""Of these a fact remembers the last."""
PAGE = 200
"""Facts that are fetched in one go where all are wanted."""
DAY = 86_400_000
BACK = DAY
"""Milliseconds for which what the agent forgot can be brought back."""
LASTS: dict[Keep, int | None] = {"permanent": None, "long": 180 * DAY, "short": 14 * DAY,
                                 "working": DAY}  # fmt: skip
"""Milliseconds for which a fact is kept; None where only somebody's word ends it."""

_NAME = re.compile("[0-9a-f]{16}")


def name_of(person: str, text: str) -> str:
    """Return the id of a fact: the same words of the same person, however written, are the same.

    Args:
        person: whose.
        text: what is remembered.
    """
    same = " ".join(folded(text).split()).rstrip(".! ")
    return sha256(f"{person}\0{same}".encode()).hexdigest()[:16]


class Memories:
    """All facts, to look at and to change.

    Args:
        facts: keeps them.
        heard: is told of whom something is remembered.
        now: tells the time in milliseconds since 1970.
    """

    def __init__(
        self,
        facts: Facts,
        heard: Callable[[str], None] | None = None,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self.facts, self._heard, self._now = facts, heard, now

    async def remember(
        self,
        person: str,
        form: FactForm,
        *,
        call: str | None = None,
        tainted: tuple[str, ...] = (),
        replaces: str | None = None,
    ) -> Fact:
        """Keep a fact. One that is known already is kept for the longer of both times.

        Args:
            person: whose.
            form: what is to be remembered.
            call: the tool call in which the agent remembers it; None for a person by themselves.
            tainted: the sources of what anybody may have written in it. What once came from such
                text stays so, in whichever words the agent says it again.
            replaces: the fact that is no longer so; it stands in the history of this one.

        Raises:
            NotFound: there is no fact to replace.
            Conflict: there are too many.
        """
        before = await self.find(person, replaces) if replaces else None
        name = name_of(person, form.text)
        known = await self.facts.get(person, name)
        if known is None and await self.facts.count(person) >= MOST:
            raise Conflict(f"{MOST} facts are remembered already; forget some that nobody needs.")
        found = [one for one in (before, known) if one is not None]
        keep = form.keep if known is None or known.gone else _longer(form.keep, known.keep)
        fact = Fact(
            id=name,
            person=person,
            text=form.text,
            kind=form.kind,
            keep=keep,
            source="agent" if call else "person",
            call=call,
            # A person who says it by themselves vouches for it.
            tainted=_together(tainted, *(one.tainted for one in found)) if call else (),
            at=self._now(),
            until=self._end(keep),
            was=_history(before, known),
        )
        await self.facts.put(fact)
        if self._heard is not None:
            self._heard(person)
        if before is not None and before.id != fact.id:
            await self.facts.drop(person, before.id)
        return fact

    async def change(self, person: str, name: str, change: FactChange) -> Fact:
        """Correct a fact; with other words it has another id.

        Raises:
            NotFound: there is no such fact.
        """
        found = await self.find(person, name)
        form = FactForm(
            text=change.text or found.text,
            kind=change.kind or found.kind,
            keep=change.keep or found.keep,
        )
        if name_of(person, form.text) != found.id:
            return await self.remember(person, form, replaces=found.id)
        fact = found.model_copy(
            update={
                **form.model_dump(), "until": self._end(form.keep), "source": "person",
                "call": None, "tainted": (),
            }
        )  # fmt: skip
        await self.facts.put(fact)
        return fact

    async def forget(self, person: str, name: str, *, back: bool = False) -> Fact:
        """Forget a fact.

        Args:
            person: whose.
            name: the fact's id.
            back: whether it can be brought back for a day, by remembering it again.

        Raises:
            NotFound: there is no such fact.
        """
        if not back:
            fact = await self.find(person, name)
            await self.facts.drop(person, name)
            return fact
        fact = await self._known(person, name)
        # Whoever asks again after a crash finds it gone, and that is what they wanted.
        if not fact.gone:
            until = min(fact.until, self._now() + BACK)
            await self.facts.put(fact.model_copy(update={"gone": True, "until": until}))
        return fact

    async def forget_all(self, person: str) -> int:
        """Forget all facts for good; return how many they were."""
        gone = [one async for one in self.every(person)]
        for one in gone:
            await self.facts.drop(person, one.id)
        return len(gone)

    async def find(self, person: str, name: str) -> Fact:
        """Return one fact.

        Raises:
            NotFound: there is no such fact.
        """
        found = await self._known(person, name)
        if found.gone:
            raise NotFound(f"There is no memory {name}.")
        return found

    async def search(self, person: str, words: str, limit: int) -> list[Fact]:
        """Return the facts in which these words stand, the best first."""
        return [one.fact for one in await self.facts.search(person, words, limit)]

    async def page(
        self, person: str, limit: int, before: str | None = None
    ) -> tuple[list[Fact], str | None]:
        """Leaf through the facts, the newest first.

        Args:
            person: whose.
            limit: how many.
            before: the second of what the page before returned.

        Returns:
            The facts, and what the next page takes; None where this is the last.

        Raises:
            Invalid: `before` is of no page.
        """
        if before is not None and not (before.isdecimal() and len(before) <= 16):
            raise Invalid("`before` is the `next` of the page before.")
        place = None if before is None else int(before)
        found = await self.facts.newest(person, limit + 1, before=place)
        if len(found) <= limit:
            return found, None
        # What was remembered in one moment is on one page: the next begins before it.
        last = found[limit].at
        shown = [one for one in found if one.at > last] or found[:limit]
        return shown, str(shown[-1].at)

    async def every(self, person: str) -> AsyncIterator[Fact]:
        """Return all facts, the newest first."""
        before: str | None = None
        while True:
            found, before = await self.page(person, PAGE, before)
            for one in found:
                yield one
            if before is None:
                return

    async def close(self) -> None:
        """Let go of where they are kept."""
        await self.facts.close()

    async def _known(self, person: str, name: str) -> Fact:
        found = await self.facts.get(person, name) if _NAME.fullmatch(name) else None
        if found is None:
            raise NotFound("There is no memory of this id.")
        return found

    def _end(self, keep: Keep) -> int:
        lasts = LASTS[keep]
        return FOREVER if lasts is None else self._now() + lasts


def _longer(one: Keep, other: Keep) -> Keep:
    order = list(LASTS)
    return min(one, other, key=order.index)


def _together(*sources: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for some in sources for one in some))


def _history(before: Fact | None, known: Fact | None) -> tuple[Was, ...]:
    if before is not None and (known is None or before.id != known.id):
        return (*before.was, Was(text=before.text, at=before.at))[-CORRECTIONS:]
    return known.was if known is not None else ()
