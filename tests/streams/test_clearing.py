"""The desk keeps within its bound, and what goes is kept elsewhere first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from ops.deadfiles import DeadFiles
from schemas.desk import Happened
from streams import keys, tail
from streams.clearing import Clearing
from streams.settings import StreamsSettings
from streams.store import text
from streams.watch import Watch
from tests.stand import QUICK, Stand


async def fill(stand: Stand, count: int) -> list[str]:
    """Put letters on the desk, return their entries."""
    added = [
        await stand.tester.xadd("nexus:dead", {"data": f'{{"n":{number}}}'})
        for number in range(count)
    ]
    return [text(entry) for entry in added]


def files_of(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.jsonl"))


def kept(folder: Path) -> list[int]:
    lines = [line for file in files_of(folder) for line in file.read_text().splitlines()]
    return [json.loads(line)["n"] for line in lines]


async def left(stand: Stand) -> list[int]:
    return [json.loads(data)["n"] for data in await stand.data("dead")]


async def test_the_oldest_beyond_the_bound_go_to_a_file(stand: Stand, tmp_path: Path) -> None:
    await fill(stand, 25)
    clearing = Clearing(stand.redis, DeadFiles(tmp_path / "dead"), 10)
    assert await clearing.clear() == 15
    assert kept(tmp_path / "dead") == list(range(15))
    assert await left(stand) == list(range(15, 25))
    assert await clearing.clear() == 0
    (file,) = (tmp_path / "dead").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    (event,) = [Happened.model_validate_json(data) for data in await stand.data("events")]
    assert event.type == "dead.moved"
    assert event.data == {"letters": 15, "file": str(file)}


async def test_a_desk_within_its_bound_is_left_alone(stand: Stand, tmp_path: Path) -> None:
    await fill(stand, 10)
    assert await Clearing(stand.redis, DeadFiles(tmp_path / "dead"), 10).clear() == 0
    assert not (tmp_path / "dead").exists()
    assert await stand.data("events") == []


async def test_what_cannot_be_written_stays(stand: Stand) -> None:
    class Full:
        def keep(self, first: str, letters: Sequence[str]) -> str:
            raise OSError(28, "No space left on device")

    await fill(stand, 12)
    assert await Clearing(stand.redis, Full(), 10).clear() == 0
    assert len(await left(stand)) == 12


async def test_what_the_journal_has_not_got_stays(stand: Stand, tmp_path: Path) -> None:
    entries = await fill(stand, 12)
    await tail.ensure_groups(stand.tester)
    clearing = Clearing(stand.redis, DeadFiles(tmp_path), 2)
    assert await clearing.clear() == 0
    await stand.tester.xreadgroup(keys.JOURNAL, tail.WRITER, {"nexus:dead": ">"}, count=4)
    assert await clearing.clear() == 0  # read, and not written yet
    await stand.tester.xack("nexus:dead", keys.JOURNAL, *entries[:3])
    assert await clearing.clear() == 3
    await stand.tester.xack("nexus:dead", keys.JOURNAL, entries[3])
    assert await clearing.clear() == 1
    assert kept(tmp_path) == [0, 1, 2, 3]


async def test_a_round_that_was_cut_short_leaves_nothing_twice(
    stand: Stand, tmp_path: Path
) -> None:
    entries = await fill(stand, 12)
    DeadFiles(tmp_path).keep(entries[0], ['{"n":0}', '{"n":1}'])  # and then it died
    assert await Clearing(stand.redis, DeadFiles(tmp_path), 9).clear() == 3
    assert kept(tmp_path) == [0, 1, 2]


async def test_more_than_one_file_takes_goes_too(stand: Stand, tmp_path: Path) -> None:
    async with stand.tester.pipeline(transaction=False) as pipe:
        for number in range(2_300):
            pipe.xadd("nexus:dead", {"data": f'{{"n":{number}}}'})
        await pipe.execute()
    assert await Clearing(stand.redis, DeadFiles(tmp_path), 100).clear() == 2_200
    assert kept(tmp_path) == list(range(2_200))
    assert len(files_of(tmp_path)) == 3


async def test_whoever_watches_clears_the_desk(stand: Stand, tmp_path: Path) -> None:
    await fill(stand, 5)
    often = QUICK.model_copy(update={"letters": 2, "sweep_seconds": 0.000_1})
    assert StreamsSettings().letters == 10_000
    await Watch(stand.redis, "one", often, DeadFiles(tmp_path)).round()
    await Watch(stand.redis, "two", often, DeadFiles(tmp_path)).round()  # not its watch
    assert kept(tmp_path) == [0, 1, 2]
