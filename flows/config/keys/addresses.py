"""Addresses and places in a list of sources: what they may be, and what is told where they are none."""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from urllib.parse import urlsplit

from copydesk.flows.config.keys.values import CONTROL, read_text
from copydesk.flows.fetching.wire.addresses import read_place
from copydesk.flows.io.redaction import holds_credentials
from copydesk.flows.web_kinds import WEB_KINDS

ARCHIVE = "internet-archive"
"""How lists name it."""
INTERNET_ARCHIVE = "https://web.archive.org"


def check_url(address: str) -> str:
    """The address where it can be one of a page on the web. Raises ValueError that says what to write instead."""
    if holds_credentials(address):  # before anything is said that quotes it
        raise ValueError('holds a user or password; put it into headers, as Authorization = "${NAME}"')
    if CONTROL.search(address) or " " in address.strip() or address != address.strip():
        raise ValueError(f"{address!r} is no URL: it has a space or control in it; write a space as %20")
    scheme, mark, rest = address.partition("://")
    if scheme.lower() not in ("http", "https") or not mark:
        meant = f"https://{(rest if mark else address).lstrip('/:')}"
        raise ValueError(f"{address!r} is no URL; did you mean {meant}?")
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port  # to ask for the port checks it
    except ValueError as error:
        raise ValueError(f"{address!r} is no URL: {str(error).lower()}") from error
    # letters of any script, for hosts may be written in theirs; colons for IPv6
    if not host or not re.fullmatch(r"[\w.:-]+", host) or host.startswith(".") or ".." in host:
        raise ValueError(
            f"{address!r} is no URL: it names no host; expected one like https://example.org/news"
        )
    return address


def is_remote_file(kind: str, address: str) -> bool:
    """Whether an address is one on the web though most of its kind are on the disk: of WARC files."""
    return kind == "warc" and address.lower().startswith(("http://", "https://"))


def read_fallback(value: object) -> str:
    """The archive that is asked for pages that are gone, by its name or address. Raises ValueError."""
    archive = read_text(value)
    if archive == ARCHIVE:
        return archive
    if "://" not in archive:
        raise ValueError(
            f"{archive!r}: expected {ARCHIVE}, or the address of an archive that answers as that does"
        )
    if urlsplit(check_url(archive)).path.strip("/") or urlsplit(archive).query:
        raise ValueError(f"{archive!r}: expected scheme and host alone, such as http://localhost:8080")
    return archive


def archive_at(fallback: str | None) -> str | None:
    """Where that archive is."""
    return INTERNET_ARCHIVE if fallback == ARCHIVE else fallback and fallback.rstrip("/")


def check_path(address: str) -> str:
    """The address where it can be a path on the disk. Raises ValueError as ``check_url``."""
    if CONTROL.search(address):
        raise ValueError(f"{address!r}: no file has such a name")
    if "://" in address:
        raise ValueError(
            f"{address!r} is a URL, and this kind is read from the disk; kinds of the web are {', '.join(WEB_KINDS)}"
        )
    return address


def read_hosts(value: object) -> tuple[str, ...]:
    """Places, such as ``localhost:8080``. Raises ValueError that says what to write instead."""
    if not isinstance(value, list):
        raise ValueError('expected a list, such as ["localhost:8080"]')
    for place in value:
        try:
            read_place(read_text(place))
        except ValueError as error:
            raise ValueError(
                f"{place!r}: expected a host and its port, such as {_place_like(str(place))}"
            ) from error
    return tuple(value)


def _place_like(written: str) -> str:
    """What may be meant: an IPv6 address stands in brackets, and nothing beside host and port."""
    head, _, port = written.rpartition(":")
    for address, its_port in ((head, port), (written, "8080")):
        with suppress(ValueError):
            return f"[{ipaddress.IPv6Address(address.strip('[]'))}]:{its_port}"
    # `https://` before the host, a port or path behind it: `http://localhost:80/x` is `localhost`
    bare = re.sub(r"^\w+://|[/:].*$", "", written)
    return f"{bare.strip() or 'localhost'}:8080"
