"""A converter for pipelines of Haystack: with the extra ``haystack``."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from copydesk.cleaners.types import Page
from copydesk.flows.io.extras import missing
from copydesk.flows.loaders.articles import facts, is_article, pages
from copydesk.flows.workers.python_api import clean_many

try:
    from haystack import Document, component
    from haystack.dataclasses import ByteStream
except ModuleNotFoundError as error:
    raise missing("the converter for Haystack", "haystack", error) from None


@component
class CopydeskConverter:
    """Converts pages to documents of their articles, in the place of ``HTMLToDocument``."""

    def __init__(self, jobs: int = 1) -> None:
        self.jobs = jobs

    @component.output_types(documents=list[Document])  # type: ignore[untyped-decorator]  # installed by few
    def run(self, sources: list[str | Path | ByteStream]) -> dict[str, list[Document]]:
        """The documents of files, folders, archives and streams; the metadata of a stream stay, and its ``url`` is
        that of its page.
        """
        given: deque[dict[str, Any]] = deque()

        def all_pages() -> Iterator[Page]:
            for source in sources:
                if isinstance(source, ByteStream):
                    given.append(source.meta)
                    yield Page(source.data, url=source.meta.get("url"))
                else:
                    for page in pages([source]):
                        given.append({})
                        yield page

        records = ((record, given.popleft()) for record in clean_many(all_pages(), jobs=self.jobs))
        return {
            "documents": [
                Document(id=record.id, content=record.text, meta={**meta, **facts(record)})
                for record, meta in records
                if is_article(record)
            ]
        }
