"""Intent: the server, or only words? Measured on a fixed set in English and German."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
import yaml

from processors.agent.intent import Intent, intent

Set = dict[str, dict[Intent, list[str]]]
SET = cast("Set", yaml.safe_load(Path(__file__).with_name("intents.yaml").read_text("utf-8")))


def test_the_set_is_large_and_says_nothing_twice() -> None:
    everything = [text for part in SET.values() for texts in part.values() for text in texts]
    assert len(everything) >= 150
    assert len(set(everything)) == len(everything)


@pytest.mark.parametrize(("part", "least"), [("tuned", 0.97), ("held", 0.8)])
def test_what_is_wanted_is_understood(
    part: str, least: float, capsys: pytest.CaptureFixture[str]
) -> None:
    said = [(text, want) for want, texts in SET[part].items() for text in texts]
    wrong = [(text, want) for text, want in said if intent(text) != want]
    share = 1 - len(wrong) / len(said)
    with capsys.disabled():
        print(f"\n  intent: {part}: {len(said) - len(wrong)} of {len(said)} right ({share:.1%})")
    assert share >= least, wrong


def test_the_offline_brains_questions_are_understood(capsys: pytest.CaptureFixture[str]) -> None:
    """Written by others, for another end: whatever it answers with a tool is an action."""
    written = Path(__file__).parents[2] / "gateways/llm/questions.yaml"
    parts = yaml.safe_load(written.read_text("utf-8"))
    asked = [row["ask"] for part in parts.values() for row in part if row.get("calls")]
    wrong = [text for text in asked if intent(text) != "action"]
    share = 1 - len(wrong) / len(asked)
    with capsys.disabled():
        print(
            f"\n  intent: others' actions: {len(asked) - len(wrong)} of {len(asked)} ({share:.1%})"
        )
    assert share >= 0.8, wrong


def test_it_does_not_matter_how_it_is_written() -> None:
    assert intent("  RESTART   the\nNextcloud container ") == "action"
    assert intent("What Is A Container?") == "conversation"
    assert intent("") == "conversation"


def test_whoever_names_a_place_means_it() -> None:
    assert intent("what is a /etc/fstab?") == "action"
