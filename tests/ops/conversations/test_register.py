"""The register follows the journal, and keeps what the journal cannot know."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from ops import database
from ops.conversations.register import AT_ONCE, Register, titled
from ops.conversations.tables import TABLES
from schemas.errors import Transient
from schemas.record import Asked


@dataclass(frozen=True)
class Question:
    seq: int
    session: str
    asked: Asked


def asked(at: int, text: str = "hello", person: str = "owner", channel: str = "web") -> Asked:
    return Asked(at=at, text=text, person=person, channel=channel, chat="c", profile="full")


@dataclass
class Book:
    """A written history."""

    rows: list[Question] = field(default_factory=list)
    away: bool = False

    def write(self, session: str, one: Asked) -> None:
        self.rows.append(Question(self.rows[-1].seq + 3 if self.rows else 2, session, one))

    async def last(self) -> int:
        return self.rows[-1].seq if self.rows else 0

    async def questions(self, after: int, limit: int) -> Sequence[Question]:
        if self.away:
            raise Transient("The journal cannot be read.")
        return [row for row in self.rows if row.seq > after][:limit]


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
async def register(book: Book, tmp_path: Path) -> AsyncIterator[Register]:
    engine = database.connect(f"sqlite+aiosqlite:///{tmp_path}/home.db")
    yield Register(engine, book)
    await engine.dispose()


async def names(register: Register, person: str = "owner") -> list[str]:
    return [one.id for one in await register.page(person, None, 100)]


async def test_the_list_is_what_the_journal_says_newest_first(
    book: Book, register: Register
) -> None:
    for at, session in ((1, "a"), (2, "b"), (3, "a"), (4, "c")):
        book.write(session, asked(at, f"question {at}"))
    book.write("his", asked(5, person="bob", channel="telegram"))
    found = await register.page("owner", None, 100)
    assert [(one.id, one.title, one.at, one.last_at, one.turns) for one in found] == [
        ("c", "question 4", 4, 4, 1),
        ("a", "question 1", 1, 3, 2),
        ("b", "question 2", 2, 2, 1),
    ]
    assert [one.channel for one in await register.page("bob", None, 100)] == ["telegram"]
    assert await register.owner("his") == "bob"
    assert await register.owner("nosuch") is None


async def test_it_goes_on_where_it_was_and_counts_nothing_twice(
    book: Book, register: Register
) -> None:
    book.write("a", asked(1))
    for _ in range(3):
        await register.catch_up()
    book.write("a", asked(2))
    (one,) = await register.page("owner", None, 100)
    assert (one.turns, one.last_at) == (2, 2)


async def test_a_long_history_is_taken_in_pieces(book: Book, register: Register) -> None:
    for number in range(2 * AT_ONCE + 10):
        book.write(f"s{number % 100}", asked(number))
    found = await register.page("owner", None, 1_000)
    assert len(found) == 100
    assert sum(one.turns for one in found) == 2 * AT_ONCE + 10


async def test_another_journal_is_counted_anew_and_titles_stay(
    book: Book, register: Register
) -> None:
    for at in range(5):
        book.write("a", asked(at))
    await register.catch_up()
    await register.rename("a", "  Mine\nalone ")
    del book.rows[2:]
    (one,) = await register.page("owner", None, 100)
    assert (one.turns, one.title) == (2, "Mine alone")


async def test_what_has_begun_is_listed_before_it_is_written_down(
    book: Book, register: Register
) -> None:
    book.away = True
    await register.begin("new", asked(7, "What is new?"))
    await register.begin("new", asked(8, "something else"))
    assert await names(register) == ["new"]
    book.away = False
    book.write("new", asked(7, "What is new?"))
    (one,) = await register.page("owner", None, 100)
    assert (one.title, one.turns) == ("What is new?", 1)


async def test_who_speaks_again_moves_it_up_and_brings_it_back(
    book: Book, register: Register
) -> None:
    now = 10_000_000_000_000
    await register.begin("a", asked(1))
    await register.begin("b", asked(2))
    register.touch("a", 3)
    assert await names(register) == ["a", "b"]
    await register.hide("a")
    assert await names(register) == ["b"]
    assert await register.owner("a") == "owner"
    register.touch("a", now)
    assert await names(register) == ["a", "b"]


async def test_pages_follow_each_other_without_a_hole(book: Book, register: Register) -> None:
    for number in range(25):
        await register.begin(f"s{number:02}", asked(number // 3))
    seen: list[str] = []
    before: tuple[int, str] | None = None
    while page := await register.page("owner", before, 7):
        seen += [one.id for one in page]
        before = page[-1].last_at, page[-1].id
    assert seen == sorted(seen, key=lambda name: (int(name[1:]) // 3, name), reverse=True)
    assert len(set(seen)) == 25


async def test_conversations_that_nobody_comes_back_to_are_not_entered(
    book: Book, register: Register
) -> None:
    book.write("producer-1-0", asked(1))
    book.write("once-abc", asked(2))
    await register.begin("once-def", asked(3))
    assert await names(register) == []
    assert await register.known(["once-def"]) == {}
    assert await register.owner("once-def") == "owner", "it is whose it is all the same"


async def test_a_list_may_be_of_those_alone_whose_names_begin_so(
    book: Book, register: Register
) -> None:
    for name in ("talk-a_-1", "talk-ab-2", "web-3"):
        book.write(name, asked(1))
    shown = await register.page("owner", None, 9, within="talk-a_-")
    assert [one.id for one in shown] == ["talk-a_-1"]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("how much   disk\nspace is free?", "how much disk space is free?"),
        ("x" * 100, "x" * 60 + "…"),
        ("word " * 30, "word " * 11 + "word…"),
        (" \n ", "Untitled"),
    ],
)
def test_a_title_is_the_first_words(text: str, title: str) -> None:
    assert titled(text) == title


def test_the_code_knows_the_newest_version() -> None:
    config = Config()
    config.set_main_option("script_location", str(TABLES.migrations))
    assert ScriptDirectory.from_config(config).get_current_head() == TABLES.revision
