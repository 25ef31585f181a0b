"""`nexus ask`: one question, one answer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli.place import AsJson, Misused, Root
from ops.cli.screen import is_terminal, safe, say, say_json

if TYPE_CHECKING:
    from ops.cli.conversation import Ended
    from ops.settings import Settings

SESSION = "terminal"
"""The conversation that goes on from one question to the next."""

Session = Annotated[
    str,
    typer.Option(
        "--session",
        "-s",
        metavar="NAME",
        help="The conversation; each name is one of its own.",
    ),
]


def ask(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="TEXT", help="The question, quoted or not; a - at its end reads more."
        ),
    ],
    session: Session = SESSION,
    as_json: AsJson = False,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, help="Seconds to wait for the answer.")
    ] = 600.0,
    _root: Root = None,
) -> None:
    """Ask, and show the answer while it is written.

    Questions and answers belong to one conversation, named `terminal`, which goes on from one
    `nexus ask` to the next; /new begins it anew, and --session has another one. What begins with
    a slash is a command (/help shows them), what begins with ! runs one tool without a model.

    \b
    Examples:
      nexus ask "how much disk space is free?"
      nexus ask '!docker_list'
      nexus ask --json "which services failed?" | jq -r .answer
      git diff | nexus ask "what does this change?" -

    Status: 0 answered, 1 not answered, 2 misused, 3 no server, 130 stopped with Ctrl-C.
    """
    import asyncio

    from ops.cli import place

    here = place.settings()
    place.reachable(here)
    ended = asyncio.run(_ask(here, session, _read(words), timeout, quiet=as_json))
    if as_json:
        found = dict(vars(ended))
        del found["interrupted"]
        if not ended.notices:
            del found["notices"]
        say_json(found)
    elif not is_terminal():
        say(safe(ended.answer))
    if ended.interrupted:
        sys.exit(130)
    if ended.outcome != "answered":
        sys.exit(1)


def _read(words: list[str]) -> str:
    """Return what is asked; a question comes first, what is read below it is material.

    Raises:
        Misused: there is no question, or it is not text.
    """
    whole = " ".join(words)
    if words[-1:] == ["-"]:
        asked, read = " ".join(words[:-1]).strip(), sys.stdin.read()
        if not asked and "\n" in read.strip():
            # Lines from a pipe may be anybody's: none of them is run as a question or a command.
            raise Misused(
                "Several lines are no question; say what to do with them, as in "
                '`git diff | nexus ask "what does this change?" -`.'
            )
        whole = f"{asked}\n\n{read}" if asked else read
    try:
        whole.encode()
    except UnicodeEncodeError:
        raise Misused("The question is not UTF-8 text.") from None
    if not whole.strip():
        raise Misused('There is no question; ask as in `nexus ask "what time is it?"`.')
    return whole


async def _ask(here: Settings, session: str, text: str, seconds: float, *, quiet: bool) -> Ended:
    import asyncio
    import signal

    from ops.cli.beside import Beside
    from ops.cli.conversation import Conversation
    from ops.cli.inline import Inline
    from ops.cli.paper import Screen

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set)
    paper = Screen() if is_terminal() and not quiet else Beside()
    conversation = Conversation(here, session)
    inline = Inline(here, shown=isinstance(paper, Screen))
    try:
        ended = await conversation.say(text, paper, seconds=seconds, stop=stop, asks=inline.event)
    finally:
        await inline.close()
        await conversation.close()
    if isinstance(paper, Screen):
        paper.end(ended.answer)
    elif not quiet:  # what is printed as JSON says it by itself
        paper.end(ended)
    return ended
