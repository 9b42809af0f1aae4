"""The articles that come into a store for the first time, counted as they do; the first of them by name."""

from __future__ import annotations

from collections import Counter
from itertools import chain

import msgspec
from msgspec import Struct

from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.sinks.merging.merge import MergePlan
from copydesk.flows.sinks.store_backend import OpenBackend
from copydesk.flows.web_kinds import WEB_KINDS

# set by hand: more than anybody reads of one run, and little enough for a page and a server to take
MOST_NAMED = 100
"""So many are named; all are counted."""


class _Source(Struct, frozen=True):
    kind: str = ""
    name: str = ""


class Article(Struct, frozen=True):
    """The fields of a record that identify its article for a reader."""

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
        """Where it can be read."""
        return self.url or self.canonical_url


_decode = msgspec.json.Decoder(Article).decode


class NewArticles:
    """What was new in the merges of a run. New versions of an article are not, nor is one that was read before; one
    that could not be read when its page was first requested is new once it could.
    """

    def __init__(self, most_named: int = MOST_NAMED) -> None:
        self._most = most_named
        self.named: list[Article] = []
        """The first, in the order they were read."""
        self.count = 0
        self.of_source: Counter[str] = Counter()
        """How many each source on the web has; files have names of their own, and are not counted here."""
        self.newest: dict[str, Article] = {}
        """Of each of these sources the article with the latest date, the first one read where there is none."""

    def note(self, plan: MergePlan, _: OpenBackend) -> None:
        """A ``Step`` after all that enter something: it only looks."""
        replacing = (
            entry
            for number, entry in plan.entries.items()
            if entry is not None and (held := plan.held.get(number)) is not None and held.text is None
        )
        found = [
            entry
            for entry in chain(replacing, plan.added)
            # what was read with a text, and follows no other
            if entry.page is not None and entry.text is not None and not entry.fields.get("previous")
        ]
        self.count += len(found)
        # as they were read, whether they replace a failure or not
        found.sort(key=lambda entry: entry.page or 0)
        for entry in found:
            article = _decode(plan.read(entry.page or 0))
            is_of_the_web = article.source.kind in WEB_KINDS
            if not is_of_the_web and len(self.named) >= self._most:
                continue
            shown = _without_secrets(article, entry.id)
            if len(self.named) < self._most:
                self.named.append(shown)
            if is_of_the_web:
                source = article.source.name
                self.of_source[source] += 1
                newest = self.newest.setdefault(source, shown)
                if (shown.date_published or "") > (newest.date_published or ""):
                    self.newest[source] = shown


def _without_secrets(article: Article, id_: str) -> Article:
    """An article as it is reported, without secrets in its URLs."""
    url, canonical_url = (one and without_secrets(one) for one in (article.url, article.canonical_url))
    # a source given by its address is called by it
    source = msgspec.structs.replace(article.source, name=without_secrets(article.source.name))
    return msgspec.structs.replace(article, id=id_, url=url, canonical_url=canonical_url, source=source)
