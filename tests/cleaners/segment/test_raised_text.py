"""Raised and lowered text: no number changes where its height is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk import clean, restore
from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.options import Options
from copydesk.cleaners.segment.raised_text import keep_numbers_apart


def written(markup: str, language: str = "en") -> str:
    root = parse(f"<html lang={language}><body><p>{markup}</p></body></html>", Options())
    keep_numbers_apart(root, markup)
    return " ".join("".join(map(str, root.itertext())).split())


@pytest.mark.parametrize(("markup", "text"), [
    # powers
    ("about 10<sup>9</sup> cells", "about 10^9 cells"), ("3×10<sup>-4</sup> g", "3×10^-4 g"),
    ("2<sup>n</sup>, 2<sup>n+1</sup>", "2^n, 2^(n+1)"), ("<b>10</b><sup>6</sup>", "10^6"),
    ("7 m<sup>2</sup>, 85m<sup>3</sup>", "7 m^2, 85m^3"), ("E=mc<sup>2</sup>", "E=mc^2"),
    ("2<span style='vertical-align: super'>3</span>", "2^3"),
    ("2<span class=superscript>3</span>", "2^3"),
    # marks of notes
    ("in 340<sup>3</sup> towns", "in 340[3] towns"), ("2,150<sup><a href='#fn1'>1</a></sup>", "2,150[1]"),
    ("in 1987.<sup>4</sup> Then", "in 1987.[4] Then"), ("ferry<a href='#n5'><sup>5</sup></a>", "ferry[5]"),
    ("60<sup>2,3</sup> of", "60[2,3] of"), ("80<sup>[2]</sup>", "80[2]"),
    ("1.04<sup>12</sup>", "1.04[12]"), ("page 12<sup>4</sup>", "page 12[4]"), ("he is 42<sup>1</sup>", "he is 42[1]"),
    ("covid-19<sup>6</sup>", "covid-19[6]"), ("room B12<sup>3</sup>", "room B12[3]"), ("Mr X<sup>2</sup>", "Mr X[2]"),
    ("3<sup>4</sup> = 81", "3^4 = 81"),
    # fractions, prices, hours
    ("2<sup>3</sup>/<sub>8</sub> in", "2 3/8 in"), ("2<sup>3</sup>&frasl;<sub>8</sub>", "2 3⁄8"),
    ("$7<sup>25</sup>", "$7.25"), ("7<sup>00</sup> pm", "7:00 pm"), ("<sup>$</sup>7<sup>25</sup>", "$7.25"),
    # formulas and words of letters
    ("CO<sub>2</sub>, H<sub>2</sub>O", "CO2, H2O"), ("SO<sub>4</sub><sup>2−</sup>", "SO4^2−"),
    ("log<sub>2</sub>8, 110<sub>2</sub>", "log_2 8, 110_2"), ("x<sub>i+1</sub>", "x_(i+1)"),
    ("1<sup>st</sup>, 3<sup>e</sup>, n<sup>o</sup> 4", "1st, 3e, no 4"), ("<sup>14</sup>C", "14C"), ("30<sup>°C</sup>", "30°C"),
])  # fmt: skip
def test_no_number_changes(markup: str, text: str) -> None:
    assert written(markup) == text


@pytest.mark.parametrize(("language", "markup", "text"), [
    ("fr", "3<sup>50</sup> € le kilo", "3,50 € le kilo"), ("nl", "€ 3<sup>50</sup>", "€ 3,50"), ("pl", "9<sup>99</sup> zł", "9,99 zł"),
    ("de", "um 19<sup>45</sup> Uhr", "um 19:45 Uhr"), ("ru", "35 м<sup>2</sup>", "35 м^2"), ("ja", "約10<sup>8</sup>個", "約10^8個"),
    ("ko", "85m<sup>2</sup>이고", "85m^2이고"), ("ar", "حوالي 10<sup>9</sup> خلية", "حوالي 10^9 خلية"),
])  # fmt: skip
def test_as_languages_write_them(language: str, markup: str, text: str) -> None:
    assert written(markup, language) == text


_PIECES = st.lists(
    st.sampled_from(["3", "10", "x", " ", ".", "/", "€", "note", "<sup>2</sup>", "<sub>4</sub>", "<sup>", "</sup>",
                     "<sup><a href='#f'>1</a></sup>", "<math><mi>a</mi><mo>=</mo><mn>2</mn></math>", "<br>", "<b>", "</b>",
                     "<div><template shadowrootmode=open><p>in<slot>or</slot></p></template>light</div>",
                     "<iframe srcdoc='<p>inner 2<sup>2</sup></p>'>none</iframe>"]), max_size=12,
).map("".join)  # fmt: skip


@given(_PIECES)
def test_no_letter_is_lost_and_none_is_added(markup: str) -> None:
    record = clean(f"<html><body><article><p>{markup}</p></article></body></html>")
    assert not (record.reason or "").startswith("broken_law")
    if record.text or record.removed:
        for word in ("note", "light", "inner"):
            assert restore(record).count(word) == markup.count(word)
