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
WAITING = PREFIX + "waiting:"
SPENT = PREFIX + "spent:"

OPEN = " open"
"""Behind a turn's record: the ids of the calls of its step that are not settled."""
CALLS = " calls"
"""Behind a turn's record: the effect ledger, call id → what is known of its effect."""
CHILDREN = " children"
"""Behind a turn's record: the set of the turns that have its tasks, or had."""
PARENT = " parent"
"""Behind a turn's record, where it has another's task: a hash of which call waits for it."""
LEFT = " left"
"""Behind a group's troubles: the set of entries of which nobody could tell when it was lost."""
MAILBOX = " mailbox"
"""Behind a session: what waits for its running turn."""
TURNS_OF = " turns"
"""Behind a session: its last turns. No name has a space in it, so none of these can be one."""
ASKS = " asks"
"""Behind a session: the set of its approvals that are pending."""

TURNS = PREFIX + "turns"
"""Sorted set of the running turns by the time of their last progress."""
CLOSED = PREFIX + "closed"
"""Why nothing is taken in now; absent when all is well."""
BUSY = PREFIX + "busy"
"""Hash of session → its running turn."""
PAST = PREFIX + "past"
"""List of the turns that no session remembers: their records go once they are in the journal."""
LETTERS = PREFIX + "letters"
"""Hash of turn → its letters at the dead-letter desk: its record lives as long as they do."""
LATE = PREFIX + "late"
"""List of turns whose records grew after their end, and to what length: the journal reads it."""
STOPPING = PREFIX + "stopping"
"""Hash of turn → the answer that ends it, for turns that were told to stop."""
HINTS = PREFIX + "hints"
"""Pub/sub channel; a lost hint costs time, never truth."""

HERE = PREFIX + "here:"
"""Before a stage: the pub/sub channel that each process listens to that runs it. Redis itself
counts the listeners, and forgets one the moment its process is gone; who is called, answers."""
CALL = "call"
"""What is said there."""

RELEASED = "released"
"""The consumer that holds what a dead process gave back."""
SUSPECTS = "suspects"
"""The consumer that holds what may have killed a process."""
BURIED = "buried"
"""The consumer that holds what was given up, until the clerk has filed it."""
ASIDE = frozenset({RELEASED, SUSPECTS, BURIED})
"""Consumers that are shelves, and no process."""

JOURNAL = "journal"
"""The consumer group that writes everything down, and the lease of its one writer."""
AUDIT = PREFIX + "_audit"
"""Stream of the journal's sealed heads. What begins with an underscore is out of `core`'s reach."""
EPOCH = PREFIX + "_epoch"
"""How often this history was begun anew from a backup."""
APPROVAL = PREFIX + "approval:"
"""Before the id of what waits for a person's yes, or did: a hash."""
APPROVALS = PREFIX + "approvals"
"""Sorted set of what waits for a person's yes, by when its time is over."""
ASKED = PREFIX + "asked:"
"""Before a person: the sorted set of the questions that their turns put, by when; and, with
` refused` behind it, of those that nobody said yes to."""
GRANT = PREFIX + "grant:"
"""Before the name of a lasting yes: a hash."""
GRANTS = PREFIX + "grants"
"""Sorted set of the lasting yeses that stand, by when their time is over."""
CARD = PREFIX + "card:"
"""Before a place and the id of an approval: the token and the code of the card that is there."""
CODES = PREFIX + "codes"
"""Hash of code → the approval that it was shown with."""
CLOCK = PREFIX + "clock"
"""The time by which approvals live: it is never moved back."""

RULE = PREFIX + "rule:"
"""Before the name of a rule: the list of when it fired in the last minute."""
COUNTS = " counts"
"""Behind a rule: the hash of how often it fired, and how often that would have been too often."""

SCHEDULES = PREFIX + "schedules"
"""Hash of what each schedule is, by name; and the pub/sub channel that says that one changed."""
SCHEDULES_DUE = SCHEDULES + " due"
"""Sorted set of the schedules by when each is due next, in milliseconds since 1970."""
SCHEDULE = PREFIX + "schedule:"
"""Before the name of a schedule: the hash of what became of it."""

MEMORY = PREFIX + "memory:"
"""Before all that is remembered of people."""
MEMORY_FACT = MEMORY + "fact:"
"""Before a person's mark and a fact's id: the hash of what is remembered."""
MEMORY_PEOPLE = MEMORY + "people"
"""Set of the marks of everybody of whom something is remembered."""

