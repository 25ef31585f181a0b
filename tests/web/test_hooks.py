"""Webhooks and signed events: who proves themselves is heard once; nobody else is heard at all."""

from __future__ import annotations

import asyncio
import hmac
import json
import time

import httpx
import pytest

from ops.event_sources import Sources
from ops.vault import Vault
from processors.events.trail import Trails
from schemas.desk import Happened
from streams.sign import stamped
from tests.gateways.hooks.payloads import PAYLOADS
from tests.web.house import House

SECRET = "a-secret-of-some-length"


def source(home: House, kind: str, name: str = "there") -> None:
    Sources(Vault(home.settings.root)).add(name, kind, SECRET)


async def heard(home: House) -> list[Happened]:
    return [Happened.model_validate_json(one) for one in await home.stand.data("events")]


def github(body: bytes, secret: str = SECRET, **headers: str) -> dict[str, str]:
    signed = hmac.digest(secret.encode(), body, "sha256").hex()
    return {
        "Content-Type": "application/json",
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": "d1",
        "X-Hub-Signature-256": f"sha256={signed}",
        **headers,
    }


async def test_github_is_heard_once_however_often_it_delivers(home: House) -> None:
    source(home, "github")
    body = json.dumps({"ref": "refs/heads/main", "repository": {"full_name": "a/b"}}).encode()
    client = home.client("nobody")
    # A delivery again, and a replay under another id, which nobody signed.
    for delivery in ("d1", "d1", "d2"):
        headers = github(body, **{"X-GitHub-Delivery": delivery})
        said = await client.post("/api/hooks/there", content=body, headers=headers)
        assert said.status_code == 202, said.text
    (event,) = await heard(home)
    assert (event.type, event.person, event.channel) == ("github.push", "source-there", "hooks")
    assert event.data["repository"] == "a/b"
    assert event.of == 1


@pytest.mark.parametrize(
    "harm", ["secret", "body", "signature", "missing", "sha1", "nobody", "removed"]
)
async def test_a_forged_delivery_leaves_nothing(home: House, harm: str) -> None:
    source(home, "github")
    body = b'{"ref": "x"}'
    headers = github(body, "another-secret-of-length" if harm == "secret" else SECRET)
    match harm:
        case "body":
            body = b'{"ref": "y"}'
        case "signature":
            headers["X-Hub-Signature-256"] = "sha256=" + "0" * 64
        case "missing":
            del headers["X-Hub-Signature-256"]
        case "sha1":
            headers["X-Hub-Signature-256"] = "sha1=" + "0" * 40
        case "removed":
            Sources(Vault(home.settings.root)).remove("there")
    where = "nobody" if harm == "nobody" else "there"
    said = await home.client("nobody").post(f"/api/hooks/{where}", content=body, headers=headers)
    assert said.status_code == 401
    assert await heard(home) == []


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"a":' * 40 + b"1" + b"}" * 40, b"x" * (2 << 20)])
async def test_what_is_no_webhook_is_refused(home: House, body: bytes) -> None:
    source(home, "github")
    said = await home.client("nobody").post("/api/hooks/there", content=body, headers=github(body))
    assert said.status_code == (413 if len(body) > 1 << 20 else 422)
    assert await heard(home) == []


@pytest.mark.parametrize("name", PAYLOADS)
async def test_every_kind_is_heard_in_its_words_and_once(home: House, name: str) -> None:
    sent = PAYLOADS[name]
    source(home, sent.kind)
    client = home.client("nobody")
    for _ in range(3):
        headers = {"Content-Type": "application/json", **sent.sign(sent.bytes, SECRET)}
        said = await client.post("/api/hooks/there", content=sent.bytes, headers=headers)
        assert said.status_code == 202, said.text
    (event,) = await heard(home)
    assert (event.type, event.person, event.channel) == (sent.type, "source-there", "hooks")
    assert sent.data.items() <= event.data.items()
    if sent.kind != "generic":
        assert event.of == 1, "its type is described, and it fits"
        assert "ignore all rules" not in event.model_dump_json()


@pytest.mark.parametrize("name", PAYLOADS)
async def test_of_no_kind_anything_is_heard_that_is_forged_large_deep_or_garbled(
    home: House, name: str
) -> None:
    sent = PAYLOADS[name]
    source(home, sent.kind)
    client, found = home.client("nobody"), []
    body = sent.bytes
    large = json.dumps({**sent.body, "more": "x" * (1 << 20)}).encode()
    deep = b'{"a":' * 40 + b"1" + b"}" * 40
    for content, secret, signed_over in (
        (body, "another-secret-of-length", body),
        (body, SECRET, b""),
        (large, SECRET, large),
        (deep, SECRET, deep),
        (body[:-1], SECRET, body[:-1]),
        (b"[]", SECRET, b"[]"),
    ):
        headers = {"Content-Type": "application/json"}
        if signed_over:
            headers |= sent.sign(signed_over, secret)
        said = await client.post("/api/hooks/there", content=content, headers=headers)
        found.append(said.status_code)
    assert found == [401, 401, 413, 422, 422, 422]
    assert await heard(home) == []


@pytest.mark.parametrize("name", ["grafana", "github-push"])
async def test_what_was_signed_is_the_bytes_and_the_time(home: House, name: str) -> None:
    sent = PAYLOADS[name]
    source(home, sent.kind)
    client = home.client("nobody")
    headers = {"Content-Type": "application/json", **sent.sign(sent.bytes, SECRET)}
    said = await client.post("/api/hooks/there", content=sent.bytes + b" ", headers=headers)
    assert said.status_code == 401
    if name == "grafana":
        old = str(int(time.time()) - 301)
        late = hmac.digest(SECRET.encode(), f"{old}:".encode() + sent.bytes, "sha256").hex()
        for at, signature in ((old, late), ("", late), (str(int(time.time()) + 9), late)):
            changed = {
                "X-Grafana-Alerting-Timestamp": at, "X-Grafana-Alerting-Signature": signature
            }  # fmt: skip
            said = await client.post(
                "/api/hooks/there", content=sent.bytes, headers=headers | changed
            )
            assert said.status_code == 401
    assert await heard(home) == []


