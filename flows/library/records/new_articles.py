"""For the reports of a run: the articles that it stores for the first time, counted and some listed, and how its
sources are doing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.library.records.plan import BatchPlan
from copydesk.flows.web_kinds import WEB_KINDS

if TYPE_CHECKING:
    from copydesk.flows.library.web.urls import Known

MAX_LISTED = 100
"""Set by hand: more than anybody reads, and little enough for a page and a server. All articles are counted."""


class _Source(Struct, frozen=True):
    kind: str = ""
    name: str = ""


class Article(Struct, frozen=True):
    """An article, for a list of news."""

    id: str = ""
    title: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    date_published: str | None = None
    site_name: str | None = None
    language: str | None = None
    source: _Source = _Source()

    @property
    def address(self) -> str | None:
        """Its URL."""
        return self.url or self.canonical_url


_decode = msgspec.json.Decoder(Article).decode


class NewArticles:
    """The new articles of a run: no new versions, but also articles whose pages could not be read before."""

    def __init__(self, max_listed: int = MAX_LISTED) -> None:
        self._max_listed = max_listed
        self.listed: list[Article] = []
        """The first ones, in the order in which they were read."""
        self.count = 0
        self.of_source: Counter[str] = Counter()
        """The number of articles of each source on the web."""
        self.newest: dict[str, Article] = {}
        """The article with the latest date of each source on the web; without dates the first one read."""

    def note(self, found: Iterable[Article]) -> None:
        """Takes in what a batch has brought, in order."""
        for article in found:
            self.count += 1
            is_of_the_web = article.source.kind in WEB_KINDS
            if not is_of_the_web and len(self.listed) >= self._max_listed:
                continue
            url, canonical_url = (
                one and without_secrets(one) for one in (article.url, article.canonical_url)
            )
            # the name of a source may be its URL
            named = replace(article.source, name=without_secrets(article.source.name))
            shown = replace(article, url=url, canonical_url=canonical_url, source=named)
            if len(self.listed) < self._max_listed:
                self.listed.append(shown)
            if is_of_the_web:
                source = article.source.name
                self.of_source[source] += 1
                newest = self.newest.setdefault(source, shown)
                if (shown.date_published or "") > (newest.date_published or ""):
                    self.newest[source] = shown


def new_articles_of(plan: BatchPlan) -> list[Article]:
    """The new articles that a batch has brought, in the order in which they were read."""
    replacing = (
        entry
        for number, entry in plan.entries.items()
        if entry is not None and (held := plan.held.get(number)) is not None and held.text is None
    )
    found = [
        entry
        for entry in chain(replacing, plan.added)
        # read in this run, with a text, and no new version
        if entry.page is not None and entry.reading.text is not None and not entry.fields.get("previous")
    ]
    found.sort(key=lambda entry: entry.page or 0)
    return [replace(_decode(plan.pages[entry.page or 0].line), id=entry.id) for entry in found]


class NewestArticle(Struct, frozen=True):
    """The article of a source that came into the store last. ``url``: without secrets."""

    title: str | None
    url: str | None
    entered_at: datetime


class SourceStates(Struct, frozen=True):
    """By the names of sources: the last article, and how many URLs fail. ``urls``: these, without secrets, lists first,
    then what fails for longest; ``for_good``: the first few of them that this run has shown once more not to be helped
    by retries.
    """

    newest: Mapping[str, NewestArticle] = {}
    failing: Mapping[str, int] = {}
    urls: Sequence[Known] = ()
    for_good: Sequence[Known] = ()


NO_STATES = SourceStates()
"""Where nothing on the web was read."""
