"""What tests of sources read from files: pages, and what could not be read."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable

import pytest

from copydesk.cleaners.types import Page
from copydesk.flows.sources.catalogue import Unreadable

Items = list[Page | Unreadable]


def pages(items: Iterable[Page | Unreadable]) -> list[Page]:
    return [item for item in items if isinstance(item, Page)]


def unreadable(items: Iterable[Page | Unreadable]) -> list[Unreadable]:
    return [item for item in items if isinstance(item, Unreadable)]


def only_page(items: Iterable[Page | Unreadable]) -> Page:
    """The single item, which is a page."""
    (item,) = items
    assert isinstance(item, Page)
    return item


def only_unreadable(items: Iterable[Page | Unreadable]) -> Unreadable:
    """The single item, which could not be read."""
    (item,) = items
    assert isinstance(item, Unreadable)
    return item


def contents(items: Iterable[Page | Unreadable]) -> list[bytes | str]:
    """The bodies of the pages."""
    return [page.body for page in pages(items)]


def outcomes(items: Iterable[Page | Unreadable]) -> list[bytes | str]:
    """The body of each page, the reason of everything else."""
    return [item.body if isinstance(item, Page) else item.reason for item in items]


def faults(items: Iterable[Page | Unreadable]) -> list[tuple[str, str]]:
    """Reason and status of everything that could not be read."""
    return [(item.reason, item.status) for item in unreadable(items)]


def pipe(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Makes the content standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
