"""What is known of a page beside its answer, in headers of the records of our own archives."""

from __future__ import annotations

import json
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from cleaners.types import Announced, Page, SiteSignal, Source

SOURCE_HEADER = "WARC-Copydesk-Source"
"""Kind and name of the source a page was fetched for."""
CONTEXT_HEADER = "WARC-Copydesk-Context"
"""What its site and the list that led to it say of it, as JSON in ASCII."""


class Context(Struct, frozen=True, omit_defaults=True):
    """What ``Page`` has of it."""

    signals: tuple[SiteSignal, ...] = ()
    announced: Announced | None = None


def context_of(page: Page) -> str:
    """The context as a header's value."""
    plain = msgspec.to_builtins(Context(page.signals, page.announced))
    return json.dumps(plain, ensure_ascii=True, separators=(",", ":"))


def read_context(headers: Mapping[str, str]) -> Context:
    """The context in a record's headers (names in lower case); an empty one where there is none that can be read."""
    try:
        return msgspec.json.decode(headers.get(CONTEXT_HEADER.lower(), "{}"), type=Context)
    except (msgspec.MsgspecError, UnicodeError):
        return Context()


def read_source(headers: Mapping[str, str]) -> Source | None:
    """The source in a record's headers; None in archives of others."""
    kind, _, name = headers.get(SOURCE_HEADER.lower(), "").partition(" ")
    return Source(kind, name) if name else None
