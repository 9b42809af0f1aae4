"""What the keys of a source may hold: texts, words of a list, numbers, URLs, paths, hosts, headers."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from copydesk.flows.config.database_url import VARIABLE
from copydesk.flows.errors import SettingsError
from copydesk.flows.fetching.wire.addresses import read_place
from copydesk.flows.io.redaction import holds_credentials
from copydesk.flows.suggestions import suggestion
from copydesk.flows.web_kinds import WEB_KINDS

ARCHIVE = "internet-archive"
"""Its name in lists."""
INTERNET_ARCHIVE = "https://web.archive.org"
# C0, DEL and C1; a line break in a value would begin a header or request of its own
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def read_text(value: object) -> str:
    """A text that is not blank. Raises ValueError with advice, as all of these do."""
    if not isinstance(value, str):
        # in Python true and false are integers, too
        is_simple = isinstance(value, (int, float)) and not isinstance(value, bool)
        raise ValueError("expected a text" + (f'; write "{value}"' if is_simple else ""))
    if not value.strip():
        raise ValueError("expected a text, not an empty one")
    return value


def one_of(known: Sequence[str], what: str, others: Mapping[str, str]) -> Callable[[object], str]:
    """A reader of one of some words; ``others``: other words for them."""

    def read(value: object) -> str:
        word = read_text(value)
        if word not in known:
            meant = others.get(word.lower())
            hint = f"did you mean {meant}?" if meant else suggestion(word.lower(), known)
            raise ValueError(f"unknown {what} {word!r}; {hint}")
        return word

    return read


def read_yes_or_no(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("expected true or false, without quotation marks")
    return value


def check_url(address: str) -> str:
    """The URL of a page on the web, checked. Raises ValueError with advice."""
    if holds_credentials(address):  # before any message that quotes it
        raise ValueError('holds a user or password; put it into headers, as Authorization = "${NAME}"')
    if CONTROL.search(address) or " " in address.strip() or address != address.strip():
        raise ValueError(f"{address!r} is no URL: it has a space or control in it; write a space as %20")
    scheme, mark, rest = address.partition("://")
    if scheme.lower() not in ("http", "https") or not mark:
        meant = f"https://{(rest if mark else address).lstrip('/:')}"
        raise ValueError(f"{address!r} is no URL; did you mean {meant}?")
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port  # reading the port checks it
    except ValueError as error:
        raise ValueError(f"{address!r} is no URL: {str(error).lower()}") from error
    # letters of any script, for hosts may be written in theirs; colons for IPv6
    if not host or not re.fullmatch(r"[\w.:-]+", host) or host.startswith(".") or ".." in host:
        raise ValueError(
            f"{address!r} is no URL: it names no host; expected one like https://example.org/news"
        )
    return address


def is_remote_file(kind: str, address: str) -> bool:
    """Whether a source is a WARC file on the web, though most of its kind are on the disk."""
    return kind == "warc" and address.lower().startswith(("http://", "https://"))


def read_fallback(value: object) -> str:
    """The archive for pages that are gone, by its name or URL. Raises ValueError."""
    archive = read_text(value)
    if archive == ARCHIVE:
        return archive
    if "://" not in archive:
        raise ValueError(f"{archive!r}: expected {ARCHIVE}, or the URL of an archive with the same interface")
    if urlsplit(check_url(archive)).path.strip("/") or urlsplit(archive).query:
        raise ValueError(f"{archive!r}: expected scheme and host alone, such as http://localhost:8080")
    return archive


def archive_at(fallback: str | None) -> str | None:
    """The URL of that archive."""
    return INTERNET_ARCHIVE if fallback == ARCHIVE else fallback and fallback.rstrip("/")


def check_path(address: str) -> str:
    """The path or glob of files on the disk, checked. Raises ValueError as ``check_url``."""
    if CONTROL.search(address):
        raise ValueError(f"{address!r}: no file has such a name")
    if "://" in address:
        raise ValueError(
            f"{address!r} is a URL, and this kind is read from the disk; kinds of the web are {', '.join(WEB_KINDS)}"
        )
    return address


def read_hosts(value: object) -> tuple[str, ...]:
    """Places, such as ``localhost:8080``. Raises ValueError with advice."""
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
    """A suggestion: an IPv6 address needs brackets, and only host and port are allowed."""
    head, _, port = written.rpartition(":")
    for address, its_port in ((head, port), (written, "8080")):
        with suppress(ValueError):
            return f"[{ipaddress.IPv6Address(address.strip('[]'))}]:{its_port}"
    # `https://` before the host, a port or path behind it: `http://localhost:80/x` is `localhost`
    bare = re.sub(r"^\w+://|[/:].*$", "", written)
    return f"{bare.strip() or 'localhost'}:8080"


# a token of RFC 9110, section 5.6.2: `X-Api-Key`
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# of the connection and the body's form, which the client settles with the server
_LEAVE_OUT = "is set by copydesk; leave it out"
_SET_BY_US: Mapping[str, str] = {
    **dict.fromkeys(("host", "connection", "content-length", "transfer-encoding"), _LEAVE_OUT),
    **dict.fromkeys(("accept-encoding", "te"), _LEAVE_OUT),
    # else robots.txt would be fetched under one name and pages under another
    "user-agent": "is set by copydesk, and robots.txt is read for that name; identify yourself with --contact",
    **dict.fromkeys(
        ("range", "if-range"), "requests a part of a page, and only whole ones are read; leave it out"
    ),
    **dict.fromkeys(
        ("if-none-match", "if-modified-since", "if-match", "if-unmodified-since"),
        "is set by copydesk from what it has fetched before; leave it out",
    ),
}
"""Headers that a source cannot have, with the reason. ``Cookie`` is allowed: it is a credential like others."""


class Headers(Struct, frozen=True):
    """Headers of every request as the list has them. Their values may be secret: they are not shown."""

    written: Mapping[str, str] = {}

    # pytest and rich show objects by this: msgspec's own would show values, which may be secret
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
        """The headers with ``${NAME}`` replaced by the variable's value.

        Raises SettingsError where a variable is missing, or holds what no header can.
        """
        if missing := self.missing(environment):
            raise SettingsError(f"environment: {missing[0]} is not set, but a source's headers use it")
        # stripped: what is read from a file into a variable often ends in a line break
        filled = {
            name: VARIABLE.sub(lambda found: environment[found[1]].strip(), value)
            for name, value in self.written.items()
        }
        for name, value in filled.items():
            if CONTROL.search(value):
                raise SettingsError(
                    f"environment: header {name}: its value has a line break or control in it"
                )
        return filled


def read_headers(value: object) -> Headers:
    """Headers from a table of a list. Raises ValueError with advice."""
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
