"""Servers whose TLS cannot be trusted, or is none: nothing is said to them, the next goes on."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateways.llm.base import Request, UserSaid
from gateways.llm.cooling import Cooling
from gateways.llm.fallback import Candidate, Fallback
from gateways.llm.whole import think
from schemas.errors import Transient
from tests.gateways.llm.provider import PROVIDERS, Provider, provider

ASKED = Request((UserSaid("hello"),))


def certificate(folder: Path) -> ssl.SSLContext:
    """A server's side with a certificate that it gave itself."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(private + made.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@asynccontextmanager
async def untrusted(
    name: str, kind: str, folder: Path
) -> AsyncIterator[tuple[Provider, list[int]]]:
    """Serve at an `https` address; the list grows by what was said there."""
    heard: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if kind == "plain":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        elif kind == "self-signed":
            heard.append(len(await reader.read(1)))
        writer.close()

    context = certificate(folder) if kind == "self-signed" else None
    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
        found = Provider(name, folder, server.sockets[0].getsockname()[1])
        found.address = found.address.replace("http:", "https:")
        yield found, heard


@pytest.mark.parametrize("kind", ["self-signed", "plain", "closed"])
@pytest.mark.parametrize("name", PROVIDERS)
async def test_who_cannot_be_trusted_hears_nothing(name: str, kind: str, tmp_path: Path) -> None:
    async with untrusted(name, kind, tmp_path) as (server, heard):
        with pytest.raises(Transient):
            await think(server.model(), ASKED)
    assert heard == []


async def test_the_next_provider_goes_on_in_time(tmp_path: Path) -> None:
    with provider("openai", tmp_path / "openai") as other:
        await think(other.model(), ASKED)  # its library is loaded
        async with untrusted("anthropic", "self-signed", tmp_path) as (server, heard):
            both = [Candidate(one.name, one.model()) for one in (server, other)]
            began = time.monotonic()
            found = await think(Fallback(lambda: both, Cooling()), ASKED)
    assert found.text == "You said: hello"
    assert len(found.notices) == 1
    assert heard == []
    # Five seconds are promised; the machine that tests this may be busy.
    assert time.monotonic() - began < 15
