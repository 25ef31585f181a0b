"""Every Redis key there is; the server functions get their names from here too."""

from __future__ import annotations

PREFIX = "nexus:"
"""All keys and channels begin with it."""

TURN = PREFIX + "turn:"
SESSION = PREFIX + "session:"
DEDUPE = PREFIX + "dedupe:"
TOKEN = PREFIX + "token:"
TROUBLE = PREFIX + "trouble:"
LEASE = PREFIX + "lease:"

TURNS = PREFIX + "turns"
"""Sorted set of the running turns by the time of their last progress."""
STOPPING = PREFIX + "stopping"
"""Hash of turn → the answer that ends it, for turns that were told to stop."""
HINTS = PREFIX + "hints"
"""Pub/sub channel; a lost hint costs time, never truth."""

RELEASED = "released"
"""The consumer that holds what a dead process gave back."""
SUSPECTS = "suspects"
"""The consumer that holds what may have killed a process."""

JOURNAL = "journal"
"""The consumer group that writes everything down, and the lease of its one writer."""
AUDIT = PREFIX + "_audit"
"""Stream of the journal's sealed heads. What begins with an underscore is out of `core`'s reach."""

LIVE = PREFIX + "live:"
LIVE_EPOCH = PREFIX + "live-epoch"


def topic(name: str) -> str:
    """Return the stream of a topic."""
    return PREFIX + name


def turn(turn_id: str) -> str:
    """Return the list that is a turn's record."""
    return TURN + turn_id


def session(session_id: str) -> str:
    """Return the hash of a session: its running turn, its settings."""
    return SESSION + session_id


def mailbox(session_id: str) -> str:
    """Return the list of what waits behind a session's running turn."""
    return SESSION + session_id + ":mailbox"


def session_turns(session_id: str) -> str:
    """Return the list of a session's last turns, oldest first."""
    return SESSION + session_id + ":turns"


def live(session_id: str) -> str:
    """Return a session's live feed (on the live Redis)."""
    return LIVE + session_id


def lua() -> str:
    """Return the key names as the Lua table `K`, so that they are written once."""
    names = {
        "topic": PREFIX,
        "turn": TURN,
        "session": SESSION,
        "dedupe": DEDUPE,
        "token": TOKEN,
        "trouble": TROUBLE,
        "lease": LEASE,
        "turns": TURNS,
        "stopping": STOPPING,
        "hints": HINTS,
        "released": RELEASED,
        "suspects": SUSPECTS,
        "journal": JOURNAL,
    }
    return "local K = {" + ", ".join(f"{name} = '{value}'" for name, value in names.items()) + "}\n"
