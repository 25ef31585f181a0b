"""A process dies once at each crash point, and what must come of it comes of it."""

from __future__ import annotations

import pytest

from ops.chaos.report import Report
from ops.chaos.service import Wish, run
from streams.crash import POINTS, Crash
from tests.chaos.load import Says

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(120)]

MARK, SET, PROBE = "calls witness_mark", "calls witness_set", "calls witness_probe"
CASES = [
    # points, what is asked, the outcome, how many effects
    pytest.param(
        "route.before_commit,think.before_model,tool.before_start,respond.before_commit,"
        "deliver.before_send,accept.before_send", MARK, "done", {1}, id="before",
    ),
    pytest.param(
        "think.during_model,tool.after_start,deliver.after_send,accept.before_reply",
        MARK, "unknown", {0}, id="plain-after-start",
    ),
    pytest.param(
        "think.after_model,tool.mid_effect,accept.after_reply",
        MARK, "unknown", {1}, id="plain-mid-effect",
    ),
    pytest.param(
        "admit.before_commit,tool.after_effect", MARK, "unknown", {1}, id="plain-after-effect"
    ),
    pytest.param("tool.after_start", SET, "done", {1}, id="idempotent-after-start"),
    pytest.param("tool.mid_effect", SET, "done", {1}, id="idempotent-mid-effect"),
    pytest.param(
        "think.before_commit,tool.after_effect", SET, "done", {1}, id="idempotent-after-effect"
    ),
    pytest.param("tool.after_start", PROBE, "done", {1}, id="probe-finds-nothing"),
    pytest.param("tool.after_effect", PROBE, "done", {1}, id="probe-finds-it-done"),
    pytest.param(
        "tool.before_commit:2", f"{SET} witness_set", "done", {1}, id="between-two-calls"
    ),
]  # fmt: skip


async def turn(points: str, text: str) -> Report:
    """Run one turn in which processes die at these points."""
    return await run(
        Wish(turns=1, seed=1, kill=(), crash=points, text=text, steady=True, copies=1, patience=40)
    )


@pytest.mark.parametrize(("points", "text", "outcome", "effects"), CASES)
async def test_a_death_at(
    points: str, text: str, outcome: str, effects: set[int], says: Says
) -> None:
    report = await turn(points, text)
    says(f"{points}: {[one.outcome for one in report.calls]} thought={dict(report.thought)}")
    assert report.deaths == tuple(sorted(one.partition(":")[0] for one in points.split(",")))
    assert report.broken == {}, report
    assert (report.turns, report.answered, report.dead) == (1, 1, 0)
    wanted = len(text.split()) - 1
    assert [one.outcome for one in report.calls] == [outcome] * wanted
    assert {report.effects.get(one.call, 0) for one in report.calls} == effects
    assert all(one.told for one in report.calls if one.outcome == "unknown")
    # One answer for at most two thoughts; and the step was joined once.
    assert max(report.thought.values()) <= 2
    assert {place.split()[0] for place in report.thought} == {"0", "1"}


def test_every_point_has_its_death() -> None:
    cases = ",".join(str(case.values[0]) for case in CASES)
    # Those of a decision have theirs in test_approvals.py, a messenger's where its process is
    # tested, in tests/gateways/channels/test_outages.py.
    decided = {point for point in POINTS if point.startswith(("steer", "show", "send"))}
    found = {point.partition(":")[0] for point in cases.split(",")}
    assert found == set(POINTS) - decided


def test_an_unknown_point_is_refused() -> None:
    with pytest.raises(Exception, match="There is no crash point nowhere"):
        Crash("nowhere")
