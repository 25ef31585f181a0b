"""What proves a From line, and what an attacker writes to make it look proven."""

from __future__ import annotations

import pytest

from gateways.channels.email_proof import LIVES_MS, Answered, Threads, verdict

OURS = "mx.home.example"
GOOD = f"""{OURS}; dkim=pass (2048-bit key; secure) header.d=good.example header.i=@good.example
 header.b="Ab/c=="; spf=pass (it may) smtp.mailfrom=ada@good.example;
 dmarc=pass (p=REJECT dis=NONE) header.from=good.example"""


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([GOOD], "pass"),
        ([GOOD.upper()], "pass"),
        ([f"{OURS}; dkim=pass header.d=good.example"], "pass"),
        ([], "silent"),
        # Written by the sender: another server's, or below what our own says.
        (["mx.evil.example; dmarc=pass header.from=good.example"], "silent"),
        (["mx.evil.example; dmarc=pass header.from=good.example", GOOD], "silent"),
        ([f"{OURS}; dmarc=fail header.from=good.example", GOOD], "fail"),
        ([f"{OURS}; none", GOOD], "silent"),
        # Signed, but by another domain, or one that only looks like it.
        ([f"{OURS}; dkim=pass header.d=evil.example; dmarc=none"], "silent"),
        ([f"{OURS}; dkim=pass header.d=evil.good.example"], "silent"),
        ([f"{OURS}; dkim=pass header.i=@good.example header.d=evil.example"], "silent"),
        ([f"{OURS}; dmarc=pass header.from=evil.example"], "fail"),
        ([f"{OURS}; dmarc=pass"], "fail"),
        # Its path is right, and says nothing of who wrote it.
        ([f"{OURS}; spf=pass smtp.mailfrom=good.example"], "silent"),
        # Results that hide in what a sender may choose.
        ([f"{OURS}; spf=fail (x; dmarc=pass header.from=good.example) smtp.mailfrom=a"], "silent"),
        ([f'{OURS}; spf=fail smtp.mailfrom="; dmarc=pass header.from=good.example"'], "silent"),
        ([f"{OURS}; spf=fail (\\); dmarc=pass header.from=good.example) x.y=a"], "silent"),
        ([f"{OURS}; spf=fail reason=(; dmarc=pass header.from=good.example"], "silent"),
        ([f"{OURS}; spf=fail smtp.mailfrom=a b; dmarc=pass header.from=good.example"], "silent"),
        ([f"{OURS}; dmarc=pass header.from=good.example header.from=evil.example"], "silent"),
        ([f"{OURS}; dkim=pass header.d=good.example; dmarc=fail header.from=good.example"], "fail"),
        ([f"({OURS}); dmarc=pass header.from=good.example"], "silent"),
        ([f"{OURS}.evil.example; dmarc=pass header.from=good.example"], "silent"),
        ([GOOD + " " * 9_000], "silent"),
    ],
)
def test_only_the_own_server_vouches(headers: list[str], found: str) -> None:
    assert verdict(headers, OURS, "good.example") == found


def test_nobody_vouches_where_no_server_is_named() -> None:
    assert verdict([GOOD], "", "good.example") == "silent"
    assert verdict(["; dmarc=pass header.from=good.example"], "", "good.example") == "silent"


def test_an_answer_names_what_only_its_reader_knows() -> None:
    threads, now = Threads((b"n" * 32, b"o" * 32), "home.example"), 1_000_000_000_000
    name = threads.name("delivery", "thread", "ada@good.example", now)
    assert name == threads.name("delivery", "thread", "ada@good.example", now)
    assert "delivery" not in name
    quoted = ("<other@x.example>", f"<root@x.example> {name}")
    assert threads.answered(quoted, "ada@good.example", now + 1) == Answered("thread", now)
    # Another's address, a name that was changed, another house, another key, and too late.
    assert threads.answered(quoted, "eve@good.example", now) is None
    assert (
        threads.answered((name.replace(".thread.", ".thread2."),), "ada@good.example", now) is None
    )
    assert threads.answered((name.replace("home", "evil"),), "ada@good.example", now) is None
    assert Threads((b"x" * 32,), "home.example").answered(quoted, "ada@good.example", now) is None
    assert threads.answered(quoted, "ada@good.example", now + LIVES_MS + 1) is None
    assert threads.answered(quoted, "ada@good.example", now - 1) is None
    # A key that was renewed still counts for what it named.
    older = Threads((b"o" * 32,), "home.example").name("d", "t", "ada@good.example", now)
    assert threads.answered((older,), "ada@good.example", now) == Answered("t", now)
    # Of several the newest counts, wherever it stands.
    newer = threads.name("later", "thread", "ada@good.example", now + 5)
    for named in ((newer, name), (name, newer)):
        assert threads.answered(named, "ada@good.example", now + 6) == Answered("thread", now + 5)
