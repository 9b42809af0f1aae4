"""Every rule has cases: blocks on which it fires, and traps on which it must be silent.

A case is a table in ``cleaners/rules/cases/<rule id>.toml``: ``text`` is the block in question, ``expect`` is
``fires`` or ``silent`` (rules that remove may say ``removed`` or ``kept``), ``note`` says why, ``language``
(default English) is that of the article which the block ends; ``before`` holds paragraphs between the two.
Instead, ``html`` or ``page`` (flattened text) gives a whole page, in which ``{article}`` stands for the
article's paragraphs.

Its rule runs alone, without the learned judgement: each block has the label of its shape and the
probability ``NEUTRAL``, unless the case says otherwise: ``learned``, ``share`` and ``keep`` of the block in question
(``cleaners/judge/judged_page.py``), ``around`` (the probability of all others), ``also`` (how another block begins, to
the label that was learned for it or the rule that has spoken of it), ``alone`` (an article alone), ``title`` (the
headline as far as it is known). A case that says nothing of its own block's or others' probability or label holds on
the whole page, too, where the network judges and all rules run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

import pytest
import tomli
from articles import ARTICLES
from each_case import hold
from msgspec.structs import replace

from copydesk import Options, Page, cleaners, explain
from copydesk.cleaners.facts.page_facts import facts_of
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.markup.declared_parts import DeclaredParts
from copydesk.cleaners.pipeline.reading import ReadPage, read_page
from copydesk.cleaners.rules.catalogue import DROP, KEEP, RULES
from copydesk.cleaners.rules.rule import Rule, RuleContext
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import KEPT, SHAPES, Block, Kind, Label, Verdict

FOLDER = Path(cleaners.__file__).parent / "rules" / "cases"
SIGNS = {"fires": True, "removed": True, "silent": False, "kept": False}
IDS = [rule.id for rule in RULES]
BY_ID = {rule.id: rule for rule in RULES}
RUN_ALONE = [rule.id for rule in RULES if rule not in (KEEP, DROP)]  # those two are the learned judgement
NEUTRAL, LEFT_OUT = 0.6, 0.1
"""Learned probabilities of what is kept, though nobody is sure of it, and of what is not."""


@dataclass(frozen=True, eq=False)
class Case:
    rule: str
    number: int
    text: str
    expect: str
    note: str = ""
    language: str = "en"
    before: tuple[str, ...] = ()
    html: str | None = None
    page: str | None = None
    learned: str | None = None
    share: float = 1.0
    keep: float | None = None
    around: float | None = None
    also: Mapping[str, str] = field(default_factory=dict)
    alone: bool = False
    title: str = ""

    @property
    def fires(self) -> bool:
        return SIGNS[self.expect]

    @property
    def sets_what_is_learned(self) -> bool:
        return {self.learned, self.keep, self.around} != {None}


def _cases() -> list[Case]:
    return [
        Case(file.stem, number, **table)
        for file in sorted(FOLDER.glob("*.toml"))
        for number, table in enumerate(tomli.loads(file.read_text("utf-8"))["case"], start=1)
    ]


CASES = _cases()


def cases_of(rule: str) -> list[tuple[Case]]:
    return [(case,) for case in CASES if case.rule == rule]


def page_of(case: Case) -> Page:
    paragraphs = ARTICLES[case.language]
    if case.page is not None:
        return Page(body=case.page.replace("{article}", "\n\n".join(paragraphs)), media="text")
    if case.html is not None:
        body = case.html.replace("{article}", "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs))
        return Page(body=body, media="html")
    body = "".join(f"<p>{paragraph}</p>" for paragraph in (*paragraphs, *case.before, case.text))
    return Page(body=f"<html><body><article>{body}</article></body></html>", media="html")


@cache
def context_of(case: Case) -> tuple[RuleContext, list[Block]]:
    """The context for the rule of a case, and the blocks with the case's text."""
    read = read_page(page_of(case), Options())
    meant = _beginning(read, case.text, is_whole=True)
    also = {block.index: given for text, given in case.also.items() for block in _beginning(read, text)}
    also |= {block.index: case.learned for block in meant if case.learned}
    labels = [_learned(block, also.get(block.index)) for block in read.table.blocks]
    keep = [
        LEFT_OUT if label not in KEPT else NEUTRAL if case.around is None or block in meant else case.around
        for block, label in zip(read.table.blocks, labels, strict=True)
    ]
    if case.keep is not None:
        keep = [
            case.keep if block in meant else item for block, item in zip(read.table.blocks, keep, strict=True)
        ]
    shares = [case.share if block in meant else 1.0 for block in read.table.blocks]
    facts = facts_of(
        read.table,
        language=case.language,
        is_html=read.is_html,
        declared_title=case.title,
        parts=DeclaredParts(read.declared),
    )
    verdicts = [
        Verdict(BY_ID[rule].label if rule in BY_ID else label, rule, "")
        for label, rule in zip(labels, (also.get(at, "") for at in range(len(labels))), strict=True)
    ]
    return RuleContext(JudgedPage(facts, keep, labels, shares, case.alone), case.title, verdicts), meant


