"""Whose text a block is: what measures of lexical cohesion show of an article and of what is not its own."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_blocks import html_blocks

from copydesk.cleaners.judge.block_features import measure_own
from copydesk.cleaners.judge.cohesion import _COHESION
from copydesk.cleaners.judge.cohesion import NAMES as COHESION
from copydesk.cleaners.judge.features import NAMES, measure
from copydesk.cleaners.lexicon.block_phrases import find_phrases
from copydesk.cleaners.segment.layout import lay_out
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import Block, Kind

FERRY = (
    "The old ferry crossed the harbour for the last time, with the captain and a brass band on board.",
    "Captain Halvorsen had steered the ferry for thirty winters, and the harbour never once froze over.",
    "A bridge replaces the ferry in spring; the captain says he will not drive over any bridge.",
    "The brass band played until the harbour lights went out, and the ferry whistled twice.",
)
BAKERY = (
    "Flour prices doubled within a year, and the bakery on Mill Lane bakes half as many loaves.",
    "Loaves with rye sell best, says the baker, who mixes rye with whatever flour the mill delivers.",
    "The mill itself grinds at night, since flour dust and daytime electricity are equally dear.",
    "A loaf costs what a cake did, and the baker of Mill Lane has stopped baking cakes at all.",
)
FERRY_JA = (
    "古い連絡船は最後の航海に出て、船長と楽隊を乗せて港を横切った。乗客は港の灯りを眺めていた。",
    "船長は三十年の冬をこの連絡船で過ごし、港は一度も凍らなかったと語った。楽隊も頷いた。",
    "春には橋が連絡船に代わる。船長はどんな橋も渡るつもりはないと港で話した。",
)
BAKERY_JA = (
    "小麦粉の値段は一年で二倍になり、水車通りのパン屋が焼くパンの数は半分に減った。",
    "ライ麦のパンが一番売れるとパン屋は言い、製粉所から届く小麦粉にライ麦を混ぜている。",
    "製粉所は夜に粉を挽く。昼の電気は小麦粉と同じくらい高いからだとパン屋は言う。",
)
TWO = {
    "en": ("Last ferry crosses the harbour", FERRY, "Bakery bakes fewer loaves", BAKERY),
    "ja": ("連絡船が最後の航海", FERRY_JA, "パン屋の小麦粉が高い", BAKERY_JA),
}


def paragraphs(texts: tuple[str, ...]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


@cache
def measured(markup: str, language: str) -> tuple[tuple[str, ...], dict[str, np.ndarray]]:
    blocks = html_blocks(markup)
    rows = measure(PageTable(tuple(blocks)), find_phrases(blocks, language)).rows
    return tuple(block.text for block in blocks), dict(zip(NAMES, rows.T, strict=True))


def of(markup: str, language: str, texts: tuple[str, ...], name: str) -> np.ndarray:
    """A measure of the blocks with one of the texts."""
    found, columns = measured(markup, language)
    return columns[name][[text in texts for text in found]]


@pytest.mark.parametrize("language", TWO)
@pytest.mark.parametrize("element", ["div", "article", "section"])
def test_a_second_article_is_about_something_else_in_any_language(element: str, language: str) -> None:
    headline, own, other_headline, other = TWO[language]
    page = (
        f"<html><head><title>{headline}</title></head><body><div class='page'><{element}><h1>{headline}</h1>"
        f"<div class='text'>{paragraphs(own)}</div></{element}>"
        f"<{element}><h1>{other_headline}</h1><div class='text'>{paragraphs(other)}</div></{element}>"
        "</div></body></html>"
    )
    for name in (
        "headed_title",
        "boxed_title",
        "apart_title",
        "last_heading_in_title",
        "cohesion_weakest_border",
    ):
        assert of(page, language, own, name).min() > of(page, language, other, name).max(), name
    # a word that the section before repeats is not in the one after it
    for name in ("cohesion_lead", "headed_lead", "boxed_lead", "apart_lead", "apart_repeated_before"):
        assert of(page, language, other, name).max() < 0.2, name
    assert (of(page, language, other, "article_is_other") == (element == "article")).all()
    assert not of(page, language, own, "article_is_other").any()


def test_a_second_part_of_the_article_is_about_the_same() -> None:
    first, second = paragraphs(FERRY[:2]), paragraphs(FERRY[2:])
    page = (
        "<html><head><title>Last ferry crosses the harbour</title></head><body><div><h1>Last ferry crosses the "
        f"harbour</h1><div class='part'>{first}</div><div class='part'>{second}</div></div></body></html>"
    )
    assert of(page, "en", FERRY[2:], "boxed_before").min() > 0.3
    assert of(page, "en", FERRY[2:], "cohesion_weakest_border").min() > 0.3


def test_a_longer_second_article_is_one_section_apart_from_the_first() -> None:
    parts = "".join(f"<section>{paragraphs(BAKERY[at : at + 2] * 2)}</section>" for at in (0, 2, 1))
    page = (
        f"<html><body><div><div><h1>Last ferry</h1>{paragraphs(FERRY)}</div>"
        f"<div class='next'><h1>Bakery bakes fewer loaves</h1>{parts}</div></div></body></html>"
    )
    assert len(set(of(page, "en", BAKERY, "apart_number"))) == 1
    assert of(page, "en", BAKERY, "apart_repeated_before").max() < 0.1
    # its sections have each other before them, and none of them what the page begins with
    assert of(page, "en", BAKERY, "boxed_repeated_before").max() > 0.3
    assert of(page, "en", BAKERY, "boxed_repeated_lead").max() < 0.1


def test_an_author_bio_shares_no_terms_with_the_article() -> None:
    bio = "Ada Quill writes for this paper about islands; she studied geology and lives with three parrots."
    page = f"<html><body><article><h1>Last ferry</h1>{paragraphs((*FERRY, bio))}</article></body></html>"
    assert of(page, "en", (bio,), "cohesion_before").max() == 0.0
    assert of(page, "en", FERRY[1:], "cohesion_before").min() > 0.2


def test_an_article_begins_below_a_second_headline_where_nothing_is_below_the_first() -> None:
    page = f"<html><body><h1>Last ferry</h1><div><h1>Ferry</h1>{paragraphs(FERRY)}</div><p>{BAKERY[0]}</p></body></html>"
    assert of(page, "en", FERRY, "cohesion_lead").min() == 1.0


words = st.sampled_from(["ferry", "harbour", "Bakery", "the", "rye", "港", "連絡船", "42", "паром"])
texts = st.lists(words, min_size=1, max_size=30).map(" ".join)


@given(st.lists(st.tuples(st.sampled_from(Kind), texts), min_size=1, max_size=12))
def test_any_text_has_finite_measures_and_shares_are_shares(written: list[tuple[Kind, str]]) -> None:
    blocks = tuple(
        Block(at, kind, text, level=int(kind is Kind.HEADING)) for at, (kind, text) in enumerate(written)
    )
    rows = measure(PageTable(tuple(blocks)), find_phrases(blocks, "en")).rows
    assert np.isfinite(rows).all()
    shares = [name for name in COHESION if not name.endswith(("_log", "number", "from_end", "title_terms"))]
    inside = rows[:, [NAMES.index(name) for name in shares]]
    assert inside.min() >= 0.0
    assert inside.max() <= 1.0 + 1e-6


def test_measures_of_other_blocks_are_refused() -> None:
    blocks = html_blocks("<h1>Ferry</h1><p>The captain.")
    own, phrased = measure_own(blocks), find_phrases(blocks, "en")
    title = (0, np.zeros((2, 2)))
    arguments = [own, phrased.words, lay_out(blocks), title, np.zeros(2), frozenset(), None]
    assert _COHESION.measure(*arguments).shape == (2, len(COHESION))
    others = {
        0: measure_own(blocks[:1]),
        1: [],
        2: lay_out(blocks[:1]),
        3: (2, title[1]),
        4: np.zeros(3),
    }
    for place, other in others.items():
        with pytest.raises((ValueError, IndexError)):
            _COHESION.measure(*arguments[:place], other, *arguments[place + 1 :])
