"""What is remembered from page to page stays small, and holds for what it was found in."""

from __future__ import annotations

import gc
import pickle
import sys
import tracemalloc

import pytest
from msgspec.structs import replace

from copydesk import Options, clean
from copydesk.cleaners.rules.rule import Context
from copydesk.cleaners.rules.user_rules import read_user_rule
from copydesk.cleaners.types import Metadata

SENTENCE = "The council said on Friday that ferry {number} would sail again, and people came to the quay. "
SHAPES = {
    "flattened": "Ferry {number}\n\n{long}\n\nThe boat leaves at six in the morning.\n",
    "a note": "<article><h1>Ferry</h1><p>The boat leaves at six.</p><p>Written with ChatGPT {number}. {long}</p></article>",
    "classes": '<article><h1>Ferry {number}</h1><p class="n{number} {long}">The boat leaves at six.</p></article>',
}


def long_page(shape: str, number: int) -> str:
    sentence = SENTENCE.format(number=number)
    return SHAPES[shape].format(number=number, long=sentence * (60_000 // len(sentence)))


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


def test_a_changed_context_knows_nothing_of_what_was_found_in_another() -> None:
    context = Context(blocks=(), phrases=(), metadata=Metadata(), is_html=True, title="old")
    asked: list[str] = []

    def title(of: Context) -> str:
        asked.append(of.title)
        return of.title

    assert [context.once(title), context.once_for_all(title), context.once(title)] == ["old"] * 3
    changed = replace(context, title="new")
    assert [changed.once(title), changed.once_for_all(title)] == ["new"] * 2
    judged = context.with_verdicts(())
    assert [judged.once(title), judged.once_for_all(title)] == ["old"] * 2
    titled = context.with_title("told", "told")
    assert [titled.once(title), titled.once_for_all(title)] == ["told", "old"]
    assert asked == ["old", "old", "new", "new", "old", "told"]  # what they leave as it is is not asked again


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
