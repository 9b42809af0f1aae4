"""Verdicts on what a publishing platform's own markup marks: the boxes, buttons and lists of its templates.

They overrule the learned judgement where it keeps a block, or is not sure what a block is that it leaves out. What a
platform marks as one of the labels with a choice is named so wherever it is, since an option asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from copydesk.cleaners.platforms.platform_files import Named, is_of, named_parts
from copydesk.cleaners.rules.parts.elements import WHOLE_PAGE, is_heading, rank, share_of_kept
from copydesk.cleaners.rules.rule import RuleContext
from copydesk.cleaners.segment.inline_asides import MARK_ROLE
from copydesk.cleaners.types import KEPT, OPTIONAL, Label, Platform, Verdict

PREFIX = "platform."
"""What the id of a platform's rule begins with."""
WHY = "The platform's own markup marks it as no part of the article."
_TEXT = 10  # as the rank of a heading, lower than all
_MOST = 0.5
"""Share of the kept characters above which nothing is taken: its article is in elements of these names; set by hand."""


def platform_verdicts(context: RuleContext) -> Mapping[int, Verdict]:
    """By number of the block, what the page's platform says of it."""
    marked = _marked_elements(context)
    if not marked:
        return {}
    found = {}
    for block in context.page.blocks:
        # the innermost element tells best what a block is
        step = next((step for step in reversed(block.path) if step.number in marked), None)
        if step is not None and _may_overrule(context, block.index, marked[step.number].label):
            found[block.index] = marked[step.number]
    found |= _emptied_headings(context, found)
    return found if share_of_kept(context, found.keys() & context.kept_by_now) <= _MOST else {}


def _emptied_headings(context: RuleContext, found: Mapping[int, Verdict]) -> dict[int, Verdict]:
    """The kept headings of sections of which nothing is left but what the platform marks: a wiki's "References"."""
    emptied: dict[int, Verdict] = {}
    after: Verdict | None = None
    below = 0  # rank of the heading that follows
    for at in reversed(range(len(context.page.blocks))):
        block = context.page.blocks[at]
        if at in found:
            # marks within a heading or a sentence say nothing of its section
            after = after if MARK_ROLE in block.path[-1].words.split() else found[at]
        elif at in context.kept_by_now:
            is_emptied = is_heading(context, block) and after is not None and below <= rank(block)
            if is_emptied and after is not None:
                emptied[at] = after
            else:
                after, below = None, rank(block) if is_heading(context, block) else _TEXT
    return emptied


def _may_overrule(context: RuleContext, at: int, label: Label) -> bool:
    verdict = context.verdicts[at]
    if label in OPTIONAL:
        return verdict.label in KEPT or verdict.rule.startswith("learned.")
    return verdict.label in KEPT or (at in context.judged.vague and verdict.rule.startswith("learned."))


def _marked_elements(context: RuleContext) -> dict[int, Verdict]:
    """The numbers of the elements that a platform of the page has a label for."""
    known = named_parts(context.page.parts.platforms)
    is_met: dict[str, bool] = {}
    found: dict[int, Verdict] = {}
    for (words, tag), numbers in context.page.elements_by_name.items():
        names = words.split()
        # most names are no platform's: the markup is searched only for the platforms of those that are
        if known.keys().isdisjoint(names) or tag in WHOLE_PAGE:
            continue
        for platform, label, name in _parts_of(names, known):
            if platform.name not in is_met:
                is_met[platform.name] = is_of(platform, context.page.parts.markup)
            if is_met[platform.name]:
                found |= dict.fromkeys(numbers, Verdict(label, PREFIX + platform.name, f"{tag} “{name}”"))
                break
    return found


def _parts_of(names: Sequence[str], known: Named) -> Iterator[tuple[Platform, Label, str]]:
    return ((platform, label, name) for name in names for platform, label in known.get(name, ()))
