"""What is remembered from page to page stays small, and holds for what it was found in."""

from __future__ import annotations

import gc
import pickle
import sys
import tracemalloc

import pytest
from msgspec.structs import replace

from copydesk import Options, clean
from copydesk.cleaners.facts.page_facts import facts_of
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.rules.rule import RuleContext
from copydesk.cleaners.rules.user_rules import read_user_rule
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import Block, Kind, Label, Verdict

SENTENCE = "The council said on Friday that ferry {number} would sail again, and people came to the quay. "
SHAPES = {
    "flattened": "Ferry {number}\n\n{long}\n\nThe boat leaves at six in the morning.\n",
    "a note": "<article><h1>Ferry</h1><p>The boat leaves at six.</p><p>Written with ChatGPT {number}. {long}</p></article>",
    "classes": '<article><h1>Ferry {number}</h1><p class="n{number} {long}">The boat leaves at six.</p></article>',
}


def long_page(shape: str, number: int) -> str:
    sentence = SENTENCE.format(number=number)
    return SHAPES[shape].format(number=number, long=sentence * (60_000 // len(sentence)))


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_long_texts_are_not_held_once_their_page_is_cleaned(shape: str) -> None:
    clean(long_page(shape, 0))  # loads what is loaded once
    tracemalloc.start()
    try:
        for number in range(1, 6):
            clean(long_page(shape, number))
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 60_000  # each page has as many characters; all of them were held


def test_what_was_found_of_one_pass_is_not_known_in_the_next() -> None:
    facts = facts_of(PageTable((Block(0, Kind.PARAGRAPH, "Noon"),)), language="en", is_html=False)
    judged = JudgedPage(facts, keep=(1.0,))
    first = RuleContext(judged, "No on", (Verdict(Label.PARAGRAPH, "learned.keep", ""),))
    assert first.headlines == (0,)  # as letters are compared, without white space
    calls: list[object] = []

    def note(of: object) -> int:
        calls.append(of)
        return len(calls)

    assert [facts.memoized(note), judged.memoized(note), first.memoized(note), first.memoized(note)] == [
        1, 2, 3, 3,
    ]  # fmt: skip
    # a verdict is another pass; the page and its learned judgement stay what they are
    second = first.next((Verdict(Label.AD, "wording.ad", ""),))
    assert [second.memoized(note), second.judged.memoized(note), second.page.memoized(note)] == [4, 2, 1]
    assert (first.kept_by_now, second.kept_by_now) == ({0}, set())
    # another judgement of the same page knows nothing of what was found under the first
    again = replace(judged, keep=(0.0,))
    assert [again.memoized(note), again.page.memoized(note)] == [5, 1]
    with pytest.raises(AttributeError):
        facts.language = "de"  # type: ignore[misc]


def test_the_digest_of_options_is_made_once_for_all_pages() -> None:
    table = {"name": "kiosk", "label": "ad", "reason": "the kiosk", "start": ["buy this issue"]}
    options = Options(user_rules=(read_user_rule(table),))
    made = 0

    def count(frame: object, event: str, function: object) -> None:  # noqa: ARG001
        nonlocal made
        made += event == "c_call" and function is repr

    first = clean("<p>Noon</p>", options=options)
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        # a worker process gets a copy with every page
        second = clean("<p>Two</p>", options=pickle.loads(pickle.dumps(options)))  # noqa: S301
    finally:
        sys.setprofile(before)
    assert made == 0
    assert second.processing.options == first.processing.options != clean("<p>Two</p>").processing.options


def test_a_label_and_its_name_are_the_same_option() -> None:
    # they are equal, so that a digest of what either is written as would be that of the first one met
    labels, names = Options(keep=(Label.LIVE,), drop=(Label.FAQ,)), Options(keep=("live",), drop=("faq",))
    of_labels, of_names = (clean("<p>Two</p>", options=options).processing for options in (labels, names))
    assert repr(of_labels) == repr(of_names)
