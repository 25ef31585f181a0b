"""The commands: words that begin with a slash, each a function in a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from processors.agent.mind import Mind
from processors.tools.registry import Registry
from schemas.chat import USUAL
from schemas.models import ModelState
from schemas.record import Asked, Chosen


@dataclass(frozen=True, slots=True)
class Setting:
    """What a command may look at.

    Attributes:
        tools: all tools.
        mind: all models.
        asked: who asks, where, and with which rights.
        chosen: the session's settings.
    """

    tools: Registry
    mind: Mind
    asked: Asked
    chosen: Chosen | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command says, and what the session remembers of it."""

    text: str
    chosen: Chosen | None = None
    refused: bool = False


def show_help(_argument: str, _setting: Setting) -> Outcome:
    """Show the commands."""
    rows = [f"/{name:8}{command.__doc__}" for name, command in COMMANDS.items()]
    direct = (
        "!tool    Run one tool without a model, like !docker_list or !files_list path=Documents."
    )
    return Outcome("\n".join([*rows, direct]))


def new(_argument: str, setting: Setting) -> Outcome:
    """Begin anew: what was said before is not told to the model any more."""
    tier = setting.chosen.tier if setting.chosen else None
    return Outcome("A new conversation begins.", Chosen(tier=tier, fresh=True))


def status(_argument: str, setting: Setting) -> Outcome:
    """Show what this conversation is doing."""
    tier = (setting.chosen.tier if setting.chosen else None) or setting.mind.default
    return Outcome(
        f"Ready. Nothing of this conversation is running.\n"
        f"Model: {setting.mind.model(tier).name} (tier {tier})."
    )


def stop(_argument: str, _setting: Setting) -> Outcome:
    """Stop what this conversation is doing."""
    return Outcome("Nothing of this conversation is running.")


def model(argument: str, setting: Setting) -> Outcome:
    """Show the model tiers, or choose one for this conversation: /model TIER, or /model default."""
    tiers = setting.mind.tiers
    if not argument:
        now = (setting.chosen.tier if setting.chosen else None) or setting.mind.default
        rows = [
            f"{'→' if one.tier == now else ' '} {one.tier:8}{', '.join(map(_named, one.models))}"
            for one in setting.mind.overview()
        ]
        return Outcome("\n".join(rows))
    if argument == USUAL and USUAL not in tiers:
        usual = setting.mind.default
        return Outcome(
            f"This conversation thinks with what the server chooses; mostly that is"
            f" {setting.mind.model(usual).name} (tier {usual}).",
            Chosen(),
        )
    if argument not in tiers:
        return Outcome(
            f"There is no tier {argument[:40]}; choose one of {', '.join((*tiers, USUAL))}.",
            refused=True,
        )
    return Outcome(
        f"This conversation thinks with {setting.mind.model(argument).name} (tier {argument}).",
        Chosen(tier=argument),
    )


def _named(model: ModelState) -> str:
    return model.model if model.state == "ready" else f"{model.model} ({model.state})"


def tools(_argument: str, setting: Setting) -> Outcome:
    """Show the tools you may use."""
    rows = [
        f"{spec.tier.name:8}{spec.name:20}{spec.description.partition(chr(10))[0]}"
        for spec in setting.tools.specs(
            setting.asked.profile, person=setting.asked.person, channel=setting.asked.channel
        )
    ]
    return Outcome("\n".join(rows))


COMMANDS: dict[str, Callable[[str, Setting], Outcome]] = {
    "help": show_help,
    "new": new,
    "status": status,
    "stop": stop,
    "model": model,
    "tools": tools,
}
"""All commands, by their word."""


def run(text: str, setting: Setting) -> Outcome:
    """Run the command that `text` is; an unknown one is said to be that."""
    word, _, argument = text.removeprefix("/").partition(" ")
    command = COMMANDS.get(word.lower())
    if command is None:
        return Outcome(f"There is no command /{word[:40]}. /help shows all.", refused=True)
    return command(argument.strip(), setting)
