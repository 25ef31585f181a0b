"""People, keys and secrets from the terminal, with a real server beside it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.ops.cli.conftest import Nexus, free_port

PASSWORD = "correct horse 7"
CANARIES = {
    "vault": "canary-of-the-vault-81c2",
    "changed": "canary-that-was-changed-9d10",
    "password": "canary horse battery 4",
    "wrong": "canary wrong password 5",
}


@pytest.fixture
def mine(other: Nexus) -> Iterator[Nexus]:
    """A server of this test's own, started as a person starts it."""
    assert other("init", "--port", str(free_port())).returncode == 0
    yield other
    other("down")


def up(nexus: Nexus) -> tuple[str, str]:
    """Start it; return where it listens, and the setup code that it printed, if any."""
    ran = nexus("up", "--detach")
    assert ran.returncode == 0, ran.stderr
    where = re.search(r"^Listens on (\S+)$", ran.stdout, re.MULTILINE)
    link = re.search(r"(\S+)/setup#(\S+)", ran.stdout)
    assert where is not None
    assert link is None or link[1] == where[1]
    return where[1], link[2] if link else ""


def browser(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"Origin": url}, trust_env=False, timeout=30)


def become_owner(url: str, code: str, password: str = PASSWORD) -> httpx.Client:
    client = browser(url)
    body = {"code": code, "name": "Ada", "password": password}
    said = client.post("/api/setup", json=body)
    assert said.status_code == 201, said.text
    return client


def sign_in(url: str, name: str, password: str, **more: str) -> int:
    with browser(url) as client:
        body = {"name": name, "password": password, **more}
        return client.post("/api/auth/login", json=body).status_code


def test_a_code_is_printed_until_somebody_is_the_owner(mine: Nexus) -> None:
    url, first = up(mine)
    assert first
    second = mine.json("setup-code")
    assert second["url"] == f"{url}/setup#{second['code']}"
    with browser(url) as client:
        body = {"code": first, "name": "Ada", "password": PASSWORD}
        assert client.post("/api/setup", json=body).status_code == 403
    become_owner(url, second["code"]).close()
    ran = mine("setup-code")
    assert ran.returncode == 1
    assert "nexus people password" in ran.stderr
    ran = mine("up", "--detach")
    assert "already running" in ran.stdout
    assert "setup#" not in ran.stdout


def test_who_lost_a_password_has_the_terminal(mine: Nexus) -> None:
    url, code = up(mine)
    client = become_owner(url, code)
    for _ in range(6):
        slow = sign_in(url, "Ada", "wrong horse 77")
    assert slow == 429
    ran = mine("people", "password", "ada", stdin="another horse 8\n")
    assert ran.returncode == 0, ran.stderr
    assert "another horse" not in ran.stdout + ran.stderr
    time.sleep(0.5)
    assert client.get("/api/auth/me").status_code == 401
    assert sign_in(url, "Ada", "another horse 8") == 200
    assert mine("people", "password", "Ada", stdin="short\n").returncode == 1
    assert mine("people", "password", "Nobody", stdin="another horse 9\n").returncode == 1
    client.close()


def test_people_come_and_go(mine: Nexus) -> None:
    url, code = up(mine)
    become_owner(url, code).close()
    ran = mine("people", "add", "Grace", stdin="a horse for Grace\n")
    assert ran.returncode == 0, ran.stderr
    assert mine("people", "add", "GRACE", stdin="a horse for Grace\n").returncode == 1
    assert sign_in(url, "Grace", "a horse for Grace") == 200
    people = mine.json("people", "list")["people"]
    assert [(one["name"], one["role"], one["logins"]) for one in people] == [
        ("Ada", "owner", 1),
        ("Grace", "member", 1),
    ]
    assert "Grace" in mine("people", "list").stdout
    assert mine("people", "remove", "Ada").returncode == 1
    assert mine("people", "remove", "Grace").returncode == 0
    assert sign_in(url, "Grace", "a horse for Grace") == 401


def test_keys_come_and_go(mine: Nexus) -> None:
    url, code = up(mine)
    assert mine("keys", "create", "doorbell", "--scope", "read").returncode == 1
    become_owner(url, code).close()
    made = mine.json("keys", "create", "doorbell", "--scope", "read", "--expires-days", "9")
    headers = {"X-API-Key": made["key"]}
    with browser(url) as client:
        assert client.get("/metrics", headers=headers).status_code == 200
        (shown,) = mine.json("keys", "list")["keys"]
        assert (shown["person"], shown["scopes"]) == ("Ada", ["read"])
        assert made["key"] not in json.dumps(shown) + mine("keys", "list").stdout
        assert mine("keys", "revoke", made["id"]).returncode == 0
        time.sleep(0.5)
        assert client.get("/metrics", headers=headers).status_code == 401
    ran = mine("keys", "create", "x", "--scope", "everything")
    assert ran.returncode == 1
    assert len(ran.stderr.splitlines()) == 1


