"""Addresses from outside lead to the public network and nowhere else."""

from __future__ import annotations

import ipaddress
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytempire_assets.discovery.research import public_hosts
from ytempire_assets.discovery.research.public_hosts import PublicHosts, is_public
from ytempire_assets.discovery.sources.addresses import ascii_address
from ytempire_assets.discovery.sources.errors import NoAnswerError, RefusedError
from ytempire_assets.plain_address import split_address
from ytempire_assets_tests.discovery.research.conftest import leads_to

PUBLIC = ["93.184.216.34", "8.8.8.8", "1.1.1.1", "2606:2800:220:1:248:1893:25c8:1946"]
INSIDE = [
    "0.0.0.0",  # noqa: S104 - refused, not bound to
    "0.1.2.3",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", INSIDE)
def test_no_other_address_is(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@settings(deadline=None)  # the first example imports
@given(st.ip_addresses())
def test_nothing_is_public_that_the_standard_library_calls_special(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if is_public(address):
        assert address.is_global
        assert not (address.is_multicast or address.is_reserved or address.is_unspecified)
        assert not (address.is_loopback or address.is_private or address.is_link_local)


@settings(deadline=None)  # the first example imports
@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_an_ipv6_address_is_never_public(
    address: ipaddress.IPv4Address,
) -> None:
    number = int(address)
    for inside in (
        number,
        0xFFFF << 32 | number,
        0xFFFF << 48 | number,
        0x64FF9B << 96 | number,
        0x2002 << 112 | number << 80,
        0x20010000 << 96 | number ^ 0xFFFFFFFF,
    ):
        assert not is_public(ipaddress.IPv6Address(inside))


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/a?b=c",
        "http://example.com:80/",
        "https://example.com:443/",
        "https://EXAMPLE.com/",
        "https://example.com./",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1:248:1893:25c8:1946]/",
        "https://xn--bcher-kva.example/",
        "https://my_site.example.org/",
    ],
)
def test_ordinary_addresses_pass(address: str) -> None:
    PublicHosts().check(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "javascript:alert(1)",
        "//example.com/",
        "https:///path",
        "https://user@example.com/",
        "https://user:password@example.com/",
        "https://example.com:8080/",
        "https://example.com:80/",
        "https://example.com:22/",
        "https://example.com:x/",
        "https://localhost/",
        "https://localhost./",
        "https://LOCALHOST/",
        "https://intranet/",
        "https://router.lan/",
        "https://printer.local/",
        "https://a.localhost/",
        "https://metadata.google.internal/",
        "https://box.home.arpa/",
        "https://x.onion/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://017700000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://127.0.0.1./",
        "https://example.127/",
        "https://1.2.3.4.5/",
        "https://example.com%2f@127.0.0.1/",
        "https://example.com\\@127.0.0.1/",
        "https://%31%32%37.0.0.1/",
        "https://exa mple.com/",
        "https://ex\tample.com/",
        "https://-example.com/",
        "https://a..example.com/",
        "https://" + "a" * 64 + ".com/",
        "https://" + "a." * 130 + "com/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://[fe80::1%25eth0]/",
        *(
            f"https://[{one}]/" if ":" in one else f"https://{one}/"
            for one in INSIDE
            if "%" not in one
        ),
    ],
)
def test_all_others_are_refused(address: str) -> None:
    with pytest.raises(RefusedError) as caught:
        PublicHosts().check(address)
    assert caught.value.status == 0
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    with pytest.raises(
        RefusedError, match=r"rebound\.example was not asked: it leads to an address"
    ):
        PublicHosts(leads_to([address])).resolve("rebound.example", 443)


def test_one_address_inside_spoils_the_name() -> None:
    hosts = PublicHosts(leads_to([*PUBLIC, "10.0.0.1"]))
    with pytest.raises(RefusedError):
        hosts.resolve("both.example", 443)


