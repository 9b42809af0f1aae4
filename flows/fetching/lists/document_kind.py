"""What a document of the web looks like by its first elements: a page, a feed, a sitemap."""

from __future__ import annotations

from copydesk.flows.fetching.asking.documents import text_of
from copydesk.flows.fetching.asking.outcomes import Fetched
from copydesk.flows.web_kinds import KINDS_OF_THE_WEB

# among these the first element must stand; set by hand, with room for comments and declarations
_HEAD_CHARS = 4_000
_HTML = ("text/html", "application/xhtml+xml")


def kind_of_document(page: Fetched) -> str | None:
    """The kind of source a document looks like: ``feed``, ``sitemap``, or ``site`` for a page; None for no such."""
    try:
        head = text_of(page.body[: 4 * _HEAD_CHARS], page.headers.get("content-type"))[:_HEAD_CHARS].lower()
    except ValueError:  # no text at all
        return None
    places = {head.find(mark): kind.name for kind in KINDS_OF_THE_WEB for mark in kind.marks if mark in head}
    # the kind whose mark stands first: an article may quote all of them
    if places:
        return places[min(places)]
    return "site" if media_of(page) in _HTML else None


def media_of(page: Fetched) -> str:
    """The type its server declares, in small letters and without parameters; empty where it declares none."""
    return page.headers.get("content-type", "").partition(";")[0].strip().lower()
