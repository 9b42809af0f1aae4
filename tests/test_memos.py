"""What is remembered from page to page stays small, and holds for what it was found in."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from copydesk import clean

SENTENCE = "The council said on Friday that ferry {number} would sail again, and people came to the quay. "
SHAPES = {
    "one block": "<article><h1>Ferry {number}</h1><p>{long}</p><p>The boat leaves at six.</p></article>",
    "flattened": "Ferry {number}\n\n{long}\n\nThe boat leaves at six in the morning.\n",
    "a note": "<article><h1>Ferry</h1><p>The boat leaves at six.</p><p>Written with ChatGPT {number}. {long}</p></article>",
    "a release": "<article><p>Press release {number}: {long}</p><p>The boat leaves at six.</p></article>",
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
