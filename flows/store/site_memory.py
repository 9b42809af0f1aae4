"""The pages of sites that blocks were counted on, kept in the state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from copydesk.flows.sinks.merging.recurring_blocks import SeenPage
from copydesk.flows.store.state import State
from copydesk.flows.store.state_tables import put_into, site_pages

# set by hand: enough for a share of some per cent, and 100 kB a site
MOST_PAGES_OF_SITE = 200
"""So many pages of a site are remembered from run to run."""
_MOST_BYTES_OF_BLOCKS = 8_000  # a thousand blocks; the most of 1,487 real pages is 1,525, headings and all


class StateMemory:
    """What is known of sites, in an open state; see ``SiteMemory``. Methods raise as those of ``State``."""

    def __init__(self, state: State) -> None:
        self._state = state

    def pages_of(self, site: str, *, journal: bytes) -> tuple[SeenPage, ...]:
        """The pages of a site that were counted last, ``MOST_PAGES_OF_SITE`` and those of the journal at most."""
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
        """Notes the pages that a journal has of a site, in place of what was known of them."""
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
