"""Readings of one page whose text changes, for the tests of versions."""

from __future__ import annotations

from typing import Any

from killed_runs import run_of
from msgspec.structs import replace

from copydesk.cleaners import failed
from copydesk.cleaners.record.records import content_hash
from copydesk.cleaners.schema import Record, Removed
from copydesk.cleaners.types import Page, Source
from copydesk.flows.library.place import StoreLocation
from copydesk.flows.stored import Stored

URL = "https://courier.example/ferry"
FIRST = "The ferry sails again from Monday, the port said.\n\nTickets cost four crowns."
SECOND = "The ferry sails again from Tuesday, the port said.\n\nTickets cost four crowns."
CORRECTED = SECOND + "\n\nCorrection: an earlier version of this article named the wrong day."
MENU = Removed(after=0, label="nav", rule="r", evidence="e", text="Home\nWeather")


def hash_of(text: str) -> str | None:
    return content_hash(text)


def reading(
    text: str, *removed: str, hour: int | None = None, url: str | None = URL, **fields: Any
) -> Record:
    """A record as cleaning makes it of a page, without the cleaning."""
    time = None if hour is None else f"2026-11-01T{hour:02}:00:00Z"
    made = failed(Page(body=text, url=url, source=Source("feed", "paper"), fetched_at=time), "none")
    of_page: dict[str, Any] = {
        "status": "ok", "reason": None, "title": "The ferry" if text else None, "text": text,
        "content_hash": hash_of(text), "language": "en",
        "removed": tuple(replace(MENU, text=removal) for removal in removed),
    }  # fmt: skip
    return replace(made, **of_page | fields)


def store(
    name: str, place: StoreLocation, *records: Record, versions: str = "all", is_unique: bool = False
) -> Stored:
    """A run of one batch."""
    return run_of(name, place, records, batch=len(records), versions=versions, is_unique=is_unique).stored
