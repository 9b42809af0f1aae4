"""A further page of an article: it is of the first one's kind, and what it repeats at its head is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from copydesk.cleaners.page_kind.page_type import PageType
from copydesk.cleaners.rules.overrides import RULE as BY_A_PERSON
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import Label, Labelled, Verdict

RULE = "continuation.repeated"
"""Named in removals, as the ids of rules are."""


class EarlierPages(Struct, frozen=True):
    """What is known of an article's pages before a further one. ``labels``: of each block, by its letters;
    ``page_type``: of the first page.
    """

    labels: Mapping[str, Label]
    page_type: PageType


def earlier_pages(
    labelled: Iterable[Labelled], title: str | None, page_type: PageType, before: EarlierPages | None = None
) -> EarlierPages:
    """What is to be known of the page with these blocks, and of those ``before`` it; their headline is ``title``."""
    labels: dict[str, Label] = {letters(title): Label.TITLE} if title else {}
    labels |= before.labels if before else {}
    for item in labelled:
        form = letters(item.block.raw)
        # of a block that occurs in several places the one in the text counts
        if item.is_kept or form not in labels:
            labels[form] = Label.DUPLICATE if item.is_kept else item.label
    return EarlierPages(labels, page_type)


def kind_of_continuation(page_type: PageType, before: EarlierPages) -> PageType:
    """What a further page is: like the first one, unless it shows a notice in place of its text."""
    is_notice = not page_type.is_article and not page_type.has_main_content
    return page_type if is_notice else before.page_type


def without_repeated(labelled: Sequence[Labelled], before: EarlierPages) -> tuple[Labelled, ...]:
    """The blocks of a further page. Those at the head of its text that earlier pages have too are what they are there:
    headline, byline; of what is in the text there ``duplicate``. What a person keeps stays.
    """
    kept = (item for item in labelled if item.is_kept and letters(item.block.raw))
    repeated: set[int] = set()
    # a refrain within the text is the article's
    for item in kept:
        if letters(item.block.raw) not in before.labels or item.verdict.rule == BY_A_PERSON:
            break
        repeated.add(item.block.index)
    return tuple(_repeated(item, before) if item.block.index in repeated else item for item in labelled)


def _repeated(item: Labelled, before: EarlierPages) -> Labelled:
    label = before.labels[letters(item.block.raw)]
    verdict = Verdict(label, RULE, "at the head of a further page, and on an earlier one too")
    return item.with_verdict(verdict)
