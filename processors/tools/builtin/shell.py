"""A command of one's own: `shell_run`, in a sandbox."""

from __future__ import annotations

import codecs
from typing import Annotated

from pydantic import Field

from gateways.machines.sandbox import INSIDE, Sandbox
from processors.tools.declare import Tell, Weight, tool
from schemas.tools import Tier, ToolResult

LONGEST = 600
"""Seconds that a command may ask for."""


def _weigh(command: str, outside: bool) -> Weight:
    if outside:
        return Weight(
            tier=Tier.RED,
            reasons=("it runs on the machine itself, outside the sandbox",),
            targets=("shell:host",),
            command=command,
            affects="whatever this server's user may do",
        )
    # No text of a shell is harmless enough to be weighed less: the sandbox is what holds it.
    return Weight(
        tier=Tier.ORANGE,
        targets=("shell:sandbox",),
        command=command,
        affects="files of the workspace; no network, nothing else of this machine",
    )


@tool(
    tier=Tier.ORANGE,
    timeout=LONGEST + 30,
    effect="plain",
    examples=("run the command: wc -l notes.md", "shell: sort data.csv | head"),
    weigh=_weigh,
    ready=lambda sandbox: sandbox.why_not(),
)
async def shell_run(
    sandbox: Sandbox,
    tell: Tell,
    command: Annotated[
        str,
        Field(
            min_length=1,
            max_length=10_000,
            pattern=r"^[^\x00]*$",
            description=f"A shell script. The workspace is its folder, {INSIDE}; without network.",
        ),
    ],
    seconds: Annotated[int, Field(ge=1, le=LONGEST, description="How long it may take.")] = 60,
    outside: Annotated[
        bool, Field(description="On the machine itself, not in the sandbox; needs far more.")
    ] = False,
) -> ToolResult:
    """Run a shell command in a sandbox, and show what it writes."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    run = sandbox.run_outside if outside else sandbox.run
    ended = await run(command, seconds, lambda piece: tell(decoder.decode(piece)))
    output = ended.output.decode(errors="replace").rstrip("\n")
    if ended.stopped:
        headline = f"The command was stopped after {ended.stopped}."
    else:
        how = "ended well" if ended.code == 0 else f"ended with code {ended.code}"
        headline = f"The command {how} after {ended.seconds:g} s."
    return ToolResult(
        text=f"{headline}\n{output}" if output else f"{headline} It wrote nothing.",
        data={"code": ended.code, "seconds": ended.seconds, "stopped": ended.stopped or None},
        ok=ended.code == 0 and not ended.stopped,
        code="stopped" if ended.stopped else None if ended.code == 0 else "exit",
    )
