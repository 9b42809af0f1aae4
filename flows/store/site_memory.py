"""Sites as the state remembers them."""

from __future__ import annotations

from collections.abc import Sequence

from copydesk.flows.sinks.merging.recurring_blocks import SeenPage
from copydesk.flows.store.state import State
from copydesk.flows.store.state_tables import delete_beyond, put_of, rows_of, site_pages

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
        oldest_last = (site_pages.c.batch.desc(), site_pages.c.page)
        with self._state.map_errors(), self._state.engine.begin() as connection:
            rows = connection.execute(rows_of(site_pages, site_pages.c.page, site=site)).all()
            # not while a journal is merged once more: its pages have the places of some it was counted with
            if len(rows) > MOST_PAGES_OF_SITE and all(row.journal != journal for row in rows):
                connection.execute(
                    delete_beyond(
                        site_pages,
                        MOST_PAGES_OF_SITE,
                        column=site_pages.c.page,
                        order=oldest_last,
                        site=site,
                    )
                )
                rows = connection.execute(rows_of(site_pages, site_pages.c.page, site=site)).all()
        return tuple(SeenPage(row.page, row.headline, row.text, row.blocks) for row in rows)

    def note(self, site: str, pages: Sequence[SeenPage], *, journal: bytes) -> None:
        """Notes the pages that a journal has of a site, in place of what was known of them."""
        dialect = self._state.engine.dialect
        with self._state.map_errors(), self._state.engine.begin() as connection:
            known = connection.execute(rows_of(site_pages, site_pages.c.page, site=site)).all()
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
                connection.execute(put_of(dialect, site_pages), rows)
