"""Rules that read phrases: how much of a block a phrase must be, and how sure the network may be of the opposite."""

from __future__ import annotations

import pytest
from conftest import lines, rule_context
from msgspec.structs import replace

from copydesk.cleaners.judge.judgement import KEEP_AT
from copydesk.cleaners.rules import phrase_rules
from copydesk.cleaners.rules.rule import Rule
from copydesk.cleaners.types import Kind, Label

RULES: dict[str, Rule] = {
    rule.id.removeprefix("wording."): rule for rule in (phrase_rules.CORRECTION, *phrase_rules.PHRASES)
}
CONTAINS = "Every Friday: the best of the harbour in your inbox"
PROSE = "The clock of the town hall struck noon on Friday, and a crowd of some two hundred people had come. "


def evidence(
    name: str, raw: str, *, keep: float = 0.5, kind: Kind = Kind.PARAGRAPH, label: Label = Label.PARAGRAPH, share: float = 1.0, links: int = 0
) -> str | None:  # fmt: skip
    (block,) = lines(raw)
    block = replace(block, kind=kind, link_chars=links)
    return RULES[name].find(block, rule_context([block], [label], keep=[keep], share=share))


def test_the_evidence_shows_how_the_phrase_was_found() -> None:
    assert evidence("newsletter", "Newsletter") == "whole (en): 'newsletter'"
    assert (evidence("newsletter", CONTAINS) or "").startswith("contains (en): ")
    assert evidence("newsletter", "The clock struck noon.") is None
    assert evidence("ad", "Newsletter") is None


@pytest.mark.parametrize(
    ("raw", "sure", "too_sure"),
    [("Newsletter", 0.995, 0.996), ("Sign up for our newsletter now", 0.97, 0.98), (CONTAINS, 0.93, 0.94)],
)
def test_short_phrases_of_long_blocks_convince_less(raw: str, sure: float, too_sure: float) -> None:
    assert evidence("newsletter", raw, keep=sure) is not None
    assert evidence("newsletter", raw, keep=too_sure) is None


@pytest.mark.parametrize("kind", [Kind.HEADING, Kind.LIST_ITEM, Kind.TABLE_ROW, Kind.CODE])
def test_in_the_layout_of_the_article_a_phrase_convinces_less(kind: Kind) -> None:
    assert evidence("newsletter", "Newsletter", keep=KEEP_AT, kind=kind) is not None
    assert evidence("newsletter", "Newsletter", keep=KEEP_AT + 0.01, kind=kind) is None


def test_a_whole_sentence_is_prose_sooner_than_a_line() -> None:
    sentence = f"Sign up for our newsletter, said the harbour master on Friday in the old {'x' * 10} inn."
    assert evidence("newsletter", sentence, keep=0.65) is not None
    assert evidence("newsletter", sentence, keep=0.7) is None
    assert evidence("newsletter", sentence.rstrip("."), keep=0.7) is not None
    # a request is no prose, nor is what a word leads
    assert evidence("newsletter", "Sign up for our newsletter today.", keep=0.7) is not None
    assert evidence(
        "related", "Read also: the bell was cast in the year of the flood, and hung in May.", keep=0.7
    )


def test_of_long_blocks_the_beginning_and_the_sentences_count() -> None:
    start, contains = "Sign up for our newsletter ", f"{CONTAINS} "
    assert evidence("newsletter", start.ljust(200, "x")) is not None
    assert evidence("newsletter", start.ljust(201, "x")) is None
    assert evidence("newsletter", contains.ljust(300, "x")) is not None
    assert evidence("newsletter", contains.ljust(301, "x")) is None
    assert evidence("nav", "Skip to content") is not None


def test_a_sure_paragraph_is_not_checked() -> None:
    assert evidence("newsletter", f"Sign up for our newsletter. {PROSE}", keep=0.96) is None


@pytest.mark.parametrize(("share", "is_named"), [(0.39, True), (0.4, False), (0.69, False), (0.7, True)])
def test_a_single_word_of_menus_names_what_nothing_else_names(share: float, *, is_named: bool) -> None:
    for name, word in (("social", "Facebook"), ("newsletter", "Newsletter")):
        assert (evidence(name, word, keep=0.1, label=Label.NAV, share=share) is not None) == is_named, name
    flattened = rule_context(lines("Subscribe"), [Label.AUTHOR_BIO], keep=[0.1], share=share, is_html=False)
    assert RULES["newsletter"].find(flattened.page.blocks[0], flattened) is not None
    # what is kept is searched anyway, and so is what is more than a word
    assert evidence("social", "Facebook", share=share) is not None
    request = "Sign up for our newsletter today"
    assert evidence("newsletter", request, keep=0.1, label=Label.NAV, share=share) is not None


@pytest.mark.parametrize(("raw", "links", "is_one"), [
    ("Correction: the clock struck one, not noon.", 0, True),
    ("Correction", 0, False), ("Correction: noon", 0, False),
    ("The hour on the dial has been corrected to one, wrote the paper.", 0, False),
    ("\u201cCorrection\u201d: under this title the guard of the tower has written a book.", 0, False),
    ("Correction: the clock struck one, not noon.", 30, False),
    ("Correction: the clock struck one, not noon.", 20, True),
])  # fmt: skip
def test_what_is_a_correction(raw: str, links: int, *, is_one: bool) -> None:
    assert (evidence("correction", raw, links=links, keep=0.99) is not None) == is_one


def test_who_wrote_it_is_presented_at_the_end_in_a_sentence_as_good_as_any() -> None:
    bio = "Una Platt is a freelance journalist based in Chur."
    blocks = lines(PROSE, bio, PROSE)
    find = RULES["author-bio"].find
    assert find(blocks[1], rule_context(blocks[:2], keep=[0.99, 0.99])) is not None
    assert find(blocks[1], rule_context(blocks, keep=[0.99, 0.99, 0.99])) is None
    nobody = lines(PROSE, bio.replace("Una Platt", "She"))
    assert find(nobody[1], rule_context(nobody, keep=[0.99, 0.99])) is None


def test_only_blocks_with_phrases_are_checked() -> None:
    context = rule_context(lines("Newsletter", "The clock struck noon."))
    assert all(set(rule.among(context)) == {0} for rule in RULES.values())