SENT = PREFIX + "sent:"
"""Before a channel and a delivery's id: what the channel calls what it handed over."""
PAIRING = PREFIX + "pairing:"
"""Before what is known of strangers who ask to be known."""
REMARKS = PREFIX + "remarks:"
"""Before a channel and a chat: the sorted set of what was said there to others, by when."""
CALLER = " by"
"""Behind a chat's remarks: the id of who called the server there last, for as long as that counts.
Without one nothing is kept of that chat."""
CHANNEL = PREFIX + "channel:"
"""Before a channel's name: how it is, as its process said lately."""

LIVE = PREFIX + "live:"
LIVE_EPOCH = PREFIX + "live-epoch"


def topic(name: str) -> str:
    """Return the stream of a topic."""
    return PREFIX + name


def turn(turn_id: str) -> str:
    """Return the list that is a turn's record."""
    return TURN + turn_id


def turn_open(turn_id: str) -> str:
    """Return the set of a turn's calls that are not settled."""
    return TURN + turn_id + OPEN


def ledger(turn_id: str) -> str:
    """Return the hash of a turn's calls that change something."""
    return TURN + turn_id + CALLS


def turn_children(turn_id: str) -> str:
    """Return the set of the turns that have a turn's tasks, or had."""
    return TURN + turn_id + CHILDREN


def turn_parent(turn_id: str) -> str:
    """Return the hash of which call waits for a turn that has another's task."""
    return TURN + turn_id + PARENT


def trouble(topic_name: str, group: str) -> str:
    """Return the hash of what is known about a group's entries that did not go through at once."""
    return f"{TROUBLE}{topic_name}:{group}"


def waiting(topic_name: str, who: str) -> str:
    """Return the sorted set of what was accepted from somebody and not yet taken up."""
    return f"{WAITING}{topic_name}:{who}"


def spent(session_id: str, person: str, day: int) -> tuple[str, str, str]:
    """Return the hashes of what a session, a person on a day, and everybody on it have spent.

    Args:
        session_id: the session.
        person: the person.
        day: days since 1970, UTC.
    """
    return f"{SPENT}session:{session_id}", f"{SPENT}person:{day}:{person}", f"{SPENT}day:{day}"


def session(session_id: str) -> str:
    """Return the hash of a session: its settings."""
    return SESSION + session_id


def mailbox(session_id: str) -> str:
    """Return the list of what waits behind a session's running turn."""
    return SESSION + session_id + MAILBOX


def session_turns(session_id: str) -> str:
    """Return the list of a session's last turns, oldest first."""
    return SESSION + session_id + TURNS_OF


def approval(approval_id: str) -> str:
    """Return the hash of an approval."""
    return APPROVAL + approval_id


def grant(name: str) -> str:
    """Return the hash of a lasting yes."""
    return GRANT + name


def card(place: str, approval_id: str) -> str:
    """Return the hash of the card of an approval in a place."""
    return f"{CARD}{place}:{approval_id}"


def remarks(channel: str, chat: str) -> str:
    """Return the sorted set of what was said in a chat to others."""
    return f"{REMARKS}{channel}:{chat}"


def rule_counts(rule: str) -> str:
    """Return the hash of how often a rule fired and did not."""
    return RULE + rule + COUNTS


def schedule(name: str) -> str:
    """Return the hash of what became of a schedule."""
    return SCHEDULE + name


def fact(who: str, name: str) -> str:
    """Return the hash of what is remembered of somebody.

    Args:
        who: the person's mark.
        name: the fact's id.
    """
    return f"{MEMORY_FACT}{who}:{name}"


def here(stage: str) -> str:
    """Return the channel of the processes that run a stage."""
    return HERE + stage


def session_asks(session_id: str) -> str:
    """Return the set of a session's approvals that are pending."""
    return SESSION + session_id + ASKS


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
        "waiting": WAITING,
        "spent": SPENT,
        "rule": RULE,
        "counts": COUNTS,
        "turns": TURNS,
        "open": OPEN,
        "calls": CALLS,
        "children": CHILDREN,
        "parent": PARENT,
        "left": LEFT,
        "mailbox": MAILBOX,
        "turns_of": TURNS_OF,
        "closed": CLOSED,
        "busy": BUSY,
        "past": PAST,
        "letters": LETTERS,
        "late": LATE,
        "stopping": STOPPING,
        "hints": HINTS,
        "released": RELEASED,
        "suspects": SUSPECTS,
        "buried": BURIED,
        "journal": JOURNAL,
        "asks": ASKS,
        "approval": APPROVAL,
        "approvals": APPROVALS,
        "asked": ASKED,
        "grant": GRANT,
        "grants": GRANTS,
        "card": CARD,
        "codes": CODES,
        "clock": CLOCK,
        "epoch": EPOCH,
    }
    return "local K = {" + ", ".join(f"{name} = '{value}'" for name, value in names.items()) + "}\n"
