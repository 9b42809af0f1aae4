"""Every rule is told by cases: blocks on which it fires, and traps on which it must be silent.

A case is a table in ``cleaners/rules/cases/<rule id>.toml``: ``text`` is the block in question, ``expect`` is
``fires`` or ``silent`` (rules that remove may say ``removed`` or ``kept``), ``note`` says why, ``language``
(English unless told) is that of the article which the block ends; ``before`` holds paragraphs between the two.
Instead, ``html`` or ``page`` (flattened text) gives a whole page, in which ``{article}`` stands for the
article's paragraphs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import tomli
from articles import ARTICLES
from each_case import hold

from copydesk import Page, cleaners, explain
from copydesk.cleaners.rules.catalogue import RULES
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import KEPT, Label, Verdict

FOLDER = Path(cleaners.__file__).parent / "rules" / "cases"
SIGNS = {"fires": True, "removed": True, "silent": False, "kept": False}
IDS = [rule.id for rule in RULES]
LABELS = {rule.id: rule.label for rule in RULES}


@dataclass(frozen=True)
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


def _cases() -> list[Case]:
    return [
        Case(file.stem, number, **table)
        for file in sorted(FOLDER.glob("*.toml"))
        for number, table in enumerate(tomli.loads(file.read_text("utf-8"))["case"], start=1)
    ]


CASES = _cases()


def page_of(case: Case) -> Page:
    """The page a case tells of."""
    paragraphs = ARTICLES[case.language]
    if case.page is not None:
        return Page(body=case.page.replace("{article}", "\n\n".join(paragraphs)), media="text")
    if case.html is not None:
        body = case.html.replace("{article}", "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs))
        return Page(body=body, media="html")
    body = "".join(f"<p>{paragraph}</p>" for paragraph in (*paragraphs, *case.before, case.text))
    return Page(body=f"<html><body><article>{body}</article></body></html>", media="html")


def told(case: Case) -> tuple[tuple[Verdict, ...], ...]:
    """For each block with the case's text, its verdicts."""
    wanted = letters(case.text)
    return tuple(
        item.verdicts for item in explain(page_of(case)).labelled if letters(item.block.raw) == wanted
    )


def is_told(case: Case, verdicts: tuple[Verdict, ...]) -> bool:
    """Whether a block is what the rule would call it: the learned judgement may have been first to say so."""
    label = LABELS[case.rule]
    if label is Label.OTHER:  # any more telling name will do
        return verdicts[-1].label not in KEPT
    return case.rule in {verdict.rule for verdict in verdicts} or label in {one.label for one in verdicts}


def test_every_rule_has_a_file_and_every_file_a_rule() -> None:
    assert sorted(file.stem for file in FOLDER.iterdir()) == sorted(IDS)


def test_no_rule_has_the_id_of_another() -> None:
    assert len(set(IDS)) == len(IDS)


@pytest.mark.parametrize("rule", IDS)
def test_every_rule_has_cases_of_both_signs(rule: str) -> None:
    signs = [SIGNS[case.expect] for case in CASES if case.rule == rule]
    assert min(signs.count(True), signs.count(False)) >= 2


@pytest.mark.parametrize("rule", IDS)
def test_cases_of_a_rule(rule: str) -> None:
    hold(is_as_expected, ((case,) for case in CASES if case.rule == rule))


def is_as_expected(case: Case) -> None:
    blocks = told(case)
    assert blocks, "no block of the page has this text"
    if SIGNS[case.expect]:
        assert any(is_told(case, verdicts) for verdicts in blocks), blocks
    else:
        rules = {verdict.rule for verdicts in blocks for verdict in verdicts}
        assert case.rule not in rules, case.note


def test_cases_are_well_told() -> None:
    hold(is_well_told, ((case,) for case in CASES))


def is_well_told(case: Case) -> None:
    assert case.expect in SIGNS
    assert case.language in ARTICLES
    assert case.html is None or case.page is None
