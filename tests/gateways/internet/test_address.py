"""Which addresses may be reached, in all the forms that they can have."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.internet.address import Allowed, is_public, read
from schemas.errors import Expected, Forbidden, Invalid, NotFound

PRIVATE = [
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.1", "198.18.0.1", "240.0.0.1", f"{224}.0.0.1", "255.255.255.255", "::1",
    "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1",
    "2002:7f00:1::", "2002:c0a8:101::1", "2001:0:7f00:1::", "fec0::1", "2001:db8::1", "nonsense",
    "", "127.0.0.1%lo", "fe80::1%eth0",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_none_of_this_house(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_all_of_the_internet(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_no_form_hides_what_it_is(address: ipaddress.IPv4Address) -> None:
    if not is_public(str(address)):
        packed = int(address)
        for form in (
            ipaddress.IPv6Address(0xFFFF << 32 | packed),
            ipaddress.IPv6Address(packed),
            ipaddress.IPv6Address(0x64FF9B << 96 | packed),
            ipaddress.IPv6Address(0x2002 << 112 | packed << 80),
        ):
            assert not is_public(str(form))


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "file:///etc/passwd", "ftp://example.org/", "gopher://example.org/", "//host/",
        "data:text/html,x", "javascript:alert(1)", "http://", "http:///x", "https://user@host/",
        "https://user:pw@host/", "http://a b/", "http://host/\r\nX: y", "http://host/\x00",
        "http://host\\@evil/", "http://[::1", "http://host:port/", "http://host:99999/",
        "http://[fe80::1%25eth0]/", "http://" + "a" * 70 + ".org/", "http://host/" + "x" * 3_000,
        "unix:///var/run/docker.sock", "http://.../", "HTTP+unix://x/",
    ],
)  # fmt: skip
def test_what_is_no_address_to_fetch_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        read(url)


def test_an_address_is_read() -> None:
    found = read("HTTPS://Bücher.Example.:443/a b".replace(" ", "%20") + "?q=ä#top")
    assert found.url == "https://xn--bcher-kva.example/a%20b?q=%C3%A4"
    assert read("http://[2606:4700::1]:8080").url == "http://[2606:4700::1]:8080/"


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for url in (text, f"http://{text}/", f"http://example.org/{text}"):
        try:
            read(url).url.encode("ascii")
        except Expected:
            continue


def knows(*addresses: str) -> Allowed:
    async def resolve(host: str, port: int) -> tuple[str, ...]:
        return addresses

    return Allowed(("nas.local",), (80, 443), resolve)


async def test_every_address_of_a_name_must_be_public() -> None:
    target = read("http://example.org/")
    assert await knows("1.1.1.1", "2606:4700::1").addresses(target) == ("1.1.1.1", "2606:4700::1")
    for addresses in (("1.1.1.1", "10.0.0.1"), ("::1",), ("::ffff:10.0.0.1",)):
        with pytest.raises(Forbidden, match="not on the public internet"):
            await knows(*addresses).addresses(target)
    with pytest.raises(NotFound):
        await knows().addresses(target)
    with pytest.raises(Forbidden, match="Port 22"):
        await knows("1.1.1.1").addresses(read("http://example.org:22/"))
    assert await knows("10.0.0.1").addresses(read("http://NAS.local./")) == ("10.0.0.1",)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "017700000001", "127.1", "localhost", "0"]
)
async def test_odd_forms_of_this_machine_are_refused(host: str) -> None:
    """As the system itself reads them."""
    with pytest.raises((Forbidden, NotFound)):
        await Allowed().addresses(read(f"http://{host}/"))
