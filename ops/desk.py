"""The desk's process: `python -m ops.desk --root=FOLDER`, one order on its standard input.

It is the only way from the page to the dead-letter desk, and believes nothing of an order: it looks
itself whether the login is an owner's and has not ended, and uses up a code of their app, or asks
for the password where there is none. Only then does it log into Redis, in the role `desk`. What it
is about to do is told as an event first, which the journal chains.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import os
import sys
from pathlib import Path

from pydantic import ValidationError

from ops import config, logs
from ops.cli import desk, place
from ops.cli.correcting import corrected
from ops.keyring import keyring
from ops.ring import Ring
from ops.settings import Settings
from ops.users.service import Accounts
from processors.pipeline import STAGES
from schemas.base import new_id
from schemas.desk import Happened
from schemas.errors import Expected, Forbidden, Invalid
from schemas.flow import DeskAnswer, DeskForm, DeskOrder
from streams import keys
from streams.voice import Voice
from web.auth import Caller, Unauthorized

NAMED = 100
"""Letters that the event names."""


class StepUp(Forbidden):
    """This needs a code of the authenticator app, or the password."""

    code = "step_up"


async def who(settings: Settings, order: DeskOrder) -> Caller:
    """Return the owner behind an order.

    Raises:
        Unauthorized: the login has ended, or never was.
        Forbidden: it is nobody's who may, or the code or the password is not theirs.
    """
    accounts = Accounts(settings, Ring(settings.root))
    await accounts.open()
    try:
        caller, csrf = await accounts.by_cookie(order.token)
        if not hmac.compare_digest(csrf, order.csrf):
            raise Unauthorized("This order does not come from the page.")
        if caller.role != "owner":
            raise Forbidden("The desk is for the owner.")
        person = await accounts.person_of(caller)
        form = order.form
        if person.totp:
            if not form.code:
                raise StepUp("This needs a code of your authenticator app.")
            await accounts.step_up(caller, form.code, order.address)
        else:
            if not form.password:
                raise StepUp("This needs your password.")
            await accounts.prove(caller, form.password, order.address)
        return caller
    finally:
        await accounts.close()


async def do(settings: Settings, caller: Caller, form: DeskForm) -> DeskAnswer:
    """Do what was ordered.

    Raises:
        Refused: it cannot be done; the sentence says why.
    """
    name = form.letters[0]
    if form.like:
        found = await desk.like(name)
    else:
        found = [await desk.one(each) for each in form.letters]
    if form.act == "edit":
        new = corrected(found[0], form.data or "", STAGES, keyring(settings))
        await told(settings, caller, form, found[:1])
        await desk.correct(found[0], new.data, new.signature, new.history)
        return DeskAnswer(done=1)
    await told(settings, caller, form, found)
    if form.act == "drop":
        await desk.drop(found)
        return DeskAnswer(done=len(found))
    sent, left = await desk.redrive(found)
    return DeskAnswer(done=sent, left=tuple(left))


async def told(settings: Settings, caller: Caller, form: DeskForm, found: list[desk.Filed]) -> None:
    """Tell what is about to be done, and who ordered it."""
    event = new_id()
    happened = Happened(
        id=event,
        trace=event,
        session="system",
        person=caller.person,
        channel="web",
        type=f"desk.{form.act}",
        data={
            "login": caller.login,
            "count": len(found),
            "letters": [one.letter.id for one in found[:NAMED]],
        },
    )
    line = place.line(settings, "durable", "desk")
    try:
        data, signature = Voice.of(keyring(settings)).said(happened)
        words = ("data", data, "sig", signature, "n", "0")
        await line.say("XADD", keys.topic("events"), "*", *words)
    finally:
        await line.close()


async def answered(root: Path, given: bytes) -> DeskAnswer:
    """Return what came of an order."""
    try:
        order = DeskOrder.model_validate_json(given)
        settings = config.load(root)
        place.choose(root)
        return await do(settings, await who(settings, order), order.form)
    except ValidationError:
        error: Expected = Invalid("This is no order.")
    except Expected as refused:
        error = refused
    return DeskAnswer(error=str(error), code=error.code, status=error.status)


def main(arguments: list[str]) -> int:
    """Do one order; what came of it is one line of JSON on standard output."""
    parser = argparse.ArgumentParser(prog="python -m ops.desk", description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="the state folder")
    given = parser.parse_args(arguments)
    os.umask(0o077)
    logs.configure("error", sys.stderr)  # the one line of standard output is the answer
    said = asyncio.run(answered(given.root, sys.stdin.buffer.read()))
    sys.stdout.write(f"{said.model_dump_json()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
