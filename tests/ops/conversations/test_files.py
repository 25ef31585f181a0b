"""Files: streamed to disk, known by their bytes, fetched so that nothing runs."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from ops import database
from ops.conversations import uploads
from ops.conversations.tables import attachments
from schemas.base import new_id
from streams import keys
from tests.stand import soon
from tests.web.house import BOB, House

FILE_PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\na\r\n'
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 32


async def send(home: House, data: bytes, name: str = "a.txt", kind: str = "text/html") -> Any:
    return await home.client().post("/api/attachments", files={"file": (name, data, kind)})


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0 jpeg", "image/jpeg"),
        (b"GIF89a...", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
        (b"<script>alert(1)</script>", "text/plain"),
        ("Grüße".encode(), "text/plain"),
        ("Grüße".encode("latin-1"), "application/octet-stream"),
        (b"\x7fELF\x00", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
async def test_a_file_is_what_its_bytes_say(home: House, data: bytes, kind: str) -> None:
    said = await send(home, data)
    assert said.status_code == 201
    found = said.json()
    assert (found["type"], found["size"], found["name"]) == (kind, len(data), "a.txt")
    fetched = await home.client().get(f"/api/attachments/{found['id']}")
    assert fetched.content == data
    assert fetched.headers["content-type"].partition(";")[0] == kind
    assert fetched.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in fetched.headers["content-security-policy"]
    assert fetched.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\b.txt", "b.txt"),
        ("/", "file"),
        ("a\u202eb.txt", "ab.txt"),
        ("Grüße.txt", "Grüße.txt"),
        ("x" * 300, "x" * 255),
    ],
)
async def test_a_name_is_shown_and_never_a_path(home: House, name: str, shown: str) -> None:
    said = await send(home, b"text", name)
    assert said.status_code == 201, said.text
    found = said.json()
    assert found["name"] == shown
    folder = home.settings.root / "attachments"
    assert [path.name for path in folder.iterdir()] == [found["id"]]
    assert (folder / found["id"]).stat().st_mode & 0o777 == 0o600
    fetched = await home.client().get(f"/api/attachments/{found['id']}")
    assert "\n" not in fetched.headers["content-disposition"]


async def test_a_large_file_comes_in_and_one_too_large_leaves_nothing(home: House) -> None:
    said = await send(home, b"x" * (20 << 20))
    assert said.status_code == 201
    for size in ((20 << 20) + 1, 30 << 20):
        said = await send(home, b"x" * size)
        assert (said.status_code, said.json()["code"]) == (413, "too_large")
    assert len(list((home.settings.root / "attachments").iterdir())) == 1


async def sent_before(home: House, sizes: list[int]) -> None:
    """Files of the owner's, as the database knows them; their bytes are nowhere."""
    engine = database.connect(database.home(home.settings))
    rows = [
        {
            "id": new_id(),
            "person": "owner",
            "name": "a",
            "type": "text/plain",
            "size": size,
            "at": 1,
        }
        for size in sizes
    ]
    async with engine.begin() as connection:
        await connection.execute(insert(attachments), rows)
    await engine.dispose()


@pytest.mark.parametrize(
    ("sizes", "why"),
    [([0] * 9_998, "10,000 files already"), ([(2 << 30) - 7], "take 2 GB already")],
)
async def test_one_person_sends_no_end_of_files(home: House, sizes: list[int], why: str) -> None:
    assert (await send(home, b"first")).status_code == 201
    await sent_before(home, sizes)
    assert (await send(home, b"last")).status_code == 201
    said = await send(home, b"one more")
    assert (said.status_code, said.json()["code"]) == (507, "no_room")
    assert why in said.json()["detail"]
    assert len(list((home.settings.root / "attachments").iterdir())) == 2
    other = {"file": ("a.txt", b"another's", "text/plain")}
    assert (await home.client(BOB).post("/api/attachments", files=other)).status_code == 201


async def test_a_disk_that_is_nearly_full_takes_in_no_file(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await send(home, b"first")).status_code == 201
    # No disk of ours has so much room; how much is free is asked of the system itself.
    monkeypatch.setattr(uploads, "MARGIN", 1 << 60)
    said = await send(home, b"one more")
    assert (said.status_code, said.json()["code"]) == (507, "no_room")
    assert "nearly full" in said.json()["detail"]
    assert len(list((home.settings.root / "attachments").iterdir())) == 1
    monkeypatch.undo()
    assert (await send(home, b"one more")).status_code == 201


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{}", "application/json"),
        (b"", "multipart/form-data"),
        (b"nonsense", "multipart/form-data; boundary=b"),
        (b"--b\r\n\r\nnothing\r\n--b--\r\n", "multipart/form-data; boundary=b"),
        (
            b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nno file name\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
        (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\ncut',
            "multipart/form-data; boundary=b",
        ),
        (
            b"--b\r\nX: " + b"x" * 20_000 + b"\r\n\r\n\r\n--b--\r\n",
            "multipart/form-data; boundary=b",
        ),
        (b"--" + b"b" * 5_000 + b"--\r\n", f"multipart/form-data; boundary={'b' * 5_000}"),
        (b"--b\r\n\r\n\r\n" * 200 + FILE_PART + b"--b--\r\n", "multipart/form-data; boundary=b"),
    ],
)
async def test_what_is_no_such_form_is_refused_and_leaves_nothing(
    home: House, body: bytes, kind: str
) -> None:
    said = await home.client().post(
        "/api/attachments", content=body, headers={"Content-Type": kind}
    )
    assert (said.status_code, said.json()["code"]) == (422, "invalid")
    folder = home.settings.root / "attachments"
    assert list(folder.glob("*")) == []


async def test_a_file_goes_with_a_message_of_whose_it_is(home: House) -> None:
    found = (await send(home, PNG, "p.png")).json()
    body = {"text": "what is this?", "attachments": [found["id"]]}
    said = await home.client().post("/api/chat", json=body)
    assert said.status_code == 202
    turn = said.json()["turn"]
    await soon(lambda: home.stand.redis.exists(keys.turn(turn)))
    row = await home.stand.redis.lindex(keys.turn(turn), 0)
    assert isinstance(row, bytes)
    assert b'"type":"image/png"' in row
    async with home.watch(said.json()["session"]) as eyes:
        while (shown := eyes.board.get(turn)) is None:
            await eyes.next()
    assert [one.name for one in shown.attachments] == ["p.png"]
    assert (await home.client(BOB).post("/api/chat", json=body)).status_code == 404
    path = f"/api/attachments/{found['id']}"
    assert (await home.client(BOB).get(path)).status_code == 404
    assert (await home.client().get("/api/attachments/..%2Fhome.db")).status_code == 404
