"""Secrets are taken out: canaries in every place where one could hide."""

from __future__ import annotations

import base64
import json

import pytest

from processors.tools.redact import GONE, HELD, Pieces, Redactor

CANARIES = (
    "sk-ant-api03-CANARY0123456789abcdef",
    "sk-proj-CANARY_0123456789",
    "AIzaCANARY0123456789012345678901234567",
    "ghp_CANARY01234567890123456789",
    "github_pat_CANARY0123456789_abcdefg",
    "glpat-CANARY0123456789abcd",
    "xoxb-CANARY-0123456789",
    "AKIACANARYCANARYCANA",
    "eyJhbGciOiJIUzI1.eyJDQU5BUlkiOjF9.CANARYsignature",
    "1234567890:CANARY_0123456789012345678901234567",
    "nexus_k01M7Y6YJWVE1PPDYYJ2DP168FH_CANARY-0123456789012345678901234567890123456",
    "AGE-SECRET-KEY-1CANARY0CANARY0CANARY0CANARY0CANARY0CANARY0",
)
PHRASES = (
    "Authorization: Bearer CANARY.0123456789",
    "the password: CANARYhunter2",
    "DB_PASSWORD=CANARYhunter2",
    'password: "CANARYhunter2"',
    "DB_PASSWORD='CANARYhunter2'",
    "say\nsk-proj-CANARY_0123456789",
    "password: CANARY*hunter_2",
    "\x1b[1;32msk-proj-CANARY_0123456789\x1b[0m",
    "api-key = CANARYhunter2",
    "aws_secret_access_key=CANARYhunter2/abc",
    "postgresql://me:CANARYhunter2@db/home",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nCANARY\nCANARY\n-----END OPENSSH PRIVATE KEY-----",
)
INNOCENT = (
    "The token count was 4096, max_tokens 200000, and nobody asked for a secret.",
    "basic questions about passwords and the secretary's tokens",
    "https://example.com/a?b=c and 12:30 to 14:45, mail ask@example.com",
    "sk-short, task-force, risk-based-assessments",
    '{"max_tokens": 200000, "usage": {"input": 12, "output": 3}, "token": 5}',
    '["password:", "longer word"], {"say": "the secret=", "other": "words"}',
    '{"password": null, "secret": true, "passwords": ["a", 1]}',
    "",
)


@pytest.mark.parametrize("secret", [*CANARIES, *PHRASES])
def test_what_looks_like_a_secret_is_taken_out(secret: str) -> None:
    redactor = Redactor()
    for form in (
        f"before {secret} after",
        json.dumps({"text": f"before {secret} after"}),
        json.dumps({"content": json.dumps({"text": f"({secret})"})}),
        f"as Markdown {secret.replace('_', chr(92) + '_').replace('*', chr(92) + '*')}",
        "".join(f"\\u{ord(letter):04x}" for letter in secret).join(('{"text":"', '"}')),
    ):
        after = redactor.text(form)
        assert "CANARY" not in after, after
        assert GONE in after
        if form.startswith("{"):
            json.loads(after)


@pytest.mark.parametrize("name", ["password", "api_key", "secret", "access_token", "privateKey"])
def test_a_secret_is_known_by_its_name(name: str) -> None:
    said = {name: 'CANARY with "quotes" and spaces', "other": 1}
    for form in (json.dumps(said), json.dumps({"inner": json.dumps({name: "CANARY here"})})):
        after = Redactor().text(form)
        assert "CANARY" not in after
        json.loads(after)


@pytest.mark.parametrize("text", INNOCENT)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Redactor().text(text) == text


def test_a_dead_letter_s_original_is_looked_into() -> None:
    original = base64.b64encode(b'{"text": "my key is sk-CANARY0123456789abc \xff"}').decode()
    letter = json.dumps({"id": "1", "original": original, "text": "ghp_CANARY01234567890123456789"})
    after = json.loads(Redactor().dead(letter))
    assert b"CANARY" not in base64.b64decode(after["original"])
    assert b"\xff" in base64.b64decode(after["original"])
    assert "CANARY" not in after["text"]
    assert Redactor().dead("no letter") == "no letter"