def test_a_name_is_looked_up_once_and_gives_few_addresses() -> None:
    asked: list[tuple[str, int]] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return [f"93.184.216.{number}" for number in (1, 1, 2, 3, 4, 5, 6)]

    found = PublicHosts(resolver).resolve("many.example", 443)
    assert found == ("93.184.216.1", "93.184.216.2", "93.184.216.3", "93.184.216.4")
    assert asked == [("many.example", 443)]


def test_an_address_needs_no_looking_up() -> None:
    def resolver(host: str, port: int) -> list[str]:
        raise AssertionError

    assert PublicHosts(resolver).resolve("[2606:4700::1111]", 443) == ("2606:4700::1111",)


@pytest.mark.parametrize("answer", [OSError("no such host"), [], ["not an address"]])
def test_a_name_that_leads_nowhere(answer: OSError | list[str]) -> None:
    def resolver(host: str, port: int) -> list[str]:
        if isinstance(answer, OSError):
            raise answer
        return answer

    with pytest.raises(NoAnswerError, match="its name is not known"):
        PublicHosts(resolver).resolve("gone.example", 443)


def test_looking_a_name_up_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_hosts, "RESOLVE_S", 0.05)

    def resolver(host: str, port: int) -> list[str]:
        time.sleep(1)
        return PUBLIC

    began = time.monotonic()
    with pytest.raises(NoAnswerError):
        PublicHosts(resolver).resolve("slow.example", 443)
    assert time.monotonic() - began < 0.5


def test_an_exception_is_one_server_on_this_machine_and_no_more() -> None:
    hosts = PublicHosts(leads_to(["127.0.0.1"]), [("127.0.0.1", 8123)])
    hosts.check("http://127.0.0.1:8123/")
    assert hosts.resolve("news.example", 8123) == ("127.0.0.1",)
    for other in ("http://127.0.0.1/", "http://127.0.0.2:8123/", "http://127.0.0.1:8124/"):
        with pytest.raises(RefusedError):
            hosts.check(other)
    with pytest.raises(RefusedError):
        hosts.resolve("news.example", 443)
    # A public host cannot be asked at that port either.
    with pytest.raises(RefusedError):
        PublicHosts(leads_to(PUBLIC), [("127.0.0.1", 8123)]).resolve("a.example", 8123)
    with pytest.raises(ValueError, match="only servers on this machine"):
        PublicHosts(exceptions=[("10.0.0.1", 80)])


@settings(deadline=None)  # the first example imports
@given(st.text(max_size=60), st.integers(0, 70000))
def test_no_host_makes_it_fail_otherwise(host: str, port: int) -> None:
    hosts = PublicHosts(leads_to(PUBLIC))
    try:
        hosts.check(f"https://{host}/")
        assert hosts.resolve(host, port)
    except RefusedError:
        pass


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
        (
            "https://bücher.example/straße?q=ü#x",
            "https://xn--bcher-kva.example/stra%C3%9Fe?q=%C3%BC",
        ),
        ("https://BÜCHER.example:443/", "https://xn--bcher-kva.example:443/"),
        ("https://例え.テスト/a", "https://xn--r8jz45g.xn--zckzah/a"),
        ("https://１２７.0.0.1/", "https://127.0.0.1/"),
        ("https://example。com/", "https://example.com/"),
        ("https://exam\u00adple.com/", "https://example.com/"),
        ("https://ex\u2100mple.com/", ""),
        ("https://ü@example.com/", ""),
        ("https://ü:x/", ""),
        ("ü", ""),
    ],
)
def test_addresses_are_sent_as_ascii(written: str, sent: str) -> None:
    assert ascii_address(written) == sent


@settings(deadline=None)  # the first example imports
@given(st.text(max_size=80))
def test_what_becomes_ascii_is_an_address_or_nothing(text: str) -> None:
    sent = ascii_address(f"https://{text}")
    assert sent.isascii()
    if not text.isascii() and sent:
        assert split_address(sent) is not None
