"""Who comes to the door, what they get, and why they may be turned away."""

from __future__ import annotations

from dataclasses import dataclass

from ops.users.rows import Person
from schemas.errors import Forbidden
from schemas.people import Me
from web.auth import Unauthorized


class WrongLogin(Unauthorized):
    """Name and password do not fit; which of them, nobody is told."""

    code = "wrong_login"


class WrongCode(Forbidden):
    """This is not the setup code that was printed last."""

    code = "wrong_code"


BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"),
            ("Chrome", "Chrome"), ("CriOS", "Chrome"), ("Safari", "Safari"))  # fmt: skip
SYSTEMS = (("Android", "Android"), ("iPhone", "an iPhone"), ("iPad", "an iPad"),
           ("Windows", "Windows"), ("Mac OS", "a Mac"), ("Linux", "Linux"))  # fmt: skip
"""Words of a User-Agent header, those first that stand beside words of others."""


def called(device: str) -> str:
    """Return how a person would call a browser, from what it calls itself."""
    browser = next((name for word, name in BROWSERS if f"{word}/" in device), "")
    system = next((name for word, name in SYSTEMS if word in device), "")
    return f"{browser or 'A program'} on {system}" if system else browser or device[:60]


@dataclass(frozen=True)
class Visitor:
    """From where somebody signs in.

    Attributes:
        address: as our own proxies vouch for it.
        device: what the browser calls itself, to be shown.
        token: by which the browser is known again; empty where it is not.
    """

    address: str
    device: str
    token: str = ""


@dataclass(frozen=True)
class SignedIn:
    """What a browser gets.

    Attributes:
        me: who is signed in.
        access: the access token.
        refresh: the next refresh token; None where the browser has it already.
        device: by which it is known when somebody signs in again; None to leave it.
    """

    me: Me
    access: str
    refresh: str | None
    device: str | None = None


class WrongPassword(Forbidden):
    """The password given with a change is not that of who is signed in."""

    code = "wrong_password"


def me_of(person: Person, csrf: str, expires_at: int) -> Me:
    """Return what somebody is told of themselves."""
    return Me(
        id=person.id,
        name=person.name,
        role=person.role,
        totp=person.totp,
        csrf=csrf,
        expires_at=expires_at,
    )
