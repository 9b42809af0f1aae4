"""What recurs on a site, learned from a run's journal and from earlier runs, and moved out of the journal's texts.

The journal itself stays as it was written: what is merged in its place is made again whenever it is merged again. What
is known beside it is only changed once the backend has it, and in a way that makes no difference to the same journal.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, Row, delete, select

from copydesk.cleaners import encode
from copydesk.cleaners.recurring.site_blocks import (
    DIGEST_BYTES,
    Sightings,
    blocks_of,
    is_recurring,
    without_recurring,
)
from copydesk.cleaners.schema import Record
from copydesk.cleaners.sites import bare, domain_of
from copydesk.flows.library.identity import folder_of
from copydesk.flows.library.record_lines import decode_record
from copydesk.flows.store.state import State
from copydesk.flows.store.state_tables import put_into, site_pages

Shorten = Callable[[Record], Record]
Note = Callable[[bytes, bytes], None]
"""Called with a line that was read, and the line that is stored in its place."""
# to distinguish two headlines or texts
_DIGEST_BYTES = 8
_JOURNAL_DIGEST_BYTES = 16
# set by hand: enough for a share of some per cent, and 100 kB a site
MOST_PAGES_OF_SITE = 200
"""So many pages of a site are remembered from run to run."""
_MOST_BYTES_OF_BLOCKS = 8_000  # a thousand blocks; the most of 1,487 real pages is 1,525, headings and all


class SeenPage(Struct, frozen=True):
    """A page of a site as it is counted.

    ``headline`` and ``text``: digests by which copies of one article are known. ``blocks``: the digests of what its
    text holds, in order and one behind the other, as there may be a million pages.
    """

    id: str
    headline: bytes
    text: bytes
    blocks: bytes


class SiteMemory:
    """What is known of sites from the journals before this one, in a state. Methods raise as those of ``State``."""

    def __init__(self, state: State) -> None:
        self._state = state

    def pages_of(self, site: str, *, journal: bytes) -> tuple[SeenPage, ...]:
        """The pages of a site that were counted last, ``MOST_PAGES_OF_SITE`` and those of the journal at most.

        The same for the same journal (``journal``: its digest), but for pages of that journal itself.
        """
        newest_first = (site_pages.c.batch.desc(), site_pages.c.page)
        newest = (
            select(site_pages.c.page).filter_by(site=site).order_by(*newest_first).limit(MOST_PAGES_OF_SITE)
        )
        with self._state.writing() as connection:
            rows = _rows_of(connection, site)
            # not while a journal is merged once more: its pages have the places of some it was counted with
            if len(rows) > MOST_PAGES_OF_SITE and all(row.journal != journal for row in rows):
                connection.execute(
                    delete(site_pages).filter_by(site=site).where(site_pages.c.page.not_in(newest))
                )
                rows = _rows_of(connection, site)
        return tuple(SeenPage(row.page, row.headline, row.text, row.blocks) for row in rows)

    def note(self, site: str, pages: Sequence[SeenPage], *, journal: bytes) -> None:
        """Notes the pages that a journal has of a site, in place of what was known of them; again changes nothing."""
        with self._state.writing() as connection:
            known = _rows_of(connection, site)
            same = next((row.batch for row in known if row.journal == journal), None)
            batch = max((row.batch for row in known), default=0) + 1 if same is None else same
            rows = [
                {
                    "site": site,
                    "page": page.id,
                    "journal": journal,
                    "batch": batch,
                    "headline": page.headline,
                    "text": page.text,
                    "blocks": page.blocks[:_MOST_BYTES_OF_BLOCKS],
                }
                for page in pages
            ]
            # one statement for all: SQLAlchemy takes longer to put one together than the database to carry it out
            if rows:
                connection.execute(put_into(connection.dialect, site_pages), rows)


def _rows_of(connection: Connection, site: str) -> Sequence[Row[Any]]:
    return connection.execute(select(site_pages).filter_by(site=site).order_by(site_pages.c.page)).all()


class RecurringBlocks:
    """Makes of a journal the one that is merged: without the blocks that recur on their sites.

    ``memory``: what is known of sites. ``shorten``: how much of its removals a record keeps. ``note``: called with
    each line that loses something.
    """

    def __init__(
        self, folder: Path, memory: SiteMemory, shorten: Shorten, note: Note = lambda _read, _stored: None
    ) -> None:
        self._folder = folder
        self._memory = memory
        self._shorten = shorten
        self._note = note

    @contextmanager
    def __call__(self, journal: BinaryIO) -> Iterator[BinaryIO]:
        """The journal to merge, which goes with the context. Left without an error, its pages are noted."""
        sites, digest = _sites_in(journal)
        journal.seek(0)
        if not sites:
            yield journal
            return
        sightings = _sightings(sites, self._memory, digest)
        with self._written(journal, sightings) as written:
            yield written
        for site, pages in sites.items():
            self._memory.note(site, tuple(pages.values()), journal=digest)

    @contextmanager
    def _written(self, journal: BinaryIO, sightings: Mapping[str, Sightings]) -> Iterator[BinaryIO]:
        if not sightings:
            yield journal
            return
        # without a name, so that nobody who is killed leaves it behind
        with TemporaryFile(dir=self._folder) as written:
            for line in journal:
                written.write(self._without(line, sightings))
            written.seek(0)
            yield written

    def _without(self, line: bytes, sightings: Mapping[str, Sightings]) -> bytes:
        site, page = _page_in(line) or ("", None)
        if page is None or site not in sightings:
            return line
        seen = sightings[site]
        if seen.holding.keys().isdisjoint(_each(page.blocks)):
            return line
        record = decode_record(line)
        changed = _shortened(record, seen, self._shorten)
        if changed is record:
            return line
        written = encode(changed)
        self._note(line, written)
        return written


class _NamedSource(Struct, frozen=True):
    name: str


class _Line(Struct, frozen=True):
    """As much of a line as is counted."""

    id: str
    status: str
    page_kind: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    title: str | None = None
    text: str = ""
    content_hash: str | None = None
    site_name: str | None = None
    source: _NamedSource = _NamedSource("")
    field_origins: dict[str, str] = {}

    @property
    def site(self) -> str:
        """The registrable domain; of a page without an address the name that it gives its site, or the folder of
        its file, or the file of many pages that it is in.
        """
        if found := domain_of(self.url or self.canonical_url or ""):
            return found
        return self.site_name or folder_of(self.source.name)


_decode_line = msgspec.json.Decoder(_Line).decode


def _sites_in(journal: BinaryIO) -> tuple[dict[str, dict[str, SeenPage]], bytes]:
    """The pages that count, by their sites and ids, each as it was read last; and a digest of the whole journal."""
    sites: defaultdict[str, dict[str, SeenPage]] = defaultdict(dict)
    digest = hashlib.sha256()
    for line in journal:
        digest.update(line)
        found = _page_in(line)
        if found is not None:
            site, page = found
            sites[site][page.id] = page
    return sites, digest.digest()[:_JOURNAL_DIGEST_BYTES]


def _page_in(line: bytes) -> tuple[str, SeenPage] | None:
    """The site and page of a line; None of what is no record or has no text."""
    # what a killed run left half-written
    if not line.endswith(b"\n"):
        return None
    try:
        read = _decode_line(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    # text in a script is no text of the page
    if read.status not in ("ok", "partial") or not read.text or "text" in read.field_origins:
        return None
    # a card is on every list that shows it, and is what a list consists of
    if read.status == "ok" and read.page_kind in ("listing", "collection", "search"):
        return None
    text = read.content_hash or ""
    headline = bare(read.title or "") or text
    return read.site, SeenPage(
        read.id, _digest(headline), _digest(text), b"".join(sorted(blocks_of(read.text)))
    )


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=_DIGEST_BYTES).digest()


def _each(blocks: bytes) -> Iterator[bytes]:
    return (blocks[at : at + DIGEST_BYTES] for at in range(0, len(blocks), DIGEST_BYTES))


def _sightings(
    sites: Mapping[str, Mapping[str, SeenPage]], memory: SiteMemory, journal: bytes
) -> dict[str, Sightings]:
    """Of the sites on which anything recurs, what is known."""
    found: dict[str, Sightings] = {}
    # one site after the other: what is known of all may be much
    for site, read in sites.items():
        known = [page for page in memory.pages_of(site, journal=journal) if page.id not in read]
        pages = [*known, *read.values()]
        articles = _articles(pages)
        holding = {block: _articles(those) for block, those in _often(pages, articles).items()}
        recurring = {block: count for block, count in holding.items() if is_recurring(count, articles)}
        if recurring:
            found[site] = Sightings(site, articles, recurring)
    return found


def _often(pages: Sequence[SeenPage], articles: int) -> dict[bytes, list[SeenPage]]:
    """The blocks that enough pages hold, copies included, each with these pages."""
    import numpy as np  # a tenth of a second, which runs that store nothing need not wait for

    blocks, times = np.unique(
        np.frombuffer(b"".join(page.blocks for page in pages), dtype=np.uint64), return_counts=True
    )
    # copies of an article make it fewer, never more
    often: dict[bytes, list[SeenPage]] = {
        block.tobytes(): []
        for block, count in zip(blocks, times.tolist(), strict=True)
        if is_recurring(count, articles)
    }
    for page in pages if often else ():
        for block in often.keys() & set(_each(page.blocks)):
            often[block].append(page)
    return often


def _articles(pages: Sequence[SeenPage]) -> int:
    """How many articles these are: copies have their headline or their text in common."""
    return min(len({page.headline for page in pages}), len({page.text for page in pages}))


def _shortened(record: Record, seen: Sightings, shorten: Shorten) -> Record:
    """The record without what recurs; its removals, which were shortened before, take up as much of it as of others."""
    if shorten(record) is record:
        return without_recurring(record, seen)
    bare_record = replace(record, removed=())
    changed = without_recurring(bare_record, seen)
    if changed is bare_record:
        return record
    removed = (*record.removed, *shorten(changed).removed)
    return replace(changed, removed=tuple(sorted(removed, key=lambda one: one.label)))
