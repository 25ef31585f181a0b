"""Keys are told by their kind."""

from __future__ import annotations

from bench import scale


def test_keys_are_told_by_their_kind() -> None:
    kinds = {
        "nexus:inbox": "inbox",
        "nexus:turn:01": "turn:*",
        "nexus:turn:01 calls": "turn:* calls",
        "nexus:session:a:b mailbox": "session:* mailbox",
        "nexus:dedupe:x:y": "dedupe:*",
    }
    assert {key: scale.family(key) for key in kinds} == kinds
