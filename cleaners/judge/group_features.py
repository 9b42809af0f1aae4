"""What belongs together, as measures: siblings of one shape (cards, entries of a list, paragraphs) and blocks of one
path.

One card looks like the opening of an article. Twenty of them, each with a link to another page of the site, below an
article that has ended, look like nothing else: so the group is measured, and each block is told of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from copydesk._core import layout as core
from copydesk.cleaners.judge.block_features import OWN, Own
from copydesk.cleaners.segment.layout import Ints, Layout

Floats = NDArray[np.float64]

_GROUP = (
    "members_log",
    "blocks",
    "words_log",
    "prose",
    "linked",
    "linked_elsewhere",
    "headed",
    "unevenness",
    "chars_share",
    "holds_headline",
    "after_headline",
    "introduced",
    "unit_has_headline",
    "unit_linked",
    "unit_words_log",
)
_PATH = ("count_log", "words_log", "links", "prose_share", "linked")
NAMES: tuple[str, ...] = (
    *(f"group_{name}" for name in _GROUP),
    *(f"path_{name}" for name in _PATH),
    "headline_article_is_here",
    "headline_article_is_elsewhere",
)
"""The columns of ``measure_groups``."""
_SIGNS = tuple(map(OWN.index, ("digit_share", "mark_share", "gap_before")))
_LINE_WORDS = (3, 8, 16, 40)
"""Words of a line of flattened text from which it counts as longer."""


def groups_of(layout: Layout, own: Own) -> tuple[Ints, Ints, Ints]:
    """The numbers of each block by which it belongs together with others, widest groups first.

    With tags: the same names two elements up, the same path, the same place in siblings. Lines of flattened text: the
    same length and end, the same signs, the same between two paragraphs.
    """
    if len(layout.parents) > 1:
        holders = layout.holders
        return layout.template_group[holders], layout.path_group[holders], layout.sibling_group[holders]
    length = np.searchsorted(_LINE_WORDS, own.words, "right")
    end = 2 * length + (own.ends_sentence > 0)
    signs = own.table[:, _SIGNS] > 0
    shape = 8 * end + signs @ (1 << np.arange(len(_SIGNS)))
    is_paragraph = (length == len(_LINE_WORDS)) & (own.ends_sentence > 0)
    return end, shape, shape + (int(shape.max()) + 1) * np.cumsum(is_paragraph)


def measure_groups(
    layout: Layout, own: Own, headline: int | None, links: tuple[Floats, Floats], introduces: Floats
) -> Floats:
    """One row a block, columns as in ``NAMES``; those of ``_GROUP`` are zero for a block in no group of siblings.

    ``headline``: the block that is most like it; ``links``: 1 where a block is linked to a page of
    its site, to one of another; ``introduces``: how surely each is the heading of a list of other articles.
    """
    return core.groups(layout, own, headline, *links, introduces)
