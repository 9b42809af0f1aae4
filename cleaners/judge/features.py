"""Blocks to measures: what the learned judgement looks at, one row a block, as arrays.

Nothing here knows a language but the phrases of the lexicon: shares, lengths, punctuation, places,
containers and words of elements. The same measures serve flattened text, where all about elements is zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from copydesk._core import layout as core
from copydesk.cleaners.judge import cohesion, group_features
from copydesk.cleaners.judge.block_features import OWN, Own, measure_own
from copydesk.cleaners.judge.element_kinds import KINDS, kinds_of
from copydesk.cleaners.judge.link_features import TARGETS, measure_targets
from copydesk.cleaners.judge.page_texts import repeats, shared_words
from copydesk.cleaners.lexicon.block_phrases import Phrased
from copydesk.cleaners.lexicon.words import PhraseHit
from copydesk.cleaners.segment.layout import Ints, Layout
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import Block, Kind

Floats = NDArray[np.float64]

# the numbers below are set by hand and no figure is on record. Weights were learned from measures made
# with them, and `network.read` compares names alone: whoever changes one trains anew
_MAIN_SHARE = 0.6  # of the page's prose in the main element; a larger one takes in the menus around it
_GOOD_PART = 0.3  # of the page's prose
_TITLE_LIKENESS = 0.35  # just above the 0.3 of any heading; a larger one leaves short headlines out
_TITLE_WORDS = 40  # longer blocks are no title
# elements above the holder; each level more costs six columns to compute and to learn
_LEVELS = (0, 1, 2, 3, 5)
_WINDOWS = (3, 8, 20)  # blocks: a box, a section, a part of the page
# their classes are of the page (`single-post has-sidebar`), alike for all its blocks
PAGE_TAGS = ("html", "body")
_TAGS = (
    "article",
    "main",
    "aside",
    "nav",
    "header",
    "footer",
    "form",
    "ul",
    "table",
    "figure",
    "blockquote",
    "section",
    "a",
    "p",
)
_TAG_PLACES = {tag: place for place, tag in enumerate(_TAGS)}
# listed, not read from the lexicon: a rule added to its files must not move the columns
PHRASE_RULES = (
    "wording.ad",
    "wording.author-bio",
    "wording.byline",
    "wording.caption",
    "wording.comment-form",
    "wording.cookie",
    "wording.copyright",
    "wording.correction",
    "wording.nav",
    "wording.newsletter",
    "wording.paywall",
    "wording.related",
    "wording.social",
    "wording.source-note",
    "wording.tags",
)
_TO_OWN_SITE, _TO_OTHER_SITE = TARGETS.index("link_to_own_site"), TARGETS.index("link_to_other_site")
_SHORT_SENTENCE_WORDS = 8  # "Subscribe to our newsletter." ends as a sentence too and is a box's
_IN_SENTENCE = 0.25  # what a phrase still counts there: "Cookies are sold at the fair every year in May."
# the nearer the phrase is to being the whole block, the more; without a scale "contains" equals "whole"
_MODES = {"whole": 1.0, "lead": 0.8, "start": 0.6, "contains": 0.4}

_PLACE = (
    "place",
    "place_chars",
    "blocks_log",
    "page_chars_log",
    "prose_chars_log",
    "after_headline",
    "is_headline",
    "has_headline",
    "after_first_prose",
    "before_last_prose",
    "after_first_prose_blocks",
    "before_last_prose_blocks",
    "words_in_title",
    "title_in_words",
    "seen",
    "seen_before",
)
_CONTAINER = ("chars_log", "link_share", "prose_share", "blocks_log", "prose_blocks_share", "words_a_block")
_ALIKE = ("count_log", "words", "links", "prose_share", "sentences")
_WINDOW = ("prose_before", "prose_after", "words_before", "words_after", "links_before", "links_after")
_ELEMENTS = ("in_body", "body_distance", "prose_distance", "depth", *(f"in_{tag}" for tag in _TAGS))
NAMES: tuple[str, ...] = (
    *OWN,
    *_PLACE,
    *(f"container{level}_{name}" for level in _LEVELS for name in _CONTAINER),
    *(f"alike_{name}" for name in _ALIKE),
    *_ELEMENTS,
    *(f"window{size}_{name}" for size in _WINDOWS for name in _WINDOW),
    *PHRASE_RULES,
    *TARGETS,
    *cohesion.NAMES,
    *group_features.NAMES,
    *(f"holder_{kind}" for kind in KINDS),
    *(f"parent_{kind}" for kind in KINDS),
    *(f"around_{kind}" for kind in KINDS),
)
"""The columns of ``Measures.rows``."""


class Measures(Struct, frozen=True):
    """``rows``: one a block, columns as in ``NAMES``; ``layout``: the elements around the blocks; ``groups``: kinds of
    groups, of each the number of the group that a block is in; ``words``: the first words of each block, folded;
    ``language``: the page's.
    """

    rows: NDArray[np.float32]
    layout: Layout
    groups: tuple[Ints, ...]
    words: Sequence[Sequence[str]]
    language: str


def measure(table: PageTable, phrased: Phrased) -> Measures:
    """The measures of all blocks of a page, of which there must be one at least."""
    blocks, layout = table.blocks, table.layout
    own = measure_own(blocks)
    title_at, overlaps = title = _title(table, own)
    found = _phrases(blocks, phrased.hits, own)
    targets = measure_targets(blocks)
    links = targets[:, _TO_OWN_SITE], targets[:, _TO_OTHER_SITE]
    columns = (
        own.table,
        core.surroundings(
            layout,
            own,
            title_at,
            overlaps,
            repeats(blocks),
            _LEVELS,
            _WINDOWS,
            _TAG_PLACES,
            _MAIN_SHARE,
            _GOOD_PART,
        ),
        found,
        targets,
        cohesion.measure_page(own, phrased, layout, title, found[:, PHRASE_RULES.index("wording.byline")]),
        group_features.measure_groups(
            layout, own, title_at, links, found[:, PHRASE_RULES.index("wording.related")]
        ),
        _kinds(layout),
    )
    rows = np.concatenate(columns, axis=1, dtype=np.float32, casting="same_kind")
    return Measures(rows, layout, group_features.groups_of(layout, own), phrased.words, phrased.language)


def _title(table: PageTable, own: Own) -> tuple[int | None, Floats]:
    """The block most like the head's title (in flattened text: like the first line), and how far each is like it."""
    blocks, kinds, raws = table.blocks, table.kinds, table.raws
    head = raws[kinds.index(Kind.TITLE) if Kind.TITLE in kinds else 0]
    overlaps = np.zeros((len(blocks), 2))
    best, title_at = _TITLE_LIKENESS, None
    short = np.flatnonzero(own.words <= _TITLE_WORDS).tolist()
    # a `<title>` longer than this is no title, and its words would be like any block
    wanted, shared = shared_words([raws[at] for at in short], head[:400])
    for place, words, common in shared:
        at = short[place]
        overlaps[at] = common / words, common / wanted
        # the head's title is what the others are compared with: like itself, it would always win
        if kinds[at] is Kind.TITLE:
            continue
        # Jaccard: the title often carries the site's name ("Ice melts | The Gazette"), the headline not
        likeness = common / (words + wanted - common)
        # set by hand: an h1 with a third of the words goes before a paragraph with half of them
        likeness += 0.3 * (kinds[at] is Kind.HEADING) + 0.2 * (blocks[at].level == 1)
        if likeness > best:
            best, title_at = likeness, at
    return title_at, overlaps


def _kinds(layout: Layout) -> Floats:
    """The kinds of each block's holder, of the element around it, and how many further out are of each kind."""
    # per name, not per element: a list of a thousand entries has one
    kinds = [kinds_of(words) if words and tag not in PAGE_TAGS else () for tag, words in layout.names]
    return core.kinds(layout, kinds, len(KINDS))


def _phrases(blocks: Sequence[Block], phrases: Sequence[Mapping[str, PhraseHit]], own: Own) -> Floats:
    """How a phrase occurs in the block, a column a rule; prose begins with such words and holds them too."""
    table = np.zeros((len(blocks), len(PHRASE_RULES)))
    places = {rule: place for place, rule in enumerate(PHRASE_RULES)}
    for at, hits in enumerate(phrases):
        for rule, hit in hits.items():
            # rules without a column (`page.captcha`) are of the whole page: page_kind asks for them
            place = places.get(rule)
            if place is not None:
                table[at, place] = _MODES[hit.mode]
    is_sentence = (own.ends_sentence > 0) & (own.words > _SHORT_SENTENCE_WORDS)
    table[is_sentence] *= np.where(table[is_sentence] < _MODES["lead"], _IN_SENTENCE, 1.0)
    return table
