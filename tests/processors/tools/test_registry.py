"""The registry: schemas from signatures, and a run that never raises."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from processors.tools.declare import Asker, Tell, Tool, Weight, tool
from processors.tools.output import MAX_TEXT
from processors.tools.policy import Override, Person, Policies, Policy
from processors.tools.redact import GONE, Redactor
from processors.tools.registry import Registry
from processors.tools.tiers import Situation
from schemas.errors import NotFound, Refused, Transient
from schemas.tools import Tier, ToolResult, Undo


@dataclass
class World:
    said: str = "hello"


@tool(tier=Tier.GREEN, timeout=5, examples=("greet me",))
async def greet(
    world: World,
    name: Annotated[str, Field(min_length=1, description="Whom.")],
    times: Annotated[int, Field(ge=1, le=3)] = 1,
    tone: Literal["kind", "cool"] = "kind",
) -> ToolResult:
    """Greet somebody."""
    return ToolResult(text=f"{world.said} {name} " * times + tone, data={"times": times})


@tool(tier=Tier.GREEN, timeout=0.05)
async def hang() -> ToolResult:
    """Hang."""
    await asyncio.Event().wait()
    raise AssertionError


@tool(tier=Tier.GREEN, timeout=5)
async def fail(how: str) -> ToolResult:
    """Fail in some way."""
    errors: dict[str, BaseException] = {
        "bug": ZeroDivisionError("the secret is 42"),
        "timeout": TimeoutError("inner"),
        "refused": Refused("No."),
        "transient": Transient("Busy.", retry_after=3),
    }
    if how in errors:
        raise errors[how]
    if how == "wrong":
        return "no result"  # type: ignore[return-value]
    return ToolResult(text="\x1b[2Jpoof\x00 \u202e\ud800" + "ä" * 100_000, data={"x": float("nan")})


@tool(tier=Tier.ORANGE, timeout=5, effect="plain")
async def smash() -> ToolResult:
    """Smash it."""
    return ToolResult(text="smashed")


def _weigh(what: str) -> Weight:
    return Weight(targets=(f"thing:{what}",), affects="it breaks")


async def _identify(world: World, what: str) -> dict[str, str]:
    if what == "slow":
        await asyncio.Event().wait()
    if what == "gone":
        raise NotFound("There is no such thing.")
    return {f"thing:{what}": f"{world.said}\x1b"}


@tool(
    tier=Tier.ORANGE, timeout=0.1, effect="plain", weigh=_weigh, identify=_identify,
    ready=lambda world: "" if world.said else "the world is silent",
)  # fmt: skip
async def shatter(world: World, what: str, hard: bool = False) -> ToolResult:
    """Break a thing."""
    return ToolResult(text=f"{what} {hard} {world.said}")


@pytest.fixture
def registry() -> Registry:
    return Registry((greet, hang, fail, smash), [World()])


def test_the_schema_comes_from_the_signature(registry: Registry) -> None:
    assert registry.get("greet").parameters == {
        "type": "object",
        "additionalProperties": False,
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "minLength": 1, "description": "Whom."},
            "times": {"type": "integer", "minimum": 1, "maximum": 3, "default": 1},
            "tone": {"type": "string", "enum": ["kind", "cool"], "default": "kind"},
        },
    }
    assert registry.get("greet").description == "Greet somebody."


def test_each_profile_sees_what_it_may(registry: Registry) -> None:
    assert [spec.name for spec in registry.specs("readonly")] == ["greet", "hang", "fail"]
    assert "smash" in [spec.name for spec in registry.specs("full")]
    assert not registry.permits("smash", "messaging")
    assert registry.permits("smash", "full")
    assert not registry.permits("nothing", "full")


async def test_runs(registry: Registry) -> None:
    result = await registry.run("greet", {"name": "Ada", "times": 2})
    assert result == ToolResult(text="hello Ada hello Ada kind", data={"times": 2})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "argument 'name' is missing"),
        ({"name": "x", "volume": 3}, "there is no argument 'volume' (it takes: name, times, tone)"),
        ({"name": "x", "world": {}}, "there is no argument 'world'"),
        ({"name": "x", "times": "2"}, "argument 'times': Input should be a valid integer"),
        ({"name": "x", "times": 2.5}, "'times'"),
        ({"name": "x", "times": True}, "'times'"),
        ({"name": "x", "times": 9}, "less than or equal to 3"),
        ({"name": "x", "tone": "rude"}, "'kind' or 'cool'"),
        ({"name": None}, "valid string"),
        ({"name": "\ud800"}, "greet:"),
        ({"name": float("nan")}, "not plain JSON"),
        ({"name": b"x"}, "not plain JSON"),
    ],
)
async def test_bad_arguments_are_told(
    registry: Registry, arguments: dict[str, Any], said: str
) -> None:
    result = await registry.run("greet", arguments)
    assert (result.ok, result.code) == (False, "invalid")
    assert said in result.text


async def test_arguments_of_any_depth_are_survived(registry: Registry) -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    result = await registry.run("greet", {"name": deep})
    assert (result.ok, result.code) == (False, "invalid")


async def test_an_unknown_tool_is_told(registry: Registry) -> None:
    result = await registry.run("gret", {})
    assert (result.ok, result.code) == (False, "not_found")
    assert "Did you mean greet?" in result.text
    assert not (await registry.run("\x1b\n" * 9999, {})).ok
    with pytest.raises(NotFound):
        registry.get("gret")


@pytest.mark.parametrize(
    ("how", "code", "said"),
    [
        ("refused", "refused", "No."),
        ("transient", "transient", "Busy. Try again in 3 s."),
        ("bug", "bug", "ZeroDivisionError"),
        ("timeout", "bug", "TimeoutError"),
        ("wrong", "bug", "failed inside"),
    ],
)
async def test_failures_are_results(registry: Registry, how: str, code: str, said: str) -> None:
    result = await registry.run("fail", {"how": how})
    assert (result.ok, result.code) == (False, code)
    assert said in result.text
    assert "secret" not in result.text


async def test_a_tool_that_hangs_is_stopped(registry: Registry) -> None:
    result = await registry.run("hang", {})
    assert (result.ok, result.code) == (False, "timeout")
    assert "0.05 s" in result.text


async def test_cancellation_passes_through() -> None:
    begun = asyncio.Event()

    @tool(tier=Tier.GREEN, timeout=60)
    async def wait() -> ToolResult:
        """Wait."""
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    running = asyncio.create_task(Registry((wait,)).run("wait", {}))
    await asyncio.wait_for(begun.wait(), 30)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_output_is_bounded_printable_and_plain(registry: Registry) -> None:
    result = await registry.run("fail", {"how": "flood"})
    assert result.ok
    assert len(result.text.encode()) <= MAX_TEXT
    assert result.text.startswith("\\x1b[2Jpoof\\x00 \\u202e\\ud800")
    assert result.text.endswith("more bytes")
    assert result.data == {"x": None}


ANYBODY = Situation(profile="full", person="owner")


@pytest.mark.parametrize(
    ("name", "arguments", "tier", "code"),
    [
        ("shatter", {"what": "cup"}, Tier.ORANGE, None),
        ("shatter", {}, Tier.BLACK, "invalid"),
        ("shatter", {"what": "cup", "confirmed": True}, Tier.BLACK, "invalid"),
        ("shatter", {"what": b"cup"}, Tier.BLACK, "invalid"),
        ("shatter", None, Tier.BLACK, "invalid"),
        ("shater", {"what": "cup"}, Tier.BLACK, "not_found"),
        (None, {}, Tier.BLACK, "bug"),
    ],
)
def test_a_call_is_assessed_before_it_runs(
    name: Any, arguments: Any, tier: Tier, code: str | None
) -> None:
    found = Registry((shatter,), [World()]).assess(name, arguments, ANYBODY)
    assert (found.tier, found.code) == (tier, code)
    assert code or (found.targets, found.affects) == (("thing:cup",), "it breaks")
    assert code or found.command == 'shatter what="cup" hard=false'


def test_whom_nobody_names_may_only_look(registry: Registry) -> None:
    assert registry.assess("greet", {"name": "Ada"}).tier == Tier.GREEN
    assert registry.assess("smash", {}).tier == Tier.BLACK


async def test_targets_are_looked_at() -> None:
    registry = Registry((shatter, greet), [World()])
    assert await registry.identify("shatter", {"what": "cup"}) == {"thing:cup": "hello\\x1b"}
    assert await registry.identify("greet", {"name": "Ada"}) == {}
    with pytest.raises(NotFound):
        await registry.identify("shatter", {"what": "gone"})
    with pytest.raises(Transient, match="in time"):
        await registry.identify("shatter", {"what": "slow"})
    with pytest.raises(Refused):
        await registry.identify("shatter", {})


def test_what_cannot_run_here_is_black_with_the_reason() -> None:
    registry = Registry((shatter,), [World(said="")])
    found = registry.assess("shatter", {"what": "cup"}, ANYBODY)
    assert (found.tier, found.code) == (Tier.BLACK, "unavailable")
    assert found.reasons == ("the world is silent",)
    assert registry.specs("full") == ()


def test_the_policy_of_the_moment_counts() -> None:
    class Changing(Policies):
        def __init__(self) -> None:
            self.policy = Policy()

        def now(self) -> Policy:
            return self.policy

    policies = Changing()
    registry = Registry((greet, shatter), [World()], policies)

    def now() -> Tier:
        return registry.assess("shatter", {"what": "cup"}, ANYBODY).tier

    assert now() == Tier.ORANGE
    policies.policy = Policy(people={"owner": Person(deny=("shatter",))})
    assert now() == Tier.BLACK
    assert [one.name for one in registry.specs("full", person="owner")] == ["greet"]
    assert registry.permits("shatter", "full", person="somebody")
    policies.policy = Policy(tiers={"shatter": Tier.RED})
    assert (now(), registry.get("shatter").tier, registry.tier("shatter")) == (
        Tier.RED, Tier.RED, "RED",
    )  # fmt: skip
    moment = datetime.now(UTC)
    for hours, tier in ((1, Tier.YELLOW), (-1, Tier.ORANGE)):
        one = Override(
            tool="shatter", tier=Tier.YELLOW, until=moment + timedelta(hours=hours), why="a move"
        )
        policies.policy = Policy(overrides=(one,))
        assert now() == tier


def test_a_version_is_what_a_person_approved() -> None:
    def declared(tier: Tier, text: str) -> str:
        async def act(text: str = "") -> ToolResult:
            raise AssertionError(text)

        act.__doc__ = text
        return Registry((tool(tier=tier, timeout=1, effect="plain")(act),)).get("act").version

    first = declared(Tier.ORANGE, "Act.")
    assert first == declared(Tier.ORANGE, "Act.")
    assert len({first, declared(Tier.RED, "Act."), declared(Tier.ORANGE, "Act now.")}) == 3


def test_what_lacks_or_clashes_is_said_at_the_start() -> None:
    with pytest.raises(TypeError, match="greet needs a resource"):
        Registry((greet,))
    with pytest.raises(ValueError, match="two tools are named greet"):
        Registry((greet, greet), [World()])


def test_a_declaration_must_be_whole() -> None:
    declare = tool(tier=Tier.GREEN, timeout=1)

    async def silent() -> ToolResult:
        raise AssertionError

    async def loose(*args: str) -> ToolResult:
        """Take anything."""
        raise AssertionError

    def blocking() -> ToolResult:
        """Block."""
        raise AssertionError

    async def untyped(x) -> ToolResult:  # type: ignore[no-untyped-def]
        """Take something."""
        raise AssertionError

    for wrong in (silent, loose, blocking):
        with pytest.raises(TypeError):
            declare(wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="no type"):
        Registry((declare(untyped),))
    with pytest.raises(TypeError, match="no argument colour"):
        tool(tier=Tier.GREEN, timeout=1, weigh=lambda colour: Weight())(greet.function)
    with pytest.raises(TypeError):
        tool(timeout=1)  # type: ignore[call-arg]


def test_tiers_are_ordered_and_named() -> None:
    assert Tier.GREEN < Tier.YELLOW < Tier.ORANGE < Tier.RED < Tier.BLACK
    assert isinstance(greet, Tool)
    spec = Registry((smash,)).get("smash")
    assert spec.model_dump(mode="json")["tier"] == "ORANGE"
    assert type(spec).model_validate_json(spec.model_dump_json()) == spec


SECRET = "plumtree-1"  # known, and like nothing
SHAPED = "sk-CANARY0123456789abc"


@tool(tier=Tier.YELLOW, timeout=0.2, effect="plain", weigh=_weigh, identify=_identify)
async def leak(world: World, what: str, tell: Tell) -> ToolResult:
    """Say what must not be said."""
    said = f"{world.said} {SHAPED}"
    tell(f"{said[:5]}")
    tell(f"{said[5:]}\n")
    if what == "refused":
        raise Refused(said)
    if what == "transient":
        raise Transient(said)
    if what == "slow":
        await asyncio.Event().wait()
    if what == "bug":
        raise ValueError(said)
    long = "x " * (MAX_TEXT // 2 - 30)
    undo = Undo(tool="leak", arguments={"what": "back"}, says="back")
    return ToolResult(text=f"{said} {long} {said}", data={said: [said]}, undo=undo)


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("fine", None), ("refused", "refused"), ("transient", "transient"), ("slow", "timeout"),
        ("bug", "bug"),
    ],
)  # fmt: skip
async def test_no_secret_leaves_a_tool(what: str, code: str | None) -> None:
    told: list[str] = []
    registry = Registry((leak,), [World(said=SECRET)], redact=Redactor([SECRET]))
    result = await registry.run("leak", {"what": what}, tell=told.append)
    identity = await registry.identify("leak", {"what": "fine"})
    everything = f"{result.model_dump_json()} {told} {identity}"
    assert SECRET not in everything
    assert "CANARY" not in everything
    assert "plumt" not in everything  # nor half of one, where a text was cut
    assert "".join(told) == f"{GONE} {GONE}\n"
    assert result.code == code


@tool(tier=Tier.GREEN, timeout=5)
async def who_asks(asker: Asker, text: str = "") -> ToolResult:
    """Say in whose name it is called."""
    return ToolResult(text=f"{asker or 'nobody'}{text}")


async def test_a_tool_hears_in_whose_name_it_is_called_and_from_no_model() -> None:
    tools = Registry([who_asks])
    assert (await tools.run("who_asks", {}, person="grace")).text == "grace"
    assert (await tools.run("who_asks", {})).text == "nobody"
    assert "asker" not in tools.get("who_asks").parameters["properties"]
    forged = await tools.run("who_asks", {"asker": "owner"}, person="grace")
    assert (forged.ok, forged.code) == (False, "invalid")
