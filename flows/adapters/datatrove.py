"""A step of datatrove: documents of HTML become articles, each with what its record knows.

Needs datatrove, which is not among copydesk's extras.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from datatrove.data import Document, DocumentsPipeline
from datatrove.pipeline.base import PipelineStep
from datatrove.utils.typeshelper import StatHints

from copydesk.cleaners.options import Options
from copydesk.cleaners.types import Page
from copydesk.flows.formats.json_lines import corpus_metadata
from copydesk.flows.workers.python_api import clean_many


class CopydeskExtractor(PipelineStep):  # type: ignore[misc]  # untyped, or not installed
    """Puts the text of the article in place of the HTML in ``Document.text``, and what is known of it into its
    metadata, under the names of ``copydesk export --format datatrove``. Documents without an article are dropped, and
    counted by the reasons of their records.

    ``timeout``: seconds a page may take; None: the limits of a run. ``options``: as of ``clean``. The URL is taken from
    the document's metadata (``url``), as datatrove's readers have it.
    """

    type = "🛢 - EXTRAC"
    name = "📰 copydesk"

    def __init__(self, timeout: float | None = None, options: Options | None = None) -> None:
        super().__init__()
        self.timeout = timeout
        self.options = options

    def run(self, data: DocumentsPipeline, rank: int = 0, world_size: int = 1) -> DocumentsPipeline:  # noqa: ARG002 - theirs
        """Cleans the documents in order, in a worker process of this task."""
        waiting: deque[Document] = deque()

        def pages() -> Iterator[Page]:
            for document in data or ():
                waiting.append(document)
                yield Page(document.text, url=document.metadata.get("url"))

        for record in clean_many(pages(), timeout=self.timeout, options=self.options):
            document = waiting.popleft()
            self.stat_update(StatHints.total)
            if not record.text:
                why = (record.reason or record.status).partition(":")[0]
                self.stat_update(StatHints.dropped, f"dropped_{why}")
                continue
            document.text = record.text
            known = corpus_metadata(record)
            document.metadata |= known | {"url": record.url or document.metadata.get("url")}
            self.stat_update(StatHints.forwarded)
            self.update_doc_stats(document)
            yield document
