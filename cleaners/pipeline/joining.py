"""An article on several pages: each is cleaned as a page of its own, then their records are joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.page_kind.continuation import EarlierPages, earlier_pages
from copydesk.cleaners.pagination.further_pages import MAX_PAGES
from copydesk.cleaners.pipeline.assembly import CleanedPage, DescribedPage, Explanation, with_languages
from copydesk.cleaners.pipeline.joined_record import joined_record, with_missing_pages
from copydesk.cleaners.record.records import record_url
from copydesk.cleaners.record.render import check
from copydesk.cleaners.schema import JoinedPage, Record
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import Labelled, Page

CleanFurther = Callable[[Page, EarlierPages], CleanedPage]
"""Cleans a further page, given what is known of the pages before it."""


class _JoinedPages(Struct):
    """The pages of an article so far, and the reasons why others are missing."""

    pages: list[CleanedPage]
    further: dict[int, Record]
    missing: list[str]
    is_cut_for_now: bool = False
    before: EarlierPages | None = None

    def add_missing(self, number: int, page: Page, reason: str) -> None:
        url = record_url(page.url)
        self.missing.append(f"page {number} ({url}): {reason}" if url else f"page {number}: {reason}")


def join_pages(page: Page, first: CleanedPage, clean_further: CleanFurther, *, max_bytes: int) -> Explanation:
    """Joins a page with the further pages of its article. A rejected page is returned alone.

    ``max_bytes``: of all bodies together; the page that exceeds it and those after it are not read.
    """
    explanation, described = first.explanation, first.described
    if page.read_at is not None:
        single = JoinedPage(page=1, url=record_url(page.read_at), after=0)
        explanation = replace(explanation, record=replace(explanation.record, joined_pages=(single,)))
    if explanation.record.status == "rejected" or described is None:
        return explanation
    found = _JoinedPages([first], {}, [])
    size = len(page.body)
    for number, further in enumerate(page.continuations, start=2):
        if number > MAX_PAGES:
            found.add_missing(
                number, further, f"too_long: only the first {MAX_PAGES} pages of an article are read"
            )
            break
        size += len(further.body)
        if size > max_bytes:
            found.add_missing(number, further, f"too_large: all pages have more than {max_bytes:,} bytes")
            break
        # overrides and options of the first page apply to all pages
        of_article = replace(
            further,
            source=page.source,
            overrides=page.overrides,
            continuations=(),
            cut_short=None,
            read_at=None,
        )
        _add_page(found, number, of_article, clean_further)
    if page.cut_short:
        found.missing.append(page.cut_short)
        found.is_cut_for_now = page.is_cut_for_now
    return _joined_explanation(explanation, described, found)


def _add_page(found: _JoinedPages, number: int, page: Page, clean_further: CleanFurther) -> None:
    """Cleans a further page and appends it if possible."""
    title = found.pages[0].explanation.record.title
    before = earlier_pages(
        found.pages[-1].explanation.labelled, title, _described(found.pages[0]).page_type, found.before
    )
    found.before = before
    made = clean_further(page, before)
    record = made.explanation.record
    if made.described is None:
        found.add_missing(number, page, f"{record.reason}")
        return
    # a record with text from a script has the whole page among its removed blocks
    if ("text" in record.field_origins) != ("text" in found.pages[0].explanation.record.field_origins):
        found.add_missing(number, page, "the text of some pages is in a script, that of others is not")
        return
    # after the last page, some sites show an earlier one again: all of it is removed, and nothing is missing
    is_copy = not record.text and _is_copy(made, found.pages)
    if not is_copy and (record.status == "partial" or not record.text):
        found.add_missing(number, page, record.reason or "it has no text")
    found.pages.append(made)
    found.further[number] = record


def _is_copy(made: CleanedPage, earlier: Sequence[CleanedPage]) -> bool:
    """Whether a page shows the whole article text of one of the earlier pages."""
    shown = {letters(item.block.raw) for item in made.explanation.labelled}
    texts = (
        {letters(item.block.raw) for item in one.explanation.labelled if item.is_kept} for one in earlier
    )
    return any(text and text <= shown for text in texts)


def _described(one: CleanedPage) -> DescribedPage:
    assert one.described is not None  # noqa: S101 - others are not joined
    return one.described


def _joined_explanation(first: Explanation, described: DescribedPage, found: _JoinedPages) -> Explanation:
    record = first.record
    labelled, disclosures = first.labelled, dict(first.disclosures)
    if found.further:
        blocks = chain.from_iterable(_described(one).all_labelled for one in found.pages)
        record = with_languages(joined_record(record, found.further), described, blocks)
        # each page was checked before; this checks that joining lost nothing
        check(record, "\n".join(one.text for one in found.pages))
        labelled = _renumbered([one.explanation.labelled for one in found.pages])
        before = len(first.labelled)
        for one in found.pages[1:]:
            disclosures |= {before + at: disclosure for at, disclosure in one.explanation.disclosures.items()}
            before += len(one.explanation.labelled)
    if found.missing:
        record = with_missing_pages(record, "; ".join(found.missing), is_temporary=found.is_cut_for_now)
    return replace(first, record=record, labelled=labelled, disclosures=disclosures)


def _renumbered(pages: Iterable[Sequence[Labelled]]) -> tuple[Labelled, ...]:
    """The blocks of several pages in order, numbered through."""
    return tuple(item.renumbered(number) for number, item in enumerate(chain.from_iterable(pages)))
