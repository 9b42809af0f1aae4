"""Headers as they were received: any case, several times, and whatever a reader of JSON hands over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk import Page, clean
from copydesk.cleaners.markup.headers import content_languages, known_at, license_link, read_headers


@pytest.mark.parametrize(("given_headers", "read"), [
    ({}, {}), ({"Link": "<a>"}, {"link": ("<a>",)}),
    ({"X-Robots-Tag": "noai", "x-robots-tag": "noindex"}, {"x-robots-tag": ("noai", "noindex")}),
    ({"tdm-reservation": 1}, {"tdm-reservation": ("1",)}), ({"tdm-reservation": 0}, {"tdm-reservation": ("0",)}),
    ({"Age": 1.5, "Vary": ["a", 2]}, {"age": ("1.5",), "vary": ("a", "2")}),
    ({"Link": ("<a>", "<b>")}, {"link": ("<a>", "<b>")}), ({"Link": ""}, {}),
    ({"Link": None, "Age": {"a": 1}, "Vary": [None, ["a"], ""]}, {}),
    ({3: "three", None: "none"}, {}),
])  # fmt: skip
def test_names_of_headers_are_lower_case(given_headers: dict[str, object], read: dict[str, object]) -> None:
    assert read_headers(given_headers) == read


def test_a_header_given_very_often_is_cut() -> None:
    assert read_headers({"Link": [f"<{number}>" for number in range(1_000)]})["link"][-1] == "<19>"


VALUES = st.none() | st.integers() | st.text(max_size=6)


@given(st.dictionaries(st.text(max_size=6), VALUES | st.lists(VALUES, max_size=3), max_size=4))
def test_header_names_are_lower_case_and_values_are_not_empty(headers: dict[str, object]) -> None:
    for name, values in read_headers(headers).items():
        assert name == name.lower()
        assert values
        assert all(values)


@pytest.mark.parametrize(("headers", "address"), [
    ({"Link": '<https://a.example/rsl.xml>; rel="license"'}, "https://a.example/rsl.xml"),
    ({"Link": "<https://a.example/rsl.xml>;rel=license"}, "https://a.example/rsl.xml"),
    ({"Link": "<https://a.example/rsl.xml> ; REL = License"}, "https://a.example/rsl.xml"),
    ({"Link": '</rsl.xml>; type="application/rsl+xml"; rel="license"'}, "/rsl.xml"),
    ({"Link": '</style.css>; rel=preload, </rsl.xml>; rel="license"; hreflang=en'}, "/rsl.xml"),
    ({"Link": '</a>; rel="license", </b>; rel="license"'}, "/a"),
    ({"Link": "</style.css>; rel=preload; as=style, </b>; rel=next"}, None),
    # the relation of one link is not that of the link before it
    ({"Link": "</style.css>; as=style, </rsl.xml>; rel=next; title=license"}, None),
    ({"Link": "</a b>; rel=license"}, None), ({"Link": "rel=license"}, None), ({"Link": "<>; rel=license"}, None),
    ({"Link": ""}, None),
    # RFC 8288, 3.3: a link may have several relations, and relations are whole words
    ({"Link": '</terms>; rel="terms-of-service license"'}, "/terms"),
    ({"Link": '</terms>; rel="license terms-of-service"'}, "/terms"),
    ({"Link": "</terms>; rel=license-history"}, None), ({"Link": '</terms>; rel="sublicense"'}, None),
    # a later header, and a hostile one
    ({"Link": ["</a>; rel=next"], "link": "</b>; rel=license"}, "/b"),
    ({"Link": "<a>;" * 100_000 + "rel=license"}, None),
])  # fmt: skip
def test_the_licence_is_that_of_its_own_link(headers: dict[str, object], address: str | None) -> None:
    assert license_link(headers) == address


@pytest.mark.parametrize(("headers", "tags"), [
    ({}, ""), ({"Content-Language": "de"}, "de"), ({"content-language": "de-AT, en"}, "de-AT, en"),
    ({"Content-Language": "de", "CONTENT-LANGUAGE": "fr"}, "de, fr"),
    ({"Content-Language": ["zh-Hant", "en"]}, "zh-Hant, en"),
])  # fmt: skip
def test_every_language_is_named(headers: dict[str, object], tags: str) -> None:
    assert content_languages(headers) == tags


def test_a_text_put_into_the_language_is_no_longer_than_tags_are() -> None:
    assert len(content_languages({"Content-Language": "de, " * 5_000})) == 40


ANSWERED = {"Date": "Sun, 11 Oct 2026 10:00:00 GMT"}


@pytest.mark.parametrize("when", ["<time datetime='{}'>x</time>", "<p class='date'>{}</p>"])
@pytest.mark.parametrize(("day", "found"), [("2031-05-04", None), ("2026-10-11", "2026-10-11")])
def test_no_page_is_of_a_day_after_its_server_sent_it(when: str, day: str, found: str | None) -> None:
    markup = f"<article><h1>The ferry sails again</h1>{when.format(day)}<p>It sails from noon, the port said.</p></article>"
    record = clean(Page(markup, headers=ANSWERED))
    assert record.date_published == found
    assert [date.value for date in record.processing.rejected_dates] == ([] if found else [day])
    assert clean(Page(markup)).date_published == day


@pytest.mark.parametrize(("page", "moment"), [
    (Page("", headers=ANSWERED), "2026-10-11T10:00:00+00:00"),
    (Page("", headers={"date": "11 Oct 2026 10:00 -0000"}), "2026-10-11T10:00:00+00:00"),
    (Page("", headers=ANSWERED, fetched_at="2026-10-12"), "2026-10-12"),
    (Page("", headers={"Date": "soon"}), None),
    (Page("", headers={"Date": "Sun, 11 Oct 2026 10:00:00 GMT" + " " * 99}), None),
    (Page(""), None),
])  # fmt: skip
def test_a_page_was_known_at_its_fetch_or_at_the_time_in_its_headers(page: Page, moment: str | None) -> None:
    assert known_at(page.fetched_at, page.headers) == moment
