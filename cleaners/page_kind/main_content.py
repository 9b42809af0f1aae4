"""The main content of pages that are no article, for those who want it (``Options.pages``).

The learned judgement looks for an article. Of a product, a service or a thread it keeps the text that the page has of
its own; of a list it keeps next to nothing, for what a list consists of is what is beside an article: headlines
of other pages with a line or two. So its verdicts are revised by the kind of page.

Word F1 on the 137 pages of WCXB's development split that are no articles, 53 of them judged by a network that had seen
no page of their site: cards, replies and trafilatura's opinion as they were 0.818 (the 53: 0.787); with whole slots, no
asides, and the same for what is an article only in doubt 0.848 (0.838; forums 0.767 to 0.816, collections 0.811 to
0.876). Rules were designed on half of the sites: 0.822 to 0.860; the other half 0.814 to 0.836.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise
from typing import Final

from copydesk.cleaners.page_kind.cards import NUMBERED
from copydesk.cleaners.page_kind.page_evidence import PageEvidence, is_prose, page_words
from copydesk.cleaners.page_kind.page_type import LISTS, PageKind, PageType
from copydesk.cleaners.page_kind.posts import is_text
from copydesk.cleaners.page_kind.slots import Slot, find_slots, grids
from copydesk.cleaners.rules.overrides import RULE
from copydesk.cleaners.rules.user_rules import PREFIX
from copydesk.cleaners.segment.layout import LEAST_SIBLINGS
from copydesk.cleaners.types import SHAPES, Block, Kind, Label, Labelled, Verdict
from copydesk.cleaners.word_count import count_words

CARDS, REPLIES, SECOND_OPINION = "page.cards", "page.replies", "page.second-opinion"
GRID, SLOTS = "page.grid", "page.slots"
ACTIONS, DIALOG, LEAD_IN, SIGNATURE = "page.actions", "page.dialog", "page.lead-in", "page.signature"
KEEPING: Final = {
    CARDS: "On a page that lists others, the blocks that are beside an article elsewhere are its content.",
    REPLIES: "In a thread the replies are its text; on a page of questions, comments are beside the answers.",
    GRID: "Next to nothing else was kept of a page that lists things: its largest grid is its content.",
    SLOTS: "What stands in one place of siblings that look alike is kept in all of them or in none.",
    SECOND_OPINION: "Little was kept of a page that is no article, and trafilatura finds more on it.",
}
"""The ids under which the main content of pages that are no article is kept, with the reason of each."""
LEAVING_OUT: Final = {
    ACTIONS: (Label.OTHER, "Each item of a list has the same link or button, such as one into the cart."),
    DIALOG: (Label.OTHER, "A dialog lies above the page and is no part of its content."),
    LEAD_IN: (Label.AD, "Above the headline of a list stands what the site promotes on every page."),
    SIGNATURE: (Label.AUTHOR_BIO, "What a user has below each of his posts is no part of a thread."),
}
"""The ids under which what was kept of such pages is left out, with the label and the reason of each."""
MOST_MISSED = 0.5
"""Kept words, as a share of what trafilatura finds, below which that is kept, too: 0.3 to 0.7 do equally well."""
MOST_COMMENTS = 2
"""Words in comments on a question and its answers, as a multiple of theirs, that are no answers; of five such pages
of WCXB the most has 1.4, one whose answers were taken for comments 4.0.
"""
MAJORITY = 0.5
"""Share of the blocks in one place of siblings from which all of them are kept. Word F1 of the 137 pages, summed: 12
pages gain .20 and 5 lose .04; from a third or two thirds on, less. Left out below a half, ten pages lose .20."""
SAME = 0.8  # share of the blocks in one place that say the same; set by hand: some are sold out
MOST_BESIDE_GRID = (
    100  # words kept beside a grid that is kept whole: with more, readers take these for the content
)
MOST_KEPT = 0.35  # share of a grid's words from which the judgement has seen it
_NEAR = 2  # elements around a block whose names tell what it is: a question and its answers are named apart
_LINKED = 0.8  # share of a block's characters
_WHOLE: Final = frozenset({"html", "body", "main"})  # their classes tell what may be on the page
_LEARNED: Final = ("learned.keep", "learned.drop")
# what no reader sees, or uses and does not read
_NO_TEXT: Final = frozenset({Kind.TITLE, Kind.CONTROL})
_QUESTIONS: Final = (
    "qapage"  # schema.org's type of a page with one question, its answers, and comments on both
)


def with_main_content(
    seen: PageEvidence, page_type: PageType, vote: Callable[[], Sequence[bool]]
) -> tuple[Labelled, ...]:
    """The blocks of a page that is no article, what belongs to its main content kept.

    ``vote`` gives trafilatura's vote on each block; what rules have decided, the user's own too, it does not overrule.
    """
    labelled = tuple(seen.labelled)
    slots = tuple(find_slots([item.block for item in labelled]))
    is_list = page_type.kind in LISTS
    is_thread = page_type.kind is PageKind.FORUM
    if is_list or (is_thread and not _has_text(labelled)):
        labelled = _with_grid(_with_cards(labelled, page_type), slots)
    elif is_thread:
        labelled = _with_replies(labelled, is_of_questions=_QUESTIONS in seen.declared)
    labelled = _with_second_opinion(_with_whole_slots(labelled, slots), vote())
    if is_list:
        labelled = _without_lead_in(labelled)
    if is_list or is_thread:
        labelled = _without_actions(labelled, slots)
    labelled = _left_out(labelled, _in_dialogs(labelled), DIALOG, "in a dialog")
    return (
        _left_out(labelled, _signatures(labelled), SIGNATURE, "in an element named a signature")
        if is_thread
        else labelled
    )


def _has_text(labelled: Sequence[Labelled]) -> bool:
    """Whether there are posts: a board's list of threads has none."""
    return any(
        item.label is Label.COMMENT or (item.is_kept and is_prose(item.block.raw))
        for item in labelled
        if not item.block.is_hidden
    )


