"""A server in the middle of its work, as it is backed up and brought back."""

from __future__ import annotations

from collections.abc import Callable

from streams import keys
from tests.ops.backups.home import Home

Homes = Callable[[], Home]


def in_the_middle(home: Home) -> None:
    """Stop the world where everything is under way."""
    home.admit("t1", "s1")
    home.call_tool("t1", "s1")  # its effect has started
    home.admit("t2", "s1")  # waits behind it
    home.admit("t3", "s3")  # on route, unread
    home.say("t4", "s4")  # in the inbox, unread
    home.reply("t5", "s5")  # in a channel's hands
    home.read("outbox", "deliver")
    home.reply("t6", "s6")  # not sent yet
    with home.client() as core:
        core.hset(keys.approval("a1"), mapping={"state": "pending", "turn": "t1", "epoch": "0"})
        core.zadd(keys.APPROVALS, {"a1": 1 << 50})
        core.hset(keys.card("home:web", "a1"), "token", "secret")
        core.hset(keys.CODES, "BCDF2345", "a1")
        core.sadd(keys.session_asks("s1"), "a1")
        core.hset(keys.ledger("t1"), "t1:asked", '{"n": 0, "s": "awaiting", "a": "a1"}')
