"""Headers that a source sends with every request: their allowed values, and variables in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from copydesk.flows.config.source_keys import CONTROL
from copydesk.flows.errors import SettingsError

# a token of RFC 9110, section 5.6.2: `X-Api-Key`
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# `${COURIER_TOKEN}`: names as POSIX shells have them
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
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
        variables = [name for value in self.written.values() for name in _VARIABLE.findall(value)]
        return tuple(name for name in dict.fromkeys(variables) if name not in environment)

    def filled(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The headers with ``${NAME}`` replaced by the variable's value.

        Raises SettingsError where a variable is missing, or holds what no header can.
        """
        if missing := self.missing(environment):
            raise SettingsError(f"environment: {missing[0]} is not set, but a source's headers use it")
        filled = {
            # stripped: what is read from a file into a variable often ends in a line break
            name: _VARIABLE.sub(lambda found: environment[found[1]].strip(), value)
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
        if "${" in _VARIABLE.sub("", content):
            raise ValueError(f"{name}: a variable is written ${{NAME}}, with letters, digits and underscores")
    return Headers(dict(value))
