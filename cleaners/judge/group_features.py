"""What belongs together, as measures: siblings of one shape (cards, entries of a list, paragraphs) and blocks of one
path.

One card looks like the opening of an article. Twenty of them, each with a link to another page of the site, below an
article that has ended, look like nothing else: so the group is measured, and each block is told of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from copydesk.cleaners.judge.block_features import OWN, Own, table_of
from copydesk.cleaners.judge.layout import Ints, Layout

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
_MOST_UNEVEN = 3.0  # standard deviations over the mean: one long entry among short ones has more
_LOOKED_ABOVE = (
    2  # blocks above a group in which its heading may be: the second where a link "more" is the first
)


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
    """One row a block. ``headline``: the block that is most like it; ``links``: 1 where a block is linked to a page of
    its site, to one of another; ``introduces``: how surely each is the heading of a list of other articles.
    """
    return np.concatenate(
        (
            _group(layout, own, headline, links, introduces),
            _path(layout, own, links[0]),
            _headline_article(layout, headline),
        ),
        axis=1,
    )


def _group(
    layout: Layout, own: Own, headline: int | None, links: tuple[Floats, Floats], introduces: Floats
) -> Floats:
    """The groups of siblings; all zero for a block that is in none."""
    of_block = layout.units[layout.holders]
    table = np.zeros((len(of_block), len(_GROUP)))
    inside = np.flatnonzero(of_block >= 0)
    if not len(inside):
        return table
    units, unit_of = np.unique(of_block[inside], return_inverse=True)
    _, group_of = np.unique(layout.sibling_group[units], return_inverse=True)
    starts, ends = layout.starts[units], layout.ends[units]
    is_heading = own.is_heading
    sums = np.zeros((len(of_block) + 1, 6))
    np.cumsum(
        np.stack((own.chars, own.words, own.is_prose, is_heading, *links), axis=1), axis=0, out=sums[1:]
    )
    chars, words, prose, headings, linked, elsewhere = (sums[ends] - sums[starts]).T
    members = np.bincount(group_of).astype(np.float64)

    def mean(values: NDArray[np.generic]) -> Floats:
        return (np.bincount(group_of, weights=values) / members)[group_of]

    mean_words = mean(words)
    spread = np.sqrt(np.maximum(mean(words**2) - mean_words**2, 0.0)) / np.maximum(mean_words, 1.0)
    first = np.full(len(members), len(of_block))
    np.minimum.at(first, group_of, starts)
    parents = layout.parents[units]
    has_headline = headline is not None
    at = headline or 0
    columns = {
        "members_log": np.log1p(members)[group_of],
        "blocks": np.log1p(mean(ends - starts)),
        "words_log": np.log1p(mean_words),
        "prose": mean(prose > 0),
        "linked": mean(linked > 0),
        "linked_elsewhere": mean(elsewhere > 0),
        "headed": mean(headings > 0),
        "unevenness": np.minimum(spread, _MOST_UNEVEN),
        "chars_share": mean(chars) * members[group_of] / max(1.0, float(sums[-1, 0])),
        "holds_headline": has_headline & (layout.starts[parents] <= at) & (at < layout.ends[parents]),
        "after_headline": has_headline * np.sign(first[group_of] - at),
        "introduced": _introduced(first, own, introduces)[group_of],
        "unit_has_headline": has_headline & (starts <= at) & (at < ends),
        "unit_linked": np.log1p(linked),
        "unit_words_log": np.log1p(words),
    }
    table[inside] = table_of(_GROUP, columns)[unit_of]
    return table


def _introduced(first: Ints, own: Own, introduces: Floats) -> Floats:
    """How surely what stands right above each group, and is no prose, is the heading of a list of other articles."""
    found = np.zeros(len(first))
    for offset in range(1, _LOOKED_ABOVE + 1):
        above = np.maximum(first - offset, 0)
        is_line = (first >= offset) & (own.is_prose[above] == 0)
        found = np.maximum(found, np.where(is_line, introduces[above], 0.0))
    return found


def _path(layout: Layout, own: Own, linked: Floats) -> Floats:
    """The blocks of one path of tags and words."""
    groups = layout.path_group[layout.holders]
    counts = np.maximum(1.0, np.bincount(groups).astype(np.float64))

    def mean(values: Floats) -> Floats:
        return np.bincount(groups, weights=values) / counts

    prose = np.bincount(groups, weights=own.chars * own.is_prose)
    columns = {
        "count_log": np.log1p(counts),
        "words_log": np.log1p(mean(own.words)),
        "links": mean(own.links),
        "prose_share": prose / max(1.0, float(prose.sum())),
        "linked": mean(linked),
    }
    return table_of(_PATH, columns)[groups]


def _headline_article(layout: Layout, headline: int | None) -> Floats:
    """Whether a block is in the ``article`` that the headline is in, and whether it is outside of it."""
    table = np.zeros((len(layout.holders), 2))
    if headline is None:
        return table
    element = int(layout.holders[headline])
    while element and layout.names[layout.named[element]][0] != "article":
        element = int(layout.parents[element])
    if element:
        inside = slice(layout.starts[element], layout.ends[element])
        table[:, 1] = 1.0
        table[inside, 0], table[inside, 1] = 1.0, 0.0
    return table