def _with_cards(labelled: Sequence[Labelled], page_type: PageType) -> tuple[Labelled, ...]:
    """With the cards of a list; of a shop's only where they have more words than what is kept: elsewhere that is
    a text of its own, which readers take for the page's content.
    """
    cards = frozenset(at for at in _shown_as(labelled, Label.RELATED) if not _is_aside(labelled[at]))
    if page_type.kind is PageKind.CATEGORY:
        cards = _of_shelf(labelled, cards)
    words, own = _words(labelled, cards), _words(labelled, _kept_among(labelled))
    if page_type.kind is PageKind.CATEGORY and words <= own:
        return tuple(labelled)
    return _kept(labelled, cards, CARDS, f"{words} words in cards of a list, {own} beside them")


def _of_shelf(labelled: Sequence[Labelled], cards: frozenset[int]) -> frozenset[int]:
    """The cards of a shop without those in rows to leaf through, unless these are most: they show other things."""
    rows = page_words()["places"]["rows"]
    leafed = frozenset(at for at in cards if _is_in(labelled[at].block, rows))
    shelf = cards - leafed
    return shelf if _words(labelled, shelf) > _words(labelled, leafed) else cards


def _is_in(block: Block, names: Collection[str]) -> bool:
    """Whether an element around a block, but for those of the whole page, has a name with one of these parts."""
    return any(
        step.tag not in _WHOLE and any(name in step.words for name in names)
        for step in block.path
        if step.words
    )


def _with_grid(labelled: Sequence[Labelled], slots: Sequence[Slot]) -> tuple[Labelled, ...]:
    """With the largest grid of siblings where the page has next to nothing else: a shelf without a text."""
    kept = _kept_among(labelled)
    shown = frozenset(item.block.index for item in labelled if _is_shown(item) and not _is_aside(item))
    sizes = {inside & shown: _words(labelled, inside & shown) for inside in grids(slots).values()}
    linked = {inside: sum(bool(labelled[at].block.link_url) for at in inside) for inside in sizes}
    grid = max(
        (inside for inside in sizes if linked[inside] >= LEAST_SIBLINGS),
        key=lambda one: sizes[one],
        default=None,
    )
    if grid is None:
        return tuple(labelled)
    own = _words(labelled, kept - grid)
    if (
        own >= MOST_BESIDE_GRID
        or own >= sizes[grid]
        or _words(labelled, kept & grid) >= MOST_KEPT * sizes[grid]
    ):
        return tuple(labelled)
    return _kept(labelled, grid, GRID, f"{sizes[grid]} words in the largest grid, {own} kept beside it")


