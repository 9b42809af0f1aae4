"""Which names a plain paragraph cannot have, since nothing in the page bears them out.

The learned judgement has seen whole pages of sites, each with a headline, a menu and teasers, and finds them
on a page that has none: of bare sentences it took every hundredth for the title. So a name that follows from
where a block is or what it holds is ruled out where the page holds nothing of the kind; what is left of
the judgement decides.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

from copydesk._core.layout import common_words
from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.element_kinds import KINDS, kinds_of
from copydesk.cleaners.metadata.person_names import has_opener
from copydesk.cleaners.patterns import lazy_pattern
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
_MOST_TITLES = 2  # times the length of a title, from which a sentence is no other wording of it; set by hand
_MOST_LINKED = 0.1  # share of a paragraph's characters in links, such as marks of notes; set by hand
_HEADED = KINDS.index("title")
_HEADINGS = (Kind.TITLE, Kind.HEADING)
_WORD = lazy_pattern(r"\w+")
_DIGIT = lazy_pattern(r"\d")
_SIGN = lazy_pattern("[^\\W_]|[\U0001f300-\U0010ffff]")  # a letter, a digit or an emoji
_TITLE = frozenset({Label.TITLE})
_LINKED = frozenset({Label.RELATED})
"""What a page that links nowhere does not have."""
_PICTURED = frozenset({Label.CAPTION})
"""What a page without a picture does not have."""
_BYLINE = frozenset({Label.BYLINE})
_NO_SENTENCES = frozenset({Label.RELATED, Label.AD})
_FOUND_BY_WORDS = frozenset({Label.CAPTION, Label.BYLINE, Label.AUTHOR_BIO, Label.RELATED, Label.AD})
"""What is in paragraphs like those of the article, too: of 67 such left out on labelled pages a reader keeps 20."""
_NEVER_KIN = frozenset(Label) - KEPT - _FOUND_BY_WORDS

_Place = tuple[int, str, str]


def implausible_labels(
    blocks: Sequence[Block], keep: Sequence[float], page: PageFacts, titles: Iterable[str]
) -> list[tuple[int, frozenset[Label]]]:
    """The place in ``blocks`` of each plain paragraph that the learned judgement would leave out, and the
    labels it cannot have.

    ``blocks``: those of the page that are judged; ``keep``: the learned probability of each that it belongs to the
    article; ``titles``: what the page calls itself.
    """
    texts, sentences = page.table.texts, page.table.sentences
    paragraphs = [at for at, block in enumerate(blocks) if block.kind is Kind.PARAGRAPH and block.path]
    own = [blocks[at].path[-1] for at in paragraphs]
    names = {words: common_words(words) for words in dict.fromkeys([step.words for step in own])}
    # the element around a block's own, and what its own is called: what paragraphs of one text share
    places = {
        at: (blocks[at].path[-2].number if len(blocks[at].path) > 1 else 0, step.tag, names[step.words])
        for at, step in zip(paragraphs, own, strict=True)
    }
    kin = _kin(blocks, places, keep)
    nowhere = frozenset() if sum([block.link_chars for block in blocks]) else _LINKED
    if not any(block.image_url is not None or block.kind is Kind.CAPTION for block in blocks):
        nowhere |= _PICTURED
    plain = {
        at: block
        for at in paragraphs
        if not ((block := blocks[at]).is_hidden or block.image_url is not None)
        and block.link_chars <= _MOST_LINKED * len(block.raw)
        and _SIGN.search(block.raw)
    }
    titled = _titled(plain, titles, sentences)
    found = []
    for at, block in plain.items():
        labels = nowhere if at in titled else nowhere | _TITLE
        if places[at] in kin and block.index not in page.saying:
            labels |= _NEVER_KIN if labels >= _TITLE else _NEVER_KIN - _TITLE
            text = texts[block.index]
            if not (_DIGIT.search(text) or has_opener(text, page.language)):
                labels |= _BYLINE
            if block.index in sentences:
                labels |= _NO_SENTENCES
        if labels:
            found.append((at, labels))
    return found


def _kin(blocks: Sequence[Block], places: Mapping[int, _Place], keep: Sequence[float]) -> frozenset[_Place]:
    """The places of at least three paragraphs of the article, and the place of nearly all the page's text."""
    kept, chars = dict.fromkeys(places.values(), 0), dict.fromkeys(places.values(), 0)
    for at, place in places.items():
        kept[place] += keep[at] >= _LIKELY
        chars[place] += len(blocks[at].raw)
    most = _MOST_OF_PAGE * sum([len(block.raw) for block in blocks if block.kind not in _HEADINGS])
    return frozenset([place for place in chars if kept[place] >= _MIN_KIN or chars[place] >= most])


def _titled(paragraphs: Mapping[int, Block], titles: Iterable[str], sentences: Container[int]) -> set[int]:
    """The paragraphs in an element, or in one in it, that is named as titles are; and those that have as many words of
    a title as make it one in other words, but no sentence that says much more. ``sentences``: numbers of blocks.
    """
    words = {step.words for block in paragraphs.values() for step in block.path[-2:]}
    heads = {one for one in words if _HEADED in kinds_of(one)}
    found = {
        at for at, block in paragraphs.items() if heads for step in block.path[-2:] if step.words in heads
    }
    # most pages declare one title several times
    declared = {frozenset(_WORD.findall(title.lower())): len(title) for title in titles}
    declared.pop(frozenset(), None)
    for at, block in paragraphs.items() if declared else ():
        if len(block.raw) <= _MAX_TITLE_CHARS and at not in found:
            own = frozenset(_WORD.findall(block.raw.lower()))
            for title, size in declared.items():
                if block.index in sentences and len(block.raw) > _MOST_TITLES * size:
                    continue
                if len(own & title) >= _TITLE_WORDS * min(len(own), len(title)):
                    found.add(at)
    return found
