"""Builds that are broken on purpose: each breaks one promise, and nothing else is told of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ops.addresses import url
from ops.chaos.system import System
from streams import functions
from streams.store import connect


def altered(source: str, *changes: tuple[str, str]) -> str:
    """Return the library with a line put in behind each of these."""
    for line, broken in changes:
        assert source.count(line) == 1, line
        source = source.replace(line, line + broken)
    return source


def unfenced(source: str) -> str:
    """Hops that are MULTI {XADD; XACK}: whoever comes, commits, owner or not."""
    return altered(
        source,
        ("local function owns(call, id, generation)\n", "  if true then return true end\n"),
        ("local function running(turn)\n", "  if true then return true end\n"),
    )


def unowned(source: str) -> str:
    """A fence that asks whether an entry is still pending, and not whose it is."""
    return altered(
        source,
        (
            "  local rows = redis.call('XPENDING', call.stream, call.group, id, id, 1)\n",
            "  if true then return #rows > 0 end\n",
        ),
    )


def unled(source: str) -> str:
    """Neither the lease nor the order of the inbox: every reader admits."""
    source = altered(
        source,
        ("local function lead(_, argv)\n", "  if true then return argv[3] end\n"),
        ("local function behind_others(call, id)\n", "  if true then return false end\n"),
    )
    lease = "if redis.call('GET', K.lease .. call.topic) ~= call.consumer then"
    assert lease in source
    return source.replace(lease, "if false then")


def acknowledged_first(source: str) -> str:
    """Hops that acknowledge before they publish, where publishing fails now and then."""
    failing = (
        "  if redis.call('INCR', 'nexus:broken') % 7 == 0 then\n"
        "    acknowledge(call, id)\n    return 'ERR XADD failed'\n  end\n"
    )
    return altered(
        source,
        (
            "  local stop = call.stopping and turn ~= '' and"
            " redis.call('HGET', K.stopping, turn)\n",
            failing,
        ),
    )


def bounded(source: str) -> str:
    """Streams that forget by length, not by what their readers are done with."""
    add = "redis.call('XADD', K.topic .. message.topic, '*', 'data'"
    assert source.count(add) == 1
    return source.replace(add, add.replace("'*'", "'MAXLEN', 2, '*'"))


def crossed(source: str) -> str:
    """Turns that end with another's answer: each says what the one before was to say."""
    done = "'Done with turn %d+%.'"
    swap = (
        "  for _, one in ipairs(sent) do\n"
        f"    local mine = one.data:match({done})\n"
        "    if mine then\n"
        "      local before = redis.call('GET', 'nexus:broken') or mine\n"
        f"      one.data = one.data:gsub({done}, before)\n"
        "      redis.call('SET', 'nexus:broken', mine)\n"
        "    end\n"
        "  end\n"
    )
    head = "  local facts, sent, chosen, fresh = list(take), messages(take), take(), take()\n"
    return altered(source, (head, swap))


def unbooked(source: str) -> str:
    """A ledger that lets every effect begin, whatever it knows of it."""
    return altered(
        source,
        (
            "  local begun = known.s == 'started' or known.was == 'started'\n",
            "  if begun then return { 'GO', '' } end\n",
        ),
    )


def hasty(source: str) -> str:
    """Decisions that ask neither whether somebody decided before nor what the press carries."""
    pending = "  if kept.state ~= 'pending' then\n"
    assert source.count(pending) == 1
    return altered(
        source.replace(pending, "  if false then\n"),
        ("local function fits(asking, kept, vote, strict)\n", "  if true then return true end\n"),
    )


def unassured(source: str) -> str:
    """Decisions for which one place is enough, also where RED needs two."""
    strict = "  local strict = (kept.tier == 'RED' and vote.verdict == 'approved') or vote.always\n"
    return altered(source, (strict, "  strict = false\n"))


def library(change: Callable[[str], str]) -> Callable[[System], Awaitable[None]]:
    """Return what loads the changed library; its version stays what the workers expect."""

    async def load(one: System) -> None:
        boot = connect(url(one.settings, "durable", "boot"))
        await boot.function_load(change(functions.source()), replace=True)
        await boot.aclose()

    return load
