"""Which addresses may be reached, and when two spellings of a place or URL are one."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.fetching.wire.addresses import (
    Forbidden,
    check_addresses,
    check_url,
    forbidden_reason,
    host_and_port,
    normalized_url,
    origin_of,
    read_host_and_port,
    without_dots,
)

HOSTS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?(\.[a-z]{2,6}){1,2}", fullmatch=True)
PORTS = st.integers(1, 65_535)
SEGMENTS = st.sampled_from(["", "a", "b.html", ".", "..", "%2e", "%2E%2e", ".%2E", "...", "a..b", "%2ea"])


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("93.184.216.34", None),
        ("2606:2800:220:1:248:1893:25c8:1946", None),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("::1", "loopback"),
        ("10.0.0.1", "private"),
        ("172.31.255.255", "private"),
        ("172.32.0.1", None),
        ("192.168.1.1", "private"),
        ("fd00::1", "private"),
        ("169.254.169.254", "link-local"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("fec0::1", "site-local"),
        ("0.0.0.0", "unspecified"),  # noqa: S104 - nothing is bound to it
        ("::", "unspecified"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("100.64.0.1", "reserved"),
        ("100.128.0.1", None),
        ("255.255.255.255", "reserved"),
        ("198.51.100.7", "reserved"),
        ("::ffff:127.0.0.1", "loopback, written as ::ffff:127.0.0.1"),
        ("::ffff:93.184.216.34", None),
        ("64:ff9b::7f00:1", "loopback, written as 64:ff9b::7f00:1"),
        ("64:ff9b:1::a00:1", "reserved"),  # the IPv4 address may stand anywhere in it
        ("2002:7f00:1::", "loopback, written as 2002:7f00:1::"),
        ("64:ff9b::808:808", None),
        ("2002:808:808::1", None),
    ],
)
def test_only_public_addresses_are_reached(address: str, kind: str | None) -> None:
    found = forbidden_reason(address)
    # releases of Python differ in how they write an address that holds another: compared is which one it is
    reason, _, written = (found or "").partition(", written as ")
    assert reason == (kind or "").partition(", ")[0]
    assert bool(written) == ("written as" in (kind or ""))
    assert not written or ipaddress.ip_address(written) == ipaddress.ip_address(address)


SPECIAL = [
    # IANA's registry of special IPv4 addresses
    "0.0.0.0/8", "0.0.0.0/32", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.0.0/29", "192.0.0.8/32", "192.0.0.9/32", "192.0.0.10/32", "192.0.0.170/32", "192.0.0.171/32",
    "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.88.99.2/32", "192.168.0.0/16",
    "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "255.255.255.255/32",
    # of special IPv6 addresses, but for those that hold an IPv4 address, which is judged
    "::1/128", "::/128", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001::/32", "2001:1::1/128",
    "2001:1::2/128", "2001:1::3/128", "2001:2::/48", "2001:3::/32", "2001:4:112::/48", "2001:10::/28", "2001:20::/28", "2001:30::/28", "2001:db8::/32",
    "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10",
    # multicast, and what is assigned to nobody
    "224.0.0.0/4", "ff00::/8", "fec0::/10", "::/96", "4000::/3", "e000::/4",
    # metadata of clouds: Oracle, Azure, AWS, Alibaba
    "192.0.0.192/32", "168.63.129.16/32", "fd00:ec2::254/128", "100.100.100.200/32",
]  # fmt: skip
BESIDE = [
    "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "126.255.255.255", "128.0.0.0", "168.63.129.15",
    "168.63.129.17", "169.253.255.255", "169.255.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0", "198.17.255.255",
    "198.20.0.0", "203.0.112.255", "223.255.255.255", "2001:200::", "2001:db7:ffff::1", "2001:db9::", "2003::", "2000::1",
    "3ffe:ffff::", "3fff:1000::",
]  # fmt: skip


@pytest.mark.parametrize("network", SPECIAL)
def test_no_special_range_is_reached(network: str) -> None:
    found = ipaddress.ip_network(network)
    middle = found[found.num_addresses // 2]
    for address in (found[0], middle, found[-1]):
        assert forbidden_reason(str(address)) is not None, address


@pytest.mark.parametrize("address", BESIDE)
def test_what_lies_beside_a_special_range_is_reached(address: str) -> None:
    assert forbidden_reason(address) is None


@given(st.ip_addresses(v=4))
def test_an_address_within_another_is_judged_as_what_it_stands_for(inner: ipaddress.IPv4Address) -> None:
    plain = forbidden_reason(str(inner))
    number = int(inner)
    for outer in (
        f"::ffff:{inner}",
        str(ipaddress.IPv6Address((0x64FF9B << 96) | number)),
        str(ipaddress.IPv6Address((0x2002 << 112) | (number << 80))),
    ):
        found = forbidden_reason(outer)
        assert (found is None) == (plain is None), outer
        assert found is None or found.startswith(f"{plain}, written as ")


@pytest.mark.parametrize(
    ("host", "port", "place"),
    [
        ("Example.ORG.", 80, "example.org:80"),
        ("fd00:0:0::1", 443, "[fd00::1]:443"),
        ("bücher.example", 8080, "xn--bcher-kva.example:8080"),
        ("127.0.0.1", 1, "127.0.0.1:1"),
    ],
)
def test_a_place_has_one_spelling(host: str, port: int, place: str) -> None:
    assert host_and_port(host, port) == place
    assert read_host_and_port(place) == place


@pytest.mark.parametrize(
    "written",
    ["", "example.org", "example.org:", ":80", "example.org:0", "example.org:65536", "example.org:800000",
     "http://example.org:80", "example.org:80/", "[fd00::1]", "fd00::1:80", "[gg::1]:80", "[1:2]:80", "a b:80",
     "example.org:８０"],
)  # fmt: skip
def test_what_is_no_place_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_host_and_port(written)


@given(HOSTS, PORTS, PORTS)
def test_one_private_address_among_public_ones_is_an_attempt(host: str, port: int, other: int) -> None:
    answers = ["93.184.216.34", "10.0.0.1"]
    with pytest.raises(Forbidden, match=r"is 10\.0\.0\.1, a private address; name .* under allow_private"):
        check_addresses(host, port, answers, allowed=frozenset())
    check_addresses(host, port, answers, allowed=frozenset({f"{host}:{port}"}))
    check_addresses(host, port, answers[:1], allowed=frozenset())
    if other != port:  # another service of the same machine is not opened by it
        with pytest.raises(Forbidden):
            check_addresses(host, port, answers, allowed=frozenset({f"{host}:{other}"}))


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("ftp://example.org/", "ftp: only http and https are fetched"),
        ("file:///etc/passwd", "file: only http and https are fetched"),
        ("//example.org/a", "no scheme: only http and https are fetched"),
        ("javascript:alert(1)", "javascript: only http and https are fetched"),
        ("http:///path", "a URL without a host"),
        ("https://", "a URL without a host"),
        ("https://user:secret@example.org/", "a URL with credentials; put them into the source's headers"),
        ("https://@example.org/", "a URL with credentials; put them into the source's headers"),
        ("http://example.org:25/", "port 25 belongs to another protocol"),
        ("http://example.org:0/", "port 0 belongs to another protocol"),
        ("http://example.org:6667/", "port 6667 belongs to another protocol"),
        ("http://example.org:80x/", "no URL: "),
        ("http://[fd00::1/", "no URL: "),
        ("http://example.org:99999/", "no URL: "),
    ],
)
def test_what_is_not_fetched_is_reported_without_its_secrets(url: str, problem: str) -> None:
    with pytest.raises(Forbidden) as caught:
        check_url(url)
    assert str(caught.value).startswith(problem)
    assert "secret" not in str(caught.value)


def test_what_is_fetched_passes() -> None:
    for url in ("http://example.org", "HTTPS://example.org:8443/a?b#c", "http://[2606::1]:81/"):
        check_url(url)


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("https://a.example/x/../y", "https://a.example/y"),
        ("https://a.example/x/%2E%2e/y", "https://a.example/y"),
        ("https://a.example/../../y", "https://a.example/y"),
        ("https://a.example/x/.", "https://a.example/x/"),
        ("https://a.example/x/..", "https://a.example/"),
        ("https://a.example/x/./y/", "https://a.example/x/y/"),
        ("https://a.example/..?q=../z", "https://a.example/?q=../z"),
        ("https://a.example/a..b/.c", "https://a.example/a..b/.c"),
        ("https://a.example/x?", "https://a.example/x?"),
        ("http://[x/../y", "http://[x/../y"),
    ],
)
def test_dots_go_as_servers_understand_them(url: str, plain: str) -> None:
    assert without_dots(url) == plain


@given(st.lists(SEGMENTS, max_size=8))
def test_nothing_climbs_out_of_a_path(segments: list[str]) -> None:
    found = without_dots("https://a.example/" + "/".join(segments))
    path = found.removeprefix("https://a.example/")
    assert path != found
    assert not {".", "..", "%2e", "%2E%2e", ".%2E"} & set(path.split("/"))
    assert without_dots(found) == found


@pytest.mark.parametrize(
    ("url", "normalized"),
    [
        ("http://Example.org:80/a#b", "http://example.org/a"), ("http://example.org:/", "http://example.org/"),
        ("https://example.org:443", "https://example.org/"),
        ("https://example.org/a/../b", "https://example.org/b"),
        ("http://example.org:443/A?", "http://example.org:443/A"), ("http://example.org/?a", "http://example.org/?a"),
        ("https://example.org:80/", "https://example.org:80/"),
        ("http://[x/../#y", "http://[x/../#y"), ("http://example.org:x/#y", "http://example.org:x/#y"),
    ],
)  # fmt: skip
def test_spellings_of_one_address_are_the_same(url: str, normalized: str) -> None:
    assert normalized_url(url) == normalized


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin_of("https://Example.org:8443/a?b") == "https://example.org:8443"
    assert origin_of("http://example.org/") != origin_of("https://example.org/")
