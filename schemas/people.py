"""What is said about people, their logins and their keys at the web door."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from schemas.base import Identifier, Moment, Text, Word

Role = Literal["owner", "member"]
"""`owner` runs this server; `member` was invited to it."""

Scope = Literal["chat", "read", "events", "tools", "admin"]
"""What a caller may do: talk, look, publish events, use tools directly, change the server."""

SCOPES: tuple[Scope, ...] = ("chat", "read", "events", "tools", "admin")

_PRINTABLE = r"^[^\s\x00-\x1f\x7f-\x9f](?:[^\x00-\x1f\x7f-\x9f]{0,62}[^\s\x00-\x1f\x7f-\x9f])?$"

PersonName = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_PRINTABLE)]
"""One to 64 characters; no control characters, no space at either end."""

Password = Annotated[Text, Field(max_length=1_024)]
"""As it was typed; how long it must be is checked where it is chosen."""

Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[ -~]+$")]
"""A code as a person types it."""


class Form(Word):
    """The body of a request: what it does not know is refused."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False, extra="forbid")


class SetupState(Word):
    """Whether somebody must still become the owner."""

    needed: bool


class SetupForm(Form):
    """Become the owner, once, with the code that the terminal printed."""

    code: Code
    name: PersonName
    password: Password


class LoginForm(Form):
    """Sign in."""

    name: Annotated[str, Field(max_length=256)]
    password: Password
    totp: Code | None = None
    """The code of the authenticator app, or a recovery code; where one is needed."""


class Me(Word):
    """Who is signed in here."""

    id: Identifier
    name: PersonName
    role: Role
    totp: bool
    """Whether signing in takes a code beside the password."""
    csrf: str
    """What `X-CSRF-Token` must say on every change."""
    expires_at: Moment
    """When this access ends unless it is refreshed."""


class PasswordForm(Form):
    """Change the password; all other logins end."""

    old: Password
    new: Password


class ProofForm(Form):
    """Show again that it is you: a code of the app where there is one, the password elsewhere."""

    proof: Password


class TotpForm(Form):
    """Begin with an authenticator app."""

    password: Password


class TotpOffer(Word):
    """What the authenticator app needs; nothing changes before a code of it confirms."""

    secret: str
    uri: str
    svg: str
    """The same as a picture to scan."""


class TotpProof(Form):
    """A code of the authenticator app."""

    code: Code


class TotpEnd(Form):
    """Give the authenticator app up."""

    password: Password
    code: Code


class RecoveryCodes(Word):
    """Codes that replace the app once each; shown this one time."""

    recovery: tuple[str, ...]


class LoginShown(Word):
    """One place where this person is signed in."""

    id: Identifier
    name: str
    """What a person would call the browser; empty where it says nothing."""
    device: str
    """What the browser calls itself."""
    address: str
    at: Moment
    last_at: Moment
    current: bool


class LoginsShown(Word):
    """All places where this person is signed in, the last used first."""

    logins: tuple[LoginShown, ...]


class KeyForm(Form):
    """Make a key for a program."""

    name: PersonName
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=len(SCOPES))]
    expires_days: Annotated[int, Field(ge=1, le=3_650)] | None = None


class KeyShown(Word):
    """A key as it can be shown again."""

    id: Identifier
    name: PersonName
    scopes: tuple[Scope, ...]
    hint: str
    """How it begins."""
    at: Moment
    last_at: Moment | None
    expires_at: Moment | None


class KeysShown(Word):
    """All keys of this person, the newest first."""

    keys: tuple[KeyShown, ...]


class KeyMade(Word):
    """A new key; it is shown this one time."""

    id: Identifier
    name: PersonName
    scopes: tuple[Scope, ...]
    key: str


class PersonShown(Word):
    """Somebody who may sign in."""

    id: Identifier
    name: PersonName
    role: Role
    totp: bool
    at: Moment
    """Since when."""
    logins: int
    keys: int
    last_at: Moment | None
    """When they were last seen; of whoever is signed in nowhere nobody knows."""


class PeopleShown(Word):
    """Everybody who may sign in, the owner first."""

    people: tuple[PersonShown, ...]


class Invitation(Form):
    """Let somebody sign in who may ask, and see what is theirs."""

    name: PersonName
    password: Password


class FreshPassword(Form):
    """A new password for somebody who forgot theirs."""

    password: Password
