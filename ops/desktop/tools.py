"""What the agent may tell the owner beside the conversation: `notify_owner`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ops.desktop.notices import Notices
from processors.tools.declare import CallKey, Weight, tool
from schemas.base import now_ms
from schemas.errors import TooMuch
from schemas.notices import Notice
from schemas.tools import Tier, ToolResult

SOURCE = "agent"
MOST, WITHIN_MS = 5, 3_600_000
"""So many in an hour: who is told something all the time reads nothing of it."""


def _weigh(text: str) -> Weight:
    return Weight(
        command=f"notify_owner {text}",
        targets=("person:owner",),
        affects="the owner finds it among their notices",
    )


@tool(
    tier=Tier.YELLOW,
    timeout=15,
    effect="idempotent",
    examples=("let the owner know that the backup disk is full",),
    weigh=_weigh,
)
async def notify_owner(
    notices: Notices,
    key: CallKey,
    text: Annotated[
        str, Field(min_length=1, max_length=2_000, description="What they are to know, in full.")
    ],
) -> ToolResult:
    """Leave the owner a notice on their page, which stays until they have seen it."""
    notice = Notice(
        source=SOURCE, level="info", title="A word from the agent", says=text, key=str(key)
    )
    if not await notices.once(notice, most=MOST, since=now_ms() - WITHIN_MS):
        raise TooMuch(f"The owner was told {MOST} things within an hour; that is enough for now.")
    return ToolResult(text="The owner finds it among their notices.")


TOOLS = (notify_owner,)
