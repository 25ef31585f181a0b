"""What a browser is called when somebody is told of it."""

from __future__ import annotations

import pytest

from ops.users.visit import called


@pytest.mark.parametrize(
    ("device", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
         "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML) Chrome/140.0 Safari/537.36"
         " Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
         "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
         "Safari on an iPhone"),
        ("curl/8.9", "curl/8.9"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_browser_is_called_as_a_person_calls_it(device: str, name: str) -> None:
    assert called(device) == name
