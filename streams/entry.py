"""An entry in our hands: what was read, who says so, and what went wrong with it before."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from schemas.base import Message
from schemas.chat import Control, Offered, Received
from schemas.desk import Attempt, Former, Happened
from schemas.errors import Forbidden, Invalid
from schemas.events import Told
from schemas.faults import plain
from streams.voice import HOUSE, forged

if TYPE_CHECKING:
    from streams.sign import Keyring

PRODUCER = "producer"
"""The person, channel and rights of whoever writes without a gateway's signature."""

MAX_HISTORY = 65_536
"""Bytes of what a message was before it was corrected."""
_formers: TypeAdapter[tuple[Former, ...]] = TypeAdapter(tuple[Former, ...])


W = TypeVar("W", Offered, Told)


@dataclass(slots=True, eq=False)
class Held:
    """One entry that this process owns.

    Attributes:
        id: its id on the stream.
        fields: the raw fields.
        generation: how often it was taken from somebody else; part of the fence.
        crashes: how many processes died while they ran it.
        failures: the tries that went wrong, crashes among them.
        slot: where the black box has it while it runs; -1 while it does not.
        waits: how often it waited here for something that was away.
        asking: names the question to the effect ledger that was not answered yet.
    """

    id: str
    fields: dict[bytes, bytes]
    generation: int = 0
    crashes: int = 0
    failures: list[Attempt] = field(default_factory=list)
    slot: int = -1
    waits: int = 0
    message: Message | None = None
    source: Provenance | None = None
    fault: Exception | None = None
    lane: str = ""
    turn: str = ""
    asking: str = ""
    stopping: bool = False
    lost: bool = False
    dropped: bool = False

    @property
    def data(self) -> bytes:
        """The message's bytes."""
        return self.fields.get(b"data", b"")

    @property
    def signature(self) -> str:
        """The gateway's signature, if there is one."""
        return self.fields.get(b"sig", b"").decode("ascii", "replace")

    @property
    def length(self) -> int:
        """How long the turn's record was when the message was sent."""
        try:
            return int(self.fields.get(b"n", b"0"))
        except ValueError:
            return 0

    def remember(self, trouble: bytes) -> None:
        """Take over what the server functions kept about earlier tries."""
        kept = orjson.loads(trouble)
        self.generation = int(kept["g"])
        self.crashes = int(kept["c"])
        self.failures = [Attempt.model_validate(f) for f in kept.get("f") or []]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who really wrote a message.

    Attributes:
        gateway: the gateway that signed it, or None.
        once: the key by which a repeat is known, where no gateway has seen to that.
    """

    gateway: str | None
    once: str = ""


def decode(held: Held, expected: type[Message], most: int) -> Message:
    """Read an entry as its topic's message.

    Args:
        held: the entry.
        expected: the class its stage takes.
        most: the largest message, in bytes.

    Raises:
        Invalid: it is not such a message; the text says where it goes wrong.
    """
    if b"data" not in held.fields:
        raise Invalid("The entry has no field named data.")
    if len(held.data) > most:
        raise Invalid(f"The message has {len(held.data)} bytes; at most {most} are accepted.")
    try:
        message = expected.model_validate_json(held.data)
    except ValidationError as error:
        raise Invalid(first_fault(error)) from None
    if message.v > expected.version:
        raise Invalid(f"Version {message.v} of {expected.__name__} is newer than this server.")
    return message


def receive(held: Held, keyring: Keyring, most: int) -> tuple[Received, Provenance]:
    """Read an entry of the inbox, and find out who wrote it.

    Only a gateway's signature counts, and only for its own channels. Whatever else claims to
    come from somebody is from `producer`, in a session of its own.

    Raises:
        Invalid: it cannot be read.
    """
    gateway = keyring.signer(held.data, held.signature) if held.signature else None
    if gateway is not None:
        message = decode(held, Received, most)
        if isinstance(message, Received) and message.channel in gateway.channels:
            return message, Provenance(gateway.name)
    offered = _unsigned(held, Offered, Received, most)
    own = f"{PRODUCER}-{held.id}"
    message = Received(
        id=own,
        trace=own,
        session=own,
        person=PRODUCER,
        channel=PRODUCER,
        chat=own,
        text=offered.text,
    )
    return message, Provenance(None, once=f"{PRODUCER}:{offered.id}" if offered.id else "")


def vouched(held: Held, keyring: Keyring, most: int) -> tuple[Control, Provenance]:
    """Read an entry of `control`; nothing there counts without a gateway's signature.

    Raises:
        Invalid: it cannot be read.
        Forbidden: nobody who may speak for its channel signed it.
    """
    message = decode(held, Control, most)
    gateway = keyring.signer(held.data, held.signature)
    if gateway is None or message.channel not in gateway.channels:
        raise Forbidden(f"Nobody who may speak for {message.channel} signed this.")
    assert isinstance(message, Control)
    return message, Provenance(gateway.name)


def witnessed(held: Held, keyring: Keyring, most: int) -> tuple[Happened, Provenance]:
    """Read an entry of `events`, and find out who tells it.

    What nobody signed is told by `producer`. Of what only the server itself tells, nobody else's
    word counts.

    Raises:
        Invalid: it cannot be read.
        Forbidden: it claims to be the server's own word.
    """
    gateway = keyring.signer(held.data, held.signature) if held.signature else None
    if gateway is not None:
        message = decode(held, Happened, most)
        assert isinstance(message, Happened)
        _believed(message.type, gateway.name)
        if gateway.name == HOUSE or message.channel in gateway.channels:
            return message, Provenance(gateway.name)
    told = _unsigned(held, Told, Happened, most)
    _believed(told.type, None)
    name = told_by_producer(held.id, told.id)
    message = Happened(
        id=name,
        trace=name,
        session=f"events-{PRODUCER}",
        person=PRODUCER,
        channel=PRODUCER,
        type=told.type,
        data=told.data,
    )
    return message, Provenance(None)


def told_by_producer(entry: str, name: str | None) -> str:
    """Return the id of an event that nobody signed.

    Args:
        entry: its entry on the stream.
        name: its own name for itself, where it gives one: the same event again is the same.
    """
    own = sha256(name.encode()).hexdigest()[:32] if name else entry
    return f"{PRODUCER}-{own}"


def _unsigned(held: Held, form: type[W], becomes: type[Message], most: int) -> W:
    """Read what nobody signed: it has fewer words than the message that it becomes."""
    if len(held.data) > most:
        raise Invalid(f"The message has {len(held.data)} bytes; at most {most} are accepted.")
    try:
        found = form.model_validate_json(held.data)
    except ValidationError as error:
        raise Invalid(first_fault(error)) from None
    if found.v > becomes.version:
        raise Invalid(f"Version {found.v} of {becomes.__name__} is newer than this server.")
    return found


def _believed(kind: str, told_by: str | None) -> None:
    if forged(kind, told_by):
        raise Forbidden(f"Only this server itself tells of {kind}, and it did not sign this.")


def formers(told: bytes) -> tuple[Former, ...]:
    """Return what a message was before it was corrected at the desk, as far as it can be read."""
    try:
        return _formers.validate_json(told) if 0 < len(told) <= MAX_HISTORY else ()
    except ValidationError:
        return ()


def counted_for(message: Message | None) -> str:
    """Return in whose count of what was accepted a message is, until it is taken up.

    Args:
        message: what was read; one that could not be read is in nobody's.
    """
    match message:
        case Received():
            return message.session
        case Control():
            return message.person
        case _:
            return ""


def first_fault(error: ValidationError) -> str:
    """Return where a message goes wrong first, in one sentence."""
    fault = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    return f"{where}: {plain(fault)}" if where else plain(fault)
