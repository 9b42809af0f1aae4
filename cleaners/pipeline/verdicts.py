"""Verdicts: each block alone, then in context. Later verdicts overrule earlier ones; all are kept.

The learned judgement speaks first, of every block. Rules overrule it where they are sure: residue and corrections
wherever they stand, all others what would be kept. What is not kept anyway keeps the name the learned judgement
gives it, which it chose by more measures than a rule has, unless it is vague and the words say the name. Rules of
a user's own speak before all others and are not overruled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from copydesk.cleaners.judge.judged_page import JudgedPage, Learned
from copydesk.cleaners.rules.catalogue import ANYWHERE, CONTEXT, KEPT_ALONE, NAMING, RESIDUE
from copydesk.cleaners.rules.learned import DROP, KEEP
from copydesk.cleaners.rules.rule import Rule, RuleContext, kept, vague
from copydesk.cleaners.types import KEPT, Labelled, Verdict


def label(judged: JudgedPage, title: str, own: Mapping[int, Verdict] | None = None) -> tuple[Labelled, ...]:
    """Every block of the page with its verdicts; ``judged.learned`` holds the first one.

    ``title``: the headline as far as it is known, or ``""``. ``own``: by number of the block, the verdicts of
    a user's own rules, which nothing overrules.
    """
    own = own or {}
    first = [_first(learned) for learned in judged.learned]
    # a user's verdicts are in before any rule is asked: whoever speaks first is not overruled
    overruled = dict(own)
    context = RuleContext(judged, title, first)
    # first those asked of every block: a prompt among what is dropped keeps its name
    _overrule(ANYWHERE, context, overruled, range(len(first)))
    _overrule(KEPT_ALONE, context, overruled, kept(context))
    _overrule(NAMING, context, overruled, vague(context))
    current = [overruled.get(at, verdict) for at, verdict in enumerate(first)]
    # a block no rule spoke of has one verdict, not the same one twice
    told = [(one,) if one is other else (one, other) for one, other in zip(first, current, strict=True)]
    for rule in CONTEXT:
        # each rule sees what those before it left out: a heading may go once all below it has
        context = context.next([verdicts[-1] for verdicts in told])
        for at in rule.among(context):
            if at in own:
                continue
            evidence = rule.find(context.page.blocks[at], context)
            # the same label once more would hide which rule gave it first
            if evidence is not None and rule.label is not told[at][-1].label:
                told[at] = (*told[at], Verdict(rule.label, rule.id, evidence))
    return tuple(map(Labelled, judged.page.blocks, told))


def label_residue(judged: JudgedPage, known: Verdict) -> tuple[Labelled, ...]:
    """Every block of a text that is not judged, since ``known`` says what it is, with what machines left in
    it named.
    """
    overruled: dict[int, Verdict] = {}
    every = range(len(judged.page.blocks))
    _overrule(RESIDUE, RuleContext(judged, "", [known] * len(every)), overruled, every)
    return tuple(
        Labelled(judged.page.blocks[at], (known, overruled[at]) if at in overruled else (known,))
        for at in every
    )


def _overrule(
    rules: Sequence[Rule], context: RuleContext, overruled: dict[int, Verdict], blocks: Set[int] | range
) -> None:
    """Each block is given the verdict of the first rule that finds evidence, if none has spoken of it yet."""
    for rule in rules:
        for at in rule.among(context):
            if at in overruled or at not in blocks:
                continue
            evidence = rule.find(context.page.blocks[at], context)
            if evidence is not None:
                overruled[at] = Verdict(rule.label, rule.id, evidence)


def _first(learned: Learned) -> Verdict:
    return Verdict(learned.label, KEEP.id if learned.label in KEPT else DROP.id, learned.evidence)
