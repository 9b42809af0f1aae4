"""Which names a plain paragraph cannot have, since nothing in the page bears them out.

The learned judgement has seen whole pages of sites, each with a headline, a menu and teasers, and finds them
on a page that has none: of bare sentences it took every hundredth for the title. So a name that follows from
where a block is or what it holds is ruled out where the page holds nothing of the kind; what is left of
the judgement decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set

from copydesk.cleaners.judge.element_kinds import KINDS, kinds_of
from copydesk.cleaners.lexicon.block_phrases import has_phrase
from copydesk.cleaners.lexicon.words import PhraseHit
from copydesk.cleaners.metadata.person_names import has_opener
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.segment.layout import common_words
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import KEPT, Block, Kind, Label

_LIKELY = 0.5
"""Learned probability from which a block more likely than not belongs to the article."""
_MIN_KIN = 3
_MOST_OF_PAGE = 0.8
"""How many such paragraphs make their place one of the article's; and the share of a page's characters,
headings aside, from which a place is the whole page, whatever is thought of its paragraphs. Of 14,480
sentences, twenty a page below a headline, 36 leave the text instead of 79 with the second
(`python -m benchmarks.all_floors openweb.prose` counts them without headline: 187 before, 33 with both).
"""
_TITLE_WORDS = 0.5
"""Share of the words of the shorter, from which a paragraph may be the declared title in other words."""
_MAX_TITLE_CHARS = 400  # as in `features.py`: what is longer is no title
_HEADED = KINDS.index("title")
_HEADINGS = (Kind.TITLE, Kind.HEADING)
_WORD = lazy_pattern(r"\w+")
_DIGIT = lazy_pattern(r"\d")
_SIGN = lazy_pattern("[^\\W_]|[\U0001f300-\U0010ffff]")  # a letter, a digit or an emoji
_TITLE = frozenset({Label.TITLE})
_LINKED = frozenset({Label.RELATED})
"""What a page that links nowhere does not have."""
_FOUND_BY_WORDS = frozenset({Label.CAPTION, Label.BYLINE, Label.AUTHOR_BIO, Label.RELATED, Label.AD})
"""What is in paragraphs like those of the article, too: of 67 such left out on labelled pages a reader keeps 20."""
_NEVER_KIN = frozenset(Label) - KEPT - _FOUND_BY_WORDS

_Place = tuple[int, str, str]


def implausible_labels(
    blocks: Sequence[Block],
    keep: Sequence[float],
    phrases: Sequence[Mapping[str, PhraseHit]],
    *,
    titles: Sequence[str],
    language: str,
) -> Iterator[tuple[int, frozenset[Label]]]:
    """The place in ``blocks`` of each plain paragraph that the learned judgement would leave out, and the
    labels it cannot have.

    ``keep``: the learned probability of each that it belongs to the article; ``titles``: what the page calls itself.
    """
    places = [_place(block) if block.kind is Kind.PARAGRAPH and block.path else None for block in blocks]
    kin = _kin(blocks, places, keep)
    # most pages declare one title several times
    words = {frozenset(_WORD.findall(title.lower())) for title in titles} - {frozenset()}
    nowhere = frozenset() if any(block.link_chars for block in blocks) else _LINKED
    for at, (block, place) in enumerate(zip(blocks, places, strict=True)):
        if place is None or not _is_plain(block):
            continue
        labels = nowhere | (frozenset() if _is_headed(block) or _shares_words(block, words) else _TITLE)
        if place in kin and not has_phrase(phrases[block.index]):
            labels |= _NEVER_KIN if labels >= _TITLE else _NEVER_KIN - _TITLE
            if not (_DIGIT.search(block.text) or has_opener(block.text, language)):
                labels |= {Label.BYLINE}
            if ends_sentence(block.text):
                labels |= {Label.RELATED, Label.AD}
        if labels:
            yield at, labels


def _is_plain(paragraph: Block) -> bool:
    return (
        not paragraph.is_hidden
        and not paragraph.link_chars
        and paragraph.image_url is None
        and _SIGN.search(paragraph.raw) is not None
    )


def _kin(
    blocks: Sequence[Block], places: Sequence[_Place | None], keep: Sequence[float]
) -> frozenset[_Place]:
    """The places of at least three paragraphs of the article, and the place of nearly all the page's text."""
    kept: defaultdict[_Place, int] = defaultdict(int)
    chars: defaultdict[_Place, int] = defaultdict(int)
    for block, place, probability in zip(blocks, places, keep, strict=True):
        if place is not None:
            kept[place] += probability >= _LIKELY
            chars[place] += len(block.raw)
    most = _MOST_OF_PAGE * sum([len(block.raw) for block in blocks if block.kind not in _HEADINGS])
    return frozenset([place for place in chars if kept[place] >= _MIN_KIN or chars[place] >= most])


def _place(block: Block) -> _Place:
    """The element around a block's own, and what its own is called: what paragraphs of one text share."""
    path = block.path
    around = path[-2].number if len(path) > 1 else 0
    return around, path[-1].tag, common_words(path[-1].words)


def _is_headed(block: Block) -> bool:
    return True in [_HEADED in kinds_of(step.words) for step in block.path[-2:]]


def _shares_words(block: Block, titles: Set[frozenset[str]]) -> bool:
    if not titles or len(block.raw) > _MAX_TITLE_CHARS:
        return False
    own = frozenset(_WORD.findall(block.raw.lower()))
    return any(len(own & title) >= _TITLE_WORDS * min(len(own), len(title)) for title in titles)
