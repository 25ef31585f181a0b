"""What a run says of a promise that was not kept."""

from __future__ import annotations

from ops.chaos.report import limit


def test_a_time_is_told_with_its_limit_and_what_it_means() -> None:
    assert "less than 5 s is promised" in limit("resume_p99_s", stop=False)
    assert "less than 20 s is promised" in limit("resume_p99_s", stop=True)
    assert limit("lost", stop=False) == ""