def _with_whole_slots(labelled: Sequence[Labelled], slots: Sequence[Slot]) -> tuple[Labelled, ...]:
    """With what is removed in a place of siblings where most is kept."""
    kept, found = _kept_among(labelled), list(labelled)
    for slot in slots:
        count = len(kept.intersection(slot.blocks))
        if len(slot.blocks) > count >= MAJORITY * len(slot.blocks):
            evidence = f"{count} of {len(slot.blocks)} blocks in this place of {slot.units} siblings are kept"
            lost = frozenset(
                at for at in slot.blocks if labelled[at].verdict.rule in _LEARNED and _is_shown(labelled[at])
            )
            for at in lost - kept:
                found[at] = _as_written(labelled[at], SLOTS, evidence)
    return tuple(found)


def _without_lead_in(labelled: Sequence[Labelled]) -> tuple[Labelled, ...]:
    """Without what is kept above the first headline, if more is kept below it."""
    head = next((item.block.index for item in labelled if _is_headline(item)), None)
    if head is None:
        return tuple(labelled)
    kept = _kept_among(labelled)
    above = frozenset(at for at in kept if at < head)
    if _words(labelled, kept - above) <= _words(labelled, above):
        return tuple(labelled)
    return _left_out(labelled, above, LEAD_IN, "above the headline of a list")


def _is_headline(item: Labelled) -> bool:
    block = item.block
    return block.kind is Kind.HEADING and block.level == 1 and not block.is_hidden and not _is_aside(item)


def _without_actions(labelled: Sequence[Labelled], slots: Sequence[Slot]) -> tuple[Labelled, ...]:
    """Without the links and controls that say the same in each of siblings that look alike."""
    found: set[int] = set()
    for slot in slots:
        active = [at for at in slot.blocks if _is_active(labelled[at].block)]
        text, count = (
            Counter(labelled[at].block.text for at in active).most_common(1)[0] if active else ("", 0)
        )
        if count >= max(LEAST_SIBLINGS, SAME * slot.units):
            found.update(at for at in active if labelled[at].block.text == text)
    return _left_out(labelled, found, ACTIONS, "the same link or control in all siblings")


def _is_active(block: Block) -> bool:
    return block.kind is Kind.CONTROL or block.link_chars >= _LINKED * len(block.raw)


def _in_dialogs(labelled: Sequence[Labelled]) -> frozenset[int]:
    """What is in dialogs, but for tables: shops show sizes in them."""
    names = page_words()["places"]["dialogs"]
    return frozenset(
        item.block.index
        for item in labelled
        if item.block.kind is not Kind.TABLE_ROW
        and any(step.tag == "dialog" or not names.isdisjoint(step.words.split()) for step in item.block.path)
    )


def _signatures(labelled: Sequence[Labelled]) -> frozenset[int]:
    names = page_words()["places"]["signatures"]
    return frozenset(item.block.index for item in labelled if _is_in(item.block, names))


def _is_aside(item: Labelled) -> bool:
    """Whether a block is in a menu, a layer above the page, or the footer."""
    places = page_words()["places"]
    for step in item.block.path:
        if step.tag in places["tags"]:
            return True
        # whole words: the name of a wrapper of all ("dialog-off-canvas-main-canvas") may have one in it
        if step.words and not places["words"].isdisjoint(step.words.split()):
            return True
    return False


def _with_replies(labelled: Sequence[Labelled], *, is_of_questions: bool) -> tuple[Labelled, ...]:
    """With what was taken for comments on an article: in a thread these are posts like the first. On a page of
    questions they are beside the answers, unless what is kept is next to nothing beside them.
    """
    below = _under_posts(labelled)
    replies = frozenset(_shown_as(labelled, Label.COMMENT)) - below
    words, own = _words(labelled, replies), _words(labelled, _kept_among(labelled))
    if is_of_questions and words < MOST_COMMENTS * own:
        replies = frozenset()
    replies |= _like_kept(labelled) - below
    words = _words(labelled, replies)
    return _kept(labelled, replies, REPLIES, f"{words} words in replies, {own} besides")


