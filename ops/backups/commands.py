"""`nexus backup`: make, list, check and bring back backups from the command line."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ops import meant
from ops.backups.telling import Telling, aside, plain, say, say_json, since
from ops.meant import AsJson, Root

if TYPE_CHECKING:
    from ops.backups.opening import Opener, Sealing

words = typer.Typer(
    no_args_is_help=True,
    help="Make backups while the server runs, and bring them back.",
    rich_markup_mode=None,
)

PassphraseFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A file with a passphrase.")
]
Identity = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A file with the key (AGE-SECRET-KEY-1…).")
]


@words.command()
def create(
    _root: Root = None,
    to: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where it goes: best another disk.")
    ] = None,
    passphrase_file: PassphraseFile = None,
    recipient: Annotated[
        str | None, typer.Option(metavar="AGE1…", help="Seal it for a key kept elsewhere.")
    ] = None,
    keep: Annotated[
        int | None, typer.Option(min=1, help="How many stay there; the oldest go.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a backup; the server may run meanwhile.

    It is sealed with this server's own key unless told otherwise. Keep a copy of that key where
    this machine is not: without it, nobody can open the backup, you neither.

    \b
    Examples:
      nexus backup create --to /mnt/usb --keep 7
      nexus backup create --passphrase-file ~/passphrase
    """
    from ops.backups import service
    from ops.backups.space import words as amount

    here = meant.settings(made=True)
    began = time.monotonic()
    sealing = _sealing(here.root, passphrase_file, recipient)
    with Telling() as progress:
        made = service.create(here, sealing, to=to, keep=keep, progress=progress)
    if as_json:
        say_json(
            path=str(made.path),
            **made.cover.model_dump(exclude={"format"}),
            bytes=made.size,
            files=made.files,
            left_out=made.left_out,
            torn=made.torn,
            removed=[str(one) for one in made.removed],
            seconds=round(time.monotonic() - began, 2),
            new_key=bool(sealing.fresh),
        )
    else:
        say(f"Backup of {made.files} files, {amount(made.size)}, in {since(began)}: {made.path}")
        say(f"Removed {len(made.removed)} older.") if made.removed else None
    for what, names in (("left out", made.left_out), ("changed while it was read", made.torn)):
        for name in names[:10]:
            aside(f"{what}: {name}")
        aside(f"… and {len(names) - 10} more") if len(names) > 10 else None
    if sealing.fresh:
        aside(
            meant.hint(
                "A key was made for your backups. Write it down where this machine is not: without"
                " it no backup opens once this machine is gone. `nexus backup key` shows it."
            )
        )
        # A key in somebody's log would be no secret any more.
        aside(f"\n  {sealing.fresh}\n") if sys.stderr.isatty() else None


@words.command("list")
def list_(
    _root: Root = None,
    to: Annotated[
        Path | None, typer.Option("--in", "--to", metavar="DIR", help="Where they are.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List backups, the newest first, by what stands outside on them."""
    from ops.backups import shelf
    from ops.backups.service import folder_of
    from ops.backups.space import words as amount

    folder = to or folder_of(meant.settings().root)
    found = shelf.listing(folder)
    if as_json:
        say_json(
            folder=str(folder),
            backups=[
                {
                    "path": str(one.path),
                    "bytes": one.size,
                    "fault": one.fault or None,
                    **(one.cover.model_dump(exclude={"format"}) if one.cover else {}),
                }
                for one in found
            ],
        )
        return
    if not found:
        say(f"There are no backups in {folder}.")
    for one in found:
        if one.cover is None:
            say(f"{'?':<20}{amount(one.size):>10}  {one.path.name}  {plain(one.fault)}")
            continue
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.cover.made_at / 1000))
        say(f"{when:<20}{amount(one.size):>10}  {one.path.name}  {one.cover.sealed}")


@words.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    _root: Root = None,
    passphrase_file: PassphraseFile = None,
    identity: Identity = None,
    as_json: AsJson = False,
) -> None:
    """Check a backup: open it, compare every digest, load its Redis, check its journal."""
    from ops.backups import verify as checking
    from ops.backups.space import words as amount

    here = meant.settings()
    began = time.monotonic()
    with Telling() as progress:
        found = checking.verify(
            file,
            _opener(here.root, identity, passphrase_file),
            server=here.streams.redis_server,
            progress=progress,
        )
    counts = found.manifest.counts
    if as_json:
        say_json(
            name=found.manifest.name,
            made_at=found.manifest.made_at,
            counts=counts,
            keys=found.keys,
            journal=found.journal,
            left_out=found.manifest.left_out,
            seconds=round(time.monotonic() - began, 2),
        )
        return
    say(f"Good: {counts['files']} files, {amount(counts['bytes'])}, in {since(began)}.")
    say(f"Redis loads, with {found.keys} keys." if found.keys is not None else "No Redis in it.")
    say("The journal is sound." if found.journal else "No journal in it.")


