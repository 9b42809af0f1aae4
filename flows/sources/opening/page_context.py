"""What is known of a page beside its content, in headers of the records of our own archives."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.types import LICENSE_LINE, Announced, Page, SiteSignal, Source

ARCHIVE = "archive"
"""Folder of our own archives below the output."""
SOURCE_HEADER = "WARC-Copydesk-Source"
"""Kind and name of the source a page was fetched for."""
CONTEXT_HEADER = "WARC-Copydesk-Context"
"""What is known of it from its site and its list, as JSON."""
MAX_CONTEXT_BYTES = 800_000
"""No context is longer, so that the headers of its record stay within what ``warc_records`` reads."""
# set by hand: a quarter of the whole, so that signals have room; larger ones are no announcement
_MAX_ANNOUNCED_BYTES = 200_000
# set by hand: a URL and what its server answered
_MAX_CUT_SHORT_CHARS = 10_000
_MAX_SIGNALS = 100  # the cleaner reads no more of a page


class PageContext(Struct, frozen=True, omit_defaults=True):
    """What ``Page`` has of it. ``media`` and ``content_type``: of a text that was decoded before, as a feed's own.

    ``continues``: whether it is a further page of the article whose first page comes behind it; ``continuations``: of a
    first page, how many of these are before it.
    """

    signals: tuple[SiteSignal, ...] = ()
    announced: Announced | None = None
    media: str | None = None
    content_type: str | None = None
    retrieved_from: str | None = None
    continues: bool = False
    continuations: int = 0
    cut_short: str | None = None
    is_cut_for_now: bool = False
    read_at: str | None = None


def context_of(page: Page, *, continues: bool = False) -> str:
    """The context as a header's value, in UTF-8 at most ``MAX_CONTEXT_BYTES`` long.

    As much of it as cleaning looks at; what would be too long even so is left out from the end.
    """
    is_decoded = isinstance(page.body, str)
    context = PageContext(
        announced=page.announced,
        media=page.media if is_decoded else None,
        content_type=page.content_type if is_decoded else None,
        retrieved_from=page.source.retrieved_from,
        continues=continues,
        continuations=len(page.continuations),
        cut_short=page.cut_short and page.cut_short[:_MAX_CUT_SHORT_CHARS],
        is_cut_for_now=page.is_cut_for_now,
        read_at=page.read_at,
    )
    if _length(context) > _MAX_ANNOUNCED_BYTES:  # a title of so many bytes is none
        context = replace(context, announced=None)
    # the key is left out of an empty context, and comes with the first signal
    left = MAX_CONTEXT_BYTES - _length(context) - len('"signals":[],')
    return _as_json(replace(context, signals=tuple(_fitting(page.signals, left))))


def _fitting(signals: Sequence[SiteSignal], left: int) -> Iterator[SiteSignal]:
    """The signals that cleaning reads, up to so many bytes: the first, and the licence among all."""
    further = (signal for signal in signals[_MAX_SIGNALS:] if signal.name == LICENSE_LINE)
    for signal in (*signals[:_MAX_SIGNALS], *islice(further, 1)):
        # 1 for the comma
        left -= _length(signal) + 1
        if left < 0:
            return
        yield signal


def _length(value: Struct) -> int:
    return len(_as_json(value).encode())


def _as_json(value: Struct) -> str:
    """On one line. Half characters, which no reader takes, are dropped, as they are from records."""
    text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "ignore").decode()


def read_context(headers: Mapping[str, str]) -> PageContext:
    """The context in a record's headers (names in lower case); an empty one where there is none that can be read."""
    try:
        return msgspec.json.decode(headers.get(CONTEXT_HEADER.lower(), "{}"), type=PageContext)
    except (msgspec.MsgspecError, UnicodeError):
        return PageContext()


def read_source(headers: Mapping[str, str]) -> Source | None:
    """The source in a record's headers; None in archives of others."""
    kind, _, name = headers.get(SOURCE_HEADER.lower(), "").partition(" ")
    return Source(kind, name) if name else None
