"""How a client learns that its call goes on, also one that does not listen."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from gateways.mcp.watching import LONGEST, Telling
from schemas.approvals import ApprovalView
from schemas.tools import Tier
from tests.stand import soon

ASKED = ApprovalView(
    id="a", call_id="c", turn="t", session="s", tool="shell_run", tier=Tier.ORANGE,
    state="pending", command="echo hello", asked_at=1, expires_at=2,
)  # fmt: skip


class Session:
    """A client's session: what it was told, and what its person answers."""

    def __init__(self, action: str = "accept", *, opens: bool = True, deaf: bool = False) -> None:
        elicitation = SimpleNamespace(url=object() if opens else None)
        self.client_capabilities = SimpleNamespace(elicitation=elicitation)
        self.can_send_request = True
        self.told: list[str] = []
        self.opened: list[tuple[str, str]] = []
        self._action, self._deaf = action, deaf

    async def report_progress(self, progress: float, *, message: str) -> None:
        if self._deaf:
            await asyncio.Event().wait()
        self.told.append(message)

    async def elicit_url(self, said: str, page: str, name: str, request: Any) -> Any:
        self.opened.append((page, name))
        return SimpleNamespace(action=self._action)


def telling(session: Session, page: str = "http://home/chat") -> Telling:
    context: Any = SimpleNamespace(session=session, request_id=7)
    return Telling(context, page)


async def test_what_a_call_says_is_told_by_its_end() -> None:
    session = Session()
    await telling(session).says("x" * LONGEST + "the end")
    assert len(session.told[0]) == LONGEST
    assert session.told[0].endswith("the end")


async def test_who_can_open_pages_is_asked_to_and_only_a_no_counts() -> None:
    for action, no in (("accept", False), ("decline", True)):
        session = Session(action)
        found = telling(session)
        async with found.lively():
            await found.asks(ASKED)
            await soon(lambda: session.opened)  # noqa: B023 - awaited in this round
            await asyncio.sleep(0)
        assert session.opened == [("http://home/chat", "a")]
        assert "ORANGE: echo hello" in session.told[0]
        assert found.declined.is_set() is no


@pytest.mark.parametrize(("opens", "page"), [(False, "http://home/chat"), (True, "")])
async def test_who_cannot_is_told_only(opens: bool, page: str) -> None:
    session = Session(opens=opens)
    found = telling(session, page)
    async with found.lively():
        await found.asks(ASKED)
    assert (session.opened, len(session.told)) == ([], 1)


async def test_the_last_news_is_told_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateways.mcp.watching.TICK_SECONDS", 0.01)
    session = Session()
    found = telling(session)
    async with found.lively():
        await soon(lambda: session.told)
        assert session.told[0] == "It is being worked on."
        await found.says("half of it")
        await soon(lambda: session.told.count("half of it") > 2)
    told = len(session.told)
    await asyncio.sleep(0.05)
    assert len(session.told) == told, "nothing is told when the call is over"


async def test_a_client_that_does_not_read_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateways.mcp.watching.DEAF_SECONDS", 0.05)
    async with asyncio.timeout(10):
        await telling(Session(deaf=True)).says("hello")
