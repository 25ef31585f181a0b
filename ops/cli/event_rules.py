"""`nexus events rules`: what is done on which events."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli.place import AsJson, Root
from ops.cli.screen import one_line, say, say_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.settings import Settings
    from processors.events.rules import Rule
    from schemas.events import LastView

words = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="What is done on which events."
)

ENDED = {
    "running": "not over yet",
    "waits": "waits for your decision",
    "told": "you were told",
    "sent": "given to be sent",
    "limited": "ended by a limit",
}
"""How a rule's work ended, in words; the others say it themselves."""


@words.command("list")
def show_all(as_json: AsJson = False, _root: Root = None) -> None:
    """List the rules of events/rules.yaml, what each did so far, and how the last of it ended.

    What would have been more than a rule's `per_minute` was skipped: it is counted here, and not
    done. A rule whose tool is not there, or is not for rules, is shown with the reason.
    """
    import asyncio

    from ops import event_files
    from ops.cli import place

    found = event_files.read_rules(place.root()).rules
    here = place.settings()
    faults = _faults(here, found)
    counts = asyncio.run(_counts(here, [one.name for one in found]))
    last = asyncio.run(_last(here, found)) if found else {}
    if as_json:
        say_json(
            [
                one.model_dump(mode="json", by_alias=True, exclude_none=True)
                | counts.get(one.name, {})
                | {"fault": faults.get(one.name, ""), "last": _plain(last.get(one.name))}
                for one in found
            ]
        )
        return
    for one in found:
        what = one.tool or one.to or one.says or ""
        when = f" when {one_line(one.when, 60)}" if one.when else ""
        say(f"{one.name:<24}  on {one.on}{when}: {one.do}, {one_line(what, 60)}")
        count = counts.get(one.name)
        if count:
            say(f"{'':<24}  {_counted(count, one.per_minute)}")
        if one.name in last:
            say(f"{'':<24}  {_ended(last[one.name])}")
        if one.name in faults:
            say(f"{'':<24}  cannot: {one_line(faults[one.name], 200)}")


@words.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Another file than events/rules.yaml.")
    ] = None,
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """Say whether the rules fit, and where they do not; a server goes on with those it had."""
    from ops import event_files
    from ops.cli import place
    from schemas.errors import Invalid

    found = event_files.read_rules(place.root(), file).rules
    for name, why in _faults(place.settings(), found).items():
        raise Invalid(f"The rule {name} cannot do what it says. {why}")
    if as_json:
        say_json({"rules": len(found)})
    else:
        fit = "rule fits" if len(found) == 1 else "rules fit"
        say(f"{len(found)} {fit}.")


@words.command("test")
def try_out(
    kind: Annotated[str, typer.Argument(metavar="TYPE", help="Such as disk.full.")],
    data: Annotated[str, typer.Argument(metavar="JSON", help="What happened, an object.")] = "{}",
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """Say what the rules would do on such an event; nothing is done.

    \b
    Examples:
      nexus events rules test disk.full '{"free": 0}'
    """
    import json

    from ops import event_files
    from ops.cli import place
    from processors.events.condition import Unclear
    from schemas.desk import Happened
    from schemas.errors import Invalid

    try:
        told = json.loads(data)
        event = Happened(
            id="test", trace="test", session="test", person="owner", channel="terminal",
            type=kind, data=told,
        )  # fmt: skip
    except ValueError:
        raise Invalid("What happened is a JSON object.") from None
    event_files.KeptTypes(place.root()).check(kind, event.data)
    found: list[dict[str, Any]] = []
    for rule in event_files.read_rules(place.root()).rules:
        try:
            meant, why = rule.meant(event), ""
        except Unclear as error:
            meant, why = False, str(error)
        found.append({"rule": rule.name, "meant": meant, "does": _does(rule, event), "why": why})
    if as_json:
        say_json(found)
        return
    for one in found:
        idle = f"nothing: {one['why']}" if one["why"] else "nothing"
        does = one["does"] if one["meant"] else idle
        say(f"{one['rule']:<24}  {one_line(does, 160)}")


def _faults(here: Settings, rules: Sequence[Rule]) -> dict[str, str]:
    """Return why rules cannot do what they say, by name."""
    if not any(one.tool for one in rules):
        return {}  # all tools are loaded for it
    from ops.cli import place
    from processors.agent.people import People
    from processors.events.fit import fault
    from processors.tools.registry import Registry

    world = place.house(here)
    tools, people = world[Registry], world[People]
    assert isinstance(tools, Registry)
    assert isinstance(people, People)
    found = {one.name: fault(one, tools, people) for one in rules}
    return {name: why for name, why in found.items() if why}


async def _last(here: Settings, rules: Sequence[Rule]) -> dict[str, LastView]:
    """Return how the last run of rules ended, by name; nothing where no history can be read."""
    from ops.journal.pages import Pages
    from schemas.errors import Transient

    pages = Pages(here)
    try:
        return await pages.ended(await pages.fired(rules))
    except Transient:
        return {}
    finally:
        await pages.close()


async def _counts(here: Settings, names: list[str]) -> dict[str, dict[str, int]]:
    """Return what Redis knows of rules, by name; nothing where no server runs."""
    from ops.cli import place
    from streams import keys

    try:
        place.reachable(here)
    except place.NotRunning:
        return {}
    desk = place.line(here, "durable", "desk")
    found: dict[str, dict[str, int]] = {}
    try:
        for name in names:
            row = await desk.say("HGETALL", keys.rule_counts(name))
            pairs = row.items() if isinstance(row, dict) else zip(row[::2], row[1::2], strict=True)
            found[name] = {str(field): int(value) for field, value in pairs}
    finally:
        await desk.close()
    return found


def _counted(count: dict[str, int], most: int) -> str:
    from processors.tools.wording import counted

    said = f"fired {counted(count.get('fired', 0), 'time')}"
    if count.get("skipped"):
        at = _moment(count["skipped_at"])
        said += f"; skipped {count['skipped']} beyond {most} a minute, the last {at}"
    return said


def _ended(last: LastView) -> str:
    said = f"last on {_moment(last.at)}: {ENDED.get(last.outcome, last.outcome)}"
    went_well = last.outcome in {"answered", "told", "sent"}
    return said if went_well or not last.says else f"{said}: {one_line(last.says, 160)}"


def _plain(last: LastView | None) -> dict[str, Any] | None:
    return last.model_dump(mode="json") if last else None


def _moment(at: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at / 1000))


def _does(rule: Any, event: Any) -> str:
    import json

    from processors.events.rules import arguments, filled

    if rule.do == "run tool":
        return f"{rule.do}: {rule.tool} {json.dumps(arguments(rule, event), ensure_ascii=False)}"
    return f"{rule.do}: {rule.to or filled(rule.says or '', event)}"
