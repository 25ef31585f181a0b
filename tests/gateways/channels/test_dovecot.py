"""The IMAP server of the tests: what it is told counts once it was told."""

from __future__ import annotations

from tests.gateways.channels.dovecot import dovecot


async def test_a_new_password_counts_at_once_and_the_old_one_no_more() -> None:
    async with dovecot("home", "one") as box:
        for old, new in (("one", "two"), ("two", "six")):
            assert await box.opens("home", old)
            await box.allow("home", new)
            assert await box.opens("home", new)
            assert not await box.opens("home", old)
