"""Say something, watch what becomes of it, come back, stop it."""

from __future__ import annotations

from tests.web.house import House


async def test_a_question_is_accepted_and_its_answer_seen_while_it_is_written(home: House) -> None:
    said = await home.say("hello there")
    assert said["fresh"]
    assert said["turn"] == said["id"]
    async with home.watch(said["session"]) as eyes:
        assert eyes.headers["content-type"].startswith("text/event-stream")
        assert eyes.headers["x-accel-buffering"] == "no"
        assert (await eyes.next()).name == "snapshot"
        turn = eyes.board.get(said["turn"])
        if turn is None or turn.state != "done":
            turn = await eyes.done(said["turn"])
    assert turn.question == "hello there"
    assert turn.answer is not None
    assert (turn.answer.text, turn.answer.outcome) == ("hello there", "answered")
