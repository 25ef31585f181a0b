"""Conversations at the web door: listed, named, hidden, leafed through, searched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from starlette.requests import Request
from starlette.responses import Response

from ops.conversations.late import PASSING, OpenAll
from schemas.errors import Invalid, NotFound
from schemas.web import Hit, Hits, Rename, Session, Sessions, Turn, Turns
from streams.conversation import Conversations
from streams.session import SessionState
from web.app import Endpoint
from web.auth import caller
from web.chat import session_of
from web.http import answer, nothing, read
from web.past import Past
from web.talk import Talk, identifier

if TYPE_CHECKING:
    from ops.conversations.late import Written
    from ops.conversations.register import Entered

MOST = 200
USUAL = 50
HITS = 50
PAGE = {
    "limit": "How many, from 1 to 200; 50 unless given.",
    "before": "The `next` of the page before.",
}
WORDS = {"q": "The words to find."}
AROUND = 80
"""Characters that are shown before and behind what was found."""
OVERLOOKED = 50
"""Running conversations that are entered at once because nobody knew them."""


class Lists:
    """The endpoints of lists.

    Args:
        shelves: all conversations, and what was said in them.
        talk: whose each is.
        past: what was said in them.
        conversations: what happens in them now.
    """

    def __init__(
        self, shelves: OpenAll, talk: Talk, past: Past, conversations: Conversations
    ) -> None:
        self._shelves = shelves
        self._talk = talk
        self._past = past
        self._conversations = conversations
        path = "/api/sessions"
        one = f"{path}/{{session}}"
        self.endpoints = (
            Endpoint("GET", path, self.sessions, "chat", gives=Sessions, query=PAGE),
            Endpoint("PATCH", one, self.rename, "chat", takes=Rename, gives=Session),
            Endpoint("DELETE", one, self.hide, "chat", status=204),
            Endpoint("GET", f"{one}/turns", self.turns, "chat", gives=Turns, query=PAGE),
            Endpoint("GET", f"{one}/turns/{{turn}}", self.turn, "chat", gives=Turn),
            Endpoint("GET", "/api/search", self.search, "chat", gives=Hits, query=WORDS),
        )

    async def sessions(self, request: Request) -> Response:
        """List one's conversations, the one that was spoken in last first.

        `?limit=` says how many, `?before=` is the `next` of the page before.
        """
        who, limit = caller(request), limit_of(request)
        before = _place(request.query_params.get("before"))
        return answer(await self.listed(who.person, limit, before, within=who.within))

    async def listed(
        self,
        person: str,
        limit: int,
        before: tuple[int, str] | None = None,
        *,
        within: str = "",
    ) -> Sessions:
        """Return a page of somebody's conversations, the one that was spoken in last first.

        Args:
            person: whose.
            limit: how many.
            before: the last of the page before; None for the first page.
            within: how the names begin of those that may be shown.
        """
        if before is None:
            await self._enter_running()
        owners = (await self._shelves()).owners
        found = await owners.page(person, before, limit + 1, within=within)
        shown = await self.shown(found[:limit])
        last = found[limit - 1] if len(found) > limit else None
        after = f"{last.last_at}.{last.id}" if last else None
        return Sessions(sessions=tuple(shown), next=after)

    async def answered(self, person: str) -> bool:
        """Whether anything that somebody asked was answered, as far as their last ones show."""
        found = (await self.listed(person, USUAL)).sessions
        return any(one.turns > (one.state != "idle") for one in found)

    async def rename(self, request: Request) -> Response:
        """Give a conversation another title."""
        session = await self._mine(request)
        form = await read(request, Rename)
        await (await self._shelves()).owners.rename(session, form.title)
        (shown,) = await self.shown([await (await self._shelves()).owners.get(session)])
        return answer(shown)

    async def hide(self, request: Request) -> Response:
        """Take a conversation out of the list; the journal keeps what was said."""
        await (await self._shelves()).owners.hide(await self._mine(request))
        return nothing()

    async def turns(self, request: Request) -> Response:
        """Leaf through a conversation, newest turns first; `?before=` is the `next` before."""
        session, limit = await self._mine(request), limit_of(request)
        before = request.query_params.get("before")
        if before is not None:
            before = identifier(before, "The parameter before")
        return answer(await self._past.page(session, before, limit))

    async def turn(self, request: Request) -> Response:
        """Return one turn with all that its tools brought back."""
        session = await self._mine(request)
        turn = identifier(request.path_params["turn"], "A turn's name")
        found = await self._past.whole(session, turn)
        if found is None:
            raise NotFound("There is no such turn in this conversation.")
        return answer(found)

    async def search(self, request: Request) -> Response:
        """Find one's own words and their answers: turns in which all words of `?q=` stand."""
        words = request.query_params.get("q", "")
        if not words.strip() or len(words) > 1_000 or "\x00" in words:
            raise Invalid("Say with ?q= which words to find, 1,000 characters at most.")
        who = caller(request)
        found = await (await self._shelves()).journal.search(
            words, who.person, HITS, within=who.within, without=PASSING
        )
        names = {one.session for one in found if one.session is not None}
        known = await (await self._shelves()).owners.known(names)
        hits = (
            Hit(
                session=one.session,
                title=known[one.session].title if one.session in known else "",
                turn=one.id,
                at=one.at,
                snippet=snippet(one, words),
            )
            for one in found
            if one.session is not None
        )
        return answer(Hits(hits=tuple(hits)))

    async def shown(self, found: list[Entered]) -> list[Session]:
        """Return conversations as they are listed, with what they do now."""
        states = await self._conversations.states([one.id for one in found])
        return [_shown(one, *states[one.id]) for one in found]

    async def _mine(self, request: Request) -> str:
        session, who = session_of(request), caller(request)
        await self._talk.own(who, session)
        return session

    async def _enter_running(self) -> None:
        """Enter what runs and is not written down yet, also when the journal is away."""
        busy = await self._conversations.busy()
        known = await (await self._shelves()).owners.known(busy)
        unknown = [one for one in busy if one not in known and not one.startswith(PASSING)]
        for session in unknown[:OVERLOOKED]:
            told = await self._conversations.turn(busy[session])
            if told is not None and told.asked is not None:
                await (await self._shelves()).owners.begin(session, told.asked)


