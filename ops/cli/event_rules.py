"""`nexus events rules`: what is done on which events."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ops.cli.place import AsJson, Root
from ops.cli.screen import one_line, say, say_json

words = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="What is done on which events."
)


@words.command("list")
def show_all(as_json: AsJson = False, _root: Root = None) -> None:
    """List the rules of events/rules.yaml, and, where the server runs, what each did so far.

    What would have been more than a rule's `per_minute` was skipped: it is counted here, and not
    done.
    """
    import asyncio

    from ops import event_files
    from ops.cli import place

    found = event_files.read_rules(place.root()).rules
    counts = asyncio.run(_counts([one.name for one in found]))
    if as_json:
        shown = [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in found]
        say_json([one | counts.get(one["name"], {}) for one in shown])
        return
    for one in found:
        what = one.tool or one.to or one.says or ""
        when = f" when {one_line(one.when, 60)}" if one.when else ""
        say(f"{one.name:<24}  on {one.on}{when}: {one.do}, {one_line(what, 60)}")
        count = counts.get(one.name)
        if count:
            say(f"{'':<24}  {_counted(count, one.per_minute)}")


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

    found = event_files.read_rules(place.root(), file).rules
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


async def _counts(names: list[str]) -> dict[str, dict[str, int]]:
    """Return what Redis knows of rules, by name; nothing where no server runs."""
    from ops.cli import place
    from streams import keys

    here = place.settings()
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
        at = time.strftime("%Y-%m-%d %H:%M", time.localtime(count["skipped_at"] / 1000))
        said += f"; skipped {count['skipped']} beyond {most} a minute, the last {at}"
    return said


def _does(rule: Any, event: Any) -> str:
    import json

    from processors.events.rules import arguments, filled

    if rule.do == "run tool":
        return f"{rule.do}: {rule.tool} {json.dumps(arguments(rule, event), ensure_ascii=False)}"
    return f"{rule.do}: {rule.to or filled(rule.says or '', event)}"
