"""The pages made from the code: all of it is there, and what is stale is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops import command_page, docs, pages
from processors.pipeline import STAGES
from processors.tools.builtin import BUILTIN
from schemas.errors import Invalid


def test_every_stage_tool_error_and_command_is_on_its_page() -> None:
    topics, tools, commands = pages.topics(), pages.tools(), command_page.commands()
    assert all(f"`nexus:{stage.topic}`" in topics for stage in STAGES)
    assert all(f"## `{tool.name}`" in tools for tool in BUILTIN)
    assert f"| `invalid` | 422 | Invalid | {Invalid.__doc__}" in pages.errors()
    assert "| `nexus_held` | gauge | `stage` |" in pages.metric_page()
    for word in ("`/stop`", "### `nexus up`", "### `nexus ask TEXT`", "`-d, --detach`"):
        assert word in commands


def test_the_picture_is_drawn_between_its_markers_only() -> None:
    text = f"before\n{docs.BEGIN}\nstale words\n{docs.END}\nafter\n"
    drawn = docs.drawn_into(text)
    assert drawn.startswith(f"before\n{docs.BEGIN}\n\n```mermaid\nflowchart LR\n")
    assert drawn.endswith(f"```\n\n{docs.END}\nafter\n")
    assert "stale words" not in drawn
    assert docs.drawn_into(drawn) == drawn
    with pytest.raises(ValueError, match="needs the lines"):
        docs.drawn_into("no place")


def test_what_is_stale_is_seen_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ARCHITECTURE.md").write_text(f"{docs.BEGIN}\n{docs.END}\n")
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    made = docs.files

    monkeypatch.setattr(docs, "files", lambda: made(tmp_path))
    assert docs.main(["--check"]) == 1
    assert "docs/reference/topics.md is not what the code says" in capsys.readouterr().err
    assert docs.main([]) == 0
    assert docs.main(["--check"]) == 0
    page = tmp_path / "docs/reference/tools.md"
    page.write_text(page.read_text() + "by hand\n")
    assert docs.main(["--check"]) == 1
