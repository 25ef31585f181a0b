"""The commands, each called as the person writes it."""

from __future__ import annotations

import pytest

from processors.agent.commands import COMMANDS, Outcome, Setting, run
from schemas.chat import Profile
from schemas.record import Chosen
from tests.processors.asked import mind, record, registry


def ran(text: str, *, profile: Profile = "full", chosen: Chosen | None = None) -> Outcome:
    return run(text, Setting(registry(), mind(), record(profile=profile).asked, chosen))


def test_help_shows_every_command() -> None:
    text = ran("/help").text
    assert all(f"/{name}" in text for name in COMMANDS)
    assert "!docker_list" in text


def test_new_forgets_and_keeps_the_tier() -> None:
    for before, tier in ((None, None), (Chosen(tier="opus"), "opus")):
        kept = ran("/new", chosen=before).chosen
        assert kept is not None
        assert (kept.tier, kept.fresh) == (tier, True)


def test_a_model_is_shown_and_chosen() -> None:
    shown = ran("/model", chosen=Chosen(tier="opus")).text
    assert "→ opus" in shown
    assert "  flash" in shown
    chosen = ran("/model opus")
    assert chosen.chosen is not None
    assert chosen.chosen.tier == "opus"
    unknown = ran("/model giant")
    assert unknown.chosen is None
    assert "There is no tier giant; choose one of flash, opus, default." in unknown.text
    back = ran("/model default", chosen=Chosen(tier="opus"))
    assert back.chosen == Chosen(at=back.chosen.at if back.chosen else 0)
    assert "mostly that is scripted (tier flash)" in back.text


def test_status_and_stop_of_a_silent_conversation() -> None:
    assert "Nothing of this conversation is running." in ran("/stop").text
    assert "scripted (tier flash)" in ran("/status").text


@pytest.mark.parametrize(("profile", "shown"), [("full", True), ("readonly", False)])
def test_tools_are_those_one_may_use(profile: Profile, shown: bool) -> None:
    text = ran("/tools", profile=profile).text
    assert "echo_text" in text
    assert ("host_reboot" in text) is shown


def test_an_unknown_command_is_said_to_be_that() -> None:
    assert ran("/frobnicate " + "x" * 999).text == (
        "There is no command /frobnicate. /help shows all."
    )
    assert ran("/HELP").text == ran("/help").text
