"""What the loaders of all frameworks share: articles of files, and the metadata of their documents."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page
from copydesk.flows.sources.catalogue import Unreadable, read_pages
from copydesk.flows.workers.python_api import clean_many

_LOG = logging.getLogger("copydesk.loaders")


def articles(places: Iterable[str | Path], *, jobs: int) -> Iterator[Record]:
    """The records that are ``ok`` of the pages in files, folders and archives, in order; others are logged.

    ``jobs``: worker processes.
    """
    return filter(is_article, clean_many(pages(places), jobs=jobs))


def pages(places: Iterable[str | Path]) -> Iterator[Page]:
    """The pages in files, folders and archives, in order; what cannot be read is logged."""
    for page in read_pages(map(str, places)):
        if isinstance(page, Unreadable):
            _LOG.warning("%s: left out: %s", page.source.name, page.message)
        else:
            yield page


def is_article(record: Record) -> bool:
    """Whether a record is ``ok``; one that is not is logged."""
    if record.status != "ok":
        _LOG.warning("%s: left out: %s (%s)", record.source.name, record.status, record.reason)
    return record.status == "ok"


def facts(record: Record) -> dict[str, str | bool]:
    """Metadata for the filters of an index, in strings and truth values; what a page does not say is left out.

    ``says_ai``: whether the page itself states a use of AI.
    """
    known = {
        "source": record.url or record.source.name,
        "title": record.title,
        "authors": ", ".join(author.name for author in record.authors),
        "date_published": record.date_published,
        "language": record.language,
        "says_ai": bool(record.provenance.ai),
    }
    return {name: value for name, value in known.items() if value not in (None, "")}
