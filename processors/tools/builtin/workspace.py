"""The agent's own folder: notes and files, and the way back of each change."""

from __future__ import annotations

import asyncio
import secrets
from hashlib import sha256
from posixpath import normpath
from typing import Annotated

from pydantic import Field

from gateways.machines.workspace import Workspace
from processors.tools.declare import CallKey, Weight, tool
from processors.tools.output import capped
from processors.tools.redact import GONE
from processors.tools.wording import counted, moment, name
from schemas.errors import Conflict, Invalid
from schemas.tools import Tier, ToolResult, Undo

NOTES = "notes.md"
SHOWN = 2_000
"""Bytes of a new content that a person is shown before they decide."""

Path = Annotated[
    str,
    Field(
        max_length=1_024,
        description="Where, below the workspace, such as reports/disk.md.",
        json_schema_extra={"format": "path"},
    ),
]


def _target(path: str) -> str:
    return f"file:{normpath(path)}"


async def _state(workspace: Workspace, path: str) -> dict[str, str]:
    return {_target(path): await asyncio.to_thread(workspace.state, path)}


def change_of(key: str) -> str:
    """Return the id under which a call's change is kept: the same call has the same one."""
    return sha256(key.encode()).hexdigest()[:32] if key else secrets.token_hex(16)


def back(change: str, path: str, says: str) -> Undo:
    """Return the way back of a change to one file or folder."""
    return Undo(tool="files_restore", arguments={"change": change}, says=f"{says} {name(path)}")


def _weigh_note(text: str) -> Weight:
    return Weight(
        targets=(_target(NOTES),),
        command=f"append to {NOTES}:\n- {' '.join(text.split())}",
        affects="one line more in the list of notes",
        undo="the line is taken out again",
    )


@tool(
    tier=Tier.YELLOW,
    timeout=10,
    effect="plain",
    examples=("note that the backup disk was replaced", "write down: call the plumber"),
    weigh=_weigh_note,
    lasting=True,
)
async def notes_append(
    workspace: Workspace,
    text: Annotated[str, Field(min_length=1, max_length=4_000, description="One note.")],
) -> ToolResult:
    """Append one note to the owner's list of notes."""
    line = f"- {' '.join(text.split())}\n"
    path = await asyncio.to_thread(workspace.append, NOTES, line)
    arguments = {"path": NOTES, "old": line, "new": ""}
    return ToolResult(
        text=f"I wrote it down in {name(path)}.",
        data={"path": path},
        undo=Undo(tool="files_edit", arguments=arguments, says="take the note out again"),
    )


def _weigh_write(path: str, content: str) -> Weight:
    digest = sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    shown = capped(content.encode("utf-8", "replace").decode(), SHOWN)
    return Weight(
        targets=(_target(path),),
        command=f"write {path} (sha256 {digest}…):\n{shown}",
        affects="the file has this content and no other",
        undo="the content it has now comes back",
    )


@tool(
    tier=Tier.YELLOW,
    timeout=15,
    effect="idempotent",
    examples=("write a file shopping.txt with milk and bread",),
    weigh=_weigh_write,
    identify=_state,
)
async def files_write(
    workspace: Workspace,
    path: Path,
    content: Annotated[str, Field(max_length=200_000, description="The whole new content.")],
    key: CallKey,
) -> ToolResult:
    """Write a text file in the workspace, replacing what was there."""
    _must_be_whole(content)
    change = change_of(key)
    written = await asyncio.to_thread(workspace.write, path, content, change)
    size = len(content.encode("utf-8", "surrogateescape"))
    return ToolResult(
        text=f"I wrote {counted(size, 'byte')} to {name(written)}.",
        data={"path": written, "bytes": size},
        undo=back(change, path, "put back what was in"),
    )


def _must_be_whole(text: str) -> None:
    """Keep a secret in its file that a model was not shown, and would write over."""
    if GONE in text:
        raise Invalid(
            f"The text has {GONE} in it: there a secret was taken out, which would be lost. Replace"
            " passages beside it with files_edit."
        )


def _weigh_edit(path: str, old: str, new: str) -> Weight:
    return Weight(
        targets=(_target(path),),
        command=f"edit {path}\nreplace:\n{old}\nby:\n{new}",
        affects="this passage is another one",
        undo="the content it has now comes back",
    )


