"""`nexus chat`: a conversation at the terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ops.cli.ask import SESSION, Session
from ops.cli.place import Root
from ops.cli.screen import complain, is_terminal, safe, say
from ops.meant import hint

if TYPE_CHECKING:
    from ops.cli.conversation import Conversation
    from ops.settings import Settings

PROMPT = "› "
LEAVING = frozenset({"/quit", "/exit"})
KEPT_LINES = 1_000
TURN_SECONDS = 3_600.0


def chat(session: Session = SESSION, _root: Root = None) -> None:
    """Talk with it, line by line.

    Ctrl-C stops what runs, Ctrl-D or /quit leaves, the arrow keys bring earlier lines back.

    \b
    Examples:
      nexus chat
      nexus chat --session garden
    """
    from ops.cli import place

    here = place.settings()
    place.reachable(here)
    _talk(here, session)


def _talk(here: Settings, session: str) -> None:
    import asyncio
    import readline

    history = here.root / "chat-history"
    person = is_terminal(sys.stdin)
    if person:
        say("Ask anything; /help shows the commands, /quit leaves.")
        if history.exists():
            readline.read_history_file(history)
        readline.set_history_length(KEPT_LINES)
    with asyncio.Runner() as runner:
        conversation = runner.run(_begin(here, session))
        try:
            while (text := _next(person=person)) is not None and text.strip() not in LEAVING:
                if text.strip():
                    runner.run(_turn(here, conversation, text))
        finally:
            runner.run(conversation.close())
            if person:
                _keep(history)


def _keep(history: object) -> None:
    import os
    import readline
    from pathlib import Path

    path = Path(str(history))
    # Made first, so that it is never readable by others.
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    readline.write_history_file(path)


def _next(*, person: bool) -> str | None:
    """Return the next line; None at the end. Ctrl-C begins the line anew."""
    while True:
        try:
            return input(PROMPT if person else "")
        except EOFError:
            if person:
                say()
            return None
        except KeyboardInterrupt:
            say()


async def _begin(here: Settings, session: str) -> Conversation:
    from ops.cli.conversation import Conversation

    return Conversation(here, session)


async def _turn(here: Settings, conversation: Conversation, text: str) -> None:
    import asyncio
    import signal

    from ops.cli.beside import Beside
    from ops.cli.inline import Inline
    from ops.cli.paper import Screen
    from schemas.errors import Expected

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, stop.set)
    paper = Screen() if is_terminal() else Beside()
    inline = Inline(here, shown=isinstance(paper, Screen))
    try:
        ended = await conversation.say(
            text, paper, seconds=TURN_SECONDS, stop=stop, asks=inline.event
        )
    except Expected as error:
        complain(hint(str(error)))
        return
    finally:
        await inline.close()
        loop.remove_signal_handler(signal.SIGINT)
    if isinstance(paper, Screen):
        paper.end(ended.answer)
        say()
    else:
        paper.end(ended)
        say(safe(ended.answer))
