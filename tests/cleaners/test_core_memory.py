"""Where Python finds no memory, the compiled core raises MemoryError: it gives no other result, and does not crash."""

from __future__ import annotations

import copy
import multiprocessing
import re
from collections.abc import Callable
from itertools import count

import numpy as np
import pytest
from made_blocks import html_blocks

from copydesk._core import layout as core
from copydesk._core import markup, names, texts, walk, words
from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.judge import cohesion
from copydesk.cleaners.judge.block_features import _KINDS, READER, measure_own
from copydesk.cleaners.judge.link_features import _LINKS, TARGETS
from copydesk.cleaners.judge.page_texts import _key, _tokens
from copydesk.cleaners.lexicon.block_phrases import find_phrases
from copydesk.cleaners.lexicon.words import matcher
from copydesk.cleaners.options import Options
from copydesk.cleaners.segment import layout
from copydesk.cleaners.sentence_ends import ends_with_terminal
from copydesk.cleaners.types import Block, Label, Labelled, Verdict

memory = pytest.importorskip("_testcapi", reason="Python was built without its test modules")

PAGE = """<html><head><title>Ferry prices</title></head><body class="post wide"><h1>Ferry <em>prices</em></h1>
<p hidden>Tickets <a href="/a" rel="next">double</a> in <ruby>港<rt>minato</rt></ruby><br><br>once more.</p>
<figure><img src="a.jpg"><figcaption>The quay</figcaption></figure><pre>a
b</pre><ul><li>One<li>Two</ul><table><tr><th>Day<th>Fare<tr><td>Monday<td>4</table><p>The captain of 港 says no to all that the harbour wants.</body></html>"""
ROOT = parse(PAGE, Options())
BLOCKS = html_blocks(PAGE)
PHRASED = find_phrases(BLOCKS, "en")
LAYOUT = layout.lay_out(BLOCKS)
OWN = measure_own(BLOCKS)
VERDICT = Verdict(Label.PARAGRAPH, "test", "test")
LABELLED = Labelled(BLOCKS[1], (VERDICT,))
HAN = re.compile("[一-鿿]")


def fill() -> list[list[float]]:
    table = np.zeros((3, len(TARGETS)))
    _LINKS.fill(["https://quay.example.co.uk/fares/one-two?q", "/fähre", "#top"], table)
    return table.tolist()


def measure() -> list[list[float]]:
    title, bylines = (0, np.zeros((len(BLOCKS), 2))), np.zeros(len(BLOCKS))
    found = cohesion._COHESION.measure(OWN, PHRASED.words, LAYOUT, title, bylines, frozenset(), HAN)
    return found.tolist()


def around() -> list[list[float]]:
    state = np.ones((len(BLOCKS), 4), np.float32)
    looking = core.Around(LAYOUT, (LAYOUT.path_group[LAYOUT.holders],), (0, 1), 8)
    return [looking.seen(state, state, state[:, 0]).tolist(), looking.of_groups(state).tolist()]


def sum_rows() -> list[list[float]]:
    sums = np.zeros((3, 2))
    elements = [("div", "nav post"), ("x" * 40, ""), ("", "nav")]
    names.WordNumbers(lambda word: (len(word) % 7,), 8, 40).sum_rows(
        elements, np.ones((8, 2), np.float32), sums
    )
    return sums.tolist()


def copies(one: Block | Labelled, other: Block | Labelled) -> list[object]:
    """Made as unpickling makes them; what pickles says of no memory that its class cannot be imported."""
    copied = [copy.copy(one), copy.copy(other)]
    return [copied, copied == [one, other], copied[0] == copied[1]]


CALLS: dict[str, Callable[[], object]] = {
    "block": lambda: copies(BLOCKS[1], BLOCKS[1].replace(raw="Fähre", level=2)),
    "labelled": lambda: copies(LABELLED, LABELLED.with_verdict(VERDICT).under(frozenset()).renumbered(7)),
    "walk": lambda: [
        [column.tolist() for column in part[1]] if at == 3 else part
        for at, part in enumerate(walk.walk(ROOT, 100))
    ],
    "find_elements": lambda: walk.Finder(
        {"wide": {"class": ("wide",)}, "rel": {"rel": ("",)}}, ("wide",)
    ).find(ROOT),
    "page_text": lambda: walk.page_text(ROOT),
    "holds": lambda: markup.holds("".join(("die ", "Fähre")), "Fähre"),
    "without_space": lambda: markup.without_space("die\u2003Fähre"),
    "may_hold_marks": lambda: markup.may_hold_marks("Fähre \ud800"),
    "find_words": lambda: names.WordNumbers(lambda word: (len(word) % 7,), 8, 40).find("nav post", "div"),
    "sum_rows": sum_rows,
    "fill": fill,
    "folded_words": lambda: texts.Folding(
        lambda one: (0, one.lower(), one.isalnum(), False), str.split
    ).folded_words("Die 12 Fähren"),
    "count_words": lambda: words.Counter(lambda one: (one.isalnum(), one > "z"), 2).count_words(
        "Die 12 Fähren"
    ),
    "find_phrases": lambda: matcher("en").find_all(
        ["Photo: ferry", "Subscribe"], [("photo", "ferry"), ("subscribe",)]
    ),
    "own": lambda: [part.tolist() for part in READER.own(BLOCKS, _KINDS, ends_with_terminal)],
    "repeats": lambda: READER.repeats(BLOCKS, _key).tolist(),
    "shared_words": lambda: READER.shared_words([block.raw for block in BLOCKS], "Ferry prices", _tokens),
    "place": lambda: [column.tolist() for column in core.place(BLOCKS, layout.LEAST_SIBLINGS)[1]],
    "surroundings": lambda: core.surroundings(
        LAYOUT,
        OWN,
        0,
        np.ones((len(BLOCKS), 2)),
        np.ones((2, len(BLOCKS))),
        (0, 2),
        (3, 8),
        {"p": 0, "ul": 1},
        0.6,
        0.3,
    ).tolist(),
    "kinds": lambda: core.kinds(LAYOUT, [(0, 1)] * len(LAYOUT.names), 2).tolist(),
    "summed_names": lambda: core.summed_names(LAYOUT, np.ones((len(LAYOUT.names), 2), np.float32)).tolist(),
    "groups": lambda: core.groups(LAYOUT, OWN, 0, *np.ones((3, len(BLOCKS)))).tolist(),
    "around": around,
    "measure": measure,
}


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # Python 3.12 warns where there are threads
@pytest.mark.parametrize("name", CALLS)
def test_where_there_is_no_memory_nothing_else_is_made_of_a_page(name: str) -> None:
    # in a process without other threads: they would be refused memory as well, that of who hands out the tests, too
    process = multiprocessing.get_context("fork").Process(target=refuse_memory, args=(name,))
    process.start()
    process.join()
    assert process.exitcode == 0  # what failed is on standard error


def refuse_memory(name: str) -> None:
    """Calls one until it is through, and refuses it each memory that it asks for in turn."""
    call = CALLS[name]
    expected, failed, succeeded = call(), 0, 0
    for number in count():  # each time what is asked for next is refused
        try:
            memory.set_nomemory(number, number + 1)
            try:
                found = call()
            finally:
                memory.remove_mem_hooks()
        except MemoryError:
            failed, succeeded = failed + 1, 0
        except SystemError as error:  # where numpy forgets to say it
            if "without setting an exception" not in str(error):
                raise
            failed, succeeded = failed + 1, 0
        else:
            assert found == expected
            succeeded += 1
        if succeeded == 20:  # more is not asked for
            break
    assert failed
