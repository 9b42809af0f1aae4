"""What of a page's verdicts tells how good its text is: a few numbers, each with words for a reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.page_kind.page_type import PageType
from copydesk.cleaners.rules.overrides import RULE
from copydesk.cleaners.rules.user_rules import PREFIX
from copydesk.cleaners.types import Labelled

Medium = Literal["html", "flattened"]
"""What a text was judged by: its tags, or its lines alone."""

WORDS: Mapping[str, str] = {
    "doubt": "unsure what belongs to the text: {value:.2f} bits a letter, usually {usual:.2f}",
    "missed": "what is left out may belong to the text: {value:.1%} of it, usually {usual:.1%}",
    "pieces": "the text is in {value:.0f} pieces, usually {usual:.0f}",
    "kept_share": "{value:.0%} of the page's letters are in the text, usually {usual:.0%}",
    "letters": "the text has {value:,.0f} letters, usually {usual:,.0f}",
    "links": "{value:.0%} of the text is links, usually {usual:.0%}",
    "dated": "the page has no date of publication",
    "article": "the page is no article",
}
"""What is said of a measure that speaks against the text; ``usual``: the median of the pages learned from."""
MEASURED: Mapping[Medium, Sequence[str]] = {
    "html": tuple(WORDS),
    # lines have no links, and show a page's type to nobody
    "flattened": tuple(name for name in WORDS if name not in ("links", "article")),
}
"""The names of the measures of each medium."""

_LEAST = 1e-6
_OF_PEOPLE = (PREFIX, RULE)


class Measures(Struct, frozen=True):
    """The measures of a text: ``values`` by their names in ``MEASURED[medium]``."""

    medium: Medium
    values: Mapping[str, float]


def measure(
    judged: JudgedPage,
    labelled: Sequence[Labelled],
    found: PageType,
    *,
    is_dated: bool,
    inside: Set[int] | None = None,
) -> Measures | None:
    """The measures of a page; None of one without text.

    ``doubt`` is entropy in bits, per letter of the text; ``missed`` a share of the text's letters.
    ``inside``: the numbers of the blocks in what a user's rule names as the content, if one does.
    """
    is_kept = np.fromiter([item.is_kept for item in labelled], bool, len(labelled))
    if not is_kept.any():
        return None
    letters = np.fromiter(map(len, judged.page.table.letters), float, len(labelled))
    kept = max(1.0, float(letters[is_kept].sum()))
    keep = _probabilities(judged, labelled, is_kept, inside)
    ruled = np.fromiter([len(item.verdicts) > 1 for item in labelled], bool, len(labelled))
    entropy = -(keep * np.log2(keep) + (1 - keep) * np.log2(1 - keep))
    values = {
        "doubt": float(entropy @ letters) / kept,
        "missed": float((keep * letters)[~(is_kept | ruled)].sum()) / kept,
        "pieces": float(is_kept[0] + np.count_nonzero(is_kept[1:] > is_kept[:-1])),
        "kept_share": kept / max(1.0, float(letters.sum())),
        "letters": kept,
        "dated": float(is_dated),
    }
    if not judged.page.is_html:
        return Measures("flattened", values)
    texts = [item.block for item in labelled if item.is_kept]
    values["article"] = float(found.is_article)
    chars = sum([len(block.raw) for block in texts])
    values["links"] = sum([block.link_chars for block in texts]) / max(1, chars)
    return Measures("html", values)


def _probabilities(
    judged: JudgedPage, labelled: Sequence[Labelled], is_kept: NDArray[np.bool_], inside: Set[int] | None
) -> NDArray[np.float64]:
    """Of each block that it belongs to the text; a person's word is beyond doubt."""
    by_people = [
        item.verdict.rule.startswith(_OF_PEOPLE)
        or (inside is not None and item.is_kept == (item.block.index in inside))
        for item in labelled
    ]
    return np.clip(np.where(by_people, is_kept, np.array(judged.keep, float)), _LEAST, 1 - _LEAST)
