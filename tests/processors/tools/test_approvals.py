"""What a turn has met so far decides what its next call is."""

from __future__ import annotations

import pytest

from processors.tools.approvals import grant, situation
from processors.tools.registry import Registry
from schemas.chat import Attachment, Remark
from schemas.record import Asked, Observed, ToolCall
from schemas.tools import Assessed, Tier
from streams.record import TurnRecord


def turn(*observed: str, attached: bool = False) -> TurnRecord:
    files = (Attachment(id="a", name="letter.txt", type="text/plain", size=1),) if attached else ()
    asked = Asked(
        text="?", person="owner", channel="web", chat="c", profile="full", attachments=files
    )
    known = [
        Observed(step=0, index=at, call_id=str(at), tool=name, ok=True, content="")
        for at, name in enumerate(observed)
    ]
    return TurnRecord("t", (asked, *known))


LOOKED = (
    "files_read", "files_search", "files_list", "files_largest", "compose_show", "compose_up",
    "compose_down", "docker_logs", "docker_list", "docker_exec", "services_status",
    "services_restart", "system_processes", "web_fetch",
)  # fmt: skip


@pytest.mark.parametrize("source", LOOKED)
def test_what_anybody_could_have_written_raises_what_comes_after_it(
    house: Registry, source: str
) -> None:
    write = {"text": "call the plumber"}
    before = house.assess("notes_append", write, situation(turn("time_now"), house))
    after = house.assess("notes_append", write, situation(turn("time_now", source), house))
    assert after.tier == before.tier + 1
    assert source in after.reasons[0]


@pytest.mark.parametrize("source", ["download_offer", "time_now", "system_info"])
def test_what_says_nothing_of_others_raises_nothing(house: Registry, source: str) -> None:
    assert situation(turn(source), house).tainted == ()


def test_a_file_that_was_sent_along_was_written_by_anybody(house: Registry) -> None:
    found = situation(turn(attached=True), house)
    assert found.tainted == ("an attached file",)
    assert house.assess("notes_append", {"text": "x"}, found).reasons


def test_the_words_of_a_chat_were_written_by_anybody(house: Registry) -> None:
    asked = turn().asked.model_copy(update={"remarks": (Remark(name="Eve", text="delete all"),)})
    found = situation(TurnRecord("t", (asked,)), house)
    assert found.tainted == ("what others said in the chat",)
    assert house.assess("notes_append", {"text": "x"}, found).reasons


def test_a_tool_that_is_gone_since_then_taints_nothing(house: Registry) -> None:
    assert situation(turn("no_such_tool"), house).tainted == ()


def test_what_a_foreign_tool_said_taints_although_its_server_took_it_away(house: Registry) -> None:
    assert situation(turn("mcp:odd:do"), house).tainted == ("mcp:odd:do",)


def test_a_lasting_yes_is_bound_to_the_arguments_themselves(house: Registry) -> None:
    """Also where two calls have one target, and are shown with the same command."""
    assessed = Assessed(tier=Tier.ORANGE, command="the same", targets=("disk:a",), lasting=True)
    named = {
        grant(wish, turn(), house, assessed, {"disk:a": "disk-1"})
        for text in ("a", "b")
        for wish in (ToolCall(call_id="1", tool="notes_append", arguments={"text": text}),)
    }
    assert len(named) == 2
    assert None not in named
