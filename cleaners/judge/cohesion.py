"""Lexical cohesion as measures: whether a block, and the section it is in, go on about what the page is about.

A text repeats its terms (Halliday and Hasan, Cohesion in English, 1976), and where few of them reach across a border
another text begins (Hearst, TextTiling, 1997). Nothing here knows a language but its frequent words. A section is a run
of blocks that an article fills, or another one does. ``copydesk/_core/cohesion.pyx`` measures.
"""

from __future__ import annotations

from copydesk._core.cohesion import Cohesion
from copydesk.cleaners.judge.block_features import OWN, Floats, Own
from copydesk.cleaners.lexicon.block_phrases import Phrased
from copydesk.cleaners.lexicon.words import function_words
from copydesk.cleaners.segment.layout import Layout
from copydesk.cleaners.word_count import UNSPACED

_FEWEST_TERMS = 5  # on either side of a border, below which it is not measured; set by hand
_OPENING = 5  # blocks a section begins with: headline, byline and date
_MOST_SECTIONS = 5.0
_MIN_TOPIC_WORDS = 8  # blocks with more tell what they are about, as prose and headings do; set by hand
_LEAD_BLOCKS = 5  # of prose, that tell what the article is about; set by hand
_UNKNOWN_LIKENESS = 0.5  # likeness to the title where no heading comes before
_MAIN_SHARE = 0.6  # of the page's prose in the main element, as in `features._elements`; set by hand
_BOX_PROSE = 2  # blocks of prose from which an element is a section; a paragraph's own is none
# shorter terms are mostly function words, and of those of four letters the lexicon lists the frequent; set by hand
_LEAST_LETTERS = 4

_BLOCK = ("lead", "before", "after", "title", "terms_log", "title_terms", "border", "weakest_border")
_HEADING = ("in_title", "number_log")
_ARTICLE = ("is_other", "number_log")
_SECTION = (
    "lead",
    "repeated_lead",
    "title",
    "title_of_best",
    "before",
    "after",
    "repeated_before",
    "repeated_after",
    "repeated_log",
    "number",
    "number_from_end",
    "prose_share",
    "opening_in_title",
    "opening_byline",
)
NAMES: tuple[str, ...] = (
    *(f"cohesion_{name}" for name in _BLOCK),
    *(f"last_heading_{name}" for name in _HEADING),
    *(f"article_{name}" for name in _ARTICLE),
    *(f"headed_{name}" for name in _SECTION),
    *(f"boxed_{name}" for name in _SECTION),
    *(f"apart_{name}" for name in _SECTION),
)
"""The columns of ``measure_page``."""


_COHESION = Cohesion(
    {
        "fewest_terms": _FEWEST_TERMS,
        "opening": _OPENING,
        "most_sections": _MOST_SECTIONS,
        "min_topic_words": _MIN_TOPIC_WORDS,
        "lead_blocks": _LEAD_BLOCKS,
        "unknown_likeness": _UNKNOWN_LIKENESS,
        "main_share": _MAIN_SHARE,
        "box_prose": _BOX_PROSE,
        "least_letters": _LEAST_LETTERS,
        **{name: OWN.index(name) for name in ("is_heading", "level", "is_title")},
    }
)


def measure_page(
    own: Own, phrased: Phrased, layout: Layout, title: tuple[int | None, Floats], bylines: Floats
) -> Floats:
    """The measures of a page's blocks, one row a block, columns as in ``NAMES``.

    ``title``: the block that is the headline, and how far each block is like the page's title (two columns, 0 to
    1); ``bylines``: how surely each is a byline, 0 to 1.
    """
    common = function_words(phrased.language)
    return _COHESION.measure(own, phrased.words, layout, title, bylines, common, UNSPACED)
