"""Whether a rule can do what it says, as things are now: a tool may come, go, or be forbidden."""

from __future__ import annotations

from processors.agent.people import People
from processors.events.react import EVENTS, RULES
from processors.events.rules import Rule, fills
from processors.tools.registry import Registry
from processors.tools.tiers import Situation
from schemas.errors import NotFound
from schemas.tools import Tier

WHATEVER = frozenset({"unavailable", "unclassified"})
"""Why a call never runs, whatever its arguments are."""


def fault(rule: Rule, tools: Registry, people: People) -> str:
    """Return why a rule's call would never run, in a sentence; "" if it may.

    What an event fills in is not known yet: of such a call only its tool is looked at.

    Args:
        rule: what is to be done.
        tools: all tools.
        people: knows what the person `rules` may.
    """
    if rule.tool is None:
        return ""
    try:
        tools.get(rule.tool)
    except NotFound as error:
        return str(error)
    filled = fills(rule)
    profile, channel = people.profile(RULES, RULES), EVENTS if filled else RULES
    around = Situation(profile=profile, channel=channel, person=RULES)
    assessed = tools.assess(rule.tool, rule.with_, around)
    black = assessed.tier == Tier.BLACK and (not filled or assessed.code in WHATEVER)
    if black and assessed.code != "forbidden":
        return f"{rule.tool} would not run: {'; '.join(assessed.reasons)}."
    if black or not tools.permits(rule.tool, profile, person=RULES, channel=channel):
        return (
            f"The person {RULES}, in whose name rules act, may not use {rule.tool};"
            f" `policy.people.{RULES}` says what they may."
        )
    return ""
