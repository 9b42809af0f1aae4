"""Which addresses may be reached: public ones. Everything else is somebody's inside, unless a source names it.

Checked are the numbers a connection would really be made to, after resolution, so that neither odd spellings
(``0x7f.1``, ``2130706433``) nor names whose answers change can slip through.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# NAT64 (RFC 6052, 2.1; RFC 8215): without these 64:ff9b::7f00:1, which is 127.0.0.1, would pass as public
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_IPV4_BITS = 0xFFFFFFFF
_SCHEMES = ("http", "https")
_USUAL_PORTS = {"http": 80, "https": 443}
# “intranet.example:8080” or “[fd00::1]:443”
_PLACE = re.compile(r"(?:([\w.-]+)|\[([0-9A-Fa-f:.]+)\]):([0-9]{1,5})")
_ESCAPED_DOT = re.compile("%2e", re.IGNORECASE)
# “/a/../b”, “/a/%2E%2e/b”, “/..?q=1”, “/a/.” at the end
_DOTS = re.compile(r"/(?:\.|%2e){1,2}(?:[/?#]|$)", re.IGNORECASE)
# “https:///a”, “///a”: urljoin takes them for a path of the page's own host, browsers for the host “a”
_EMPTY_HOST = re.compile(r"(?:https?:)?///", re.IGNORECASE)
# ports of other protocols, which a request could be made to speak (WHATWG Fetch, "bad port"; those above 0 and in use)
_BAD_PORTS = frozenset(
    {
        1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111, 113, 115, 117,
        119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636,
        989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
        10080,
    }
)  # fmt: skip


class Forbidden(Exception):
    """An address or URL that must not be reached; the message has which and why, without credentials."""


def forbidden_reason(address: str) -> str | None:
    """Why an IP address is not to be reached (``loopback``, ``private`` …); None for a public one."""
    # “fe80::1%eth0”: the zone after % names an interface of ours and is no part of the address
    found = ipaddress.ip_address(address.partition("%")[0])
    inner = _inside(found)
    if inner is not None:
        return forbidden_reason(str(inner)) and f"{_kind(inner)}, written as {found}"
    return _kind(found)


def _inside(address: IPAddress) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside an IPv6 address: mapped, 6to4, Teredo or NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if any(address in network for network in _NAT64):
        return ipaddress.IPv4Address(int(address) & _IPV4_BITS)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


def _kind(address: IPAddress) -> str | None:
    # the narrower kinds first: 127.0.0.1 is private as well, and loopback is more exact
    kinds = (
        ("loopback", address.is_loopback),
        ("link-local", address.is_link_local),
        ("unspecified", address.is_unspecified),
        ("multicast", address.is_multicast),
        ("site-local", isinstance(address, ipaddress.IPv6Address) and address.is_site_local),
        ("private", address.is_private),
        # shared address space (100.64.0.0/10, RFC 6598) is neither private nor global in Python's tables
        ("reserved", address.is_reserved or not address.is_global),
    )
    return next((name for name, is_so in kinds if is_so), None)


def place_of(host: str, port: int) -> str:
    """``host:port`` in the form in which places are compared and shown: IPv6 in brackets and short, names in
    small ASCII letters as they are requested (``xn--…``), without a dot at their end.

    Raises ValueError where a host cannot be written so.
    """
    # IPv6 first: “fd00:0::1” and “fd00::1” must be one place, and no host name holds a colon
    try:
        return f"[{ipaddress.IPv6Address(host)}]:{port}"
    except ValueError:
        return f"{_ascii(host.lower().removesuffix('.'))}:{port}"


def read_place(written: str) -> str:
    """The place that somebody has written as ``host:port``, as ``place_of`` has it. Raises ValueError where
    it is none.
    """
    found = _PLACE.fullmatch(written)
    if found is None or not 1 <= int(found[3]) <= 65_535:
        raise ValueError("no host and port")
    if found[2]:
        ipaddress.IPv6Address(found[2])
    return place_of(found[1] or found[2], int(found[3]))


def _ascii(name: str) -> str:
    if name.isascii():
        return name
    # as httpx will request it: “bücher.example” is “xn--bcher-kva.example”
    import httpx

    try:
        return httpx.URL(scheme="http", host=name).raw_host.decode("ascii")
    except httpx.InvalidURL as error:
        raise ValueError("no name of a host") from error


def check_addresses(host: str, port: int, addresses: Iterable[str], *, allowed: frozenset[str]) -> None:
    """Raises Forbidden where any of the addresses a name resolves to is not public and its place (see
    ``place_of``) is not ``allowed``.

    Any, not all: a name with a public and a private address is an attempt.
    """
    place = place_of(host, port)
    # host and port together: to name one service of a machine does not open its other ports
    if place in allowed:
        return
    for address in addresses:
        kind = forbidden_reason(address)
        if kind:
            raise Forbidden(
                f"{place} is {address}, a {kind} address; name {place} under allow_private in a list "
                f"of sources, or use --allow-private {place}, to reach it"
            )


def check_url(url: str) -> None:
    """Raises Forbidden for URLs that are not http(s), carry credentials, or name a port of another protocol."""
    try:
        parts = urlsplit(url)
        # read here: of “example.org:80x” urlsplit complains only when the port is read
        port = parts.port
    except ValueError as error:
        raise Forbidden(f"no URL: {error}") from error
    if parts.scheme.lower() not in _SCHEMES:
        raise Forbidden(f"{parts.scheme or 'no scheme'}: only http and https are fetched")
    if not parts.hostname:
        raise Forbidden("a URL without a host")
    # “https://user:secret@example.org/” would get into records and messages
    if parts.username is not None or parts.password is not None:
        raise Forbidden("a URL with credentials; put them into the source's headers")
    if port in _BAD_PORTS or port == 0:
        raise Forbidden(f"port {port} belongs to another protocol")


def without_dots(url: str) -> str:
    """The URL without ``.`` and ``..`` among the parts of its path, also where they are written ``%2e``: as
    servers understand it.

    What is no URL stays as it is.
    """
    # most URLs have none and keep every byte: geturl() would drop an empty “?”
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
            # “..” at the root stays there (RFC 3986, 5.2.4): a slice, since pop() of an empty list raises
            del kept[-1:]
        elif dots != ".":
            kept.append(name)
    # “/a/..” names a folder: what remains ends with a slash, as RFC 3986 has it
    if _ESCAPED_DOT.sub(".", names[-1]) in (".", ".."):
        kept.append("")
    return parts._replace(path="/" + "/".join(kept)).geturl()


def has_empty_host(reference: str) -> bool:
    """Whether a reference names a host and leaves it empty: programs differ in where that leads."""
    return _EMPTY_HOST.match(reference) is not None


def normalized_url(url: str) -> str:
    """A URL in the form that its spellings share (RFC 3986, 6.2): host in small letters, without usual port,
    dots and fragment.

    What is no URL stays as it is.
    """
    try:
        parts = urlsplit(without_dots(url))
        port = parts.port
    except ValueError:
        return url
    # “http://example.org:80/” and “http://example.org:/” are the place without a port
    usual = f":{_USUAL_PORTS.get(parts.scheme)}"
    place = parts.netloc.lower()
    if port is None or place.endswith(usual):
        place = place.removesuffix(usual).removesuffix(":")
    return parts._replace(netloc=place, path=parts.path or "/", fragment="").geturl()


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL: what one robots.txt speaks for."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"
