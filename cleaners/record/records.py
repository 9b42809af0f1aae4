"""The parts of a record that do not depend on its text: id, source, processing; records as bytes."""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable, Set
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from copydesk.cleaners.options import Options
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.provenance.page_provenance import provenance_of_site
from copydesk.cleaners.record.rules_digest import rules_digest
from copydesk.cleaners.schema import Processing, Provenance, Record, SourceRef, Status, encode_value
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import Page

# as in pyproject.toml; part of each record
VERSION = "0.1.0"
# without tab and line feed, which separate cells and lines in `text`
_UNWANTED = lazy_pattern("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# the same in JSON, where controls are escaped; several patterns, because a search for a single first byte is five times
# as fast
_UNWANTED_IN_JSON = (
    lazy_pattern(rb"\\[ubfr]"),
    lazy_pattern(rb"\x7f"),
    lazy_pattern(rb"\xc2[\x80-\x9f]"),
    lazy_pattern(rb"\xef(?:\xb7[\x90-\xaf]|\xbf[\xbe\xbf])"),
)
# a date, or a time (RFC 3339, 5.6) whose seconds and offset may be missing, as callers give them
_RFC_3339 = lazy_pattern(r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d))?")
# https://name:secret@example.org/; up to / ? # or \, which end the host for browsers
_CREDENTIALS = lazy_pattern(r"\A(\s*[A-Za-z][A-Za-z0-9+.-]*://)[^/?#\\]*@")


def encode(record: Record) -> bytes:
    """The record as a line of JSON in UTF-8. The same record gives the same bytes."""
    return encode_value(record) + b"\n"


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a record."""
    return msgspec.json.schema(Record)


def failed(page: Page, reason: str) -> Record:
    """The record of a page that could not be cleaned. ``reason``: a code, optionally with details."""
    return blank(page, Options(), status="failed", reason=reason)


def rejected(page: Page, reason: str) -> Record:
    """The record of a page that is not an article. ``reason``: a code, optionally with details."""
    return blank(page, Options(), status="rejected", reason=reason)


def blank(page: Page, options: Options, *, status: Status, reason: str | None) -> Record:
    """A record without content, with the provenance that files of the site declare."""
    return base_record(
        page, status, reason, provenance=provenance_of_site(page.signals), processing=processing(options)
    )


def base_record(
    page: Page, status: Status, reason: str | None, *, provenance: Provenance, processing: Processing
) -> Record:
    """A record without content."""
    return Record(
        id=record_id(page),
        status=status,
        reason=plain(reason) if reason else None,
        url=record_url(page.url),
        source=SourceRef(
            kind=page.source.kind,
            name=plain(page.source.name),
            retrieved_from=page.source.retrieved_from and plain(page.source.retrieved_from),
        ),
        fetched_at=_rfc_3339(page.fetched_at),
        provenance=provenance,
        processing=processing,
    )


def record_id(page: Page) -> str:
    """32 hex digits, stable over runs: a digest of the page's URL, else of the name of its source and its body.

    The canonical URL is not used, because other pages may declare the same one.
    """
    digest = hashlib.sha256()
    if page.url:
        # with a prefix, so that a URL and a body never have the same digest
        digest.update(b"url\0" + page.url.strip().encode("utf-8", "replace"))
    else:
        body = page.body if isinstance(page.body, bytes) else page.body.encode("utf-8", "replace")
        name = page.source.name.encode("utf-8", "replace")
        digest.update(b"page\0" + name + b"\0" + hashlib.sha256(body).digest())
    return digest.hexdigest()[:32]


def names_of(page: Page) -> tuple[str, ...]:
    """The names of a page in a list of manual decisions: its id, and the URL of its record or else its file."""
    return record_id(page), (record_url(page.url) or page.source.name).strip()


def name_of(record: Record) -> str:
    """What to call the page of a record in such a list: its URL, else its file, whose id changes when it is corrected;
    of a page that is one of several in its file, the id.
    """
    return record.url or (record.source.name if record.source.kind == "file" else record.id)


def content_hash(text: str) -> str | None:
    """SHA-256 of a text, whatever its white space is; None for an empty text."""
    return hashlib.sha256(letters(text).encode()).hexdigest() if text else None


def plain(text: str) -> str:
    """``text`` without control characters, with lone surrogates escaped."""
    safe = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(char for char in safe if char.isprintable() or char == " ")


def without_controls(record: Record) -> Record:
    """The record without control characters, lone surrogates and noncharacters in its strings.

    The text has none, but attributes (``&#1;``) and JSON-LD may.
    """
    try:
        # ten times as fast as a search of each string
        data = msgspec.json.encode(record)
        if not any(one.search(data) for one in _UNWANTED_IN_JSON):
            return record
    except UnicodeEncodeError:  # a lone surrogate
        pass
    return with_texts(record, lambda text: _UNWANTED.sub("", text) if _UNWANTED.search(text) else text)


def with_texts(record: Record, changed: Callable[[str], str], *, but: Set[str] = frozenset()) -> Record:
    """The record with each of its strings changed; those in fields of the names ``but`` stay."""

    def of(part: Any) -> Any:
        if isinstance(part, str):
            return changed(part)
        if isinstance(part, tuple):
            parts = tuple(map(of, part))
            # the same object if nothing changed, so that hundreds of removed blocks are not copied
            return part if all(map(operator.is_, parts, part)) else parts
        if isinstance(part, dict):
            return {of(key): of(one) for key, one in part.items()}
        if isinstance(part, msgspec.Struct):
            fields = {name: getattr(part, name) for name in part.__struct_fields__ if name not in but}
            new = {name: one for name, old in fields.items() if (one := of(old)) is not old}
            return msgspec.structs.replace(part, **new) if new else part
        return part

    written: Record = of(record)
    return written


def _rfc_3339(value: str | None) -> str | None:
    """The time if it is valid in RFC 3339, else None."""
    if not value or not _RFC_3339.fullmatch(value):
        return None
    try:
        datetime.fromisoformat(value.replace("Z", "+00:00").replace("z", "+00:00"))
    except ValueError:
        return None
    return value


def record_url(url: str | None) -> str | None:
    """A URL as in a record: without user name and password, and without control characters."""
    return _CREDENTIALS.sub(r"\1", plain(url)) if url else None


@lru_cache(maxsize=64)  # the same for all pages of a run
def _options_digest(options: Options) -> str:
    return hashlib.sha256(repr(options).encode()).hexdigest()[:16]


def processing(options: Options) -> Processing:
    """The part of ``Processing`` that does not depend on the page."""
    return Processing(
        copydesk=VERSION,
        rules=rules_digest(),
        options=_options_digest(options),
        keep=options.keep,
        drop=options.drop,
        favor=options.favor or msgspec.UNSET,
    )
