"""The same server that the tests of the web door use."""

from __future__ import annotations

from tests.web.conftest import home

__all__ = ["home"]
