"""What proves that a mail is from the address in its From line: that line alone proves nothing.

Two things do. The own mail server checks every mail (DMARC, DKIM) and writes what it found on top
of it, as RFC 8601 says; and whoever answers a mail of ours names it, by an identifier that only
its reader can know. Whoever gets a copy of the answer, or has the mail handed on, knows it too: so
it counts once, and not any more once a later one in its thread was answered (`email_threads`).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from schemas.base import now_ms

Verdict = Literal["pass", "fail", "silent"]
"""What the own server says: it is from there, it is not, or nothing that counts."""

LIVES_MS = 7 * 24 * 3_600 * 1000
"""How long an answer to a mail of ours proves something: not longer than it is remembered which
was answered already."""
BITS = 32
"""Characters of a proof: 128 bits."""
_LONGEST = 8_192
_RESULT = re.compile(r"([a-z0-9-]{1,40})(?:/\d+)?=([a-z]{1,20})((?: [a-z0-9._-]{1,80}=\S*)*)")
_NAMED = re.compile(r"<([^<>\s@]{1,200})@([^<>\s@]{1,200})>")


def verdict(headers: Sequence[str], server: str, domain: str) -> Verdict:
    """Return what the own server says of a mail.

    Only the topmost header counts, and only if it is the own server's: a server puts its own above
    whatever the sender wrote there.

    Args:
        headers: the `Authentication-Results`, topmost first.
        server: the name by which the own server signs them; "" where it is not known.
        domain: of the From line, in small letters.
    """
    if not headers or not server or not domain:
        return "silent"
    found = _results(headers[0], server)
    if found is None:
        return "silent"
    passed, failed = False, False
    for method, result, about in found:
        if method == "dmarc":
            mine = about.get("header.from", "") == domain
            passed |= result == "pass" and mine
            failed |= result in {"fail", "permerror"} or (result == "pass" and not mine)
        elif method == "dkim" and result == "pass":
            passed |= about.get("header.d", "") == domain
    if failed:
        return "fail"
    return "pass" if passed else "silent"


def _results(header: str, server: str) -> list[tuple[str, str, dict[str, str]]] | None:
    """Return what a header says; None where it is another's, or not of the form it must have.

    What a sender chose stands in comments and values: the comments go, and one thing that cannot
    be read makes all of it worth nothing.
    """
    plain = _plain(header)
    if plain is None:
        return None
    name, *results = [" ".join(one.split()) for one in plain.split(";")]
    if name.partition(" ")[0].lower() != server.lower():
        return None
    found = []
    for one in results:
        if one in {"", "none"}:
            continue
        said = _RESULT.fullmatch(re.sub(r" ?= ?", "=", one).lower())
        if said is None:
            return None
        pairs = [word.partition("=") for word in said[3].split()]
        if len({key for key, _, _ in pairs}) != len(pairs):
            return None
        found.append((said[1], said[2], {key: value for key, _, value in pairs}))
    return found


def _plain(header: str) -> str | None:
    """Return a header without its comments; None where a quote or a comment does not end."""
    if len(header) > _LONGEST:
        return None
    found, depth, quoted, escaped = [], 0, False, False
    for sign in header:
        if sign == "\\" and not escaped:
            escaped = True
            continue
        if escaped:
            escaped, plain = False, "_"  # whatever it was, it divides nothing
        elif sign == '"' and not depth:
            quoted, plain = not quoted, ""
        elif sign in "()" and not quoted:
            depth, plain = depth + (1 if sign == "(" else -1), " "
            if depth < 0:
                return None
        else:
            plain = "_" if quoted and sign in "; =" else sign
        found.append(plain if not depth else "")
    return None if depth or quoted or escaped else "".join(found)


@dataclass(frozen=True, slots=True)
class Answered:
    """A mail of ours that another one answers.

    Attributes:
        thread: the conversation.
        at: when it was written, in milliseconds since 1970.
    """

    thread: str
    at: int


class Threads:
    """Names our mails so that an answer proves that its sender could read one.

    Args:
        keys: secrets that nobody else has, the newest first; older ones still count.
        domain: what the names end in.
    """

    def __init__(self, keys: Sequence[bytes], domain: str) -> None:
        self._keys = [hmac.digest(key, b"the threads of mails", "sha256") for key in keys]
        self.domain = domain

    def name(self, delivery: str, thread: str, address: str, at: int) -> str:
        """Return the `Message-ID` of a mail; the same delivery has the same one again.

        Args:
            delivery: its id.
            thread: the conversation.
            address: whom it goes to: nobody else's answer counts.
            at: when it was written, in milliseconds since 1970.
        """
        which = hmac.digest(self._keys[0], delivery.encode(), "sha256").hex()[:20]
        about = f"{which}.{thread}.{at:x}"
        return f"<{about}.{_proof(self._keys[0], about, address)}@{self.domain}>"

    def answered(
        self, named: Iterable[str], address: str, now: int | None = None
    ) -> Answered | None:
        """Return the newest mail of ours to an address that one from there names.

        None where it names none: what was written to somebody else proves nothing.

        Args:
            named: its `In-Reply-To` and `References`.
            address: the From line's.
            now: milliseconds since 1970; the clock's unless given.
        """
        at = now_ms() if now is None else now
        newest: Answered | None = None
        for part in _NAMED.finditer(" ".join(named)[:_LONGEST]):
            about, _, given = part[1].rpartition(".")
            _, _, rest = about.partition(".")
            thread, _, moment = rest.partition(".")
            if part[2].lower() != self.domain or not re.fullmatch(r"[0-9a-f]{1,12}", moment):
                continue
            true = any(
                hmac.compare_digest(_proof(key, about, address).encode(), given.encode())
                for key in self._keys
            )
            found = Answered(thread, int(moment, 16))
            newer = newest is None or found.at > newest.at
            if true and thread and newer and 0 <= at - found.at <= LIVES_MS:
                newest = found
        return newest


def _proof(key: bytes, about: str, address: str) -> str:
    return hmac.digest(key, f"{about}\n{address}".encode(), "sha256").hex()[:BITS]
