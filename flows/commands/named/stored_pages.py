"""The page of a stored record: as it came, from the archive beside the store."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
from msgspec import Struct

from copydesk.cleaners.types import Page, Source
from copydesk.flows.errors import SettingsError
from copydesk.flows.sinks.record_lines import key_of
from copydesk.flows.sources.catalogue import read_pages
from copydesk.flows.sources.opening.page_context import ARCHIVE
from copydesk.flows.web_kinds import WEB_KINDS

# an id has 32 digits; set by hand: a beginning that is shorter is rather a word
_ID = re.compile("[0-9a-f]{6,32}")


class _Stored(Struct, frozen=True):
    """What is known of a record whose page is looked for."""

    id: str
    source: Source
    url: str | None = None
    fetched_at: str | None = None
    version: int = 1


_decode = msgspec.json.Decoder(_Stored).decode


def is_like_an_id(name: str) -> bool:
    """Whether a name may be the id of a record, or its beginning."""
    return _ID.fullmatch(name) is not None


def stored_page(name: str, output: Path) -> Page:
    """The page of the record of this id, or whose id begins so, in a folder of runs; of several versions the last.

    Raises SettingsError, which says what to do, where there is no such record, or where its page was not kept.
    """
    record = _record(name, output)
    if record.source.kind not in WEB_KINDS:
        # of a folder that was read a record has what is below it alone: it is the same wherever the folder lies
        where = (
            f"{record.source.name}, in the folder that the run read"
            if "/" in record.source.name
            else record.source.name
        )
        raise SettingsError(f"{name}: its page was read from {where}; give that file")
    if _is_reserved_since(record, output):
        raise SettingsError(f"{name}: its publisher reserves text and data mining; nothing of it is shown")
    kept = [
        page
        for page in (read_pages((str(output / ARCHIVE),)) if (output / ARCHIVE).is_dir() else ())
        if isinstance(page, Page) and page.url == record.url
    ]
    # another copy would be another version of the page
    page = next((page for page in kept if page.fetched_at == record.fetched_at), None)
    if page is None:
        raise SettingsError(
            f"{name}: its page is not in the archive ({output / ARCHIVE}); give its address: {record.url}"
        )
    return page


def _is_reserved_since(record: _Stored, output: Path) -> bool:
    """Whether the page was found reserved when it was fetched for this record, or later."""
    from copydesk.flows.store.raw_archive import reserved_in  # loads warcio, which few commands need

    return any(
        reserved.url == record.url
        and (not record.fetched_at or not reserved.fetched_at or record.fetched_at <= reserved.fetched_at)
        for reserved in reserved_in(output)
    )


def _record(name: str, output: Path) -> _Stored:
    from copydesk.flows.sinks.catalogue import store_at  # few commands look into a store

    backend = store_at(output)
    if backend is None:
        raise SettingsError(
            f"{name}: no such file or folder; nor are there records in {output}, if it is an id (see --output)"
        )
    found: dict[str, _Stored] = {}
    for line in backend.lines():
        key = key_of(line)
        if key is not None and key.id.startswith(name):
            record = _decode(line)
            if key.id not in found or record.version >= found[key.id].version:
                found[key.id] = record
    if not found:
        raise SettingsError(f"{name}: no such file or folder, and no id of a record in {backend.where}")
    if len(found) > 1:
        raise SettingsError(f"{name}: {len(found):,} records are meant; give more of the id")
    return next(iter(found.values()))