def _beginning(read: ReadPage, text: str, *, is_whole: bool = False) -> list[Block]:
    """The blocks that begin with a text, or have no other."""
    wanted = letters(text)
    every = [(block, letters(block.raw)) for block in read.table.blocks]
    found = [block for block, raw in every if raw == wanted or (not is_whole and raw.startswith(wanted))]
    assert found, f"no block of the page has this text: {text!r}"
    return found


def _learned(block: Block, given: str | None) -> Label:
    """What the learned judgement calls a block, as a case states; a rule that labelled it leaves its shape."""
    if given is not None and given not in BY_ID:
        return Label(given)
    return Label.TITLE if block.kind is Kind.TITLE else SHAPES.get(block.kind, Label.PARAGRAPH)


def fires(rule: Rule, case: Case) -> bool:
    """Whether a rule alone finds a block with the case's text."""
    context, meant = context_of(case)
    found = rule.verdicts(rule.find(context), context)
    return any(block.index in found for block in meant)


def holds(rule: Rule, case: Case) -> None:
    assert fires(rule, case) == case.fires, case.note


def holds_on_whole_page(case: Case) -> None:
    """Whether a block ends as what its rule would call it: the learned judgement may have found it first."""
    wanted = letters(case.text)
    blocks = [item.verdicts for item in explain(page_of(case)).labelled if letters(item.block.raw) == wanted]
    assert blocks, "no block of the page has this text"
    if not case.fires:
        assert case.rule not in {verdict.rule for verdicts in blocks for verdict in verdicts}, case.note
        return
    label = BY_ID[case.rule].label
    if label is Label.OTHER:  # any name with more meaning will do
        assert any(verdicts[-1].label not in KEPT for verdicts in blocks), blocks
    else:
        assert label in {verdict.label for verdicts in blocks for verdict in verdicts}, blocks


def test_every_rule_has_a_file_and_every_file_a_rule() -> None:
    assert sorted(file.stem for file in FOLDER.iterdir()) == sorted(IDS)


@pytest.mark.parametrize("rule", IDS)
def test_every_rule_has_cases_of_both_signs(rule: str) -> None:
    signs = [case.fires for (case,) in cases_of(rule)]
    assert min(signs.count(True), signs.count(False)) >= 2


@pytest.mark.parametrize("rule", RUN_ALONE)
def test_cases_of_a_rule(rule: str) -> None:
    hold(partial(holds, BY_ID[rule]), cases_of(rule))


@pytest.mark.parametrize("rule", RUN_ALONE)
def test_cases_notice_a_rule_that_never_fires_and_one_that_always_does(rule: str) -> None:
    """Guards how cases are run: a case that another rule decides would hold for both of these."""
    silent = replace(BY_ID[rule], find=lambda _context: {})
    rash = replace(
        BY_ID[rule],
        find=lambda context: dict.fromkeys(range(len(context.page.table.blocks)), "everything"),
        over=None,
    )
    for (case,) in cases_of(rule):
        assert fires(silent if case.fires else rash, case) != case.fires


@pytest.mark.parametrize("rule", dict.fromkeys(case.rule for case in CASES if not case.sets_what_is_learned))
def test_cases_of_a_rule_on_the_whole_page(rule: str) -> None:
    hold(holds_on_whole_page, [(case,) for (case,) in cases_of(rule) if not case.sets_what_is_learned])


def test_cases_are_well_formed() -> None:
    hold(is_well_formed, ((case,) for case in CASES))


def is_well_formed(case: Case) -> None:
    assert case.expect in SIGNS
    assert case.language in ARTICLES
    assert case.html is None or case.page is None
