"""Facts in Redis, found by its query engine, by way of redisvl.

A fact is a hash: the whole of it as JSON, and beside it what is looked up. Redis forgets it when
its time is over; until it has, a search leaves it out by that time.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import structlog
from pydantic import ValidationError
from redis.exceptions import NoPermissionError, ResponseError

from gateways.memory.base import OFF, Found, MemoryOff, mark
from gateways.memory.terms import terms
from schemas.base import now_ms
from schemas.memory import FOREVER, Fact, Keep
from streams import keys
from streams.line import Away
from streams.store import answering, connect, text, told

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redisvl.index import AsyncSearchIndex  # type: ignore[import-untyped]
    from redisvl.query.filter import FilterExpression  # type: ignore[import-untyped]

log = structlog.get_logger("memory")

NAME = f"{keys.MEMORY}facts"
"""Of the index."""
SCHEMA = {
    # Our own terms leave out what every text has, in more languages than one.
    "index": {"name": NAME, "prefix": keys.MEMORY_FACT.rstrip(":"), "stopwords": []},
    "fields": [
        {"name": "who", "type": "tag"},
        {"name": "keep", "type": "tag"},
        {"name": "gone", "type": "tag"},
        {"name": "terms", "type": "text", "attrs": {"no_stem": True}},
        {"name": "at", "type": "numeric", "attrs": {"sortable": True}},
        {"name": "until", "type": "numeric"},
    ],
}
NOBODY_KNOWS = ("unknown command", "no permissions", "can't run")
"""What a Redis without the engine says, in these or other words, to whoever wants to search."""
NO_INDEX = ("no such index", "unknown index name", "index not found")


class Engine:
    """Facts in the durable Redis.

    Args:
        address: tells where it is, credentials included; asked when somebody first comes.
    """

    def __init__(self, address: Callable[[], str]) -> None:
        self._address = address
        self._client: Redis | None = None
        self._index: AsyncSearchIndex | None = None
        self._opening = asyncio.Lock()

    async def people(self) -> frozenset[str]:
        """Return the marks of everybody of whom something may be remembered."""
        (found,) = await self._tell(("SMEMBERS", keys.MEMORY_PEOPLE))
        return frozenset(map(text, found))

    async def get(self, person: str, name: str) -> Fact | None:
        """Return one fact, also one that is gone and can be brought back."""
        (body,) = await self._tell(("HGET", keys.fact(mark(person), name), "body"))
        found = None if body is None else _read(body)
        return None if found is None or found.until <= now_ms() else found

    async def put(self, fact: Fact) -> None:
        """Keep a fact, in place of the one of the same id."""
        await self._open()
        who = mark(fact.person)
        key = keys.fact(who, fact.id)
        row: dict[str, str | int] = {
            "who": who,
            "keep": fact.keep,
            "gone": int(fact.gone),
            "terms": " ".join(terms(fact.text)),
            "at": fact.at,
            "until": fact.until,
            "body": fact.model_dump_json(),
        }
        left = max(1, fact.until - now_ms())
        await self._tell(
            # First whose it is: a fact that nobody looks for would never be found.
            ("SADD", keys.MEMORY_PEOPLE, who),
            ("HSET", key, *(one for pair in row.items() for one in pair)),
            ("PERSIST", key) if fact.until == FOREVER else ("PEXPIRE", key, left),
        )

    async def drop(self, person: str, name: str) -> None:
        """Forget a fact for good."""
        await self._tell(("DEL", keys.fact(mark(person), name)))
        if await self.count(person) == 0:
            await self._tell(("SREM", keys.MEMORY_PEOPLE, mark(person)))

    async def search(self, person: str, words: str, limit: int) -> list[Found]:
        """Return the facts in which the words stand that matter, the best first."""
        wanted = terms(words)
        if not wanted:
            return []
        await self._open()
        from redisvl.query import TextQuery  # type: ignore[import-untyped]  # noqa: PLC0415

        rows = await self._ask(
            lambda: TextQuery(
                text=" ".join(wanted),
                text_field_name="terms",
                text_scorer="BM25STD",
                filter_expression=_whose(person),
                return_fields=["body"],
                num_results=limit,
                stopwords=None,
            )
        )
        return [Found(fact, float(row["score"])) for row, fact in _facts(rows, person)]

    async def newest(
        self, person: str, limit: int, *, before: int | None = None, keep: Keep | None = None
    ) -> list[Fact]:
        """Return the newest facts."""
        await self._open()
        from redisvl.query import FilterQuery  # noqa: PLC0415
        from redisvl.query.filter import Num, Tag  # noqa: PLC0415

        whose = _whose(person)
        if before is not None:
            whose &= Num("at") < before
        if keep is not None:
            whose &= Tag("keep") == keep
        rows = await self._ask(
            lambda: FilterQuery(
                filter_expression=whose,
                return_fields=["body"],
                num_results=limit,
                sort_by=("at", "DESC"),
            )
        )
        return [fact for _, fact in _facts(rows, person)]

    async def count(self, person: str) -> int:
        """Return how many facts there are."""
        await self._open()
        from redisvl.query import CountQuery  # noqa: PLC0415

        found: int = await self._ask(lambda: CountQuery(filter_expression=_whose(person)))
        return found

    async def close(self) -> None:
        """Let go of Redis."""
        if self._client is not None:
            await self._client.aclose()

    async def _tell(self, *commands: tuple[str | bytes | int, ...]) -> list[Any]:
        async with answering():
            return await told(self._redis(), commands)

    async def _ask(self, query: Callable[[], Any]) -> Any:
        index = await self._open()
        try:
            async with _searching():
                return await index.query(query())
        except LookupError:
            # The index went, and the facts did not: it is made again, from them.
            self._index = None
            index = await self._open()
            async with _searching():
                return await index.query(query())

    def _redis(self) -> Redis:
        if self._client is None:
            self._client = connect(self._address())
        return self._client

    async def _open(self) -> AsyncSearchIndex:
        async with self._opening:
            if self._index is None:
                # In a thread, for meanwhile the pipeline works on.
                await asyncio.to_thread(importlib.import_module, "redisvl.query")
                found = await asyncio.to_thread(_index_on, self._redis())
                async with _searching():
                    if not await found.exists():
                        await found.create(overwrite=False)
                self._index = found
            return self._index


def _index_on(redis: Redis) -> AsyncSearchIndex:
    from redisvl.index import AsyncSearchIndex  # noqa: PLC0415
    from redisvl.schema import IndexSchema  # type: ignore[import-untyped]  # noqa: PLC0415

    return AsyncSearchIndex(IndexSchema.from_dict(SCHEMA), redis_client=redis)


def _whose(person: str) -> FilterExpression:
    from redisvl.query.filter import Num, Tag  # noqa: PLC0415

    return (Tag("who") == mark(person)) & (Tag("gone") == "0") & (Num("until") > now_ms())


def _facts(rows: list[dict[str, Any]], person: str) -> list[tuple[dict[str, Any], Fact]]:
    # What Redis forgot between finding and fetching has no body.
    found = [(row, _read(row["body"])) for row in rows if row.get("body")]
    return [(row, fact) for row, fact in found if fact is not None and fact.person == person]


def _read(body: bytes | str) -> Fact | None:
    try:
        return Fact.model_validate_json(body)
    except ValidationError as error:
        # What nobody can read must not keep anybody's question from being answered. The error
        # itself would show the person's words.
        log.warning("memory.unreadable", problems=error.error_count())
        return None


@asynccontextmanager
async def _searching() -> AsyncIterator[None]:
    """Say in our own words what redisvl and Redis say.

    Raises:
        MemoryOff: there is no query engine.
        Away: Redis does not answer.
        LookupError: there is no index.
    """
    from redisvl.exceptions import RedisVLError  # type: ignore[import-untyped]  # noqa: PLC0415

    async with answering():
        try:
            yield
        except (RedisVLError, ResponseError) as error:
            said = f"{error} {error.__cause__ or ''}".casefold()
            if isinstance(error, NoPermissionError) or any(one in said for one in NOBODY_KNOWS):
                raise MemoryOff(OFF) from None
            if any(one in said for one in NO_INDEX):
                raise LookupError(NAME) from None
            if "already exists" in said:
                return  # somebody else made it in the same moment
            raise Away(f"Memory does not answer: {error}", retry_after=2) from None
