"""Verdicts: each block alone, then in context. Later verdicts overrule earlier ones; all are kept.

The learned judgement speaks first, of every block. Rules that are sure overrule it; rules that only
name say what a block is that is not kept. The order of all rules is the order of the tuples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from cleaners.rules import CONTEXT, KEEPING, LEARNED, NAMING, SURE, SURE_OF_MENUS
from cleaners.rules.rule import Context, Rule
from cleaners.types import Block, Kind, Label, Labelled, Verdict

_Applies = Callable[[Verdict], bool]

_KEPT_AS = {
    Kind.HEADING: Label.HEADING,
    Kind.LIST_ITEM: Label.LIST_ITEM,
    Kind.QUOTE: Label.QUOTE,
    Kind.TABLE_ROW: Label.TABLE,
    Kind.CODE: Label.CODE,
}


def label(context: Context) -> tuple[Labelled, ...]:
    """Every block of the page with its verdicts; ``context.keep`` holds the learned probabilities."""
    told: list[list[Verdict]] = [[] for _ in context.blocks]
    _judge(LEARNED, told, context, _always)
    _judge(KEEPING, told, _with_verdicts(context, told), _always)
    with_verdicts = _with_verdicts(context, told)
    _judge(SURE_OF_MENUS, told, with_verdicts, _was_not_asked)
    _judge(SURE, told, with_verdicts, _was_judged)
    _judge(NAMING, told, _with_verdicts(context, told), _is_nameless)
    for rule in CONTEXT:
        _judge((rule,), told, _with_verdicts(context, told), _always)
    return tuple(
        Labelled(block, tuple(verdicts)) for block, verdicts in zip(context.blocks, told, strict=True)
    )


def _kept_as(block: Block) -> Label:
    """What a kept block is, by the shape it has in the page."""
    return _KEPT_AS.get(block.kind, Label.PARAGRAPH)


def _with_verdicts(context: Context, told: Sequence[Sequence[Verdict]]) -> Context:
    current = [verdicts[-1] for verdicts in told]
    return replace(context, verdicts=current, labels=frozenset(verdict.label for verdict in current))


def _judge(rules: Sequence[Rule], told: list[list[Verdict]], context: Context, applies: _Applies) -> None:
    """The first rule that finds evidence adds its verdict."""
    without_hit = [rule for rule in rules if not rule.needs_hit]
    for block, verdicts in zip(context.blocks, told, strict=True):
        if verdicts and not applies(verdicts[-1]):
            continue
        index = block.index
        has_hit = context.phrases[index] or context.elements[index]
        for rule in rules if has_hit else without_hit:
            evidence = rule.find(block, context)
            if evidence is not None:
                _add(verdicts, rule, block, evidence)
                break


def _add(verdicts: list[Verdict], rule: Rule, block: Block, evidence: str) -> None:
    """Adds a verdict unless the one that holds says the same; rules say more than the learned judgement."""
    label_ = _kept_as(block) if rule.label is Label.PARAGRAPH else rule.label
    if not verdicts or label_ is not verdicts[-1].label or _was_learned(verdicts[-1]):
        verdicts.append(Verdict(label_, rule.id, evidence))


def _always(_verdict: Verdict) -> bool:
    return True


def _was_learned(verdict: Verdict) -> bool:
    """Rules that keep a block are not overruled by those that remove."""
    return verdict.rule.startswith("learned.")


def _was_not_asked(verdict: Verdict) -> bool:
    return verdict.rule == "learned.not-asked"


def _was_judged(verdict: Verdict) -> bool:
    return verdict.rule in ("learned.keep", "learned.drop")


def _is_nameless(verdict: Verdict) -> bool:
    return verdict.label is Label.OTHER
