"""Verdicts: who speaks first, who overrules whom, and that none is forgotten."""

from __future__ import annotations

from collections.abc import Sequence

from conftest import lines, rule_context
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.pipeline.verdicts import label, label_residue
from copydesk.cleaners.types import KEPT, Block, Label, Labelled, Verdict

PROSE = "The clock of the town hall struck noon on Friday, and a crowd of some two hundred people had come."
NOTE = "This article was written by artificial intelligence."
P, NAV, OTHER = Label.PARAGRAPH, Label.NAV, Label.OTHER


def labelled(
    blocks: Sequence[Block], labels: Sequence[Label], *, title: str = "", own: dict[int, Verdict] | None = None, share: float = 1.0
) -> tuple[Labelled, ...]:  # fmt: skip
    return label(rule_context(blocks, labels, share=share).judged, title, own)


def rules(item: Labelled) -> list[str]:
    return [verdict.rule for verdict in item.verdicts]


def test_the_first_verdict_of_every_block_is_the_networks() -> None:
    found = labelled(lines(PROSE, "Home", PROSE), [P, NAV, P])
    assert [rules(item) for item in found] == [["learned.keep"], ["learned.drop"], ["learned.keep"]]
    assert [item.label for item in found] == [P, NAV, P]
    assert [item.verdict.evidence.split(" keeping")[0] for item in found] == [
        "0.90 for",
        "0.10 for",
        "0.90 for",
    ]


def test_residue_and_corrections_are_labelled_wherever_they_are() -> None:
    correction = "Correction: the clock struck one, not noon."
    for first in (P, NAV):
        found = labelled(lines(PROSE, NOTE, correction), [P, first, first])
        assert [item.label for item in found] == [P, Label.AI_DISCLAIMER, Label.CORRECTION]
        assert [len(item.verdicts) for item in found] == [1, 2, 2]
        assert found[1].verdicts[0].label is first


def test_other_rules_are_checked_of_what_would_be_kept_or_is_vague() -> None:
    newsletter = "Newsletter"
    labels_found = {
        first: labelled(lines(PROSE, newsletter), [P, first], share=share)[1].label
        for first, share in ((P, 1.0), (OTHER, 1.0), (NAV, 0.3))
    }
    # what is surely not kept keeps the name the network gave it
    assert labels_found == {P: Label.NEWSLETTER, OTHER: OTHER, NAV: Label.NEWSLETTER}


def test_a_users_verdict_is_not_overruled() -> None:
    own = {0: Verdict(Label.AD, "own.quay", "the quay"), 1: Verdict(P, "own.keep", "a note we keep")}
    found = labelled(lines(PROSE, NOTE), [P, P], own=own)
    assert [item.verdict.rule for item in found] == ["own.quay", "own.keep"]
    assert [rules(item)[0] for item in found] == ["learned.keep", "learned.keep"]


def test_rules_on_neighbours_run_last_and_see_what_is_kept() -> None:
    for below, label_of_line in ((PROSE, Label.HEADING), ("Sign up for our newsletter today", P)):
        flattened = rule_context(lines(PROSE, "The rope and the guard", below), [P, P, P], is_html=False)
        assert label(flattened.judged, "")[1].label is label_of_line


def test_the_headline_is_recognized_by_the_title() -> None:
    assert labelled(lines("Noon at last", PROSE), [P, P], title="Noon at last")[0].label is Label.TITLE
    assert labelled(lines("Noon at last", PROSE), [P, P])[0].label is P


def test_of_a_text_that_is_not_judged_only_residue_is_labelled() -> None:
    known = Verdict(P, "page.script-body", "from a script")
    found = label_residue(rule_context(lines(PROSE, NOTE, "Newsletter")).judged, known)
    assert [item.label for item in found] == [P, Label.AI_DISCLAIMER, P]
    assert [item.verdicts[0] for item in found] == [known] * 3
    assert label_residue(rule_context(()).judged, known) == labelled((), ()) == ()


TEXTS = st.sampled_from(
    [PROSE, NOTE, "Newsletter", "Home", "By Una Platt", "Sure! Here is the rewritten article:", "…"]
)


@given(st.lists(st.tuples(TEXTS, st.sampled_from([P, NAV, OTHER, Label.HEADING, Label.CAPTION])), min_size=1, max_size=6), st.booleans())  # fmt: skip
def test_verdicts_are_appended_and_change_something(
    first_labels: list[tuple[str, Label]], is_html: bool
) -> None:
    blocks = lines(*(raw for raw, _ in first_labels))
    found = label(rule_context(blocks, [first for _, first in first_labels], is_html=is_html).judged, "")
    assert [item.block for item in found] == list(blocks)
    for item, (_, first) in zip(found, first_labels, strict=True):
        assert item.verdicts[0].label is first
        assert item.verdicts[0].rule == ("learned.keep" if first in KEPT else "learned.drop")
        assert all(verdict.evidence for verdict in item.verdicts)
        assert len(set(item.verdicts)) == len(item.verdicts)
