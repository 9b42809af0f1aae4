"""Lines that tell readers that the text goes on for subscribers, members or those who log in: the page is cut there.

Their words are those of ``lexicon/wall_words.py``; a price does as well as who may read the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.element_kinds import KINDS, kinds_of
from copydesk.cleaners.lexicon.wall_words import Part, find_wall_words
from copydesk.cleaners.rules.parts.elements import WHOLE_PAGE
from copydesk.cleaners.rules.prices import PRICE
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.types import KEPT, Block, Kind, Label
from copydesk.cleaners.word_count import count_words

# set by hand
_MAX_WORDS = 40  # longer blocks tell of something
_MAX_KEPT = 20  # blocks at the end of what is kept that may be a wall, or in its box
_MAX_BOX, _MAX_BOX_PROSE, _PROSE_WORDS = 30, 1, 12  # blocks of a box, of its prose, and words that make some
_BADGE_WORDS = 4  # no more words stand on cards of other articles, too
_LINKED, _HEADLINE_CHARS = (
    0.8,
    30,
)  # the share of a block that makes it a link, and from when on to another article
# kinds of elements that open over a page whose text is whole, or that hold what another article is about
_ELSEWHERE = frozenset(map(KINDS.index, ("popup", "concealed", "related", "teaser", "comment")))


@rule(
    "paywall.cut",
    Label.PAYWALL,
    "What tells readers that the text goes on for subscribers is no part of it, and says that it is cut.",
    over=KEPT - {Label.TITLE}
    | {
        Label.PAYWALL,
        Label.NEWSLETTER,
        Label.AD,
        Label.NAV,
        Label.HIDDEN,
        Label.RELATED,
        Label.SOCIAL,
        Label.AUTHOR_BIO,
        Label.COMMENT_FORM,
        Label.SOURCE_NOTE,
        Label.OTHER,
    },
)
def cut_texts(context: RuleContext) -> Mapping[int, str]:
    """Short blocks below the last that is kept, or the last itself, that say that there is more of the text."""
    kept, last = [*context.kept_in_order], len(context.page.table.blocks)
    if not kept:
        return {}
    # a wall that is not kept may head a box in which something is
    start = kept[-_MAX_KEPT - 1] + 1 if len(kept) > _MAX_KEPT else 0
    said = walls_among(context.page, range(start, last))
    said = {**_in_boxes(context, said), **said}
    found = []
    while kept and kept[-1] in said and _is_of_this_text(context, kept[-1], kept[-1]):
        found.append(kept.pop())
    end = kept[-1] if kept else -1
    found += [at for at in said if at > end and at not in found and _is_of_this_text(context, at, end)]
    return {at: said[at] for at in found}


def walls_among(page: PageFacts, places: Iterable[int]) -> Mapping[int, str]:
    """Those of these blocks that say that there is more of a text for some, with the words, by their number."""
    return {
        at: " and ".join(map(repr, parts.values()))
        for at, parts in words_of_walls(page, places).items()
        if "cut" in parts or "reader" in parts or PRICE.search(page.table.raws[at])
    }


def words_of_walls(page: PageFacts, places: Iterable[int]) -> Mapping[int, Mapping[Part, str]]:
    """What those of these blocks say that speak of the rest of a text; none that are hidden or long."""
    blocks = page.table.blocks
    short = [at for at in places if not blocks[at].is_hidden and count_words(blocks[at].raw) <= _MAX_WORDS]
    said = find_wall_words([" ".join(page.words[at]) for at in short], page.language)
    return {short[number]: parts for number, parts in said.items() if "cut" in parts or "rest" in parts}


def _in_boxes(context: RuleContext, said: Mapping[int, str]) -> Mapping[int, str]:
    """The blocks of each small element that begins with a wall, perhaps below a heading: what a subscription costs, how
    to log in.
    """
    blocks, spans = context.page.table.blocks, context.page.table.spans
    found = {}
    for at, words in said.items():
        first = at - 1 if at and blocks[at - 1].kind is Kind.HEADING and blocks[at - 1].level > 1 else at
        for step in reversed(blocks[at].path):
            held = spans[step.number]
            if step.tag in WHOLE_PAGE or held[0] not in (at, first) or not _is_box(context, held, said):
                break
            found.update(dict.fromkeys(held, f"in a box that begins with {words}"))
    return found


def _is_box(context: RuleContext, held: Sequence[int], said: Mapping[int, str]) -> bool:
    """Whether the blocks of an element may stand around a wall: few, short, and hardly any prose, for an article may
    begin with a request to subscribe.
    """
    raws = context.page.table.raws
    own = context.kept_by_now.intersection(held) - said.keys()
    return (
        len(held) <= _MAX_BOX
        and all(count_words(raws[at]) <= _MAX_WORDS for at in held)
        and sum(count_words(raws[at]) >= _PROSE_WORDS for at in own) <= _MAX_BOX_PROSE
    )


def _is_of_this_text(context: RuleContext, at: int, end: int) -> bool:
    """Whether a wall is that of the text that ends with the block ``end``, and not of a card's article."""
    table = context.page.table
    apart = [step.words for step in table.blocks[at].path if table.spans[step.number][0] > end]
    if not _ELSEWHERE.isdisjoint(chain.from_iterable(map(kinds_of, apart))):
        return False
    is_badge = count_words(table.raws[at]) <= _BADGE_WORDS
    if not is_badge and context.verdicts[at].label is not Label.RELATED:
        return True
    return not any(map(_leads_on, islice(table.blocks, end + 1, at + 1)))


def _leads_on(block: Block) -> bool:
    return len(block.raw) >= _HEADLINE_CHARS and block.link_chars >= _LINKED * len(block.raw)


CONTEXT = (cut_texts,)
"""Walls, once it is known where the text ends."""
