"""Cards: siblings of one shape, each with a link of its own to another page of the site, and what is beside them.

A front, a section or a list consists of them; below an article they are beside its text. What tells the two apart is
not how many there are but whether the page has a text of its own outside of them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from itertools import chain, pairwise
from typing import Final

from msgspec import Struct

from copydesk.cleaners.judge.link_features import own_site, read_target
from copydesk.cleaners.page_kind.page_evidence import PageEvidence, is_prose
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import KEPT, Block, Kind, Label, Labelled

# set by hand: what holds more is a part of the page, and each is walked once for every shape of line
_MAX_CARD_BLOCKS = 40
_MIN_SIBLINGS = 3
_LINKED = 0.8  # share of a block's characters: the link may leave out a kicker
_LINKED_OF_ITEM = 0.2
_MAX_UNLINKED_CHARS = 400
"""Unlinked characters of a card, at most: more is a text that stands here. An excerpt of 55 words, as blogs have it,
has 350."""
_MAX_INTRODUCTION = 250
"""Characters of prose, beside the cards that follow it, from which it is an article all the same; set by hand."""
_HEADLINE_LEVEL = 2
_NEAR_HEADLINE = 4  # blocks between: a standfirst, a byline, a date, a caption
# "post-1204", "col3", "odd": what tells siblings of one shape apart
NUMBERED = lazy_pattern(r"\S*\d\S*|\b(?:odd|even|first|last|active)\b")
_LISTS: Final = frozenset({"ul", "ol"})
_MENU: Final = frozenset({Label.NAV, Label.TAGS})
_NOT_SHOWN: Final = frozenset({Kind.TITLE, Kind.CONTROL})

_Shape = tuple[str, str]
# the element that holds siblings, their shape, that of the linked line in each and how deep it lies there
_Grid = tuple[int, _Shape, _Shape, int]


class Card(Struct, frozen=True, gc=False):
    """One card: its blocks by index, the linked line among them, where this leads, and the number of the element that
    holds the card and its siblings.
    """

    blocks: tuple[int, ...]
    head: int
    url: str
    parent: int


def find_cards(labelled: Sequence[Labelled]) -> tuple[Card, ...]:
    """The cards of a page; what is within two, a card and a row of links in it, is in both."""
    shown = [
        item.block
        for item in labelled
        if item.block.path and not item.block.is_hidden and item.block.kind not in _NOT_SHOWN
    ]
    grids = {
        grid: heads
        for grid, heads in _grids(shown).items()
        if len(heads) >= _MIN_SIBLINGS and len({head.link_url for head in heads.values()}) >= _MIN_SIBLINGS
    }
    held = _held(shown, frozenset(chain(*grids.values(), (parent for parent, *_ in grids))))
    found: list[Card] = []
    for (parent, *_), heads in grids.items():
        members: Mapping[int, Sequence[Block]] = {
            number: held[number] for number in heads if len(held[number]) <= _MAX_CARD_BLOCKS
        }
        if len(members) < _MIN_SIBLINGS:
            continue
        kinds = {blocks[0].kind if len(blocks) == 1 else None for blocks in members.values()}
        if kinds == {Kind.HEADING}:
            members = _with_what_follows(members, held[parent])
        cards = [
            Card(
                blocks=tuple([block.index for block in blocks]),
                head=heads[number].index,
                url=heads[number].link_url,
                parent=parent,
            )
            for number, blocks in members.items()
            if sum([len(block.raw) - block.link_chars for block in blocks]) <= _MAX_UNLINKED_CHARS
        ]
        if len(cards) >= _MIN_SIBLINGS:
            found += cards
    return tuple(found)


def _held(shown: Sequence[Block], wanted: Set[int]) -> Mapping[int, list[Block]]:
    """The blocks in each of these elements."""
    held: defaultdict[int, list[Block]] = defaultdict(list)
    for block in shown:
        for step in block.path:
            if step.number in wanted:
                held[step.number].append(block)
    return held


def _grids(shown: Sequence[Block]) -> Mapping[_Grid, Mapping[int, Block]]:
    """Siblings of one shape with a linked line of one shape, by their number, each with the first such line."""
    grids: defaultdict[_Grid, dict[int, Block]] = defaultdict(dict)
    shapes: dict[str, str] = {}  # many elements have the same words
    heads = _linked_lines(shown)
    # most elements hold one other
    parent_of = {child.number: parent.number for head in heads for parent, child in pairwise(head.path)}
    above = Counter(parent_of.values())
    parents = {number for number, count in above.items() if count >= _MIN_SIBLINGS}
    for head in heads:
        for step in head.path:
            if step.words not in shapes:
                shapes[step.words] = NUMBERED.sub("", step.words)
        end = head.path[-1]
        line = end.tag, shapes[end.words]
        for depth, (parent, child) in enumerate(pairwise(head.path)):
            if parent.number in parents:
                shape = child.tag, shapes[child.words]
                grids[parent.number, shape, line, len(head.path) - depth].setdefault(child.number, head)
    return grids


def _linked_lines(shown: Sequence[Block]) -> list[Block]:
    """Blocks that are a link to a page of the site, and items of lists that begin with one."""
    targets = {block.link_url: read_target(block.link_url) for block in shown if block.link_url}
    own = own_site(tuple(targets.values()))
    linked = [
        block
        for block in shown
        if block.link_url and (block.link_chars >= _LINKED * len(block.raw) or _is_linked_line(block))
    ]
    is_own = {url: targets[url].is_on(own) for url in {block.link_url for block in linked}}
    return [block for block in linked if is_own[block.link_url]]


def _is_linked_line(block: Block) -> bool:
    if block.link_chars >= _LINKED * len(block.raw):
        return True
    if "a" not in [mark.tag for before, mark in block.marks if mark is not None and not before]:
        return False
    # a headline and its sentence in one line, or parted by a line break alone
    headline, is_parted, _ = block.raw.partition("\n")
    is_item = block.kind is Kind.LIST_ITEM and block.link_chars >= _LINKED_OF_ITEM * len(block.raw)
    is_two_lines = block.kind is Kind.PARAGRAPH and bool(is_parted)
    return is_item or (is_two_lines and block.link_chars >= _LINKED * len(headline))


def _with_what_follows(
    members: Mapping[int, Sequence[Block]], around: Sequence[Block]
) -> Mapping[int, Sequence[Block]]:
    """Headings that stand beside their texts, each with the blocks up to the next; the last, below which
    another part of the page may begin, with as many as most have.
    """
    starts = sorted(
        bisect_left(around, blocks[0].index, key=lambda block: block.index) for blocks in members.values()
    )
    usual = sorted(after - start for start, after in pairwise(starts))[(len(starts) - 1) // 2]
    ends = [*starts[1:], min(len(around), starts[-1] + usual)]
    following = {
        around[start].index: around[start : min(end, start + _MAX_CARD_BLOCKS)]
        for start, end in zip(starts, ends, strict=True)
    }
    return {number: following[blocks[0].index] for number, blocks in members.items()}


class OwnText(Struct, frozen=True):
    """What a page has apart from its cards, in characters. ``cards``: the blocks in cards; ``prose``: kept prose
    outside of them; ``unlinked``: all that is shown outside of them and no link; ``in_cards``, ``kept_in_cards``:
    what they have, and what is kept of it. ``targets``: where cards lead that are no menu's, ``headlines`` those whose
    line is a heading. ``is_introduction``: whether the cards follow the prose in the very element that holds it;
    ``is_headed``: whether a headline that is no link stands above the prose.
    """

    cards: frozenset[int]
    prose: int
    unlinked: int
    in_cards: int
    kept_in_cards: int
    targets: frozenset[str]
    headlines: frozenset[str]
    is_introduction: bool
    is_headed: bool

    @property
    def is_article(self) -> bool:
        """Whether there is a text that does not only introduce the cards."""
        return self.prose >= _MAX_INTRODUCTION or (self.prose > 0 and not self.is_introduction)


def own_text(seen: PageEvidence) -> OwnText:
    """The text that a page has apart from its cards."""
    labelled = seen.labelled
    told = {at for at, item in enumerate(labelled) if item.label not in _MENU}
    cards = [card for card in find_cards(labelled) if not told.isdisjoint(card.blocks)]
    inside = frozenset(chain.from_iterable([card.blocks for card in cards]))
    shown = [item for item in labelled if not item.block.is_hidden and item.block.kind not in _NOT_SHOWN]
    address = read_target(seen.url or "").path
    within = [item for item in shown if item.block.index in inside]
    outside = [item for item in shown if item.block.index not in inside]
    prose = [
        item
        for above, item in pairwise([None, *outside])
        if item
        and item.label in KEPT
        and item.label is not Label.HEADING
        and is_prose(item.block.raw)
        and not _opens(above, address)
    ]
    return OwnText(
        cards=inside,
        prose=sum([len(item.block.raw) for item in prose]),
        unlinked=sum([len(item.block.raw) - item.block.link_chars for item in outside]),
        in_cards=sum([len(item.block.raw) for item in within]),
        kept_in_cards=sum([len(item.block.raw) for item in within if item.is_kept]),
        targets=frozenset([card.url for card in cards]),
        headlines=frozenset([card.url for card in cards if labelled[card.head].block.kind is Kind.HEADING]),
        is_headed=bool(prose) and _is_headed(prose[0].block, outside),
        is_introduction=_introduces(prose, outside, labelled, cards),
    )


def _opens(above: Labelled | None, address: str) -> bool:
    """Whether prose below this block is the opening of what it leads to as a heading: a lone card."""
    if above is None or above.block.kind is not Kind.HEADING or not _is_linked_line(above.block):
        return False
    # blogs link a post's headline to the post itself
    return read_target(above.block.link_url).path != address


def _is_headed(first: Block, outside: Sequence[Labelled]) -> bool:
    above = [item.block for item in outside if item.block.index < first.index][-_NEAR_HEADLINE:]
    return any(
        block.kind is Kind.HEADING and block.level <= _HEADLINE_LEVEL and not block.link_chars
        for block in above
    )


def _introduces(
    prose: Sequence[Labelled],
    outside: Sequence[Labelled],
    labelled: Sequence[Labelled],
    cards: Sequence[Card],
) -> bool:
    """Whether each text stands beside cards, in one element with them or their list, without a heading between, and
    before the last of them: what closes a text introduces nothing.
    """
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for card in cards:
        for above, step in pairwise(labelled[card.head].block.path):
            if step.number == card.parent:
                for number in (step.number, above.number) if step.tag in _LISTS else (step.number,):
                    first.setdefault(number, card.head)
                    last[number] = max(last.get(number, 0), *card.blocks)
    headings = [item.block.index for item in outside if item.block.kind is Kind.HEADING]
    for block in (item.block for item in prose):
        around = block.path[-2].number if len(block.path) > 1 else 0
        head = first.get(around)
        if head is None or bisect_right(headings, block.index) < bisect_left(headings, head):
            return False
        if block.index > last[around]:
            return False
    return bool(prose)
