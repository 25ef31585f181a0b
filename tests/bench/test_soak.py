"""The soak prints what others rely on, and a short one goes well."""

from __future__ import annotations

import uvloop

from bench import soak

STABLE = {"minutes", "rss_slope_mb_per_h", "longest_stream", "stuck"}


def test_a_short_soak_says_what_grew() -> None:
    found = uvloop.run(soak.run(minutes=0.2, seed=1))
    assert set(found) >= STABLE | {"rss_slope_error_mb_per_h", "messages", "kills", "p95_ms"}
    assert found["messages"] == 121, "one more than ten a second: it shows what a feed consists of"
    assert found["stuck"] == 0
    assert found["families"]["dedupe:*"]["keys"] == 121
    rss, used = (found["growth_mb_per_h"][what] for what in ("rss", "used_memory"))
    assert {"supervisor", "durable", "live", "core-3", "journal"} <= set(rss)
    assert set(used) == {"durable", "live"}
    endless = {kind for kind, one in found["families"].items() if one["endless"]}
    assert not {kind for kind in endless if "*" in kind}, "all that is one of many has an end"