def _like_kept(labelled: Sequence[Labelled]) -> frozenset[int]:
    """Removed prose that stands in elements of the same names as what is kept: posts like the first."""
    prose = [item for item in labelled if is_text(item.block) and _is_shown(item)]
    shapes = {_shape(item.block) for item in prose if item.is_kept}
    named = {shape for shape in shapes if any(words for _, words in shape)}
    return frozenset(
        item.block.index
        for item in prose
        if item.verdict.rule in _LEARNED
        and item.label is not Label.DUPLICATE
        and not _is_aside(item)
        and _shape(item.block) in named
    )


def _shape(block: Block) -> tuple[tuple[str, str], ...]:
    return tuple((step.tag, NUMBERED.sub("", step.words)) for step in block.path[-_NEAR:])


def _under_posts(labelled: Sequence[Labelled]) -> frozenset[int]:
    """What is in one of several lists of comments that look the same: each is on one post of the page. Replies are
    in one list, or are named comments themselves, side by side.
    """
    lists: dict[tuple[str, str], dict[int, int]] = {}
    held: dict[int, list[int]] = {}
    for item in labelled:
        for above, step in pairwise(item.block.path):
            if "comment" in step.words and step.tag not in _WHOLE:
                lists.setdefault((step.tag, NUMBERED.sub("", step.words)), {})[step.number] = above.number
                held.setdefault(step.number, []).append(item.block.index)
                break
    return frozenset(
        at
        for alike in lists.values()
        if len(alike) > 1 and len(set(alike.values())) == len(alike)
        for number in alike
        for at in held[number]
    )


def _with_second_opinion(labelled: Sequence[Labelled], found: Sequence[bool]) -> tuple[Labelled, ...]:
    voted = frozenset(
        item.block.index for item, vote in zip(labelled, found, strict=True) if vote and not _is_aside(item)
    )
    words, own = _words(labelled, voted), _words(labelled, _kept_among(labelled))
    if own >= MOST_MISSED * words:
        return tuple(labelled)
    undecided = frozenset(
        at for at in voted if labelled[at].verdict.rule in _LEARNED and not labelled[at].block.is_hidden
    )
    return _kept(labelled, undecided, SECOND_OPINION, f"{words} words found by trafilatura, {own} kept")


def _shown_as(labelled: Sequence[Labelled], label: Label) -> Iterator[int]:
    for item in labelled:
        if item.label is label and not _is_users(item) and _is_shown(item):
            yield item.block.index


def _is_users(item: Labelled) -> bool:
    """Whether a user's own rule or a manual decision speaks, which nothing overrules."""
    return item.verdict.rule.startswith((PREFIX, RULE))


def _is_shown(item: Labelled) -> bool:
    return not item.block.is_hidden and item.block.kind not in _NO_TEXT


def _kept_among(labelled: Sequence[Labelled]) -> frozenset[int]:
    return frozenset(item.block.index for item in labelled if item.is_kept)


def _words(labelled: Sequence[Labelled], blocks: Collection[int]) -> int:
    return sum(count_words(labelled[at].block.text) for at in blocks)


def _kept(
    labelled: Sequence[Labelled], blocks: Collection[int], rule: str, evidence: str
) -> tuple[Labelled, ...]:
    """The blocks of the page, some that are not kept kept by their shape."""
    return tuple(
        _as_written(item, rule, evidence)
        if item.block.index in blocks and not item.is_kept and not _is_users(item)
        else item
        for item in labelled
    )


def _as_written(item: Labelled, rule: str, evidence: str) -> Labelled:
    return item.with_verdict(Verdict(SHAPES.get(item.block.kind, Label.PARAGRAPH), rule, evidence))


def _left_out(
    labelled: Sequence[Labelled], blocks: Collection[int], rule: str, evidence: str
) -> tuple[Labelled, ...]:
    """The blocks of the page, some that are kept left out."""
    verdict = Verdict(LEAVING_OUT[rule][0], rule, evidence)
    return tuple(
        item.with_verdict(verdict)
        if item.block.index in blocks and item.is_kept and not _is_users(item)
        else item
        for item in labelled
    )
