"""Which IP addresses may be connected to: public ones, and those a source allows. Checks and normalizes URLs.

Checks apply to resolved IP addresses, so that neither odd spellings (``0x7f.1``, ``2130706433``) nor names whose DNS
answers change can evade them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.shortening import shortened

# NAT64 (RFC 6052, 2.1): 64:ff9b::7f00:1 is 127.0.0.1
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_IPV4_BITS = 0xFFFFFFFF
_SCHEMES = ("http", "https")
_DEFAULT_PORTS = {"http": 80, "https": 443}
# “intranet.example:8080” or “[fd00::1]:443”
_HOST_AND_PORT = lazy_pattern(r"(?:([\w.-]+)|\[([0-9A-Fa-f:.]+)\]):([0-9]{1,5})")
_ESCAPED_DOT = lazy_pattern("%2e", re.IGNORECASE)
# “/a/../b”, “/a/%2E%2e/b”, “/..?q=1”, “/a/.” at the end
_DOTS = lazy_pattern(r"/(?:\.|%2e){1,2}(?:[/?#]|$)", re.IGNORECASE)
# “https:///a”, “///a”: urljoin reads a path on the page's own host, browsers the host “a”
_EMPTY_HOST = lazy_pattern(r"(?:https?:)?///", re.IGNORECASE)
# ports of other protocols, which a request could imitate (WHATWG Fetch, "bad port"; those above 0 and in use)
_BAD_PORTS = frozenset(
    {
        1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111, 113, 115, 117,
        119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636,
        989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
        10080,
    }
)  # fmt: skip


# IP addresses at which no public page is served, by IANA's registries: Python's own tables are as old as its release.
# https://www.iana.org/assignments/iana-ipv4-special-registry and https://www.iana.org/assignments/iana-ipv6-special-registry
# as of 2026, with multicast and what is assigned to nobody. What they call reachable (anycast of relays and resolvers,
# AS112) is refused as well: it serves no pages. IPv6 addresses that hold an IPv4 address are judged as that one.
_KINDS: Mapping[str, str] = {
    # narrow ones first
    "0.0.0.0/32": "unspecified",
    # the agent of Azure's machines, which gives out their secrets, in a range that is public by the registry
    "168.63.129.16/32": "cloud's own",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link-local",
    "224.0.0.0/4": "multicast",
    "10.0.0.0/8": "private",
    "172.16.0.0/12": "private",
    "192.168.0.0/16": "private",
    "0.0.0.0/8": "reserved",
    "100.64.0.0/10": "reserved",  # shared by a provider's customers; Alibaba's metadata service is at 100.100.100.200
    "192.0.0.0/24": "reserved",  # protocols; Oracle's is at 192.0.0.192
    "192.0.2.0/24": "reserved",
    "192.31.196.0/24": "reserved",
    "192.52.193.0/24": "reserved",
    "192.88.99.0/24": "reserved",
    "192.175.48.0/24": "reserved",
    "198.18.0.0/15": "reserved",
    "198.51.100.0/24": "reserved",
    "203.0.113.0/24": "reserved",
    "240.0.0.0/4": "reserved",
    "::1/128": "loopback",
    "::/128": "unspecified",
    "fe80::/10": "link-local",
    "fec0::/10": "site-local",
    "fc00::/7": "private",
    "ff00::/8": "multicast",
    "2001::/23": "reserved",
    "2001:db8::/32": "reserved",
    "2620:4f:8000::/48": "reserved",
    "3fff::/20": "reserved",
}
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that is given to networks: 64:ff9b:1::/48, 100::/64, 5f00::/16 and others are outside."""
_NETWORKS = tuple((ipaddress.ip_network(network), kind) for network, kind in _KINDS.items())


class Forbidden(Exception):
    """An address or URL that must not be requested; the message says which and why, without credentials."""


def forbidden_reason(address: str) -> str | None:
    """Why an IP address must not be connected to (``loopback``, ``private`` …); None for a public one."""
    # “fe80::1%eth0”: the zone after % is a local interface, not part of the address
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv4Address):
        return _special_kind(found)
    if found in _NAT64:
        embedded: ipaddress.IPv4Address | None = ipaddress.IPv4Address(int(found) & _IPV4_BITS)
    else:
        embedded = found.ipv4_mapped or found.sixtofour
    if embedded is not None:
        kind = _special_kind(embedded)
        return kind and f"{kind}, written as {found}"
    return _special_kind(found) or (None if found in _GLOBAL_V6 else "reserved")


