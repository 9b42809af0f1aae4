"""A document loader for LangChain: with the extra ``langchain``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from copydesk.flows.io.extras import missing
from copydesk.flows.loaders.articles import articles, facts

try:
    from langchain_core.document_loaders import BaseLoader
    from langchain_core.documents import Document
except ModuleNotFoundError as error:
    raise missing("the loader for LangChain", "langchain", error) from None


class CopydeskLoader(BaseLoader):
    """Loads the articles of files, folders and archives, a document each."""

    def __init__(self, *places: str | Path, jobs: int = 1) -> None:
        self._places = places
        self._jobs = jobs

    def lazy_load(self) -> Iterator[Document]:
        """The documents, one after the other as they are cleaned."""
        for record in articles(self._places, jobs=self._jobs):
            yield Document(page_content=record.text, metadata=facts(record), id=record.id)
