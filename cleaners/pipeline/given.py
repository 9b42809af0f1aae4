"""What callers give: pages and options, checked before any stage could fail in words that name none of the caller's."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping
from types import NoneType

from msgspec.structs import replace

from copydesk.cleaners.options import Options
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Page

# set by hand: enough to know a value again, little enough for one line
_MAX_SHOWN_CHARS = 60
_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = _MAX_SHOWN_CHARS
_MAX_NAME_CHARS = 1_000
_URL = lazy_pattern(r"\s*https?://[^\s<>]+\s*")
# a name or path without blanks, with an end that pages have
_FILE_NAME = lazy_pattern(
    r"[^\s<>]{1,300}\.(?:x?html?|mhtml?|txt|md|pdf|docx|epub|eml|mbox|json|jsonl|csv|tsv|warc)(?:\.gz|\.zst)?",
    re.IGNORECASE,
)
_MEDIA = ("html", "text")
_TYPES = (
    ("body", (bytes, str), "the page as bytes or str (of a file: its read_bytes())"),
    ("url", (str, NoneType), "the page's address as str, or None"),
    ("content_type", (str, NoneType), "the media type as declared as str, or None"),
    ("headers", Mapping, "the headers of the answer as a mapping of str to str"),
    ("fetched_at", (str, NoneType), "the time in RFC 3339 as str (of a datetime: its isoformat()), or None"),
    ("options", Mapping, "the options of its source as a mapping, such as {'pages': 'all'}"),
    ("continuations", (tuple, list), "the further pages of an article, in a tuple"),
    ("cut_short", (str, NoneType), "why more of the article is missing as str, or None"),
    ("read_at", (str, NoneType), "the address of the single page as str, or None"),
)
"""What each value of a page must be: its name, its types, and these in words."""


def as_page(given: Page | bytes | str, url: str | None = None) -> Page:
    """What ``clean`` takes as a page, at ``url`` where that is given. Raises as ``checked_page`` does."""
    # an open file or a Path is refused: no stage reads files
    if not isinstance(given, Page | bytes | str):
        raise wrong_type(
            "body", "the page as bytes or str (of a file: its read_bytes()), or a copydesk.Page", given
        )
    page = given if isinstance(given, Page) else Page(body=given)
    if url is not None:
        page = replace(page, url=url)
    return checked_page(page)


def refuse_name(given: object) -> None:
    """Raises ValueError, in one line, where a text is no page but the URL or the name of the file that was meant."""
    if not isinstance(given, str) or len(given) > _MAX_NAME_CHARS:
        return
    if _URL.fullmatch(given):
        raise ValueError(
            f"body: {shown(given)} is a URL, and clean fetches nothing: give the page's content, "
            f"clean(content, url), or run: copydesk clean URL"
        )
    if _FILE_NAME.fullmatch(given):
        raise ValueError(
            f"body: {shown(given)} is the name of a file, and clean reads none: "
            f"give its content, clean(Path(name).read_bytes()), or run: copydesk clean FILE"
        )


def checked_page(page: Page) -> Page:
    """The page, where each of its values has the type it must have, with its ``media`` as it is known here.

    Raises TypeError in one line, and ValueError where ``media`` is unknown.
    """
    if not isinstance(page, Page):
        raise wrong_type("page", "a copydesk.Page (clean takes HTML or text itself)", page)
    for name, types, expected in _TYPES:
        if not isinstance(getattr(page, name), types):
            raise wrong_type(name, expected, getattr(page, name))
    # theirs count for nothing: however deep they are nested, none is looked at
    further = tuple(
        checked_page(replace(one, continuations=()) if isinstance(one, Page) else one)
        for one in page.continuations
    )
    return replace(page, media=_checked_media(page.media), continuations=further)


def _checked_media(media: str | None) -> str | None:
    if not isinstance(media, str | None):
        raise wrong_type("media", f"one of {', '.join(_MEDIA)} as str, or None", media)
    known = media.strip().lower() if media is not None else None
    if known is not None and known not in _MEDIA:
        raise ValueError(
            f"media: unknown {shown(media)}; known are {', '.join(_MEDIA)} (a declared type is content_type)"
        )
    return known


def checked_options(options: Options | None) -> Options:
    """The options, the usual ones in place of None. Raises TypeError."""
    options = Options() if options is None else options
    if not isinstance(options, Options):
        raise wrong_type("options", "a copydesk.Options, or None", options)
    return options


def wrong_type(name: str, expected: str, given: object) -> TypeError:
    """The error of a value that is not what it must be: what is expected, and what was given."""
    return TypeError(f"{name}: expected {expected}, not {shown(given)}")


def shown(given: object) -> str:
    """A value as an error names it, in one line: as Python writes it, cut short, with its type."""
    name = type(given).__name__
    # reprlib looks at the first few of a million entries alone
    line = " ".join(_REPR.repr(given).split())
    written = line if len(line) <= _MAX_SHOWN_CHARS else f"{line[: _MAX_SHOWN_CHARS - 1]}…"
    return written if written.startswith(name) else f"{written} ({name})"
