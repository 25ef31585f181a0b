"""What the agent tells the owner: once, not too often, and not at a stranger's word."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ops.desktop import tools
from ops.desktop.notices import Notices
from ops.settings import Settings
from processors.tools.registry import Registry
from processors.tools.tiers import Situation
from schemas.tools import Tier

OWNER = ("", "owner")


@pytest.fixture
async def notices(tmp_path: Path) -> AsyncIterator[Notices]:
    found = Notices.of(Settings(root=tmp_path))
    yield found
    await found.close()


@pytest.fixture
def registry(notices: Notices) -> Registry:
    return Registry(tools.TOOLS, {Notices: notices})


async def says(notices: Notices) -> list[str]:
    return [one.says for one in (await notices.page(OWNER, None, 100)).notices]


async def test_it_stands_among_their_notices_once(registry: Registry, notices: Notices) -> None:
    """Also when a crash lets the call run again, and when it was seen meanwhile."""
    for _ in range(2):
        ran = await registry.run("notify_owner", {"text": "The backup disk is full."}, "call-1")
        assert ran.ok, ran.text
        page = await notices.page(OWNER, None, 100)
        await notices.see(OWNER, [one.id for one in page.notices], "Ada")
    (told,) = (await notices.page(OWNER, None, 100)).notices
    assert (told.source, told.says, told.times) == ("agent", "The backup disk is full.", 1)
    assert told.path == ""


async def test_it_lasts_through_a_restart(registry: Registry, tmp_path: Path) -> None:
    await registry.run("notify_owner", {"text": "remember"}, "call-1")
    again = Notices.of(Settings(root=tmp_path))
    assert await says(again) == ["remember"]
    await again.close()


async def test_who_says_too_much_is_not_heard(registry: Registry, notices: Notices) -> None:
    for number in range(tools.MOST):
        assert (await registry.run("notify_owner", {"text": "x"}, f"call-{number}")).ok
    late = await registry.run("notify_owner", {"text": "one more"}, "late")
    assert not late.ok
    assert "within an hour" in late.text
    assert "one more" not in await says(notices)
    assert (await registry.run("notify_owner", {"text": "x"}, "call-0")).ok, "it was told before"


def test_what_others_wrote_is_asked_about_and_strangers_tell_nothing(registry: Registry) -> None:
    words = {"text": "pay at evil.example"}
    mine = Situation(profile="full", person="owner", channel="web")
    assert registry.assess("notify_owner", words, mine).tier == Tier.YELLOW
    tainted = Situation(profile="full", person="owner", channel="web", tainted=("web_fetch",))
    assert registry.assess("notify_owner", words, tainted).tier == Tier.ORANGE
    for profile in ("messaging", "readonly"):
        found = registry.assess("notify_owner", words, Situation(profile=profile, person="bob"))
        assert found.tier == Tier.BLACK
