"""An answer in parts: nothing lost, nothing too long, code blocks whole in each part."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from processors.agent.split import FENCE, LONGEST, OF_CHANNEL, split


def test_a_short_text_is_one_part() -> None:
    assert split("hello", "terminal") == ["hello"]
    assert split("x" * LONGEST, "terminal") == ["x" * LONGEST]


def test_a_cut_is_made_where_a_reader_would_pause() -> None:
    text = "a" * 1_500 + "\n\n" + "b" * 1_000
    assert split(text, "discord") == ["a" * 1_500, "b" * 1_000]


def test_a_block_of_code_is_closed_and_opened_again() -> None:
    text = f"{FENCE}python\n" + "print(1)\n" * 400 + FENCE
    parts = split(text, "discord")
    assert len(parts) > 1
    for part in parts:
        assert part.count(FENCE) == 2
        assert part.startswith(f"{FENCE}python\n")


def test_no_link_is_broken() -> None:
    links = [f"[the page {number}](https://example.com/{number}/a)" for number in range(200)]
    parts = split(" ".join(links), "discord")
    assert len(parts) > 3
    assert " ".join(parts).split() == " ".join(links).split()
    for part in parts:
        assert part.startswith("[the page")
        assert part.endswith("/a)")


@given(
    st.text(alphabet=st.sampled_from("ab. \n`é😀"), max_size=9_000),
    st.sampled_from([*OF_CHANNEL, "terminal"]),
)
def test_no_part_is_too_long_and_no_word_is_lost(text: str, channel: str) -> None:
    limit = OF_CHANNEL.get(channel, LONGEST)
    parts = split(text, channel)
    assert all(len(part) <= limit for part in parts)
    letters = [one for one in text if one in "ab.é😀"]
    assert [one for part in parts for one in part if one in "ab.é😀"] == letters
