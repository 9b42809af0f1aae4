"""Verdicts on what a publishing platform's own markup marks: the boxes, buttons and lists of its templates.

They overrule the learned judgement where it keeps a block, or has no name for one that it leaves out. What a
platform marks as one of the labels with a choice, or as a paywall, is named so wherever it is; what it marks as text of
the article is kept.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from copydesk.cleaners.platforms.platform_files import is_of, named_parts
from copydesk.cleaners.rules.parts.elements import WHOLE_PAGE, is_heading, rank, share_of_kept
from copydesk.cleaners.rules.rule import RuleContext
from copydesk.cleaners.segment.inline_asides import MARK_ROLE
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.sites import bare
from copydesk.cleaners.types import KEPT, OPTIONAL, SHAPES, Block, Label, Platform, Verdict

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
PREFIX = "platform."
"""What the id of a platform's rule begins with."""
WHY = "The platform's own markup marks it as no part of the article."
_TEXT = 10  # as the rank of a heading, lower than all
_HOLDS = 0.7
"""Share of the kept characters from which an element is held to hold the whole article; set by hand: page builders set
parts of an article below it. Of 421 real pages with such an element, four have a share between 0.7 and 0.8, and none of
their texts differs.
"""
_MOST = 0.5
"""Share of the kept characters above which nothing is taken: its article is in elements of these names; set by hand."""


def platform_verdicts(context: RuleContext) -> Mapping[int, Verdict]:
    """By number of the block, what the page's platform says of it."""
    marked, holding = _marked_elements(context)
    if not marked and not holding:
        return {}
    table = context.page.table
    found = _below_article(context, holding)
    # the innermost element tells best what a block is
    for at, number in table.innermost(marked).items():
        verdict = marked[number]
        if _may_overrule(context, at, verdict.label) and not _is_named_by_itself(table, number, at):
            found[at] = _as_written(verdict, table.blocks[at])
    found |= _emptied_headings(context, found, holding)
    return found if not found or share_of_kept(context, found.keys() & context.kept_by_now) <= _MOST else {}


def _as_written(verdict: Verdict, block: Block) -> Verdict:
    """The verdict with the label that tags give a block, where it is the article's."""
    return replace(verdict, label=SHAPES.get(block.kind, verdict.label)) if verdict.label in KEPT else verdict


def _emptied_headings(
    context: RuleContext, found: Mapping[int, Verdict], holding: Mapping[int, Verdict]
) -> dict[int, Verdict]:
    """The kept headings of sections of which nothing is left but what the platform marks: a wiki's "References".

    A section ends with the element that holds the article (``holding``), where the page has one.
    """
    emptied: dict[int, Verdict] = {}
    if KEPT.issuperset([verdict.label for verdict in found.values()]):
        return emptied
    held = context.page.table.inside(holding)
    after: Verdict | None = None
    below = 0  # rank of the heading that follows
    for at in reversed(range(len(context.page.table.blocks))):
        block = context.page.table.blocks[at]
        if at in found and found[at].label not in KEPT:
            # neither marks within a heading or a sentence nor the page's footer say anything of its section
            is_part = found[at].label in OPTIONAL and MARK_ROLE not in block.path[-1].words.split()
            after = found[at] if is_part else after
        elif holding and at not in held:
            after, below = None, 0
        elif at in found or at in context.kept_by_now:
            own_rank = rank(block) if is_heading(context, block) else _TEXT
            if after is not None and below <= own_rank < _TEXT:
                emptied[at] = after
            else:
                after, below = None, own_rank
    return emptied


def _is_named_by_itself(table: PageTable, number: int, at: int) -> bool:
    """Whether the element around a block is a heading whose id is made of its own words: ``<h2 id="links">Links …``."""
    step = table.element(number)
    if step.tag not in _HEADINGS:
        return False
    letters = bare(table.texts[at])
    return any(bare(name) in letters for name in step.words.split())


def _may_overrule(context: RuleContext, at: int, label: Label) -> bool:
    verdict = context.verdicts[at]
    if label in KEPT:
        return verdict.label not in KEPT and verdict.rule.startswith("learned.")
    # an option asks for these, a field of the record for a paywall; a caption is one of a picture of the record
    if label in OPTIONAL or label is Label.PAYWALL or verdict.label is Label.CAPTION:
        return verdict.label in KEPT or verdict.rule.startswith("learned.")
    is_unnamed = (
        label is not Label.OTHER and at in context.judged.nameless and verdict.rule.startswith("learned.")
    )
    return verdict.label in KEPT or is_unnamed


def _below_article(context: RuleContext, holding: Mapping[int, Verdict]) -> dict[int, Verdict]:
    """The kept blocks below the end of the elements that hold the article, where these hold most of what is kept."""
    around = context.page.table.outermost(holding)
    held = [at for at in context.kept_in_order if at in around]
    if not held or share_of_kept(context, held) < _HOLDS:
        return {}
    verdict = holding[around[held[-1]]]
    return {at: verdict for at in context.kept_in_order if at > held[-1]}


def _marked_elements(context: RuleContext) -> tuple[dict[int, Verdict], dict[int, Verdict]]:
    """The numbers of the elements that a platform of the page has a label for, and of those that hold the article."""
    found: dict[int, Verdict] = {}
    holding: dict[int, Verdict] = {}
    names = _names_of_platform(context)
    for (words, tag), numbers in context.page.table.elements_by_name.items() if names else ():
        for name in (*words.split(), tag):
            if name not in names:
                continue
            platform, label = names[name]
            element = f"{tag} “{name}”" if name != tag else f"“{tag}”"
            if label is None:
                below = Verdict(Label.OTHER, PREFIX + platform.name, f"below the {element}")
                holding |= dict.fromkeys(numbers, below)
            elif tag not in WHOLE_PAGE:
                found |= dict.fromkeys(numbers, Verdict(label, PREFIX + platform.name, element))
            break  # the first of an element's names that says anything
    return found, holding


def _names_of_platform(context: RuleContext) -> dict[str, tuple[Platform, Label | None]]:
    """The names of elements on a page that are its platform's, each with what it is for."""
    page = context.page
    known = named_parts(page.parts.platforms)
    # all at once: most pages have no such name, and the markup of those is not searched for signs
    on_page = set(page.table.element_names.replace("\0", " ").split())
    found: dict[str, tuple[Platform, Label | None]] = {}
    is_met: dict[str, bool] = {}
    for name in known.keys() & on_page:
        for platform, label in known[name]:
            if platform.name not in is_met:
                is_met[platform.name] = is_of(platform, on_page, page.parts.addresses)
            if is_met[platform.name]:
                found[name] = platform, label
                break
    return found
