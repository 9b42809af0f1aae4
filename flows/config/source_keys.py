"""What some keys of a source hold, and how it is read. All readers raise ValueError with advice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.config.database_url import VARIABLE, filled
from copydesk.flows.errors import SettingsError
from copydesk.flows.fetching.wire.addresses import allowed_hosts, is_web_url
from copydesk.flows.io.redaction import holds_credentials
from copydesk.flows.web_kinds import WEB_KINDS

ARCHIVE = "internet-archive"
"""How lists name the Internet Archive."""
INTERNET_ARCHIVE = "https://web.archive.org"
# C0, DEL and C1; a line break in a value would begin another header or request
CONTROL = lazy_pattern(r"[\x00-\x1f\x7f-\x9f]")


def check_url(address: str) -> str:
    """A valid http or https URL, unchanged. Raises ValueError."""
    if holds_credentials(address):  # first: all other messages quote the URL
        raise ValueError('holds a user or password; put it into headers, as Authorization = "${NAME}"')
    if CONTROL.search(address) or " " in address.strip() or address != address.strip():
        raise ValueError(f"{address!r} is no URL: it has a space or control in it; write a space as %20")
    scheme, mark, rest = address.partition("://")
    if scheme.lower() not in ("http", "https") or not mark:
        meant = f"https://{(rest if mark else address).lstrip('/:')}"
        raise ValueError(f"{address!r} is no URL; did you mean {meant}?")
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port  # `port` raises if it is no number
    except ValueError as error:
        raise ValueError(f"{address!r} is no URL: {str(error).lower()}") from error
    # \w: hosts may have letters of any script; colons for IPv6
    if not host or not re.fullmatch(r"[\w.:-]+", host) or host.startswith(".") or ".." in host:
        raise ValueError(
            f"{address!r} is no URL: it names no host; expected one like https://example.org/news"
        )
    return address


def is_remote_file(kind: str, address: str) -> bool:
    """Whether a source is a WARC file on the web."""
    return kind == "warc" and is_web_url(address)


def read_fallback(archive: str) -> str:
    """The archive for pages that are gone: its name or URL."""
    if archive == ARCHIVE:
        return archive
    if "://" not in archive:
        raise ValueError(f"{archive!r}: expected {ARCHIVE}, or the URL of an archive with the same interface")
    if urlsplit(check_url(archive)).path.strip("/") or urlsplit(archive).query:
        raise ValueError(f"{archive!r}: expected scheme and host alone, such as http://localhost:8080")
    return archive


def archive_url(fallback: str | None) -> str | None:
    """The URL of that archive; None if there is none."""
    return INTERNET_ARCHIVE if fallback == ARCHIVE else fallback and fallback.rstrip("/")


def check_path(address: str) -> str:
    """A valid path or glob of files on the disk, unchanged. Raises ValueError."""
    if CONTROL.search(address):
        raise ValueError(f"{address!r}: no file has such a name")
    if "://" in address:
        raise ValueError(
            f"{address!r} is a URL, and this kind is read from the disk; kinds of the web are {', '.join(WEB_KINDS)}"
        )
    return address


def read_hosts(value: object) -> tuple[str, ...]:
    """Hosts with their ports, such as ``localhost:8080``; see ``allowed_hosts``."""
    if not isinstance(value, list):
        raise ValueError('expected a list, such as ["localhost:8080"]')
    allowed_hosts(map(str, value))
    return tuple(value)


# a token of RFC 9110, section 5.6.2: `X-Api-Key`
_HEADER_NAME = lazy_pattern(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_LEAVE_OUT = "is set by copydesk; leave it out"
_SET_BY_US: Mapping[str, str] = {
    **dict.fromkeys(
        ("host", "connection", "content-length", "transfer-encoding", "accept-encoding", "te"), _LEAVE_OUT
    ),
    # otherwise robots.txt and pages would be requested under different names
    "user-agent": "is set by copydesk, and robots.txt is read for that name; identify yourself with --contact",
    **dict.fromkeys(
        ("range", "if-range"), "requests a part of a page, and only whole ones are read; leave it out"
    ),
    **dict.fromkeys(
        ("if-none-match", "if-modified-since", "if-match", "if-unmodified-since"),
        "is set by copydesk from what it has fetched before; leave it out",
    ),
}
"""Headers that a source cannot set, with the reason. ``Cookie`` is allowed: it is a credential like others."""


class Headers(Struct, frozen=True):
    """The headers of every request as the list has them, with ``${NAME}`` for variables. The values may be secret."""

    written: Mapping[str, str] = {}

    # logs, pytest and rich use these: msgspec's own would show the values
    def __repr__(self) -> str:
        return f"Headers({', '.join(self.written)})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [(name, ...) for name in self.written]

    def __bool__(self) -> bool:
        return bool(self.written)

    def missing(self, environment: Mapping[str, str]) -> tuple[str, ...]:
        """The variables that headers use and the environment does not have."""
        variables = [name for value in self.written.values() for name in VARIABLE.findall(value)]
        return tuple(name for name in dict.fromkeys(variables) if name not in environment)

    def filled(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The headers with the values of variables.

        Raises SettingsError if a variable is missing, or its value cannot be part of a header.
        """
        values = {
            name: filled(value, environment, by="a source's header") for name, value in self.written.items()
        }
        for name, value in values.items():
            if CONTROL.search(value):
                raise SettingsError(
                    f"environment: header {name}: its value has a line break or control in it"
                )
        return values


def read_headers(value: object) -> Headers:
    """Headers, from a table."""
    if not isinstance(value, dict):
        raise ValueError('expected a table, such as { Authorization = "${NAME}" }')
    seen: set[str] = set()
    for name, content in value.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a header")
        if reason := "is there twice" if name.lower() in seen else _SET_BY_US.get(name.lower()):
            raise ValueError(f"{name} {reason}")
        seen.add(name.lower())
        # the error omits the value, which may be secret
        if not isinstance(content, str) or CONTROL.search(content):
            raise ValueError(f"{name}: expected a text of one line")
        if "${" in VARIABLE.sub("", content):
            raise ValueError(f"{name}: a variable is written ${{NAME}}, with letters, digits and underscores")
    return Headers(dict(value))
