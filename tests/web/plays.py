"""What the model of these tests does: what the question says.

count 20 0.05   say the numbers below 20, one every 0.05 s
look            say "Let me look.", call a tool, and say "It is noon."
fail            fail
anything else   say it again
"""

from __future__ import annotations

from gateways.llm.base import ModelSaid, Request, UserSaid
from gateways.llm.scripted import Failure, Step, Wish, question
from schemas.record import Usage


def counted(count: int) -> str:
    """Return what `count` says."""
    return "".join(f"{number} " for number in range(count))


def play(request: Request) -> Step:
    """Decide a step."""
    asked = question(request)
    usage = Usage(input=7, output=3)
    match asked.split():
        case ["count", count, pause]:
            pieces = tuple(f"{number} " for number in range(int(count)))
            return Step(text=pieces, pause=float(pause), thinking="Numbers.", usage=usage)
        case ["look"]:
            last = max(n for n, one in enumerate(request.exchanges) if isinstance(one, UserSaid))
            if any(isinstance(one, ModelSaid) for one in request.exchanges[last:]):
                return Step(text="It is noon.", usage=usage)
            return Step(text="Let me look.", calls=(Wish(tool="time_now"),), usage=usage)
        case ["fail"]:
            return Step(error=Failure(kind="refused", message="No, says the script."))
        case ["before"]:
            told = [getattr(one, "text", "") for one in request.exchanges]
            return Step(text=" | ".join(told), usage=usage)
    return Step(text=asked, usage=usage)
