"""A Scrapy add-on: pages that a spider yields become records, in the items that follow and in a store.

Needs the extra ``scrapy``. Scrapy fetches, by its own manners; what is here cleans and stores.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from msgspec.structs import replace
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.settings import BaseSettings
from scrapy.utils.defer import deferred_from_coro, maybe_deferred_to_future
from twisted.internet.defer import DeferredLock
from twisted.internet.threads import deferToThread

from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page, Source
from copydesk.flows.errors import FlowError
from copydesk.flows.library.library import Library
from copydesk.flows.library.moving_in import move_in
from copydesk.flows.library.place import StoreLocation, view_of_run
from copydesk.flows.library.records.run_writer import RunWriter, Taken
from copydesk.one_page import clean

# set by hand: as in a run, a page may wait for others so long
_SECONDS = 60.0
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PageItem:
    """An item that holds a page; the pipeline makes a record of it."""

    page: Page


class RecordItem(dict[str, Any]):
    """A record as an item: its fields, as ``Record.to_dict`` has them, for feeds and pipelines that follow."""

    def __init__(self, record: Record) -> None:
        super().__init__(record.to_dict())
        self.record = record


def page_of(response: Response) -> PageItem:
    """The page of a response, to be yielded by a spider."""
    headers = {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
    }
    return PageItem(
        Page(
            body=response.body,
            url=response.url,
            content_type=headers.get("content-type"),
            headers=headers,
            fetched_at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        )
    )


class CleaningPipeline:
    """Cleans each ``PageItem`` into a ``RecordItem``; other items pass. Pages are cleaned in a worker process, one
    after the other; one that takes longer than ``COPYDESK_TIMEOUT`` seconds is a ``failed`` record.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._seconds = crawler.settings.getfloat("COPYDESK_TIMEOUT", _SECONDS)
        # the threads look up names of hosts, too: pages that wait for the worker would take all of them
        self._turn = DeferredLock()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, item: object) -> object:
        """Scrapy goes on with other requests meanwhile."""
        if not isinstance(item, PageItem):
            return item
        spider = self._crawler.spider
        page = replace(item.page, source=Source("scrapy", spider.name if spider else "scrapy"))
        # in a thread, whichever event loop Scrapy runs on
        cleaning = self._turn.run(deferToThread, clean, page, timeout=self._seconds)
        record = await maybe_deferred_to_future(cleaning)
        if (stats := self._crawler.stats) is not None:
            stats.inc_value(f"copydesk/{record.status}")
        return RecordItem(record)


class StoreExtension:
    """Writes records into the store of the folder ``COPYDESK_OUTPUT``, of the kind ``COPYDESK_SINK`` (``jsonl``), with
    versions and identities as ``copydesk ingest`` keeps them. A crawl that is killed loses no record.
    """

    def __init__(self, crawler: Crawler) -> None:
        output = crawler.settings.get("COPYDESK_OUTPUT")
        if not output:
            raise NotConfigured("COPYDESK_OUTPUT names no folder")
        self._crawler = crawler
        self._place = StoreLocation(Path(output))
        self._sink_name = crawler.settings.get("COPYDESK_SINK", "jsonl")
        self._opened = ExitStack()
        self._library: Library | None = None
        self._writer: RunWriter | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        extension = cls(crawler)
        crawler.signals.connect(extension.open, signals.spider_opened)
        crawler.signals.connect(extension.write, signals.item_scraped)
        crawler.signals.connect(extension.close, signals.spider_closed)
        return extension

    def open(self) -> None:
        """Opens the store; where it cannot be used the crawl ends before its first page."""
        try:
            library = self._library = self._opened.enter_context(Library.open(self._place.folder))
            # before the first page
            if (view := view_of_run(self._sink_name, self._place)) is not None:
                view.check()
            if line := move_in(library, self._place.folder, self._sink_name):
                _logger.warning("copydesk: %s", line)
            self._writer = RunWriter(library)
        except FlowError as fault:
            self._opened.close()
            self._stop(fault)

    def write(self, item: object) -> None:
        """Writes an item that is a record."""
        if self._writer is None or not isinstance(item, RecordItem):
            return
        try:
            self._writer.write(Taken(item.record, told=self._count))
            self._writer.commit()
        except FlowError as fault:
            self._stop(fault)

    def close(self) -> None:
        """Brings the records into the store."""
        if self._writer is None or self._library is None:
            return
        try:
            with self._opened:
                self._writer.end()
                view = view_of_run(self._sink_name, self._place)
                if view is not None:
                    view.update(self._library)
        except FlowError as fault:
            _logger.error("copydesk: %s", fault)
            return
        where = view.where if view is not None else self._library.where
        _logger.info("copydesk: records are in %s", where)

    def _count(self, became: str) -> None:
        if (stats := self._crawler.stats) is not None:
            stats.inc_value(f"copydesk/{became}")

    def _stop(self, fault: FlowError) -> None:
        _logger.error("copydesk: %s", fault)
        if (engine := self._crawler.engine) is not None:
            deferred_from_coro(engine.close_spider_async(reason="copydesk"))


class Addon:
    """Switches both on: ``ADDONS = {"copydesk.flows.adapters.scrapy.Addon": 500}``."""

    def update_settings(self, settings: BaseSettings) -> None:
        """Adds them to the settings, where they are not there yet."""
        settings.setdefault_in_component_priority_dict("ITEM_PIPELINES", CleaningPipeline, 500)
        settings.setdefault_in_component_priority_dict("EXTENSIONS", StoreExtension, 500)
