"""One file out of a form (RFC 7578), while it comes in: nothing is kept in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from schemas.errors import Invalid

MOST_HEADER = 8_192
"""Bytes of the headers of one part."""
MOST_PARTS = 100
"""One is wanted; what a page's form has beside it is read over."""


class Form:
    """A form with one file.

    Args:
        request: it comes in here.
        field: the file's name in the form.
    """

    def __init__(self, request: Request, field: str) -> None:
        kind, options = parse_options_header(request.headers.get("content-type"))
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise Invalid(f"Send a form (multipart/form-data) with a file named {field}.")
        self._field = field
        self._came = request.stream()
        self._header, self._value = b"", b""
        self._headers: dict[bytes, bytes] = {}
        self._size = 0
        self._inside = False
        self._ended = False
        self._pieces: list[bytes] = []
        self.name: str | None = None
        callbacks: Any = {
            "on_part_begin": self._begin,
            "on_header_field": self._on_field,
            "on_header_value": self._on_value,
            "on_header_end": self._on_header,
            "on_headers_finished": self._on_headers,
            "on_part_data": self._on_data,
            "on_part_end": self._on_end,
        }
        self._parts = 0
        try:
            self._parser = MultipartParser(boundary, callbacks)
        except FormParserError:
            raise Invalid("The form's boundary is too long.") from None

    async def open(self) -> str:
        """Read up to the file; return the name that its sender gives it.

        Raises:
            Invalid: it is no such form.
        """
        while self.name is None:
            if not await self._read():
                raise Invalid(f"The form has no file named {self._field}.")
        return self.name

    async def pieces(self) -> AsyncIterator[bytes]:
        """Return the file's bytes.

        Raises:
            Invalid: the form ends in the middle of it.
        """
        while True:
            pieces, self._pieces = self._pieces, []
            for piece in pieces:
                yield piece
            if self._ended:
                return
            if not await self._read():
                raise Invalid("The form ends in the middle of the file.")

    async def _read(self) -> bool:
        """Read some more; return whether there was any."""
        async for chunk in self._came:
            if not chunk:
                continue
            try:
                self._parser.write(chunk)
            except FormParserError:
                raise Invalid("The form cannot be read.") from None
            return True
        return False

    def _begin(self) -> None:
        self._headers, self._size = {}, 0
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise Invalid(f"The form has more than {MOST_PARTS} parts.")

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._header += self._bounded(data[start:end])

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += self._bounded(data[start:end])

    def _bounded(self, data: bytes) -> bytes:
        self._size += len(data)
        if self._size > MOST_HEADER:
            raise Invalid("The form's headers are too long.")
        return data

    def _on_header(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header, self._value = b"", b""

    def _on_headers(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        wanted = options.get(b"name") == self._field.encode() and b"filename" in options
        if wanted and self.name is None:
            self._inside = True
            self.name = options[b"filename"].decode("utf-8", "replace")

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._inside:
            self._pieces.append(bytes(data[start:end]))

    def _on_end(self) -> None:
        if self._inside:
            self._inside, self._ended = False, True
