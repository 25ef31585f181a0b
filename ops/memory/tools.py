"""What the agent may do about memory: `memory_search`, `memory_remember`, `memory_forget`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from processors.agent.turns import by_memory
from processors.memory.memories import Memories
from processors.memory.recall import ANYBODY
from processors.tools.declare import Asker, CallKey, Weight, tool
from processors.tools.wording import counted
from schemas.errors import Forbidden
from schemas.memory import LONGEST, Fact, FactForm, Keep, Kind
from schemas.tools import Tier, ToolResult, Undo
from streams.entry import PRODUCER

SHOWN = 20
"""Facts that one search brings back."""

TELLS = {"id", "text", "kind", "keep", "at", "tainted"}
"""What a program is told of each."""

Words = Annotated[
    str, Field(max_length=500, description="What it is about; what is newest when empty.")
]
What = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST,
        pattern=r"\S",
        description="One fact about the person, whole and understood by itself.",
        examples=["The router stands in the cellar."],
    ),
]
Which = Annotated[
    str, Field(pattern=r"^[0-9a-f]{16}$", description="Its id, as memory_search shows it.")
]


@tool(
    tier=Tier.GREEN,
    timeout=15,
    examples=("what do you remember of me?", "what did I tell you about my allergies?"),
)
async def memory_search(memories: Memories, asker: Asker, words: Words = "") -> ToolResult:
    """Look up what was remembered of the person who asks: what they said, like, and plan."""
    person = _somebody(asker)
    if words.strip():
        found: Sequence[Fact] = await memories.search(person, words, SHOWN)
    else:
        found, _ = await memories.page(person, SHOWN)
    lines = [_line(one) for one in found]
    return ToolResult(
        text="\n".join((f"{counted(len(found), 'memory', 'memories')}:", *lines))
        if lines
        else "Nothing is remembered about that.",
        data={"facts": [one.model_dump(mode="json", include=TELLS) for one in found]},
        tainted=by_memory(source for one in found for source in one.tainted),
    )


def _weigh_remember(text: str, keep: Keep, replaces: str) -> Weight:
    return Weight(
        targets=("memory:own", *((f"memory:{replaces}",) if replaces else ())),
        command=f"remember ({keep}): {text}",
        affects="it is told in later conversations with this person"
        + (", in place of another" if replaces else ""),
        undo="it is forgotten again",
    )


@tool(
    tier=Tier.YELLOW,
    timeout=15,
    effect="idempotent",
    examples=("remember that the router stands in the cellar", "keep in mind that I drink no milk"),
    weigh=_weigh_remember,
)
async def memory_remember(  # noqa: PLR0917 - a tool's arguments are its parameters
    memories: Memories,
    asker: Asker,
    key: CallKey,
    text: What,
    kind: Annotated[Kind, Field(description="What it is about.")] = "fact",
    keep: Annotated[
        Keep,
        Field(description="For good, half a year (long), two weeks (short) or a day (working)."),
    ] = "permanent",
    replaces: Annotated[
        str,
        Field(
            pattern=r"^([0-9a-f]{16})?$",
            description="The id of the memory that is no longer so; empty when there is none.",
        ),
    ] = "",
) -> ToolResult:
    """Remember a fact that the person told about themselves or their home. No secrets."""
    fact = await memories.remember(
        _somebody(asker),
        FactForm(text=text, kind=kind, keep=keep),
        call=str(key) or "tool",
        tainted=asker.tainted,
        replaces=replaces or None,
    )
    return ToolResult(
        text=f"Remembered ({fact.id}): {fact.text}",
        data={"id": fact.id, "keep": fact.keep},
        undo=Undo(tool="memory_forget", arguments={"id": fact.id}, says="forget it again"),
    )


def _weigh_forget(id: str) -> Weight:  # noqa: A002 - named as the argument is
    return Weight(
        targets=(f"memory:{id}",),
        command=f"forget the memory {id}",
        affects="it is not told any more, and gone for good after a day",
        undo="it is remembered again, within a day with all that was known of it",
    )


@tool(
    tier=Tier.YELLOW,
    timeout=15,
    effect="idempotent",
    examples=("forget what I said about the router", "that is not so any more, forget it"),
    weigh=_weigh_forget,
)
async def memory_forget(memories: Memories, asker: Asker, id: Which) -> ToolResult:  # noqa: A002
    """Forget something that was remembered, by its id; memory_search shows the ids."""
    gone = await memories.forget(_somebody(asker), id, back=True)
    again = {"text": gone.text, "kind": gone.kind, "keep": gone.keep}
    return ToolResult(
        text=f"Forgotten: {gone.text}",
        data={"id": gone.id},
        undo=Undo(tool="memory_remember", arguments=again, says="remember it again"),
    )


def _somebody(asker: Asker) -> str:
    # Who signed nothing is the same for everybody who did not.
    if asker in {"", PRODUCER}:
        raise Forbidden("Nothing is remembered of somebody whom nobody vouches for.")
    return str(asker)


def _line(one: Fact) -> str:
    day = datetime.fromtimestamp(one.at / 1_000, UTC)
    where = f", {ANYBODY}" if one.tainted else ""
    return f"{one.id} ({day:%Y-%m-%d}, {one.kind}{where}): {one.text}"


TOOLS = (memory_search, memory_remember, memory_forget)
