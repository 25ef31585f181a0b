"""What the supervisor tells is the server's own word, though it loads no library for it."""

from __future__ import annotations

from pathlib import Path

from ops import aftermath
from ops.keyring import keyring
from ops.plan import Death, Plan
from ops.settings import Settings
from schemas.desk import Happened
from streams.blackbox import Found
from streams.voice import HOUSE, provenance


def test_what_is_told_of_a_hung_process_is_believed(tmp_path: Path) -> None:
    found = Found(7, 1, "core-1", (), (("route", "1-1"),))
    data = aftermath._happened(Death("core", 7, -9, "It stood still.", hung=True), found)
    event = Happened.model_validate_json(data)
    assert (event.type, event.data["process"]) == ("process.hung", "core")
    signature = aftermath._signed(Plan(tmp_path, tmp_path, ()), data)
    fields = {b"data": data.encode(), b"sig": signature.encode()}
    assert provenance(keyring(Settings(root=tmp_path)), fields) == (HOUSE, False)