def test_a_secret_is_set_and_never_shown(other: Nexus) -> None:
    assert other("init").returncode == 0
    ran = other("secrets", "set", "GEMINI_API_KEY", stdin=CANARIES["vault"])
    assert ran.stdout == "GEMINI_API_KEY is kept, ends in 81c2.\n"
    assert other.json("secrets", "list")["secrets"][0]["ends"] == "81c2"
    over = other("secrets", "list", GEMINI_API_KEY="x").stdout
    assert "the environment's wins" in over
    assert CANARIES["vault"] not in over
    assert other("secrets", "set", "GEMINI_API_KEY", stdin="").returncode == 1
    ran = other("secrets", "set", "GEMINI_API_KEY", CANARIES["vault"])
    assert ran.returncode == 2, "a secret is no argument: everybody sees those"
    assert other("secrets", "set", "gemini", stdin="x").returncode == 1
    assert other("secrets", "remove", "GEMINI_API_KEY").returncode == 0
    assert other("secrets", "remove", "GEMINI_API_KEY").returncode == 1


def rotated(nexus: Nexus) -> dict[str, bool]:
    return {one["what"]: one["done"] for one in nexus.json("secrets", "rotate")["rotated"]}


def test_secrets_are_rotated_and_nothing_is_lost(mine: Nexus) -> None:
    url, code = up(mine)
    client = become_owner(url, code)
    key = mine.json("keys", "create", "doorbell", "--scope", "read")["key"]
    assert mine("secrets", "set", "NAME", stdin=CANARIES["vault"]).returncode == 0
    assert mine("ask", "--session", "s", "what time is it?").returncode == 0
    done = rotated(mine)
    assert done == {
        "vault": True,
        "logins": True,
        "gateways": False,
        "redis": False,
        "audit": False,
        "backups": False,
    }
    assert client.post("/api/auth/refresh").status_code == 200
    assert mine("down").returncode == 0
    before = files(mine.root / "secrets")
    assert rotated(mine)["redis"]
    after = files(mine.root / "secrets")
    kinds = {Path(name).parts[0] for name in before if after.get(name) != before[name]}
    assert kinds == {"vault", "web", "gateways", "redis"}
    assert up(mine)[1] == ""
    assert client.post("/api/auth/refresh").status_code == 200
    assert client.get("/metrics", headers={"X-API-Key": key}).status_code == 200
    assert mine("ask", "--session", "s", "what is the date today?").returncode == 0
    assert mine.json("secrets", "list")["secrets"][0]["ends"] == "81c2"
    assert mine("audit", "verify").returncode == 0
    client.close()


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def said_by(url: str, key: str, password: str) -> Iterator[str]:
    """What the web door says to whoever makes mistakes with secrets in hand."""
    wrong: dict[str, Any] = {"name": "Ada", "password": CANARIES["wrong"], "totp": 7}
    with browser(url) as client:
        yield client.post("/api/auth/login", json=wrong).text
        yield client.post("/api/auth/login", json={**wrong, "totp": "1"}).text
        yield client.post("/api/auth/login", content=password.encode()).text
        yield client.post("/api/setup", json={"code": password}).text
        yield client.get(f"/nowhere/{key}", headers={"X-API-Key": key + "x"}).text
        yield client.get("/metrics", headers={"Authorization": f"Bearer {password}"}).text
        yield client.get("/metrics", headers={"X-API-Key": key}).text


def command_lines() -> str:
    found = b""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += path.read_bytes() + b"\n"
        except OSError:
            continue  # it has ended
    return found.decode(errors="replace")


def test_no_canary_is_found_anywhere(mine: Nexus) -> None:
    url, code = up(mine)
    client = become_owner(url, code, CANARIES["password"])
    made = mine.json("keys", "create", "doorbell", "--scope", "read")
    said = ["what time is it?", made["key"]]
    for secret in ("vault", "changed"):
        assert mine("secrets", "set", "NAME", stdin=CANARIES[secret]).returncode == 0
        # What a person says by mistake is written down without it.
        said.append(CANARIES[secret])
        assert mine("ask", "--session", "s", " ".join(said)).returncode == 0
        mine.until(lambda found: found["journal"]["waiting"] == 0)
    secrets = {
        **CANARIES,
        "key": made["key"],
        "code": code,
        **{name: value for name, value in client.cookies.items() if name != "nexus-csrf"},
    }
    places = {
        "answers": "".join(said_by(url, made["key"], CANARIES["password"])),
        "processes": command_lines(),
    }
    assert mine("down").returncode == 0
    for path in mine.root.rglob("*"):
        # Redis keeps the conversation itself; what was said in it is nobody else's.
        if path.is_file() and "redis" not in path.parts:
            places[str(path)] = path.read_bytes().decode(errors="replace")
    assert any(name.endswith("core.log") for name in places)
    assert any(name.endswith("journal.db") for name in places)
    for what, secret in secrets.items():
        found = [place for place, text in places.items() if secret in text]
        assert not found, f"{what} is in {found}"
    client.close()
