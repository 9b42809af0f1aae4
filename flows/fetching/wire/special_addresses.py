"""IP addresses at which no public page is served, by IANA's registries: Python's own tables are as old as its release.

https://www.iana.org/assignments/iana-ipv4-special-registry and https://www.iana.org/assignments/iana-ipv6-special-registry
as of 2026, with multicast and what is assigned to nobody. What they call reachable (anycast of relays and resolvers,
AS112) is refused as well: it serves no pages. IPv6 addresses that hold an IPv4 address are judged as that one, before.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Final

_V4: Final[Mapping[str, str]] = {
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
}
_V6: Final[Mapping[str, str]] = {
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
_NETWORKS_V4 = tuple((ipaddress.IPv4Network(network), kind) for network, kind in _V4.items())
_NETWORKS_V6 = tuple((ipaddress.IPv6Network(network), kind) for network, kind in _V6.items())


def special_kind(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str | None:
    """What kind of address (``loopback``, ``private`` …) it is; None for a public one."""
    if isinstance(address, ipaddress.IPv4Address):
        return next((kind for network, kind in _NETWORKS_V4 if address in network), None)
    found = next((kind for network, kind in _NETWORKS_V6 if address in network), None)
    return found or (None if address in _GLOBAL_V6 else "reserved")