@tool(
    tier=Tier.YELLOW,
    timeout=15,
    effect="idempotent",
    examples=("in shopping.txt replace milk by oat milk",),
    weigh=_weigh_edit,
    identify=_state,
)
async def files_edit(
    workspace: Workspace,
    path: Path,
    old: Annotated[
        str,
        Field(min_length=1, max_length=50_000, description="The passage as it is; it occurs once."),
    ],
    new: Annotated[str, Field(max_length=50_000, description="What it becomes.")],
    key: CallKey,
) -> ToolResult:
    """Replace one passage of a text file in the workspace."""
    _must_be_whole(new)
    change = change_of(key)

    def edit() -> str:
        # Begun before, and nobody knows how far: what counts is what the file was then.
        before = workspace.before(change)
        now = workspace.read(path)
        after = _edited(now if before is None else before, path, old, new)
        if before is not None and now not in (before, after):
            raise Conflict(f"{path} was changed by others meanwhile.")
        return workspace.write(path, after, change)

    written = await asyncio.to_thread(edit)
    return ToolResult(
        text=f"I replaced the passage in {name(written)}.",
        data={"path": written},
        undo=back(change, path, "put back what was in"),
    )


def _edited(content: bytes, path: str, old: str, new: str) -> bytes:
    wanted = old.encode("utf-8", "surrogateescape")
    if b"\x00" in content:
        raise Invalid(f"{path} is not text.")
    found = content.count(wanted)
    if found != 1:
        times = "does not occur" if not found else f"occurs {found} times"
        raise Invalid(f"This passage {times} in {path}; give one that occurs once.")
    return content.replace(wanted, new.encode("utf-8", "surrogateescape"))


def _weigh_move(path: str, to: str) -> Weight:
    return Weight(
        targets=(_target(path), _target(to)),
        command=f"move {path} to {to}",
        affects="it has another place; nothing is replaced",
        undo="it is moved back",
    )


async def _both(workspace: Workspace, path: str, to: str) -> dict[str, str]:
    return {**await _state(workspace, path), **await _state(workspace, to)}


async def _moved(workspace: Workspace, path: str, to: str) -> ToolResult | None:
    there = await _both(workspace, path, to)
    if there[_target(path)] != "absent" or there[_target(to)] == "absent":
        return None
    return _move_result(path, to, str(workspace.root / to))


def _move_result(path: str, to: str, now: str) -> ToolResult:
    return ToolResult(
        text=f"I moved {name(path)} to {name(now)}.",
        data={"path": now},
        undo=Undo(
            tool="files_move", arguments={"path": to, "to": path}, says=f"move it back to {path}"
        ),
    )


@tool(
    tier=Tier.YELLOW,
    timeout=15,
    effect="probe",
    probe=_moved,
    examples=("rename draft.md to final.md", "move report.txt to archive/"),
    weigh=_weigh_move,
    identify=_both,
)
async def files_move(
    workspace: Workspace,
    path: Path,
    to: Annotated[str, Field(max_length=1_024, description="The new place, with the name.")],
) -> ToolResult:
    """Move or rename a file or folder in the workspace; nothing is replaced."""
    return _move_result(path, to, await asyncio.to_thread(workspace.move, path, to))


def _weigh_delete(path: str) -> Weight:
    return Weight(
        targets=(_target(path),),
        command=f"delete {path}",
        affects="it is gone from there, and kept for 30 days while there is room",
        undo="it comes back as it was",
    )


@tool(
    tier=Tier.YELLOW,
    timeout=30,
    effect="idempotent",
    examples=("delete draft.md", "remove the folder old/"),
    weigh=_weigh_delete,
    identify=_state,
)
async def files_delete(workspace: Workspace, path: Path, key: CallKey) -> ToolResult:
    """Delete a file or folder in the workspace; it can be brought back for a while."""
    change = change_of(key)
    await asyncio.to_thread(workspace.remove, path, change)
    return ToolResult(
        text=f"I deleted {name(path)}.",
        data={"path": path},
        undo=back(change, path, "bring back"),
    )


@tool(
    tier=Tier.YELLOW,
    timeout=30,
    effect="idempotent",
    examples=("undo the last change to notes.md",),
    weigh=lambda change: Weight(
        command=f"take back the change {change}",
        affects="the file or folder is what it was before",
        undo="what is there now comes back",
    ),
)
async def files_restore(
    workspace: Workspace,
    change: Annotated[
        str,
        Field(pattern="^[0-9a-f]{32}$", description="The change, as the call that made it said."),
    ],
    key: CallKey,
) -> ToolResult:
    """Take one change to a file or folder of the workspace back."""
    about, there = await asyncio.to_thread(workspace.kept, change)
    own = change_of(key)
    path = await asyncio.to_thread(workspace.restore, change, own)
    if about.absent:
        text = f"{name(path)} is gone again, as before {moment(about.at)}."
    else:
        text = f"{name(path)} is what it was at {moment(about.at)}."
    return ToolResult(
        text=text,
        data={"path": path, "was_kept": there},
        undo=back(own, path, "put back what is now in"),
    )
