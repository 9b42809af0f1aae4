"""Pages that are no article are distinguished from articles that look like them; every sentence composed for this."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from phrase_files import not_found, repeated

from copydesk.cleaners import clean, clean_page
from copydesk.cleaners.errors import BadData
from copydesk.cleaners.judge.judgement import PACKAGED, Judge
from copydesk.cleaners.lexicon.words import languages, lexicon
from copydesk.cleaners.page_kind.page_evidence import declared_types, page_words, read_address
from copydesk.cleaners.page_kind.page_features import packaged_weights, probabilities, read_weights
from copydesk.cleaners.page_kind.page_type import PageKind
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page

SITE = "https://courier.example"
IDS = (
    "not-found",
    "error",
    "captcha",
    "needs-javascript",
    "consent",
    "login",
    "search",
    "category",
    "cart",
    "thread",
)

SENTENCES = (
    "The ferry left the pier at six, as it had on every morning since the war.",
    "Nobody on the council could say who had ordered the second bell, or why it hung there without a rope.",
    "Mrs Alder keeps the key in a tin, and the tin in a drawer that sticks when it rains.",
    "By noon the tide had taken the sandbags, two bicycles and most of the mayor's patience.",
    "The engineer drew the valve on a napkin and said it would hold until spring, if spring was early.",
    "Children counted the herons, and the herons, it seemed, counted the children.",
)


def prose(paragraphs: int) -> str:
    """Paragraphs of about 250 characters."""
    return "".join(
        f"<p>{' '.join(SENTENCES[(place + step) % len(SENTENCES)] for step in range(3))}</p>"
        for place in range(paragraphs)
    )


def page(main: str, *, title: str, language: str = "en", head: str = "", body: str = "") -> str:
    """A page with the menus and the footer every page of a site has."""
    links = "".join(f'<li><a href="/{place}">Part {place}</a></li>' for place in range(8))
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{title} | Harbour Courier</title>'
        f'{head}</head><body class="{body}"><nav><ul>{links}</ul></nav><main>{main}</main>'
        f"<footer><ul>{links}</ul><p>&copy; 2026 Harbour Courier</p></footer></body></html>"
    )


def kind(record: Record) -> str | None:
    """The page type in the reason of a record."""
    return record.reason.partition(":")[0] if record.reason else None


def test_headlines_with_a_sentence_below_each_are_no_article() -> None:
    teasers = "".join(
        f"<div class=story><h2><a href='/town/{n}'>The ferry sails again, part {n}</a></h2>"
        f"<p>Boats leave the quay at {n}, the port said on Monday, and nobody needs a ticket.</p></div>"
        for n in range(12)
    )
    record = clean(f"<html lang=en><title>Town</title><body><h1>Town</h1>{teasers}</body></html>")
    assert (record.status, record.text) == ("rejected", "")
    assert (record.reason or "").startswith("index: 12 cards")


def stays(body: str, url: str = f"{SITE}/2026/04/the-second-bell") -> Record:
    record = clean(body, url=url)
    assert record.status == "ok", record.reason
    return record


def test_a_brief_in_korean_is_no_service_though_its_lines_have_few_letters() -> None:
    brief = (
        "항구의 오래된 종이 월요일 정오에 다시 울렸다. 시장은 밧줄이 없어 손으로 쳤다고 말했다.",
        "종지기는 다음 주부터 매일 아침 여섯 시에 종을 치기로 했다. 배를 타는 사람들이 늦지 않게 하려는 것이다.",
    )
    text = "".join(f"<p>{paragraph}</p>" for paragraph in brief)
    record = stays(page(f"<article><h1>항구의 종</h1>{text}</article>", title="항구의 종", language="ko"))
    assert record.text == "\n\n".join(brief)


def test_a_series_of_pictures_stays_and_its_captions_are_its_text() -> None:
    pictures = "".join(
        f'<h2>{heading}</h2><figure><img src="/{place}.jpg"><figcaption>{SENTENCES[place]} {SENTENCES[place - 1]}'
        "</figcaption></figure>"
        for place, heading in enumerate(("The bell", "The key", "The tide", "The valve"))
    )
    series = f"<article><h1>Four pictures of the harbour</h1>{pictures}</article>"
    record = stays(page(series, title="Four pictures of the harbour"))
    assert all(sentence in record.text for sentence in SENTENCES[:4])
    among = page(f"<article><h1>The second bell</h1>{prose(5)}{pictures}</article>", title="The second bell")
    assert SENTENCES[3] + " " + SENTENCES[2] in " ".join(image.caption or "" for image in stays(among).images)


def test_a_short_article_the_network_thinks_nothing_of_stays_if_trafilatura_finds_its_paragraph() -> None:
    network = PACKAGED.html()
    doubting = Judge(lambda: replace(network, keep_bias=network.keep_bias - 7), PACKAGED.lines)

    def judged(main: str) -> Record:
        body = page(f"<h1>The bell is back</h1>{main}", title="The bell is back")
        return clean_page(Page(body, f"{SITE}/2026/08/the-bell-is-back"), judge=doubting)

    found = judged(f"<p>{SENTENCES[1]} {SENTENCES[2]}</p>")
    assert (found.status, found.text) == ("ok", f"{SENTENCES[1]} {SENTENCES[2]}")
    # its vote on what is no prose does not count
    assert (
        kind(judged(f"<ul>{''.join(f'<li>{word}</li>' for word in SENTENCES[0].split())}</ul>"))
        == "no_article"
    )


def test_what_is_taken_for_a_correction_of_nothing_is_the_text() -> None:
    network = PACKAGED.html()
    bias = network.label_bias.copy()
    bias[network.labels.index("correction")] += 20
    text = " ".join(SENTENCES[1:3])
    body = page(f"<h1>The bell is back</h1><p>{text}</p>", title="The bell is back")
    record = clean_page(
        Page(body, f"{SITE}/2026/08/the-bell-is-back"),
        judge=Judge(lambda: replace(network, label_bias=bias), PACKAGED.lines),
    )
    assert (record.status, record.text) == ("ok", text)


@pytest.mark.parametrize(("markup", "script", "open_graph", "types"), [
    ('<div itemscope itemtype="https://schema.org/Product http://schema.org/Offer/">', '{"@type": ["NewsArticle"], "author": {"@type" : "schema:Person"}}', ["Article"], {"og:article", "product", "offer", "newsarticle", "person"}),
    ("", '{"@type": [ "WebPage" , "NewsArticle","https://schema.org/Thing" ], "author": ["Ann Poe"]}', [], {"webpage", "newsarticle", "thing"}),
    ("", '{"@type": "WebPage", "product": "Oilskin jacket", "offer": "Ten days"}', [], {"webpage"}),
    ("", '{"@type": ["WebPage"], "product": "Oilskin jacket", "offer": "Ten days"}', [], {"webpage"}),
], ids=["all three places", "several in a list", "a key behind a type", "a key behind a list"])  # fmt: skip
def test_declared_types(markup: str, script: str, open_graph: list[str], types: set[str]) -> None:
    assert declared_types(markup=markup, scripts=[script], open_graph=open_graph) == types


@given(st.text(max_size=120))
def test_any_address_can_be_read(url: str) -> None:
    assert "" not in read_address(url).words


def test_an_address_is_cut_into_its_words() -> None:
    address = read_address("https://forum.example.org/Threads/old-rope.12.html?q=rope")
    assert address.folders == ("threads", "old-rope.12.html")
    assert {"threads", "old-rope.12", "forum"} == address.words
    assert address.queries == {"q"}


def test_probabilities_add_up_and_know_every_kind() -> None:
    weights = packaged_weights()
    chances = probabilities(dict.fromkeys(weights.measures, 0.5), weights)
    assert sum(chances.values()) == pytest.approx(1)
    assert set(chances) - {"list"} <= {str(item) for item in PageKind}


@pytest.mark.parametrize(("change", "named"), [
    ({"kinds": ["product"]}, "expected kinds"), ({"bias": [0.0]}, "a bias for each"),
    ({"measures": {"is_dated": {"mean": 0, "scale": 0, "weights": [1, 2]}}}, "is_dated"),
    ({"measures": {"colour": {"mean": 0, "scale": 1, "weights": [1, 2]}}}, "colour"),
])  # fmt: skip
def test_a_wrong_weights_file_is_named_with_what_is_wrong(change: dict[str, object], named: str) -> None:
    good: dict[str, object] = {"kinds": ["article", "list"], "bias": [0.0, 0.0], "measures": {}}
    read_weights(good, where="weights.toml")
    with pytest.raises(BadData, match=r"weights\.toml") as caught:
        read_weights(good | change, where="weights.toml")
    assert named in str(caught.value)


def test_the_words_are_lower_case() -> None:
    for table in page_words().values():
        assert all(word == word.lower() for words in table.values() for word in words)


@pytest.mark.parametrize("code", languages())
def test_every_language_has_phrases_for_every_kind_of_page(code: str) -> None:
    ids = [f"page.{name}" for name in IDS]
    assert set(ids) <= set(lexicon(code).phrases)
    assert repeated(code, ids) == []


@pytest.mark.parametrize("code", languages())
def test_every_phrase_of_a_page_is_found_where_it_should_be(code: str) -> None:
    assert not_found(code, [f"page.{name}" for name in IDS]) == []
