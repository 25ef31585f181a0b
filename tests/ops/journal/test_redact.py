"""Secrets are not written: canaries in every place where one could hide."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from ops.journal.redact import GONE, Redactor, secrets_of
from ops.settings import Settings
from ops.vault import Vault
from tests.ops.journal.scene import Scene

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


def test_the_settings_secrets_are_known() -> None:
    settings = Settings(
        redis_url=SecretStr("redis://me:CANARY-redis@host/0"),
        database_url=SecretStr('postgresql://me:CANARY"pg\\@host/x'),
    )
    known = [secret for secret in secrets_of(settings) if secret]
    redactor = Redactor(known)
    for secret in known:
        after = redactor.text(json.dumps({"said": f"it is {secret}."}))
        assert "CANARY" not in after
        json.loads(after)


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


async def test_no_canary_reaches_the_disk(scene: Scene) -> None:
    known = "a-CANARY-of-our-own"
    for number, canary in enumerate((*CANARIES, *PHRASES, known)):
        await scene.turn(f"t{number}", f"keep {canary}", f"I keep {canary}")
        await scene.add("inbox", text=canary, session="s")
        await scene.add("dead", original=base64.b64encode(canary.encode()).decode())
        await scene.core.xadd("nexus:events", {"data": "{}", "sig": canary})
    count = 5 * len((*CANARIES, *PHRASES, known))
    async with scene.writing(redact=Redactor([known])):
        await scene.written(count)
    assert (await scene.verify()).green
    for path in scene.root.glob("journal.db*"):
        assert b"CANARY" not in path.read_bytes()
    for (data,) in scene.sql("SELECT data FROM journal WHERE topic = 'dead'"):
        assert b"CANARY" not in base64.b64decode(json.loads(data)["original"])


def test_a_secret_that_is_set_later_is_taken_out_too(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    redactor = Redactor(more=vault.values)
    assert redactor.text("say plumtree1") == "say plumtree1"
    vault.put("NAME", "plumtree1")
    redactor.refresh()
    assert redactor.text("say plumtree1") == f"say {GONE}"
    vault.put("NAME", "appletree")
    redactor.refresh()
    assert redactor.text("plumtree1, appletree") == f"{GONE}, {GONE}"
