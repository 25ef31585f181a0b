"""Codes that people copy by hand, and what is kept of secrets that were drawn at random."""

from __future__ import annotations

import hashlib
import hmac
import secrets as random

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""What nobody takes for something else: 32 letters and figures, 5 bits each."""
GROUPS, GROUP = 4, 4


def new_code() -> str:
    """Return a fresh code of 80 bits, in groups that one can read out."""
    letters = [random.choice(ALPHABET) for _ in range(GROUPS * GROUP)]
    return "-".join("".join(letters[at : at + GROUP]) for at in range(0, len(letters), GROUP))


def digest(secret: str) -> str:
    """Return what is kept of a secret that was drawn at random: nobody can guess it from that."""
    return hashlib.sha256(secret.encode()).hexdigest()


def code_digest(code: str) -> str:
    """Return the digest of a code however it was typed: small letters, other dashes, spaces."""
    return digest("".join(one for one in code.upper() if one.isalnum()))


def same(one: str, other: str) -> bool:
    """Whether two digests are equal; how long it takes does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())
