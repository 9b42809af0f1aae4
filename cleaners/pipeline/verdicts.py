"""Verdicts: each block alone, then in context. Later verdicts overrule earlier ones; all are kept.

The learned judgement gives every block its first verdict. Rules overrule it where they are sure: residue and
corrections on any block, all others on what would be kept. What is not kept anyway keeps the label of the learned
judgement, which chose it by more measures than a rule has, unless it is vague and the words name another. A user's own
rules come before all others and are not overruled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.rules.catalogue import (
    ALONE,
    ANYWHERE,
    CONTEXT,
    DROP,
    KEEP,
    RESIDUE,
    TOGETHER,
)
from copydesk.cleaners.rules.parts.platform_parts import platform_verdicts
from copydesk.cleaners.rules.rule import Rule, RuleContext
from copydesk.cleaners.rules.together import OF_ARTICLES
from copydesk.cleaners.rules.user_content import Content
from copydesk.cleaners.types import KEPT, Labelled, Verdict


def label(
    judged: JudgedPage,
    title: str,
    own: Mapping[int, Verdict] | None = None,
    content: Content | None = None,
) -> tuple[Labelled, ...]:
    """Every block of the page with its verdicts; ``judged.labels`` has the first one.

    ``title``: the headline as far as it is known, or ``""``. ``own``: by number of the block, the verdicts of
    a user's own rules, which nothing overrules; ``content``: what one of them names as the page's.
    """
    own = dict(own or {})
    first = [
        Verdict(label, KEEP.id if label in KEPT else DROP.id, why)
        for label, why in zip(judged.labels, judged.evidence, strict=True)
    ]
    context = RuleContext(judged, title, first)
    # a user's verdicts are in before any rule is called: the first verdict here is not overruled. First the rules for
    # every block: a prompt among what is dropped keeps its name
    overruled = _overruled(ANYWHERE, context, own)
    overruled = _overruled(ALONE, context, overruled, judged.kept | judged.vague)
    # a block that no rule overruled has one verdict
    verdicts: list[tuple[Verdict, ...]] = [(one,) for one in first]
    for at, verdict in overruled.items():
        verdicts[at] = (first[at], verdict)
    context = context.next([given[-1] for given in verdicts])
    # before the context is looked at: what is outside of the content makes nothing inside a copy. What is removed there
    # anyway keeps its name, by which bylines and menus are known
    if content is not None:
        outside = dict.fromkeys(context.kept_by_now - content.inside - own.keys(), content.verdict)
        context = _next(context, verdicts, outside, own)
        own |= outside
    context = _next(context, verdicts, _naming_otherwise(platform_verdicts(context), context), own)
    for rule in CONTEXT:
        # each rule sees what those before it left out: a heading may go once all below it has
        if found := rule.find(context):
            said = rule.verdicts(found, context)
            if rule.over is None or rule.label not in rule.over:
                said = _naming_otherwise(said, context)
            context = _next(context, verdicts, said, own)
    return tuple(map(Labelled, judged.page.table.blocks, verdicts))


# what a user's rules, manual decisions, platforms and the page's type say of a block is never named otherwise
_RENAMED = ("learned.", "structure.hidden", "structure.overlay", "wording.", "worded.")


def named_together(
    judged: JudgedPage, labelled: Sequence[Labelled], *, is_article: bool
) -> tuple[Labelled, ...]:
    """The blocks with the names that removed ones have from what they stand in; what is kept stays as it is."""
    named = list(labelled)
    context = RuleContext(judged, "", [item.verdict for item in labelled])
    for rule in (*TOGETHER, *OF_ARTICLES) if is_article else TOGETHER:
        for at, verdict in rule.verdicts(rule.find(context), context).items():
            item = named[at]
            if item.label is not rule.label and item.verdict.rule.startswith(_RENAMED):
                named[at] = item.with_verdict(verdict)
    return tuple(named)


def _naming_otherwise(found: Mapping[int, Verdict], context: RuleContext) -> dict[int, Verdict]:
    """Without the labels that blocks have: the same once more would hide which rule gave it first."""
    return {at: verdict for at, verdict in found.items() if verdict.label is not context.verdicts[at].label}


def _next(
    context: RuleContext,
    verdicts: list[tuple[Verdict, ...]],
    found: Mapping[int, Verdict],
    own: Mapping[int, Verdict],
) -> RuleContext:
    """Adds what was found to ``verdicts``, but for blocks of a user's rules; the context that knows of it."""
    new = {at: verdict for at, verdict in found.items() if at not in own}
    for at, verdict in new.items():
        verdicts[at] = (*verdicts[at], verdict)
    return context.next([given[-1] for given in verdicts]) if new else context


def label_residue(judged: JudgedPage, known: Verdict) -> tuple[Labelled, ...]:
    """Every block of a text that is not judged, since ``known`` says what it is, with AI residue labelled."""
    blocks = judged.page.table.blocks
    overruled = _overruled(RESIDUE, RuleContext(judged, "", [known] * len(blocks)), {})
    return tuple(
        Labelled(block, (known, overruled[at]) if at in overruled else (known,))
        for at, block in enumerate(blocks)
    )


def _overruled(
    rules: Sequence[Rule],
    context: RuleContext,
    known: Mapping[int, Verdict],
    blocks: Set[int] | None = None,
) -> dict[int, Verdict]:
    """The known verdicts, and of each other block that of the first rule that finds evidence; ``blocks``: of these."""
    found = dict(known)
    for rule in rules:
        if evidence := rule.find(context):
            for at, verdict in rule.verdicts(evidence, context).items():
                if at not in found and (blocks is None or at in blocks):
                    found[at] = verdict
    return found
