"""Front pages and lists among flattened texts: without tags only their lines tell that they have no article."""

from __future__ import annotations

from typing import Final

from copydesk.cleaners.page_kind.page_evidence import PageEvidence
from copydesk.cleaners.types import KEPT, Kind, Label
from copydesk.cleaners.word_count import count_words

# set by hand, on pages that others composed
_LEAST_LINES: Final = 5
_MOST_SENTENCES: Final = 2
_LEAST_CARDS: Final = 10  # lines of cards around a sentence or two
_MAX_SENTENCE: Final = (
    45  # words, as of a card in flattened text (`copydesk.cleaners.rules.parts.card_lines`)
)
_LINES: Final = frozenset({Kind.PARAGRAPH, Kind.HEADING, Kind.LIST_ITEM})
_OF_SITE: Final = frozenset({Label.NAV, Label.RELATED})


def find_lines_of_cards(seen: PageEvidence) -> str | None:
    """What shows that flattened text has no article: it has no headline, and of its lines that would be kept none is a
    sentence, or the one or two that are stand below and above lines of cards. None where it may have one.
    """
    if seen.metadata.best("title") is not None or seen.metadata.best("date_published") is not None:
        return None
    labels = [item.label for item in seen.labelled]
    kept = [at for at, item in enumerate(seen.labelled) if item.label in KEPT]
    if (
        not kept
        or _OF_SITE.isdisjoint(labels)
        or any(seen.labelled[at].block.kind not in _LINES for at in kept)
    ):
        return None
    sentences = [at for at in kept if at in seen.page.table.sentences]
    if not sentences and len(kept) >= _LEAST_LINES:
        return f"{len(kept)} lines, none of which is a sentence, and no headline"
    cards = labels.count(Label.RELATED)
    if len(kept) <= _MOST_SENTENCES and cards >= _LEAST_CARDS and all(_is_of_card(seen, at) for at in kept):
        return f"{len(kept)} lines among {cards} lines of cards, and no headline"
    return None


def _is_of_card(seen: PageEvidence, at: int) -> bool:
    beside = [seen.labelled[one].label for one in (at - 1, at + 1) if 0 <= one < len(seen.labelled)]
    is_amid = beside == [Label.RELATED, Label.RELATED]
    return is_amid and count_words(seen.labelled[at].block.raw) <= _MAX_SENTENCE
