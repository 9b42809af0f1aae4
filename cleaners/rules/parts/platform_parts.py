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
    marked, holding = _marked_elements(context)
    if not marked and not holding:
        return {}
    found = _below_article(context, holding)
    for block in context.page.blocks if marked else ():
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
    is_unnamed = (
        label is not Label.OTHER and at in context.judged.vague and verdict.rule.startswith("learned.")
    )
    return verdict.label in KEPT or is_unnamed


def _below_article(context: RuleContext, holding: Mapping[int, Verdict]) -> dict[int, Verdict]:
    """The kept blocks below the end of the elements that hold the article, where these hold most of what is kept."""
    blocks = context.page.blocks
    held = [at for at in context.kept_in_order if any(step.number in holding for step in blocks[at].path)]
    if not held or share_of_kept(context, held) < _MOST:
        return {}
    verdict = next(holding[step.number] for step in blocks[held[-1]].path if step.number in holding)
    return {at: verdict for at in context.kept_in_order if at > held[-1]}


def _marked_elements(context: RuleContext) -> tuple[dict[int, Verdict], dict[int, Verdict]]:
    """The numbers of the elements that a platform of the page has a label for, and of those that hold the article."""
    known = named_parts(context.page.parts.platforms)
    is_met: dict[str, bool] = {}
    found: dict[int, Verdict] = {}
    holding: dict[int, Verdict] = {}
    for (words, tag), numbers in context.page.elements_by_name.items():
        names = [*words.split(), tag]
        # most names are no platform's: the markup is searched only for the platforms of those that are
        if known.keys().isdisjoint(names):
            continue
        for platform, label, name in _parts_of(names, known):
            if platform.name not in is_met:
                is_met[platform.name] = is_of(platform, context.page.parts.markup)
            if not is_met[platform.name] or (label and tag in WHOLE_PAGE):
                continue
            rule, element = PREFIX + platform.name, f"{tag} “{name}”" if name != tag else f"“{tag}”"
            if label is None:
                holding |= dict.fromkeys(numbers, Verdict(Label.OTHER, rule, f"below the {element}"))
            else:
                found |= dict.fromkeys(numbers, Verdict(label, rule, element))
            break
    return found, holding


def _parts_of(names: Sequence[str], known: Named) -> Iterator[tuple[Platform, Label | None, str]]:
    return ((platform, label, name) for name in names for platform, label in known.get(name, ()))
