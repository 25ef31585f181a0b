"""`nexus approvals`: what waits for a person's yes, and saying it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli.place import AsJson, Failed, Root
from ops.cli.screen import age, one_line, say, say_json

if TYPE_CHECKING:
    from ops.cli.deciding import Desk
    from schemas.approvals import ApprovalView, Grant, Verdict

words = typer.Typer(help="What waits for your yes, and saying it.", invoke_without_command=True)

Name = Annotated[
    str,
    typer.Argument(metavar="ID", help="The request's id, how it begins, or the code shown here."),
]
Code = Annotated[
    str | None,
    typer.Option("--code", help="The code that another place shows; for what is RED."),
]


@words.callback(invoke_without_command=True)
def approvals(context: typer.Context, as_json: AsJson = False, _root: Root = None) -> None:
    """Show what waits for a decision.

    \b
    Examples:
      nexus approvals
      nexus approvals show 3f9a
      nexus approvals approve 3f9a
      nexus approvals deny 3f9a

    Instead of an id the code does that is shown here, as in `nexus approvals approve BCDF-2345`.
    What is RED needs a code that was shown in another place: the page shows one for here, and
    `nexus approvals show` one for there.
    """
    if context.invoked_subcommand is not None:
        return
    import asyncio

    found = asyncio.run(_pending())
    if as_json:
        say_json([one.model_dump(mode="json") for one in found])
        return
    if not found:
        say("Nothing waits for a decision.")
    for one in found:
        left = age(max(0.0, one.expires_at / 1000 - time.time()))
        say(f"{one.id}  {one.tier.name:6}  {left:>12} left  {one_line(one.command, 60)}")


@words.command()
def show(name: Name, as_json: AsJson = False, _root: Root = None) -> None:
    """Show one request in full, and the code that counts in another place."""
    import asyncio

    from ops.cli.deciding import picture
    from ops.cli.screen import console
    from streams.cards import shown

    request, code = asyncio.run(_one(name))
    if as_json:
        say_json({**request.model_dump(mode="json"), "code": code})
        return
    console().print(picture(request, shown(code) if code else ""))


@words.command()
def approve(
    name: Name,
    code: Code = None,
    _root: Root = None,
) -> None:
    """Say yes to one request: what it shows runs, and nothing else.

    A yes for 30 days is given on the page alone, with a code of your app; `nexus approvals grants`
    shows those that stand.
    """
    _decide(name, "approved", code)


@words.command()
def deny(name: Name, _root: Root = None) -> None:
    """Say no to one request."""
    _decide(name, "denied", None)


@words.command()
def grants(as_json: AsJson = False, _root: Root = None) -> None:
    """Show which calls run without a question, because the page said so for 30 days.

    \b
    Examples:
      nexus approvals grants
      nexus approvals revoke 5d21
    """
    import asyncio

    found = asyncio.run(_grants())
    if as_json:
        say_json([one.model_dump(mode="json") for one in found])
        return
    if not found:
        say("Every call that needs a yes asks for it.")
    for one in found:
        left = age(max(0.0, one.expires_at / 1000 - time.time()))
        whose = f"{one.person} on {one.channel}"
        say(f"{one.id[:8]}  {left:>9} left  {one.uses:>4} x  {whose}  {one_line(one.command, 50)}")


@words.command()
def revoke(
    name: Annotated[str, typer.Argument(metavar="ID", help="A lasting yes, or how it begins.")],
    _root: Root = None,
) -> None:
    """Take back a lasting yes: the next such call asks again."""
    import asyncio

    text, counts = asyncio.run(_revoke(name))
    if not counts:
        raise Failed(text)
    say(text)


def _decide(name: str, verdict: Verdict, code: str | None) -> None:
    import asyncio

    text, counts = asyncio.run(_press(name, verdict, code))
    if not counts:
        raise Failed(text)
    say(text)


async def _pending() -> list[ApprovalView]:
    async with _desk() as desk:
        return await desk.pending()


async def _one(name: str) -> tuple[ApprovalView, str]:
    async with _desk() as desk:
        request = await desk.find(name)
        return request, await desk.code(request)


async def _press(name: str, verdict: Verdict, code: str | None) -> tuple[str, bool]:
    async with _desk() as desk:
        return await desk.press(await desk.find(name), verdict, code)


async def _grants() -> list[Grant]:
    async with _desk() as desk:
        return await desk.grants()


async def _revoke(name: str) -> tuple[str, bool]:
    async with _desk() as desk:
        return await desk.revoke(name)


def _desk() -> Desk:
    from ops.cli import place
    from ops.cli.deciding import Desk

    here = place.settings()
    place.reachable(here)
    return Desk.of(here)
