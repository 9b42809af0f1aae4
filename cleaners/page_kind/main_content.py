"""The main content of pages that are no article, for those who want it (``Options.pages``).

The learned judgement looks for an article. Of a product, a service or a thread it keeps the text that the page has of
its own; of a list it keeps next to nothing, for what a list consists of is what is beside an article: headlines
of other pages with a line or two. So its verdicts are revised by the kind of page.

Word F1 on the 137 pages of WCXB's development split that are no articles, 77 of them judged by networks
that had seen no page of their site: what was kept 0.730, revised 0.786, trafilatura 0.710
(`python -m benchmarks.quality wcxb-all --by type --extractors copydesk-all-unseen,trafilatura`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise
from typing import Final

from copydesk.cleaners.page_kind.cards import NUMBERED
from copydesk.cleaners.page_kind.page_evidence import PageEvidence, page_words
from copydesk.cleaners.page_kind.page_type import LISTS, PageKind, PageType
from copydesk.cleaners.rules.overrides import RULE
from copydesk.cleaners.rules.user_rules import PREFIX
from copydesk.cleaners.types import SHAPES, Kind, Label, Labelled, Verdict
from copydesk.cleaners.word_count import count_words

CARDS, REPLIES, SECOND_OPINION = "page.cards", "page.replies", "page.second-opinion"
KEEPING: Final = {
    CARDS: "On a page that lists others, the blocks that are beside an article elsewhere are its content.",
    REPLIES: "In a thread the replies are its text; on a page of questions, comments are beside the answers.",
    SECOND_OPINION: "Little was kept of a page that is no article, and trafilatura finds more on it.",
}
"""The ids under which the main content of pages that are no article is kept, with the reason of each."""
MOST_MISSED = 0.5
"""Kept words, as a share of what trafilatura finds, below which that is kept, too: 0.3 to 0.7 do equally well."""
MOST_COMMENTS = 2
"""Words in comments on a question and its answers, as a multiple of theirs, that are no answers; of five such pages
of WCXB the most has 1.4, one whose answers were taken for comments 4.0.
"""
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
    if page_type.kind in LISTS:
        labelled = _with_cards(labelled, page_type)
    elif page_type.kind is PageKind.FORUM:
        labelled = _with_replies(labelled, is_of_questions=_QUESTIONS in seen.declared)
    return _with_second_opinion(labelled, vote())


def _with_cards(labelled: Sequence[Labelled], page_type: PageType) -> tuple[Labelled, ...]:
    """With the cards of a list; of a shop's only where they have more words than what is kept: elsewhere that is
    a text of its own, which readers take for the page's content.
    """
    cards = frozenset(at for at in _shown_as(labelled, Label.RELATED) if not _is_aside(labelled[at]))
    words, own = _words(labelled, cards), _words(labelled, _kept_among(labelled))
    if page_type.kind is PageKind.CATEGORY and words <= own:
        return tuple(labelled)
    return _kept(labelled, cards, CARDS, f"{words} words in cards of a list, {own} beside them")


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
    questions, answers are kept already, unless what is kept is next to nothing beside the comments.
    """
    replies = frozenset(_shown_as(labelled, Label.COMMENT)) - _under_posts(labelled)
    words, own = _words(labelled, replies), _words(labelled, _kept_among(labelled))
    if is_of_questions and words < MOST_COMMENTS * own:
        return tuple(labelled)
    return _kept(labelled, replies, REPLIES, f"{words} words in replies, {own} besides")


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
    voted = frozenset(item.block.index for item, vote in zip(labelled, found, strict=True) if vote)
    words, own = _words(labelled, voted), _words(labelled, _kept_among(labelled))
    if own >= MOST_MISSED * words:
        return tuple(labelled)
    undecided = frozenset(
        at for at in voted if labelled[at].verdict.rule in _LEARNED and not labelled[at].block.is_hidden
    )
    return _kept(labelled, undecided, SECOND_OPINION, f"{words} words found by trafilatura, {own} kept")


def _shown_as(labelled: Sequence[Labelled], label: Label) -> Iterator[int]:
    for item in labelled:
        block = item.block
        # of a user's own rules and manual decisions, which nothing overrules
        is_own = item.verdict.rule.startswith((PREFIX, RULE))
        if item.label is label and not is_own and not block.is_hidden and block.kind not in _NO_TEXT:
            yield block.index


def _kept_among(labelled: Sequence[Labelled]) -> frozenset[int]:
    return frozenset(item.block.index for item in labelled if item.is_kept)


def _words(labelled: Sequence[Labelled], blocks: Collection[int]) -> int:
    return sum(count_words(labelled[at].block.text) for at in blocks)


def _kept(
    labelled: Sequence[Labelled], blocks: Collection[int], rule: str, evidence: str
) -> tuple[Labelled, ...]:
    """The blocks of the page, some that are not kept kept by their shape."""
    return tuple(
        item.with_verdict(Verdict(SHAPES.get(item.block.kind, Label.PARAGRAPH), rule, evidence))
        if item.block.index in blocks and not item.is_kept
        else item
        for item in labelled
    )
