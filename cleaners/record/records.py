"""Records that are no article, and records as bytes."""

from __future__ import annotations

import hashlib
import operator
import re
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from copydesk.cleaners.provenance.page_provenance import provenance_of_site
from copydesk.cleaners.record.rules_digest import rules_digest
from copydesk.cleaners.schema import Processing, Provenance, Record, SourceRef, Status, encode_value
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import Options, Page

# the same as in pyproject.toml; written into each record
VERSION = "0.1.0"
# tab and line feed stay: cells of tables and forced line breaks stand in `text` by them
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# the same in JSON, where controls are escaped (\t, \n and a few others have short names)
# apart: a pattern that begins with one byte is sought five times as fast as one of several
_UNWANTED_IN_JSON = (
    re.compile(rb"\\[ubfr]"),
    re.compile(rb"\x7f"),
    re.compile(rb"\xc2[\x80-\x9f]"),
    re.compile(rb"\xef(?:\xb7[\x90-\xaf]|\xbf[\xbe\xbf])"),
)
# a date, or a time (RFC 3339, 5.6) whose seconds and offset may be missing: what the caller gave is kept
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d))?")
# https://name:secret@example.org/; not beyond the first / ? # or \, which end the host for browsers
_CREDENTIALS = re.compile(r"\A(\s*[A-Za-z][A-Za-z0-9+.-]*://)[^/?#\\]*@")


def encode(record: Record) -> bytes:
    """The record as one line of JSON, UTF-8, with its line end. The same record gives the same bytes."""
    return encode_value(record) + b"\n"


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a record."""
    return msgspec.json.schema(Record)


def failed(page: Page, reason: str) -> Record:
    """The record of a page on which cleaning itself failed; ``reason`` is a code, optionally with detail."""
    return blank(page, Options(), status="failed", reason=reason)


def rejected(page: Page, reason: str) -> Record:
    """The record of a page that is no article; ``reason`` is a code, optionally with detail."""
    return blank(page, Options(), status="rejected", reason=reason)


def blank(page: Page, options: Options, *, status: Status, reason: str | None) -> Record:
    """A record that says where a page came from and nothing of its content."""
    return base_record(
        page, status, reason, provenance=provenance_of_site(page.signals), processing=processing(options)
    )


def base_record(
    page: Page, status: Status, reason: str | None, *, provenance: Provenance, processing: Processing
) -> Record:
    """A record of a page, without its content."""
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
    """32 hex digits, stable over runs: of the page's own address, else of its source's name and its content.

    Not of its canonical URL: whether other pages claim the same one, a page by itself cannot know.
    """
    digest = hashlib.sha256()
    if page.url:
        # marked by kind: an address and a page can never give the same digest
        digest.update(b"url\0" + page.url.strip().encode("utf-8", "replace"))
    else:
        body = page.body if isinstance(page.body, bytes) else page.body.encode("utf-8", "replace")
        digest.update(
            b"page\0" + page.source.name.encode("utf-8", "replace") + b"\0" + hashlib.sha256(body).digest()
        )
    return digest.hexdigest()[:32]


def names_of(page: Page) -> tuple[str, ...]:
    """By what a page is meant: its id, and its address as its record has it."""
    url = record_url(page.url)
    return (record_id(page), url.strip()) if url else (record_id(page),)


def content_hash(text: str) -> str | None:
    """SHA-256 of the letters of a text, None where there are none: with other white space it is the same."""
    return hashlib.sha256(letters(text).encode()).hexdigest() if text else None


def plain(text: str) -> str:
    """``text`` without lone surrogates and controls: what may stand in a record."""
    safe = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(char for char in safe if char.isprintable() or char == " ")


def without_controls(record: Record) -> Record:
    """The record with no control character, lone surrogate or noncharacter in any of its strings.

    Text is clean by then; references such as ``&#1;`` in attributes and escapes in JSON-LD come late.
    """
    try:
        # ten times as fast as looking at each string
        data = msgspec.json.encode(record)
        if not any(one.search(data) for one in _UNWANTED_IN_JSON):
            return record
    except UnicodeEncodeError:  # a lone surrogate
        pass
    cleaned: Record = _without_controls(record)
    return cleaned


def _without_controls(value: Any) -> Any:
    if isinstance(value, str):
        return _UNWANTED.sub("", value) if _UNWANTED.search(value) else value
    if isinstance(value, tuple):
        cleaned = tuple(map(_without_controls, value))
        # the same object where nothing changed, so that hundreds of removals are not built again
        return value if all(map(operator.is_, cleaned, value)) else cleaned
    if isinstance(value, dict):
        return {_without_controls(key): _without_controls(item) for key, item in value.items()}
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        changed = {name: new for name, old in fields.items() if (new := _without_controls(old)) is not old}
        return msgspec.structs.replace(value, **changed) if changed else value
    return value


def _rfc_3339(value: str | None) -> str | None:
    """A time as RFC 3339 has it, or None."""
    if not value or not _RFC_3339.fullmatch(value):
        return None
    try:
        datetime.fromisoformat(value.replace("Z", "+00:00").replace("z", "+00:00"))
    except ValueError:
        return None
    return value


def record_url(url: str | None) -> str | None:
    """An address as records have it: as plain text, without the name and password it may carry, which are somebody's
    secret; None where there is none.
    """
    return _CREDENTIALS.sub(r"\1", plain(url)) if url else None


@lru_cache(maxsize=64)  # the same for all pages of a run
def _options_digest(options: Options) -> str:
    return hashlib.sha256(repr(options).encode()).hexdigest()[:16]


def processing(options: Options) -> Processing:
    """How a record is made, as far as it is known before the page is read."""
    # `Label.FAQ` equals "faq" and is written otherwise: the digest must not depend on which of them a process met first
    keep, drop = tuple(map(str, options.keep)), tuple(map(str, options.drop))
    options_key = msgspec.structs.replace(
        options, user_rules=tuple(options.user_rules), keep=keep, drop=drop
    )  # a list cannot be looked up
    return Processing(
        copydesk=VERSION,
        rules=rules_digest(),
        options=_options_digest(options_key),
        keep=keep,
        drop=drop,
    )
