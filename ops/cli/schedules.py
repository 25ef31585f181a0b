"""`nexus schedules`: what is asked by itself, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli.place import AsJson, Root, hint
from ops.cli.schedule_words import show_lines, show_whole
from ops.cli.screen import say, say_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from ops.settings import Settings
    from processors.clock.book import Book
    from schemas.events import LastView
    from schemas.schedules import Schedule, ScheduleView

words = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="What is asked by itself, and when."
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="What you call the schedule.")]


@words.command()
def add(  # noqa: PLR0917 - its options are its parameters
    name: Name,
    when: Annotated[
        str, typer.Argument(metavar="WHEN", help="Cron, `every 2 hours`, or a date and a time.")
    ],
    says: Annotated[str, typer.Argument(metavar="TEXT", help="What is asked, as you type it.")],
    zone: Annotated[
        str, typer.Option("--zone", help="A time zone, such as Europe/Berlin; yours unless given.")
    ] = "",
    missed: Annotated[
        str, typer.Option("--missed", help="Times that went by: run_once, skip or ask.")
    ] = "run_once",
    tier: Annotated[str, typer.Option("--tier", help="The model tier of its runs.")] = "",
    cost: Annotated[
        float | None, typer.Option("--cost", help="US dollars that one run may cost at most.")
    ] = None,
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """Make a schedule. Each run is a conversation of its own, in your name.

    \b
    Examples:
      nexus schedules add morning "0 7 * * MON-FRI" "How did the backups go?" --zone Europe/Berlin
      nexus schedules add disks "every 6 hours" "!system_info about=disks" --missed skip
      nexus schedules add once "2026-12-24 18:00" "Which containers are running?"
    """
    from pydantic import ValidationError

    from ops.cli import place
    from schemas.errors import Invalid
    from schemas.faults import plain
    from schemas.schedules import ScheduleForm

    place.root()
    given = {"name": name, "when": when, "says": says, "zone": zone, "missed": missed}
    try:
        form = ScheduleForm.model_validate({**given, "tier": tier or None, "cost": cost})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"{where}: {plain(first)}.") from None

    async def ask(book: Book) -> ScheduleView:
        from processors.agent.people import OWNER

        return await book.add(form, OWNER)

    _one(_asked(ask), as_json=as_json)


@words.command("list")
def show_all(as_json: AsJson = False, _root: Root = None) -> None:
    """List the schedules: when each is next, how its last run ended, how often it was missed."""

    async def ask(book: Book) -> list[ScheduleView]:
        return await book.all()

    found = _with_endings(_asked(ask))
    if as_json:
        say_json([one.model_dump(mode="json") for one in found])
        return
    if not found:
        say(hint("There is no schedule; `nexus schedules add` makes one."))
    for one in found:
        show_lines(one)


@words.command()
def show(name: Name, as_json: AsJson = False, _root: Root = None) -> None:
    """Show one schedule, with all it asks."""
    (found,) = _with_endings([_asked(lambda book: _view(book, name))])
    if as_json:
        say_json(found.model_dump(mode="json"))
        return
    show_whole(found)


@words.command("next")
def coming(
    when: Annotated[
        str, typer.Argument(metavar="WHEN", help="Cron, `every 2 hours`, or a date and a time.")
    ],
    zone: Annotated[str, typer.Option("--zone", help="A time zone; yours unless given.")] = "",
    count: Annotated[
        int, typer.Option("--count", "-n", min=1, max=100, help="How many times.")
    ] = 5,
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """Say when such a schedule would be due; nothing is made.

    \b
    Examples:
      nexus schedules next "30 2 * * *" --zone Europe/Berlin
    """
    from ops.cli import place
    from processors.clock.plan import ahead, plan, shown, zone_of
    from schemas.base import now_ms

    place.root()
    here, now = zone_of(zone), now_ms()
    found = plan(when, here, now)
    times = ahead(found, now, count)
    if as_json:
        say_json({"when": when, "zone": here, "words": found.words(), "next": list(times)})
        return
    say(f"{found.words()}:" if times else f"{found.words()}: that is over.")
    for at in times:
        say(f"  {shown(at, here)}")


@words.command()
def pause(name: Name, as_json: AsJson = False, _root: Root = None) -> None:
    """Let a schedule rest; its times go by."""
    _change(name, paused=True, as_json=as_json)


@words.command()
def resume(name: Name, as_json: AsJson = False, _root: Root = None) -> None:
    """Let a schedule go on, with its next time from now on."""
    _change(name, paused=False, as_json=as_json)


@words.command()
def run(name: Name, as_json: AsJson = False, _root: Root = None) -> None:
    """Have a schedule run now, also one that is paused or was missed."""
    found = _asked(lambda book: book.run(name))
    if as_json:
        say_json(found.model_dump(mode="json"))
    else:
        say(f"{name} runs now.")


@words.command()
def remove(name: Name, as_json: AsJson = False, _root: Root = None) -> None:
    """Forget a schedule; what its runs said stays in the history."""

    async def ask(book: Book) -> Schedule:
        return await book.remove(name)

    _asked(ask)
    if as_json:
        say_json({"removed": name})
    else:
        say(f"{name} is forgotten.")


def _change(name: str, *, paused: bool, as_json: bool) -> None:
    from schemas.schedules import ScheduleChange

    found = _asked(lambda book: book.change(name, ScheduleChange(paused=paused)))
    _one(found, as_json=as_json)


async def _view(book: Book, name: str) -> ScheduleView:
    return await book.view(await book.find(name))


def _asked(ask: Callable[[Book], Awaitable[Any]]) -> Any:
    """Ask something of the schedules of the server that runs here."""
    import asyncio

    from ops.cli import place
    from ops.timetable import Way
    from processors.clock.book import Book
    from streams.schedules import Schedules

    here = place.settings()
    place.reachable(here)
    way = Way(here)

    async def asking() -> Any:
        try:
            return await ask(Book(Schedules(way.ask)))
        finally:
            await way.close()

    return asyncio.run(asking())


def _with_endings(views: list[ScheduleView]) -> list[ScheduleView]:
    """Return schedules with how their last runs ended, where that can be read."""
    import asyncio

    from ops.cli import place
    from processors.clock.book import ended

    if not any(one.last for one in views):
        return views
    last = asyncio.run(_endings(place.settings(), views))
    return [ended(one, last) for one in views]


async def _endings(here: Settings, views: list[ScheduleView]) -> Mapping[str, LastView]:
    from ops.journal.pages import Pages
    from processors.clock.book import runs_of
    from schemas.errors import Transient

    pages, runs = Pages(here), list[Any](runs_of(views))
    try:
        return await pages.ended(runs)
    except Transient:
        return {}
    finally:
        await pages.close()


def _one(view: ScheduleView, *, as_json: bool) -> None:
    if as_json:
        say_json(view.model_dump(mode="json"))
    else:
        show_lines(view)