@pytest.mark.parametrize("kind", ["alertmanager", "homeassistant", "frigate", "uptimekuma"])
async def test_an_empty_object_is_no_kind_s_message(home: House, kind: str) -> None:
    source(home, kind)
    said = await home.client("nobody").post(
        "/api/hooks/there", json={}, headers={"Authorization": f"Bearer {SECRET}"}
    )
    assert said.status_code == 422
    assert await heard(home) == []


@pytest.mark.parametrize("name", PAYLOADS)
async def test_half_a_webhook_is_none(home: House, name: str) -> None:
    sent = PAYLOADS[name]
    source(home, sent.kind)
    whole = sent.bytes
    reader, writer = await asyncio.open_connection("127.0.0.1", home.port)
    signed_by = {"Content-Type": "application/json", **sent.sign(whole, SECRET)}
    lines = [f"{name}: {value}" for name, value in signed_by.items()]
    head = "\r\n".join(["POST /api/hooks/there HTTP/1.1", f"Host: 127.0.0.1:{home.port}", *lines])
    half = whole[: len(whole) // 2]
    writer.write(f"{head}\r\nContent-Length: {len(whole)}\r\n\r\n".encode() + half)
    await writer.drain()
    writer.close()
    assert await reader.read() == b""
    assert await heard(home) == []


def signed(body: bytes, kind: str = "door.open", key: str = "", at: float = 0) -> dict[str, str]:
    moment = int(at or time.time())
    found = {
        "Content-Type": "application/json",
        "X-Nexus-Source": "there",
        "X-Nexus-Timestamp": str(moment),
        "X-Nexus-Signature": stamped(SECRET.encode(), moment, kind, key, body),
    }
    return {**found, "Idempotency-Key": key} if key else found


async def test_a_producer_may_sign_instead_of_having_a_key(home: House) -> None:
    source(home, "generic")
    async with httpx.AsyncClient(base_url=home.url) as client:
        body = b'{"who": "cat"}'
        headers = signed(body, key="k1")
        for _ in range(3):
            said = await client.post("/api/events/door.open", content=body, headers=headers)
            assert said.status_code == 202, said.text
        plain = signed(body)
        for _ in range(2):
            said = await client.post("/api/events/door.open", content=body, headers=plain)
            assert said.status_code == 202
        assert len(await heard(home)) == 2
        for harm in (
            {"X-Nexus-Timestamp": str(int(headers["X-Nexus-Timestamp"]) - 1)},
            {"Idempotency-Key": "k2"},
            {"X-Nexus-Source": "another"},
            {"X-Nexus-Signature": "sha256=00"},
            signed(body, key="k1", at=time.time() - 301),
            signed(body, key="k1", at=time.time() + 360),
            signed(b"{}", key="k1"),
        ):
            said = await client.post("/api/events/door.open", content=body, headers=headers | harm)
            assert said.status_code == 401, harm
        other = await client.post("/api/events/door.shut", content=body, headers=headers)
        assert other.status_code == 401
        nothing = {"Content-Type": "application/json"}
        bare = await client.post("/api/events/door.open", content=body, headers=nothing)
        assert bare.status_code == 401
    assert len(await heard(home)) == 2


@pytest.mark.parametrize("key", ["", "k1"])
async def test_what_was_signed_for_one_door_is_no_news_at_the_other(home: House, key: str) -> None:
    source(home, "generic")
    async with httpx.AsyncClient(base_url=home.url) as client:
        body = b'{"who": "cat"}'
        headers = {**signed(body, key=key), "X-Event-Type": "door.open"}
        for path in ("events/door.open", "hooks/there", "events/door.open"):
            said = await client.post(f"/api/{path}", content=body, headers=headers)
            assert said.status_code == 202, said.text
    assert len(await heard(home)) == 1


@pytest.mark.parametrize(
    "kind", ["settings.changed", "key.changed", "grant.made", "desk.drop", "notice", "group.lost"]
)
async def test_nobody_else_tells_what_the_server_itself_tells(home: House, kind: str) -> None:
    source(home, "generic")
    body = b'{"by": "owner"}'
    headers = {**signed(body, kind), "X-Event-Type": kind}
    for path in (f"events/{kind}", "hooks/there"):
        said = await home.client("nobody").post(f"/api/{path}", content=body, headers=headers)
        assert said.status_code in {401, 403}, said.text
    assert (await home.client().post(f"/api/events/{kind}", json={})).status_code == 403
    assert await heard(home) == []


async def test_what_we_handed_on_ourselves_is_refused_when_it_comes_back(home: House) -> None:
    source(home, "generic")
    here = home.runtime.resource(Trails)
    body = b'{"who": "cat"}'
    other = "0" * 16
    for path in ("events/door.open", "hooks/there"):
        headers = {**signed(body, key=path), "X-Event-Type": "door.open"}
        for via, status in ((f"{other},{here.mark}", 508), ("nonsense", 422), (other, 202)):
            said = await home.client("nobody").post(
                f"/api/{path}", content=body, headers={**headers, "X-Nexus-Via": via}
            )
            assert said.status_code == status, said.text
    assert {event.via for event in await heard(home)} == {(other,)}