def _special_kind(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str | None:
    return next((kind for network, kind in _NETWORKS if address in network), None)


def host_and_port(host: str, port: int) -> str:
    """``host:port``, normalized: IPv6 in brackets and short, names in lower-case ASCII as they are requested
    (``xn--…``), without a final dot.

    Raises ValueError if a host has no such form.
    """
    # IPv6 first: “fd00:0::1” and “fd00::1” must be equal, and host names have no colon
    try:
        return f"[{ipaddress.IPv6Address(host)}]:{port}"
    except ValueError:
        return f"{_ascii(host.lower().removesuffix('.'))}:{port}"


def read_host_and_port(written: str) -> str:
    """``host:port`` as a user writes it, normalized. Raises ValueError with a suggestion."""
    with suppress(ValueError):
        found = _HOST_AND_PORT.fullmatch(written)
        if found is not None and 1 <= int(found[3]) <= 65_535:
            if found[2]:
                ipaddress.IPv6Address(found[2])
            return host_and_port(found[1] or found[2], int(found[3]))
    raise ValueError(f"{written!r}: expected a host and its port, such as {_suggested_host(written)}")


def allowed_hosts(written: Iterable[str]) -> frozenset[str]:
    """Hosts with their ports, as ``read_host_and_port`` reads each."""
    return frozenset(map(read_host_and_port, written))


def _suggested_host(written: str) -> str:
    """The host and port that a wrong ``host:port`` probably means."""
    head, _, port = written.rpartition(":")
    for address, its_port in ((head, port), (written, "8080")):  # IPv6 without brackets
        with suppress(ValueError):
            return f"[{ipaddress.IPv6Address(address.strip('[]'))}]:{its_port}"
    # `http://localhost:80/x` → `localhost`
    bare = re.sub(r"^\w+://|[/:].*$", "", written)
    return f"{bare.strip() or 'localhost'}:8080"


def _ascii(name: str) -> str:
    if name.isascii():
        return name
    # as httpx2 requests it: “bücher.example” → “xn--bcher-kva.example”
    import httpx2

    try:
        return httpx2.URL(scheme="http", host=name).raw_host.decode("ascii")
    except httpx2.InvalidURL as error:
        raise ValueError("no name of a host") from error


def check_addresses(host: str, port: int, addresses: Iterable[str], *, allowed: frozenset[str]) -> None:
    """Raises Forbidden if a name resolves to an address that is not public, unless its host and port are ``allowed``.

    A single such address is enough: a name with a public and a private one is an attack.
    """
    service = host_and_port(host, port)
    # with the port: permission for one service does not open the machine's other ports
    if service in allowed:
        return
    for address in addresses:
        kind = forbidden_reason(address)
        if kind:
            raise Forbidden(
                f"{service} is {address}, a {kind} address; name {service} under allow_private of its [[source]], "
                f"or use --allow-private {service}, to reach it"
            )


def is_web_url(name: str) -> bool:
    """Whether a name is an http or https URL."""
    return name[:8].lower().startswith(("http://", "https://"))


def check_url(url: str) -> None:
    """Raises Forbidden for URLs that are not http(s), carry credentials, or name a port of another protocol."""
    try:
        parts = urlsplit(url)
        port = parts.port  # raises for “example.org:80x”, which urlsplit() accepts
    except ValueError as error:
        raise Forbidden(f"no URL: {shortened(error)}") from error
    if parts.scheme.lower() not in _SCHEMES:
        raise Forbidden(f"{shortened(parts.scheme) or 'no scheme'}: only http and https are fetched")
    if not parts.hostname:
        raise Forbidden("a URL without a host")
    # “https://user:secret@example.org/” would be shown in records and messages
    if parts.username is not None or parts.password is not None:
        raise Forbidden("a URL with credentials; put them into the source's headers")
    if port in _BAD_PORTS or port == 0:
        raise Forbidden(f"port {port} belongs to another protocol")


def without_dots(url: str) -> str:
    """The URL without the path segments ``.`` and ``..`` (also as ``%2e``), as servers resolve them.

    A text that is no URL is unchanged.
    """
    # most URLs have none, and must stay byte for byte: geturl() would drop an empty “?”
    if not _DOTS.search(url):
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    kept: list[str] = []
    names = parts.path.removeprefix("/").split("/")
    for name in names:
        dots = _ESCAPED_DOT.sub(".", name)
        if dots == "..":
            del kept[-1:]  # at the root nothing is removed (RFC 3986, 5.2.4)
        elif dots != ".":
            kept.append(name)
    # “/a/..” names a folder: the result ends with a slash (RFC 3986, 5.2.4)
    if _ESCAPED_DOT.sub(".", names[-1]) in (".", ".."):
        kept.append("")
    return parts._replace(path="/" + "/".join(kept)).geturl()


def has_empty_host(reference: str) -> bool:
    """Whether a reference has an empty host: programs resolve it differently."""
    return _EMPTY_HOST.match(reference) is not None


def normalized_url(url: str) -> str:
    """A normalized URL (RFC 3986, 6.2): scheme and host in lower case, without default port, dot segments and fragment.

    A text that is no URL is unchanged.
    """
    try:
        parts = urlsplit(without_dots(url))
        port = parts.port
    except ValueError:
        return url
    default = f":{_DEFAULT_PORTS.get(parts.scheme)}"
    netloc = parts.netloc.lower()
    if port is None or netloc.endswith(default):  # “http://example.org:80/”, “http://example.org:/”
        netloc = netloc.removesuffix(default).removesuffix(":")
    return parts._replace(netloc=netloc, path=parts.path or "/", fragment="").geturl()


def spellings_of(name: str) -> list[str]:
    """A name, and where it is a URL how pages at it are called: as it was linked, without fragment, or normalized."""
    return [name, name.partition("#")[0], normalized_url(name)] if is_web_url(name) else [name]


def origin_of(url: str) -> str:
    """The origin of a URL (scheme, host and port), for which one robots.txt holds."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"
