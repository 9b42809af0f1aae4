"""A source of a list whose pages lie on the disk, and what the list says of them."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.types import Page, Source
from copydesk.flows.sources.opening.files import shown_name
from copydesk.flows.sources.opening.page_source import Reading, Unreadable


class DiskSource(Struct, frozen=True):
    """A listed source. ``paths``: its files and folders, below ``folder`` ('' for the working directory).

    ``kind``: what the list calls it. ``limit``: at most so many pages a run. ``since``: pages known to have
    been fetched before are left out. ``language``: believed of pages that say none (BCP 47).
    """

    name: str
    paths: tuple[str, ...]
    folder: str = ""
    reading: Reading = Reading()
    limit: int | None = None
    since: datetime | None = None
    language: str | None = None
    kind: str = "file"


def as_listed(item: Page | Unreadable, listed: DiskSource, path: str) -> Page | Unreadable:
    """An item of one of the paths as the list has it: its name there follows the source's, wherever the list lies."""
    source = item.source and _named(item.source, listed, path)
    if isinstance(item, Unreadable):
        return replace(item, source=source)
    if listed.language is None:
        return replace(item, source=source)
    # where a server would say it: heard after all the page says itself
    # the right side wins: a Content-Language that the page came with is kept
    headers = {"content-language": listed.language} | {
        name.lower(): value for name, value in (item.headers or {}).items()
    }
    return replace(item, source=source, headers=headers)


def _named(source: Source, listed: DiskSource, path: str) -> Source:
    inner = source.name
    # a file's items are named by its whole path; those of a folder from there, WARC records by themselves
    if inner.startswith(shown_name(path)):
        inner = inner[len(shown_name(listed.folder)) :].lstrip("/")
    return Source(source.kind, f"{listed.name}/{inner}")


def is_too_old(item: Page | Unreadable, since: datetime | None) -> bool:
    """Whether a page is known to have been fetched before."""
    moment = fetched_moment(item)
    return since is not None and moment is not None and moment < since


def fetched_moment(item: Page | Unreadable) -> datetime | None:
    """When a page was fetched; None where that is not known."""
    if not isinstance(item, Page) or item.fetched_at is None:
        return None
    try:
        fetched_at = datetime.fromisoformat(item.fetched_at)
    except ValueError:  # whatever the file says there
        return None
    # a moment without a zone is read as UTC: Python refuses to compare it else
    return fetched_at if fetched_at.tzinfo else fetched_at.replace(tzinfo=UTC)