@words.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    _root: Root = None,
    passphrase_file: PassphraseFile = None,
    identity: Identity = None,
    force: Annotated[
        bool, typer.Option("--force", help="Move aside what is in the state folder.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back into an empty state folder; the server must not run.

    What was under way when the backup was made does not go on by itself: it waits at the
    dead-letter desk, and `nexus dead redrive` lets it go on. Effects that had started count as
    unknown.

    \b
    Examples:
      nexus backup restore nexus-….tar --root ~/nexus --identity ~/backup.key
      nexus backup restore nexus-….tar --force --passphrase-file ~/passphrase
    """
    from dataclasses import asdict

    from ops.backups import restore as bringing
    from processors.tools.wording import counted

    # The settings in the folder may be what is to be replaced: they are not read.
    where = meant.root()
    began = time.monotonic()
    with Telling() as progress:
        done = bringing.restore(
            file, where, _opener(where, identity, passphrase_file), force=force, progress=progress
        )
    if as_json:
        say_json(
            root=str(where),
            name=done.manifest.name,
            made_at=done.manifest.made_at,
            counts=done.manifest.counts,
            epoch=asdict(done.epoch) if done.epoch else None,
            aside=str(done.aside) if done.aside else None,
            seconds=round(time.monotonic() - began, 2),
        )
        return
    say(f"Restored {done.manifest.counts['files']} files into {where} in {since(began)}.")
    if done.aside:
        say(f"What was there is in {done.aside}; delete it when you no longer need it.")
    if done.epoch:
        waits = sum(done.epoch.put_aside.values()) + done.epoch.waiting
        if waits:
            wait = counted(
                waits, "message that was under way waits", "messages that were under way wait"
            )
            say(meant.hint(f"{wait} at the desk; look with `nexus dead list`."))
        if done.epoch.unknown:
            begun = counted(
                done.epoch.unknown, "effect that had begun is", "effects that had begun are"
            )
            say(f"{begun} unknown; look before a redrive.")
        if not waits and not done.epoch.unknown:
            say("Nothing was under way when it was made.")
    say(meant.hint("Start it with `nexus up`."))


@words.command()
def key(
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write it there, for you alone (mode 0600)."),
    ] = None,
    _root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Show the key that opens this server's backups, or write it to a file, to be kept elsewhere.

    \b
    Examples:
      nexus backup key --out ~/backup.key
    """
    from ops import private
    from ops.backups import opening

    identity, recipient = opening.own_key(meant.settings().root)
    if out is not None:
        private.write(out, f"# {recipient}\n{identity}")
        if as_json:
            say_json(out=str(out), recipient=recipient)
        else:
            say(f"The key is in {out}, readable by you alone.")
    elif as_json:
        say_json(identity=identity, recipient=recipient)
    else:
        say(f"# {recipient}\n{identity}")


def _sealing(root: Path, passphrase_file: Path | None, recipient: str | None) -> Sealing:
    from ops.backups import opening
    from schemas.errors import Invalid

    if passphrase_file is not None and recipient is not None:
        raise Invalid("Give --passphrase-file or --recipient, not both.")
    if passphrase_file is not None:
        return opening.with_passphrase(passphrase_file)
    if recipient is not None:
        return opening.with_recipient(recipient)
    return opening.with_own_key(root)


def _opener(root: Path, identity: Path | None, passphrase_file: Path | None) -> Opener:
    from ops.backups.opening import Opener

    return Opener(root, identity, passphrase_file)
