"""The status of a record: whether this is an article, what it is instead, whether readers must pay for it,
and what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from copydesk.cleaners.page_kind.page_type import PageType
from copydesk.cleaners.schema import Status
from copydesk.cleaners.types import KEPT, Label, Labelled, Metadata
from copydesk.cleaners.word_count import count_words

_MIN_ARTICLE_WORDS = 8  # the shortest true text among 934 articles has 53
# labels whose words make an article; headings and captions alone do not
_PARAGRAPHS = frozenset(
    {Label.PARAGRAPH, Label.STANDFIRST, Label.QUOTE, Label.LIST_ITEM, Label.TABLE, Label.CODE, Label.EMBED}
)


def status_in_script(origin: str) -> tuple[Status, str | None]:
    """Status and reason of a page whose article is in a script, whatever the little it shows is."""
    return "partial", f"script_body: the page shows no article, its text is in a script ({origin})"


def status_of(
    page_type: PageType, labelled: Sequence[Labelled], metadata: Metadata, *, has_text: bool
) -> tuple[Status, str | None]:
    """Status and reason of a page of this type. ``has_text``: whether any of its text was kept."""
    if page_type.is_wanted and has_text:
        return _whole_or_cut(labelled, metadata)
    if not page_type.is_article:
        return ("partial" if page_type.has_text and has_text else "rejected"), page_type.reason
    words = _words(item for item in labelled if item.is_kept and item.shape in _PARAGRAPHS)
    if not has_text or words < _MIN_ARTICLE_WORDS:
        dropped = [item for item in labelled if item.label in KEPT and not item.is_kept]
        if words + _words(dropped) < _MIN_ARTICLE_WORDS:
            return "rejected", "no_article: nothing on the page reads like an article"
        labels = ", ".join(sorted({item.label for item in dropped}))
        return "rejected", f"no_article: what reads like an article is dropped by its label ({labels})"
    return _whole_or_cut(labelled, metadata)


def _whole_or_cut(labelled: Sequence[Labelled], metadata: Metadata) -> tuple[Status, str | None]:
    if is_cut_by_paywall(labelled, metadata):
        return "partial", "paywall: the page says that the rest is for subscribers"
    return "ok", None


def _words(items: Iterable[Labelled]) -> int:
    """The words of some blocks; where they are enough for an article, of the first of them alone."""
    count = 0
    for item in items:
        count += count_words(item.block.text)
        if count >= _MIN_ARTICLE_WORDS:
            break
    return count


def is_cut_by_paywall(labelled: Sequence[Labelled], metadata: Metadata) -> bool:
    """Whether the page declares a paywall and shows one, or ends its text with words of one."""
    walls = [item for item in labelled if item.label is Label.PAYWALL]
    if not walls:
        return False
    declared = metadata.best("is_accessible_for_free")
    if declared is not None:
        # schema.org isAccessibleForFree, a boolean that pages write as "False" too
        return declared.value.lower() == "false"
    worded = next((item for item in walls if _is_evident_paywall(item)), None)
    if worded is None:
        return False
    # paragraphs below the wall: it is a notice on the way, and the text is whole
    return not any(item.shape is Label.PARAGRAPH for item in labelled[worded.block.index :])


def is_free(labelled: Sequence[Labelled], metadata: Metadata) -> bool | None:
    """What the page declares; else False where words say that readers must pay, and None where neither is known."""
    declared = metadata.best("is_accessible_for_free")
    if declared is not None:
        return declared.value.lower() == "true"
    return False if any(map(_is_evident_paywall, labelled)) else None


def _is_evident_paywall(item: Labelled) -> bool:
    """Whether a block is a paywall by its words, or by a rule of the user's. What the network takes for one by its
    place is mostly none: of 1,136 pages 36 showed nothing else that spoke for a wall, and some 30 of these had none.
    """
    return item.label is Label.PAYWALL and not item.verdict.rule.startswith("learned.")