def test_what_a_dead_letter_was_before_is_looked_into() -> None:
    secret = "password: hunter2222"
    before = [{"original": base64.b64encode(secret.encode()).decode(), "text": "x"}]
    letter = json.dumps({"original": base64.b64encode(b"fine").decode(), "history": before})
    after = json.loads(Redactor().dead(letter))
    assert b"hunter" not in base64.b64decode(after["history"][0]["original"])
    assert base64.b64decode(after["original"]) == b"fine"


def test_a_key_that_was_cut_off_is_taken_out() -> None:
    begun = "before -----BEGIN PRIVATE KEY-----\nCANARY\nCANARY"
    assert Redactor().text(begun) == f"before {GONE}"
    quoted = json.dumps({"a": begun + '"quoted"', "b": 1})
    assert json.loads(Redactor().text(quoted)) == {"a": f'before {GONE}"quoted"', "b": 1}


def test_a_known_secret_is_taken_out_in_every_form() -> None:
    known = 'plum/tree "1"\nof several lines, CANARY-enough'
    redact = Redactor([known])
    assert redact.text(f"it is {known}!") == f"it is {GONE}!"
    assert json.loads(redact.text(json.dumps({"a": known}))) == {"a": GONE}
    assert redact.text(
        "https://x/?t=plum%2Ftree%20%221%22%0Aof%20several%20lines%2C%20CANARY-enough"
    ) == (f"https://x/?t={GONE}")
    assert redact.text("of several lines, CANARY-enough") == GONE
    assert Redactor(["plum_tree[1]"]).text(r"a plum\_tree\[1\] b") == f"a {GONE} b"
    assert redact.text("plum/tree") == "plum/tree"


def test_values_are_looked_into_and_stay_values() -> None:
    innocent = {"a": [1, 2**80, 1.5, None, "ä\u2028"], "token": 5}
    assert Redactor().data(innocent) is innocent
    secret = {"a": [{"password": "CANARY"}, "sk-CANARY0123456789abc"], "b": 2**80}
    assert Redactor().data(secret) == {"a": [{"password": GONE}, GONE], "b": 2**80}


def test_a_secret_of_figures_alone_leaves_json() -> None:
    """What a tool did must not count as failed because it tells a number."""
    redactor = Redactor(["246813"])
    said = {"size": 9_246_813, "of": [246_813, 7, None, True], "is": "x246813y", "246813": 1}
    wanted = {"size": GONE, "of": [GONE, 7, None, True], "is": f"x{GONE}y", GONE: 1}
    assert redactor.data(said) == wanted
    assert json.loads(redactor.text(json.dumps(said))) == wanted
    assert redactor.text("it is 246813.") == f"it is {GONE}."
    deep = "[" * 5_000 + "246813" + "]" * 5_000
    assert "246813" not in redactor.text(deep)


def test_a_secret_that_is_set_later_is_taken_out_too() -> None:
    known: set[str] = set()
    redact = Redactor(more=lambda: frozenset(known))
    assert redact("say plumtree1") == "say plumtree1"
    known.add("plumtree1")
    assert redact("say plumtree1") == f"say {GONE}"
    known.clear()
    assert redact("plumtree1") == GONE  # what was replaced may be told all the same


def test_no_half_of_a_secret_is_told_in_pieces() -> None:
    heard: list[str] = []
    hear = Pieces(Redactor(["plum tree 1"]), heard.append)
    for piece in ("one\nthe plum", " tree", " 1 is\n-----BEGIN PRIV", "ATE KEY-----\nCAN"):
        hear(piece)
    assert "".join(heard) == f"one\nthe {GONE} is\n"
    hear("ARY\n-----END PRIVATE KEY-----\nand on")
    hear("\rend")
    assert "".join(heard) == f"one\nthe {GONE} is\n{GONE}\nand on\r"


def test_what_never_ends_its_line_is_told_all_the_same() -> None:
    heard: list[str] = []
    hear = Pieces(Redactor(), heard.append)
    for _ in range(3):
        hear("x" * HELD)
    assert sum(map(len, heard)) == 2 * HELD
