"""Elements of a page, and the kept blocks in them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set

from msgspec import Struct

from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.rule import RuleContext
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import WRITTEN, Block, Kind, Label, PathStep

WHOLE_PAGE = frozenset({"html", "body", "main", "article"})
"""Elements that contain an article, whatever their class names are."""
# "comment", "comment-body", "wp-block-comment-content", "kommentar-text", "comentario", "komentarz", "disqus_thread"
COMMENT_WORDS = ("comment", "kommentar", "comentari", "komentar", "disqus")
# not "commentary", "commentator", "commentisfree": what a page says of its own opinions
COMMENT = lazy_pattern(r"comment(?!ar|at|isfree)|" + "|".join(COMMENT_WORDS[1:]))
# "cookie-banner", "didomi-popup", "privacy-settings", "datapolicy-dialog"; not "privacy-policy", a link of the footer
CONSENT = lazy_pattern(
    r"cookie|consent|gdpr|onetrust|didomi|usercentric|\bcmp\b"
    r"|data-?policy|privacy-?(?:settings|center|manager|banner|modal)"
)
"""What boxes of consent are named."""
CONSENT_SUBSTRINGS = (
    "cookie",
    "consent",
    "gdpr",
    "onetrust",
    "didomi",
    "usercentric",
    "cmp",
    "policy",
    "privacy",
)
"""Parts of names, one of which is in every name that ``CONSENT`` finds."""
# classes of frameworks and sites that conceal an element, unless another shows it on some screens or when it is opened
_CONCEALING = frozenset({"hide", "is-hidden", "d-none"})
_SHOWN_SOMEWHERE = lazy_pattern(
    r"(?:d|show|visible)-(?:xs|sm|md|lg|xl|xxl|print)\b|.+:(?:block|flex|grid|inline)|show$"
)
MAX_SHARE = 0.35
"""Share of the kept characters above which a part of a page is the article or half of it; set by hand.

Of 867 pages judged by models that had not seen their sites, 12 are better without smaller boxes (0.165 of F1 in sum),
2 are worse (0.001). Without `infobox`, `factbox`, `callout` and key points, as many are worse as better
(docs/decisions/0016-parts-of-a-page.md).
"""


class Element(Struct, frozen=True):
    """An element and the numbers of the kept blocks in it, in order."""

    step: PathStep
    blocks: tuple[int, ...]


def outermost(context: RuleContext, numbers: Set[int]) -> tuple[Element, ...]:
    """The outermost of the elements with these numbers, without ``WHOLE_PAGE``, and the kept blocks in each."""
    if not numbers:
        return ()
    table = context.page.table
    parts = [step for step in map(table.element, sorted(numbers)) if step.tag not in WHOLE_PAGE]
    outer = table.outermost([step.number for step in parts])
    blocks: dict[int, list[int]] = {}
    for at in context.kept_in_order:
        if at in outer:
            blocks.setdefault(outer[at], []).append(at)
    return tuple([Element(step, tuple(blocks[step.number])) for step in parts if step.number in blocks])


def small_parts(
    judged: JudgedPage,
    matches: Callable[[str, str], bool],
    substrings: Collection[str],
    *,
    are_small_together: bool = False,
) -> frozenset[int]:
    """The numbers of the matching elements (see `PageTable.elements_where`) that have at most ``MAX_SHARE`` of the
    characters that the network keeps, each by itself; ``are_small_together``: none if all of them have more.
    """
    table, kept = judged.page.table, judged.kept
    numbers = table.elements_where(matches, substrings)
    if not numbers:
        return numbers
    most = MAX_SHARE * _count_chars(table, kept)
    small = frozenset(
        [one for one in numbers if _count_chars(table, kept.intersection(table.spans[one])) <= most]
    )
    if are_small_together and _count_chars(table, table.inside(small) & kept) > most:
        return frozenset()
    return small


def _count_chars(table: PageTable, blocks: Iterable[int]) -> int:
    raws = table.raws
    return sum([len(raws[at]) for at in blocks])


def share_of_kept(context: RuleContext, blocks: Collection[int]) -> float:
    """The share (0 to 1) of these blocks in the characters that are kept so far."""
    return _count_chars(context.page.table, blocks) / max(1, context.memoized(_kept_chars))


def _kept_chars(context: RuleContext) -> int:
    return _count_chars(context.page.table, context.kept_by_now)


def have_shape_labels(context: RuleContext, blocks: Sequence[int]) -> bool:
    """Whether all these blocks have labels of ``WRITTEN`` so far: paragraph, heading, list item and so on."""
    return WRITTEN.issuperset([context.verdicts[at].label for at in blocks])


def is_heading(context: RuleContext, block: Block) -> bool:
    """Whether a block is a heading, by its tag or by its verdict so far."""
    return block.kind is Kind.HEADING or context.verdicts[block.index].label is Label.HEADING


def rank(block: Block) -> int:
    """The rank of a heading, 1 the highest; 9 for a heading without one."""
    return block.level if block.kind is Kind.HEADING and block.level else 9


def concealed_blocks(judged: JudgedPage) -> Mapping[int, str]:
    """What conceals each hidden block."""
    table = judged.page.table
    found = dict.fromkeys(table.hidden, "concealed by an attribute, a style or a class")
    for at, number in table.outermost(table.elements_where(_is_concealed_by_name, _CONCEALING)).items():
        if at not in table.hidden:
            found[at] = f"concealed by the class {table.element(number).words!r}"
    return found


def _is_concealed_by_name(words: str, tag: str) -> bool:
    names = words.split()
    return (
        tag not in WHOLE_PAGE
        and not _CONCEALING.isdisjoint(names)
        and not any(map(_SHOWN_SOMEWHERE.match, names))
    )
