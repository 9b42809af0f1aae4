"""What recurs on a site, learned from a run and from earlier ones, and moved out of the texts of the run's records.

A batch notes the pages that it has of each site. At the end of a run each site is settled once, with all pages of the
run: the order of pages, the number of workers and interrupted runs make no difference.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

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
from copydesk.flows.io.databases import batched, execute_all
from copydesk.flows.library.records.identity import folder_of
from copydesk.flows.library.records.record_lines import decode_record
from copydesk.flows.library.records.record_table import RecordTable
from copydesk.flows.library.tables import put_into, record, site_page, unsettled

Shorten = Callable[[Record], Record]
_Page = sa.Row[Any]
# to distinguish two headlines or texts
_DIGEST_BYTES = 8
# set by hand: enough for a share of some per cent, and 100 kB a site
MOST_PAGES_OF_SITE = 200
"""So many pages of a site are remembered from run to run."""
_MOST_BYTES_OF_BLOCKS = 8_000  # a thousand blocks; the most of 1,487 real pages is 1,525, headings and all


def note_pages(connection: sa.Connection, run: int, records: Iterable[tuple[int, Record]]) -> None:
    """Notes the pages of a batch, by the numbers of their records, in place of what was known of them."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for number, read in records:
        # text in a script is no text of the page
        if read.status not in ("ok", "partial") or not read.text or "text" in read.field_origins:
            continue
        # a card is on every list that shows it, and is what a list consists of
        if read.status == "ok" and read.page_kind in ("listing", "collection", "search"):
            continue
        # the registrable domain; of a page without an address the name that it gives its site, or the folder of its
        # file, or the file of many pages that it is in
        domain = domain_of(read.url or read.canonical_url or "")
        site = domain or read.site_name or folder_of(read.source.name)
        text = read.content_hash or ""
        rows[site, read.id] = {
            "site": site,
            "page": read.id,
            "run": run,
            "number": number,
            "headline": _digest(bare(read.title or "") or text),
            "text": _digest(text),
            "blocks": b"".join(sorted(blocks_of(read.text)))[:_MOST_BYTES_OF_BLOCKS],
        }
    # one statement for all: SQLAlchemy takes longer to put one together than the database to carry it out
    execute_all(connection, put_into(connection.dialect, site_page), list(rows.values()))


def settle_sites(connection: sa.Connection, runs: Collection[int], *, shorten: Shorten | None) -> list[int]:
    """Moves what recurs out of the texts of records that were read in some runs; nothing where ``shorten`` is None,
    which says how much of its removals a record keeps. The numbers of the records that have changed.
    """
    others = set(connection.execute(sa.select(unsettled.c.number)).scalars()).difference(runs)
    changed: list[int] = []
    sites = sa.select(site_page.c.site).where(site_page.c.run.in_(runs)).distinct().order_by(site_page.c.site)
    for site in connection.execute(sites).scalars().all():
        rows = connection.execute(
            sa.select(site_page).filter_by(site=site).order_by(site_page.c.run.desc(), site_page.c.page)
        ).all()
        before = [row for row in rows if row.run not in runs and row.run not in others]
        # theirs count, and wait for their end
        beside = [row for row in rows if row.run in others]
        read = [row for row in rows if row.run in runs]
        for row in before[MOST_PAGES_OF_SITE:]:
            connection.execute(sa.delete(site_page).filter_by(site=site, page=row.page))
        pages = [*before[:MOST_PAGES_OF_SITE], *beside, *read]
        seen = _sightings(site, pages) if shorten is not None else None
        if seen is not None and shorten is not None:
            holding = [row.number for row in read if not seen.holding.keys().isdisjoint(_each(row.blocks))]
            changed += _move(connection, holding, seen, shorten)
    return changed


def _move(connection: sa.Connection, numbers: Sequence[int], seen: Sightings, shorten: Shorten) -> list[int]:
    """Moves what recurs out of records; the numbers of those that it was in."""
    table = RecordTable(connection)
    rows = {row.number: row for row in table.rows(numbers) if not row.key.is_past}
    changed: list[int] = []
    for some in batched(rows):
        lines: dict[int, bytes] = {}
        old = dict(table.lines(some))
        for number, line in old.items():
            before = decode_record(line)
            after = _shortened(before, seen, shorten)
            if after is not before:
                lines[number] = encode(after)
        table.rewrite(old, lines)
        _name_in_past_versions(connection, table, lines.keys())
        changed += lines
    return changed


def _name_in_past_versions(connection: sa.Connection, table: RecordTable, numbers: Collection[int]) -> None:
    """Has the versions before some records name them by the texts that they have now."""
    past = record.alias("past")
    query = (
        sa.select(past.c.number, record.c.content_hash)
        .join(past, (past.c.id == record.c.id) & (past.c.version == record.c.version - 1))
        .where(record.c.number.in_(numbers), record.c.version > 1, past.c.gate.is_(None))
    )
    table.amend({number: {"next": content_hash} for number, content_hash in connection.execute(query)})


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=_DIGEST_BYTES).digest()


def _each(blocks: bytes) -> Iterator[bytes]:
    return (blocks[at : at + DIGEST_BYTES] for at in range(0, len(blocks), DIGEST_BYTES))


def _sightings(site: str, pages: Sequence[_Page]) -> Sightings | None:
    """What recurs on a site; None where nothing does."""
    import numpy as np  # a tenth of a second, which runs that store nothing need not wait for

    articles = _articles(pages)
    blocks, times = np.unique(
        np.frombuffer(b"".join(page.blocks for page in pages), dtype=np.uint64), return_counts=True
    )
    # the blocks that enough pages hold; copies of an article make it fewer, never more
    often: dict[bytes, list[_Page]] = {
        block.tobytes(): []
        for block, count in zip(blocks, times.tolist(), strict=True)
        if is_recurring(count, articles)
    }
    for page in pages if often else ():
        for block in often.keys() & set(_each(page.blocks)):
            often[block].append(page)
    holding = {block: _articles(those) for block, those in often.items()}
    recurring = {block: count for block, count in holding.items() if is_recurring(count, articles)}
    return Sightings(site, articles, recurring) if recurring else None


def _articles(pages: Sequence[_Page]) -> int:
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
