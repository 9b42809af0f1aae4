"""An article on several pages: each is read as a page of its own, then they are put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.page_kind.continuation import EarlierPages, earlier_pages
from copydesk.cleaners.pagination.further_pages import MAX_PAGES
from copydesk.cleaners.pipeline.assembly import CleanedPage, DescribedPage, Explanation, with_languages
from copydesk.cleaners.pipeline.joined_record import FurtherPage, joined_record, partly
from copydesk.cleaners.record.records import shown_address
from copydesk.cleaners.record.render import check
from copydesk.cleaners.schema import JoinedPage
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import Labelled, Page

CleanFurther = Callable[[Page, EarlierPages], CleanedPage]
"""Cleans a further page by itself, seeing what the pages before it have."""


class _Joined(Struct):
    """The pages of an article that were put together so far, and what is missing of it."""

    pages: list[CleanedPage]
    further: list[FurtherPage]
    missing: list[str]
    is_cut_for_now: bool = False
    before: EarlierPages | None = None


def joined(page: Page, first: CleanedPage, clean_further: CleanFurther, *, max_bytes: int) -> Explanation:
    """A page with all further ones of its article. One that is no article by itself joins none.

    ``max_bytes``: of all bodies together; the page that goes beyond is not read, nor are those behind it.
    """
    explanation, described = first.explanation, first.described
    if page.read_at is not None:
        single = JoinedPage(page=1, url=shown_address(page.read_at), after=0)
        explanation = replace(explanation, record=replace(explanation.record, joined_pages=(single,)))
    if explanation.record.status == "rejected" or described is None:
        return explanation
    found = _Joined([first], [], [])
    size = len(page.body)
    for number, further in enumerate(page.continuations, start=2):
        if number > MAX_PAGES:
            found.missing.append(
                f"{_named(number, further)}: too_long: only the first {MAX_PAGES} pages of an article are read"
            )
            break
        size += len(further.body)
        if size > max_bytes:
            found.missing.append(
                f"{_named(number, further)}: too_large: all pages have more than {max_bytes:,} bytes"
            )
            break
        # what was decided and announced of the article holds on all its pages
        of_article = replace(
            further,
            source=page.source,
            wanted=page.wanted,
            overrides=page.overrides,
            continuations=(),
            cut_short=None,
            read_at=None,
        )
        _add(found, number, of_article, clean_further)
    if page.cut_short:
        found.missing.append(page.cut_short)
        found.is_cut_for_now = page.is_cut_for_now
    return _explanation(explanation, described, found)


def _named(number: int, page: Page) -> str:
    url = shown_address(page.url)
    return f"page {number} ({url})" if url else f"page {number}"


def _add(found: _Joined, number: int, page: Page, clean_further: CleanFurther) -> None:
    """Reads a further page and puts it behind the others, where it can be."""
    title = found.pages[0].explanation.record.title
    before = earlier_pages(
        found.pages[-1].explanation.labelled, title, _described(found.pages[0]).page_type, found.before
    )
    found.before = before
    made = clean_further(page, before)
    record = made.explanation.record
    if made.described is None:
        found.missing.append(f"{_named(number, page)}: {record.reason}")
        return
    # in one record either the text or the removals are what the pages show
    if ("text" in record.field_origins) != ("text" in found.pages[0].explanation.record.field_origins):
        found.missing.append(
            f"{_named(number, page)}: the text of some pages is in a script, that of others is not"
        )
        return
    # beyond the last page sites show an earlier one: all of it is among the removals, and nothing is missing
    is_copy = not record.text and _is_copy(made, found.pages)
    if not is_copy and (record.status == "partial" or not record.text):
        found.missing.append(f"{_named(number, page)}: {record.reason or 'it has no text'}")
    found.pages.append(made)
    found.further.append(FurtherPage(number, record))


def _is_copy(made: CleanedPage, earlier: Sequence[CleanedPage]) -> bool:
    """Whether a page shows all that is in the text of one of those before it."""
    shown = {letters(item.block.raw) for item in made.explanation.labelled}
    texts = (
        {letters(item.block.raw) for item in one.explanation.labelled if item.is_kept} for one in earlier
    )
    return any(text and text <= shown for text in texts)


def _described(one: CleanedPage) -> DescribedPage:
    assert one.described is not None  # noqa: S101 - no other page is put to the rest
    return one.described


def _explanation(first: Explanation, described: DescribedPage, found: _Joined) -> Explanation:
    record = first.record
    labelled, disclosures = first.labelled, dict(first.disclosures)
    if found.further:
        blocks = chain.from_iterable(_described(one).all_labelled for one in found.pages)
        record = with_languages(joined_record(record, found.further), described, blocks)
        # each page was held against its text before; here it is seen that nothing was lost between them
        check(record, "\n".join(one.text for one in found.pages))
        labelled = _renumbered([one.explanation.labelled for one in found.pages])
        before = len(first.labelled)
        for one in found.pages[1:]:
            disclosures |= {before + at: disclosure for at, disclosure in one.explanation.disclosures.items()}
            before += len(one.explanation.labelled)
    if found.missing:
        record = partly(record, "; ".join(found.missing), for_now=found.is_cut_for_now)
    return replace(first, record=record, labelled=labelled, disclosures=disclosures)


def _renumbered(pages: Iterable[Sequence[Labelled]]) -> tuple[Labelled, ...]:
    """The blocks of several pages one after the other, each with a number of its own."""
    return tuple(
        replace(item, block=replace(item.block, index=number))
        for number, item in enumerate(chain.from_iterable(pages))
    )
