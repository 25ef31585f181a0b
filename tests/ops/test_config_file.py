"""`config.yaml`: what would stop the start, or lie open in it, is not written."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops import config_file
from ops.config import BadSetting, load
from ops.settings import every


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("gemini_api_key", "abc", "nexus secrets set GEMINI_API_KEY"),
        ("openai_api_key", "abc", "nexus secrets set OPENAI_API_KEY"),
        ("models.flash", "foo:bar", "There is no model foo:bar"),
        ("models.default", "huge", "models.default"),
        ("crash", "now", "There is no crash point now"),
        ("http.host", "1.2.3.4.5", "no address or name of this machine"),
        ("files.roots", "[/nonexistent]", "there is no such folder"),
        ("models.flash", "", "nexus config unset models.flash"),
        ("http.port", "99999", "http.port cannot be 99999"),
        ("streams.letters", "-1", "streams.letters cannot be -1"),
    ],
)
def test_what_would_stop_the_start_is_not_written(
    tmp_path: Path, name: str, value: str, says: str
) -> None:
    with pytest.raises(BadSetting) as error:
        config_file.put(tmp_path, name, value)
    assert says in str(error.value)
    assert "config.yaml is" not in str(error.value)
    assert not (tmp_path / "config.yaml").exists()


def test_what_fits_is_written(tmp_path: Path) -> None:
    config_file.put(tmp_path, "models.flash", "rules")
    config_file.put(tmp_path, "http.host", "localhost")
    config_file.put(tmp_path, "files.roots", f"[{tmp_path}]")
    here = load(tmp_path)
    assert (here.models.flash, here.http.host, here.files.roots) == (
        ("rules",), "localhost", (tmp_path,),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name", "left"),
    [
        ("# mine\nhttp:\n  # the door\n  port: 1\n  host: a\n", "http.port",
         "# mine\nhttp:\n  # the door\n  host: a\n"),
        ("http:\n  port: 1\nlog:\n  level: debug\n", "http.port", "log:\n  level: debug\n"),
        ("http: {port: 1, host: a}\n", "http.port", "http:\n  host: a\n"),
        ("files:\n  roots:\n  - /srv\n  - /home\n  workspace_mb: 5\n", "files.roots",
         "files:\n  workspace_mb: 5\n"),
        ("http: {port: 1}\n", "http.port", ""),
    ],
)  # fmt: skip
def test_a_setting_can_be_taken_out(tmp_path: Path, text: str, name: str, left: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(text)
    assert config_file.unset(tmp_path, name)
    assert file.read_text() == left
    load(tmp_path)
    assert not config_file.unset(tmp_path, name)


def test_where_each_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.yaml").write_text("http: {port: 1}\n")
    monkeypatch.setenv("NEXUS_LOG__LEVEL", "debug")
    source = {one.name: config_file.source(tmp_path, one) for one in every()}
    assert (source["http.port"], source["log.level"], source["http.host"]) == (
        "file", "environment", "default",
    )  # fmt: skip
