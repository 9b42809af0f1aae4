"""The expected F1 of a record's text, and what makes it doubtful."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from copydesk import Options, Page, clean, explain
from copydesk.cleaners.confidence.calibration import (
    Curve,
    confidence,
    doubts,
    expected_f1,
    packaged_calibrations,
    read_calibration,
)
from copydesk.cleaners.confidence.measures import MEASURED, WORDS, Measures, Medium
from copydesk.cleaners.errors import BadData
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Override

SENTENCES = (
    "The ferry to the outer island sails again from Monday, the port office said on Friday afternoon.",
    "It had lain in the dock for three weeks, because a screw was bent when it touched the harbour wall.",
    "The repair cost forty thousand crowns, of which the island pays a third and the county pays the rest.",
    "Those who hold a season ticket are given back a month of its price, the office said in the same note.",
)
ARTICLE = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
HEAD = '<title>The ferry sails again</title><meta property="article:published_time" content="2026-11-01">'
PLAIN = f"<html lang=en><head>{HEAD}</head><body><article><h1>The ferry sails again</h1>{ARTICLE}</article></body>"
# sentences in boxes of all kinds, among links, under no headline: nobody could say which are the article's
BOXES = "".join(
    f'<div class="box"><p>{sentence}</p></div><ul class="list"><li><a href="/{at}">More on harbour {at}</a></li></ul>'
    f"<div><span>{sentence[:30]}</span></div>"
    for at, sentence in enumerate(SENTENCES * 3)
)
MUDDLED = f"<html lang=en><head><title>Harbour</title></head><body><div>{BOXES}</div></body>"
SCRIPTED = (
    '<html lang=en><head><title>The ferry</title><script type="application/ld+json">{"@type": "NewsArticle", '
    f'"headline": "The ferry sails again", "articleBody": "{" ".join(SENTENCES * 2)}"}}</script></head>'
    "<body><div id=app></div></body></html>"
)


def test_a_plain_article_is_trusted_more_than_sentences_in_boxes() -> None:
    plain, muddled = clean(PLAIN).confidence, clean(MUDDLED, options=Options(pages="all")).confidence
    assert plain is not None
    assert muddled is not None
    assert 0 <= muddled < 0.9 < plain <= 1


FLAT = "\n\n".join(("The ferry sails again", *SENTENCES))
MENU = "Home\nNews\nContact\nSubscribe\n"
# an article, and among its sentences others that speak to readers
FLAT_MUDDLED = f"{MENU}\n{FLAT}\n\n" + "\n".join(
    f"{sentence}\nMore on harbour {at}\nJoin us for the harbour talk number {at}, and bring a friend along."
    for at, sentence in enumerate(SENTENCES)
)


def test_lines_that_are_an_article_are_trusted_more_than_lines_of_everything() -> None:
    plain, muddled = clean(FLAT).confidence, clean(FLAT_MUDDLED, options=Options(pages="all")).confidence
    assert plain is not None
    assert muddled is not None
    assert 0 <= muddled < plain <= 1
    assert doubts_of(FLAT) == ()
    assert all("links" not in one for one in doubts_of(FLAT_MUDDLED))


def doubts_of(page: str) -> tuple[str, ...]:
    """What speaks against the text of a page."""
    measures = explain(Page(page), Options(pages="all")).measures
    assert measures is not None
    return doubts(measures)


@pytest.mark.parametrize("page", [PLAIN.replace(ARTICLE, ""), SCRIPTED, "<nav>Home</nav>"])
def test_no_number_is_given_where_none_was_calibrated(page: str) -> None:
    record = clean(page)
    assert record.confidence is None
    assert explain(Page(page)).measures is None
    # in its JSON all the same: one field more, whatever the page
    assert record.to_dict()["confidence"] is None
    assert Record.from_json(record.to_json()) == record


def test_what_makes_a_text_doubtful_is_said_strongest_first() -> None:
    measures = explain(Page(MUDDLED), Options(pages="all")).measures
    assert measures is not None
    said = doubts(measures)
    curves = packaged_calibrations()["html"].curves
    spoke = sorted(curves[name].value(value) for name, value in measures.values.items())
    assert 1 <= len(said) <= 3
    # of nothing but what speaks against it
    assert len([one for one in spoke if one < 0]) >= len(said)
    assert any("unsure what belongs to the text" in one or "pieces" in one for one in said)
    assert doubts_of(PLAIN) == ()


def test_a_person_s_word_is_beyond_doubt() -> None:
    judged = explain(Page(MUDDLED), Options(pages="all"))
    decisions = tuple(
        Override(item.block.text, "keep" if item.is_kept else "remove")
        for item in judged.labelled
        if item.block.text
    )
    decided = explain(Page(MUDDLED, overrides=decisions), Options(pages="all"))
    assert judged.measures is not None
    assert decided.measures is not None
    assert decided.measures.values["doubt"] < judged.measures.values["doubt"] / 10


def test_an_article_on_several_pages_has_the_mean_of_its_pages_by_length() -> None:
    second = PLAIN.replace(
        SENTENCES[0], "On the second day of the trial the ferry went out twice, with nobody aboard."
    )
    further = Page(second, url="https://port.example/a?page=2")
    joined = clean(Page(PLAIN, url="https://port.example/a", continuations=(further,)))
    first, last = clean(PLAIN).confidence, clean(second).confidence
    assert first is not None
    assert last is not None
    assert joined.joined_pages
    assert joined.confidence is not None
    assert min(first, last) - 0.02 <= joined.confidence <= max(first, last) + 0.02


def test_what_options_keep_and_drop_changes_no_confidence() -> None:
    page = PLAIN.replace(
        "</article>", '<blockquote class="twitter-tweet"><p>We saw it!</p></blockquote></article>'
    )
    assert clean(page).confidence == clean(page, options=Options(drop=("embed",))).confidence


def test_a_curve_goes_straight_between_its_points_and_on_beyond_them() -> None:
    curve = Curve(at=(0.0, 1.0, 3.0), adds=(1.0, 0.0, -4.0), usual=0.5)
    assert [curve.value(one) for one in (-9, 0, 0.5, 1, 2, 3, 99)] == [1, 1, 0.5, 0, -2, -4, -4]


@pytest.mark.parametrize("medium", MEASURED)
def test_the_packaged_calibration_gives_shares_for_whatever_is_measured(medium: Medium) -> None:
    calibration = packaged_calibrations()[medium]
    for value in (0.0, 0.5, 1.0, 1e9):
        measures = Measures(medium, dict.fromkeys(MEASURED[medium], value))
        assert 0 < expected_f1(measures, calibration) < 1
        assert confidence(measures) == round(expected_f1(measures, calibration), 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"doubt": {}}, "a.toml: flattened.measures.doubt needs at, rising, as many adds, and usual"),
        ({"doubt": {"at": [1, 1], "adds": [0, 0]}}, "a.toml: flattened.measures.doubt needs at, rising"),
        ({"links": {"at": [1], "adds": [0]}}, "a.toml: flattened.measures.links: there is no such measure"),
    ],
)
def test_a_wrong_calibration_is_reported(change: dict[str, object], message: str) -> None:
    measures = {name: {"at": [0, 1], "adds": [0, 1], "usual": 0} for name in MEASURED["flattened"]} | change
    with pytest.raises(BadData, match=message):
        read_calibration({"flattened": {"base": 0.0, "measures": measures}}, "flattened", where="a.toml")


def test_measures_are_said_in_words_that_show_their_values() -> None:
    for name, words in WORDS.items():
        is_yes_or_no = name in ("dated", "article")
        assert is_yes_or_no or re.search(r"\b8.*\busually 5", words.format(value=8.0, usual=5.0)), name


SEEDS = sorted((Path(__file__).parents[3] / "seeds" / "pages").glob("*.*"))


def test_pages_of_all_languages_have_a_confidence() -> None:
    records = [clean(path.read_bytes()) for path in SEEDS]
    assert {record.confidence is not None for record in records if record.status in ("ok", "partial")} == {
        True
    }
