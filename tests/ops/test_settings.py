"""The settings: who wins, and what a mistake is answered with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops import config_file, reference
from ops.config import BadSetting, load
from ops.settings import every, root_of
from schemas.errors import NotFound


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("NEXUS_") or name in {"REDIS_URL", "REDIS_LIVE_URL"}:
            monkeypatch.delenv(name)


def written(state: Path, text: str) -> Path:
    file = state / "config.yaml"
    file.write_text(text)
    return file


def test_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.root == tmp_path
    assert settings.http.port == 8080
    assert settings.streams.lease_seconds == 15
    assert settings.files.roots == (Path.home(),)


def test_the_option_wins_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, "http: {port: 1001, host: 0.0.0.0}\n")
    assert load(tmp_path).http.port == 1001
    monkeypatch.setenv("NEXUS_HTTP__PORT", "1002")
    assert load(tmp_path).http.port == 1002
    settings = load(tmp_path, http={"port": 1003})
    assert (settings.http.port, settings.http.host) == (1003, "0.0.0.0")


def test_root_of(tmp_path: Path) -> None:
    assert root_of({}) == Path.home() / "nexus"
    assert root_of({"NEXUS_ROOT": str(tmp_path)}) == tmp_path
    assert root_of({"NEXUS_ROOT": "/x"}, tmp_path) == tmp_path


def test_redis_addresses_are_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://user:hush@host/0")
    settings = load(tmp_path)
    assert "hush" not in repr(settings)
    assert settings.redis_url is not None
    assert settings.redis_url.get_secret_value().endswith("hush@host/0")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "http:\n  port: 1001\nlog: {level: info}\nhttp:\n  host: 0.0.0.0\n",
            "line 4 sets http a second time (first in line 1); keep one of them.",
        ),
        (
            "http:\n  port: 1001\n  # moved\n  port: 1002\n",
            "line 4 sets http.port a second time (first in line 2); keep one of them.",
        ),
    ],
)
def test_a_name_that_is_set_twice_is_named_with_its_line(
    tmp_path: Path, text: str, said: str
) -> None:
    file = written(tmp_path, text)
    with pytest.raises(BadSetting) as refused:
        load(tmp_path)
    assert str(refused.value) == f"{file}, {said}"
    with pytest.raises(BadSetting, match="a second time"):
        config_file.put(tmp_path, "http.port", "1003")
    assert file.read_text() == text


@pytest.mark.parametrize("value", [".ssh:*.key", '[".ssh", "*.key"]'])
def test_closed_names_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("NEXUS_FILES__CLOSED", value)
    assert load(tmp_path).files.closed == (".ssh", "*.key")


def test_roots_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUS_FILES__ROOTS", "/srv:/home/me")
    assert load(tmp_path).files.roots == (Path("/srv"), Path("/home/me"))
    monkeypatch.setenv("NEXUS_FILES__ROOTS", "")
    assert load(tmp_path).files.roots == ()


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        (
            "NEXUS_HTTP__PORT",
            "99999",
            "The environment variable NEXUS_HTTP__PORT is '99999': it must be 65535 or less.",
        ),
        (
            "NEXUS_HTP__PORT",
            "1",
            "The environment variable NEXUS_HTP__PORT is not a setting;"
            " did you mean NEXUS_HTTP__PORT?",
        ),
        (
            "NEXUS_STREAMS__DURABILITY",
            "never",
            "The environment variable NEXUS_STREAMS__DURABILITY is 'never':"
            " it must be 'always' or 'everysec'.",
        ),
        (
            "REDIS_URL",
            "http://hush",
            "The environment variable REDIS_URL does not fit:"
            " it begins with redis://, rediss:// or unix://.",
        ),
        (
            "NEXUS_FILES__ROOTS",
            "here",
            "The environment variable NEXUS_FILES__ROOTS is 'here': here is not an absolute path.",
        ),
    ],
)
def test_a_mistake_in_the_environment_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadSetting) as error:
        load(tmp_path)
    assert str(error.value) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("http: {prt: 1}", "http.prt in {file} is not a setting; did you mean http.port?"),
        ("colour: red", "colour in {file} is not a setting."),
        ("root: /x", "root in {file} has no effect there; set NEXUS_ROOT instead."),
        ("agent: {max_steps: many}", "agent.max_steps in {file} is 'many': it must be a whole"),
        ("agent: {max_seconds: .nan}", "agent.max_seconds in {file} is nan: it must be"),
        ("agent: 7", "agent in {file} is 7: "),
        ("a: [", "{file}, line 2 is not YAML: "),
        ("- a", "{file} must hold names and values, such as `http:`."),
        ("http: 5", "http in {file} is 5: it must hold names and values, one to a line below it."),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    file = written(tmp_path, text + "\n")
    with pytest.raises(BadSetting) as error:
        load(tmp_path)
    assert str(error.value).startswith(said.format(file=file))
    assert "\n" not in str(error.value)


def test_set_keeps_comments(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "# mine\nhttp:\n  # the door\n  port: 1001  # taken elsewhere\n\nlog:\n  level: info\n",
    )
    config_file.put(tmp_path, "http.port", "1002")
    config_file.put(tmp_path, "http.host", "0.0.0.0")
    config_file.put(tmp_path, "agent.max_steps", "3")
    config_file.put(tmp_path, "files.roots", "[/srv, /home]")
    text = file.read_text()
    assert "# mine" in text
    assert "  # the door\n" in text
    assert "port: 1002  # taken elsewhere" in text
    settings = load(tmp_path)
    assert (settings.http.port, settings.http.host) == (1002, "0.0.0.0")
    assert settings.agent.max_steps == 3
    assert settings.log.level == "info"
    assert config_file.get(tmp_path, "files.roots") == ["/srv", "/home"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["config.yaml"]


@pytest.mark.parametrize("before", ["", "http:\n", "{http: {port: 1}}\n", "http: {}\n", "# x"])
def test_set_writes_into_any_file(tmp_path: Path, before: str) -> None:
    written(tmp_path, before)
    config_file.put(tmp_path, "http.port", "1002")
    assert load(tmp_path).http.port == 1002


def test_set_refuses_what_does_not_fit_and_leaves_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEXUS_HTTP__PORT", "5")  # what wins must not hide the mistake
    file = written(tmp_path, "http: {port: 1}\n")
    with pytest.raises(BadSetting, match=r"^http\.port cannot be 99999: it must be 65535 or less"):
        config_file.put(tmp_path, "http.port", "99999")
    with pytest.raises(NotFound, match=r"http\.prot is not a setting; did you mean http\.port\?"):
        config_file.put(tmp_path, "http.prot", "1")
    assert file.read_text() == "http: {port: 1}\n"


def test_a_part_of_a_part_keeps_its_other_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config_file.put(tmp_path, "agent.person.calls", "7")
    monkeypatch.setenv("NEXUS_AGENT__DAY__TOKENS", "9")
    agent = load(tmp_path).agent
    assert (agent.person.calls, agent.person.cost) == (7, 10.0)
    assert (agent.day.tokens, agent.day.cost) == (9, 20.0)
    assert agent.session.cost == 5.0


def test_every_setting_is_described_and_generated_files_are_current() -> None:
    assert all(one.field.description for one in every())
    for path, text in reference.files().items():
        assert path.read_text() == text, "run: python -m ops.reference"


def test_reading_settings_loads_no_redis() -> None:
    code = "import sys, ops.config; print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"redis", "faststream", "structlog", "typer"} & set(answer.stdout.split())


def test_names_and_proxies_of_the_web_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUS_HTTP__HOSTS", "nas.local, home.example")
    monkeypatch.setenv("NEXUS_HTTP__TRUSTED_PROXIES", "192.0.2.1,2001:db8::/32")
    monkeypatch.setenv("NEXUS_HTTP__URL", "HTTPS://Home.Example/")
    http = load(tmp_path).http
    assert http.hosts == ("nas.local", "home.example")
    assert http.trusted_proxies == ("192.0.2.1/32", "2001:db8::/32")
    assert http.url == "https://home.example"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("http: {url: home.example}", "begins with http"),
        ("http: {url: 'https://home.example/nexus'}", "nothing else"),
        ("http: {url: 'https://me@home.example'}", "nothing else"),
        ("http: {hosts: ['*']}", "host's name alone"),
        ("http: {hosts: ['nas.local:80']}", "host's name alone"),
        ("http: {trusted_proxies: [somewhere]}", "somewhere"),
    ],
)
def test_a_name_or_proxy_that_is_none_stops_the_start(tmp_path: Path, text: str, word: str) -> None:
    written(tmp_path, text)
    with pytest.raises(BadSetting, match=word):
        load(tmp_path)


CALLED = "/api/channels/telegram/webhook"


@pytest.mark.parametrize(
    ("url", "word"),
    [
        (f"http://home.example{CALLED}", "begins with https://"),
        (f"https://{CALLED}", "names a host"),
        (f"https://me@home.example{CALLED}", "names a host"),
        ("https://home.example/", f"ends in {CALLED}"),
        (f"https://home.example{CALLED}?x=1", f"ends in {CALLED}"),
    ],
)
def test_telegram_calls_by_https_and_there_only(tmp_path: Path, url: str, word: str) -> None:
    written(tmp_path, f"telegram_webhook_url: '{url}'")
    with pytest.raises(BadSetting, match=word):
        load(tmp_path)
    right = f"https://home.example:8443{CALLED}"
    written(tmp_path, f"telegram_webhook_url: '{right}'")
    assert load(tmp_path).telegram_webhook_url == right