def limit_of(request: Request) -> int:
    """Return how many are wanted on a page.

    Raises:
        Invalid: that is no number from 1 to 200.
    """
    given = request.query_params.get("limit", str(USUAL))
    if not given.isdecimal() or len(given) > 3 or not 1 <= int(given) <= MOST:
        raise Invalid(f"The parameter limit is a number from 1 to {MOST}.")
    return int(given)


def snippet(found: Written, words: str) -> str:
    """Return the place of the first word, with some text around it, in one line."""
    first = words.split(maxsplit=1)[0].strip('"').lower()
    for text in (found.question, found.answer or ""):
        at = text.lower().find(first)
        if at >= 0:
            begin, end = max(0, at - AROUND), at + len(first) + AROUND
            cut = " ".join(text[begin:end].split())
            return f"{'…' if begin else ''}{cut}{'…' if end < len(text) else ''}"
    return " ".join(found.question[: 2 * AROUND].split())


def _place(before: str | None) -> tuple[int, str] | None:
    if before is None:
        return None
    at, dot, session = before.partition(".")
    if not dot or not at.isdecimal() or len(at) > 16:
        raise Invalid("The parameter before is the `next` of the page before.")
    return int(at), identifier(session, "The parameter before")


def _shown(one: Entered, state: SessionState, remembered: int) -> Session:
    running = state.busy is not None
    at_work: Literal["waiting", "working"] = "waiting" if state.asking else "working"
    return Session(
        id=one.id,
        title=one.title,
        at=one.at,
        last_at=one.last_at,
        channel=one.channel,
        state=at_work if running else "queued" if state.waiting else "idle",
        turns=max(one.turns, remembered + state.waiting + running),
    )
