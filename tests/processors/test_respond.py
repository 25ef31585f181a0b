"""Respond: word the answer for its channel, in as many parts as it needs."""

from __future__ import annotations

from processors.respond import respond
from schemas.record import Observed, Routed, Said, Thought
from tests.processors.asked import answer, record, steps


async def test_what_was_said_goes_out() -> None:
    turn = record("q", Said(text="the answer", outcome="answered"))
    (reply,) = await respond(answer(), turn)
    assert (reply.id, reply.chat, reply.part, reply.parts) == ("t:reply:0", "chat", 0, 1)
    assert (reply.text, reply.outcome, reply.received_at) == (
        "the answer", "answered", turn.asked.at,
    )  # fmt: skip
    assert turn.added == []


async def test_a_notice_takes_the_place_of_words() -> None:
    turn = record("q", Said(text="half an answer", outcome="answered"))
    (reply,) = await respond(answer("stopped", "Stopped."), turn)
    assert (reply.text, reply.outcome) == ("Stopped.", "stopped")
    assert turn.said is not None
    assert turn.said.outcome == "stopped"


async def test_what_was_read_before_a_stop_stays_and_the_stop_stands_below_it() -> None:
    cut = Thought(step=0, model="m", text="The first half ", cut=True)
    turn = record("q", cut)
    (reply,) = await respond(answer("stopped", "Stopped."), turn)
    assert (reply.text, reply.outcome) == ("The first half \n\nStopped.", "stopped")
    assert turn.said is not None
    assert turn.said.text == reply.text


async def test_words_before_a_call_are_no_answer() -> None:
    (reply,) = await respond(answer("stopped", "Stopped."), record("q", *steps("a")))
    assert reply.text == "Stopped."


async def test_what_a_burial_says_stands_alone() -> None:
    cut = Thought(step=0, model="m", text="The first half ")
    (reply,) = await respond(answer("failed", "It was given up."), record("q", cut))
    assert reply.text == "It was given up."


async def test_a_turn_without_words_says_so() -> None:
    (reply,) = await respond(answer("failed"), record())
    assert reply.text == "I have nothing to say."


async def test_a_long_answer_goes_out_in_parts() -> None:
    text = "\n\n".join(f"paragraph {n} " + "word " * 200 for n in range(20))
    turn = record("q", Said(text=text, outcome="answered"), channel="discord")
    replies = await respond(answer(), turn)
    assert len(replies) > 5
    assert [reply.id for reply in replies] == [f"t:reply:{n}" for n in range(len(replies))]
    assert {reply.parts for reply in replies} == {len(replies)}
    assert all(len(reply.text) <= 2_000 for reply in replies)
    assert "".join(reply.text.replace("\n", "").replace(" ", "") for reply in replies) == (
        text.replace("\n", "").replace(" ", "")
    )


async def test_why_a_named_call_came_to_nothing_goes_with_the_answer() -> None:
    seen = Observed(
        step=0, index=0, call_id="c", tool="disk_clean", ok=False, content="", code="denied"
    )
    said = Said(text="Blocked.", outcome="failed")
    direct, thinking = Routed(way="direct", tier="flash"), Routed(way="think", tier="flash")
    for routed, code in ((direct, "denied"), (thinking, None)):
        (reply,) = await respond(answer("failed"), record("q", routed, seen, said))
        assert reply.code == code


async def test_what_the_turn_does_not_show_is_marked_for_the_person() -> None:
    thought, said = Thought(step=0, model="m"), Said(text="I saved it.", outcome="answered")
    (reply,) = await respond(answer(), record("save it", thought, said))
    assert reply.text.startswith("I saved it.\n\n⚠ Not confirmed: ")
    seen = Observed(
        step=0, index=0, call_id="c", tool="notes_append", ok=True, content="", effect="done"
    )
    (reply,) = await respond(answer(), record("save it", thought, seen, said))
    assert reply.text == "I saved it."


async def test_only_a_models_words_are_doubted() -> None:
    said = Said(text="I wrote it down in notes.md.", outcome="answered")
    (reply,) = await respond(answer(), record("!notes_append x", said))
    assert reply.text == said.text


async def test_what_was_offered_goes_with_the_last_part() -> None:
    about = {"path": "/srv/a.pdf", "size": 3}
    seen = Observed(
        step=0, index=0, call_id="c", tool="download_offer", ok=True, content="", data=about
    )
    said = Said(text="word " * 1_000, outcome="answered")
    turn = record("q", seen, said, channel="discord")
    *before, last = await respond(answer(), turn)
    assert before
    assert all(reply.files == () for reply in before)
    assert [one.path for one in last.files] == ["/srv/a.pdf"]
    # Who was told to stop wants nothing more.
    (reply,) = await respond(answer("stopped", "Stopped."), record("q", seen, said))
    assert reply.files == ()
