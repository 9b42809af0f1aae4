"""A reader for LlamaIndex: with the extra ``llama-index``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from copydesk.flows.io.extras import missing
from copydesk.flows.loaders.articles import articles, facts

try:
    from llama_index.core.readers.base import BaseReader
    from llama_index.core.schema import Document
except ModuleNotFoundError as error:
    raise missing("the reader for LlamaIndex", "llama-index", error) from None


class CopydeskReader(BaseReader):  # type: ignore[misc]  # installed by few
    """Reads the articles of files, folders and archives, a document each."""

    def __init__(self, *, jobs: int = 1) -> None:
        self._jobs = jobs

    def lazy_load_data(self, *places: str | Path, **_: Any) -> Iterator[Document]:
        """The documents, one after the other as they are cleaned."""
        for record in articles(places, jobs=self._jobs):
            yield Document(text=record.text, metadata=facts(record), id_=record.id)
