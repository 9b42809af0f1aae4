"""Articles on several pages as our own archives keep them: the further pages, then the first one."""

from __future__ import annotations

from collections import deque

from msgspec import structs

from copydesk.cleaners.pagination.further_pages import MAX_PAGES
from copydesk.cleaners.types import Page
from copydesk.flows.sources.opening.files import MAX_PAGE_BYTES
from copydesk.flows.sources.opening.page_context import PageContext

_MISSING = "its further pages are not in the archive"


class ArticleParts:
    """The further pages that were met and whose first page has not come yet."""

    def __init__(self) -> None:
        self._waiting: deque[Page] = deque()
        self._bytes = 0

    def joined(self, page: Page, context: PageContext) -> Page | None:
        """A page with the further ones of its article; None of a further page, which comes with its first one."""
        if context.continues:
            self._waiting.append(page)
            self._bytes += len(page.body)
            # whoever wrote the file: it must not fill memory
            while self._bytes > MAX_PAGE_BYTES or len(self._waiting) >= MAX_PAGES:
                self._bytes -= len(self._waiting.popleft().body)
            return None
        # what waits before them is of a run that was killed
        waiting, self._waiting, self._bytes = list(self._waiting), deque(), 0
        # a count is what the file says: less than none is no count, and keeps nothing
        found = tuple(waiting[-context.continuations :]) if context.continuations > 0 else ()
        is_whole = len(found) == context.continuations and all(one.source == page.source for one in found)
        return structs.replace(
            page,
            continuations=found if is_whole else (),
            cut_short=context.cut_short if is_whole else _MISSING,
            is_cut_for_now=context.is_cut_for_now or not is_whole,
            read_at=context.read_at,
        )
