"""What feeds and sitemaps are made of: packed bytes, text, a prolog, references, links."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from copydesk.flows.fetching.http.documents import (
    text_of,
    web_link,
    with_known_references,
    without_gzip,
    without_prolog,
)
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched

BASE = "https://paper.example/news/feed.xml?page=1"


def page(body: bytes) -> Fetched:
    return Fetched(BASE, 200, {}, body, datetime(2026, 11, 1, tzinfo=UTC))


def test_a_packed_file_is_inflated_and_another_left_alone() -> None:
    body = b"<urlset/>" * 100
    packed = without_gzip(page(gzip.compress(body)), most=10_000)
    assert isinstance(packed, Fetched)
    assert (packed.body, packed.url) == (body, BASE)
    plain = page(body)
    assert without_gzip(plain, most=10) is plain


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (gzip.compress(b"x" * 10_001), "too_large"),
        (gzip.compress(b"page " * 100)[:-3], "truncated"),
        (gzip.compress(b"page " * 100)[:-8] + b"\0" * 8, "damaged"),
        (b"\x1f\x8b\x08", "truncated"),
    ],
)
def test_a_packed_file_that_is_none_is_reported(body: bytes, reason: str) -> None:
    found = without_gzip(page(body), most=10_000)
    assert isinstance(found, NotFetched)
    assert (found.url, found.reason) == (BASE, reason)


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("<a>grün</a>".encode(), None, "<a>grün</a>"), ("\ufeff<a>grün</a>".encode(), None, "<a>grün</a>"),
        ("<?xml version='1.0' encoding='iso-8859-1'?><a>grün</a>".encode("latin-1"), None, "grün"),
        ("<a>grün und schön für alle</a>".encode("latin-1"), "text/xml; charset=iso-8859-1", "grün und schön"),
        ("<?xml version='1.0'?><a>夜の列車</a>".encode("utf-16-le"), None, "夜の列車"),
        ("<?xml version='1.0'?><a>夜の列車</a>".encode("utf-16-be"), None, "夜の列車"),
        ("<?xml version='1.0'?><a>夜の列車</a>".encode("utf-16"), None, "夜の列車"),
        (b"<a>a long line of words\x1b and more of them</a>", None, "<a>a long line of words and more of them</a>"),
        ("<a>\ufffe\uffff</a>".encode(), None, "<a></a>"),
    ],
)  # fmt: skip
def test_bytes_become_text_without_what_xml_forbids(body: bytes, content_type: str | None, text: str) -> None:
    assert text in text_of(body, content_type)


def test_a_long_document_is_read_by_the_encoding_of_a_part_of_it() -> None:
    start, end = "<item>plain</item>\n" * 30_000, "<item>Grüße für die schöne Straße, heißt es</item>\n" * 200
    assert text_of((start + end).encode("cp1252"), None).endswith(end)
    assert text_of((start + end).encode(), None) == start + end


@pytest.mark.parametrize(
    ("text", "rest", "doctype"),
    [
        ("<rss/>", "<rss/>", ""),
        (" \ufeff\n<?xml version='1.0'?>\n<!-- a --><rss/>", "<rss/>", ""),
        ("<!DOCTYPE rss><rss/>", "<rss/>", "<!DOCTYPE rss>"),
        ("<!doctype rss SYSTEM 'x.dtd'>\n<?pi?><rss/>", "<rss/>", "<!doctype rss SYSTEM 'x.dtd'>"),
        ("<!DOCTYPE rss [<!ENTITY a 'b'> <!ENTITY c SYSTEM 'file:///etc/passwd'>]><rss>&c;</rss>", "<rss>&c;</rss>",
         "<!DOCTYPE rss [<!ENTITY a 'b'> <!ENTITY c SYSTEM 'file:///etc/passwd'>]>"),
        ("", "", ""),
        ("words", "words", ""),
    ],
)  # fmt: skip
def test_no_parser_sees_what_is_before_the_first_element(text: str, rest: str, doctype: str) -> None:
    assert without_prolog(text) == (rest, doctype)


@pytest.mark.parametrize("text", ["<?xml", "<!-- a --", "<!DOCTYPE rss [<!ENTITY", "<?a?><!--"])
def test_what_does_not_end_is_reported(text: str) -> None:
    with pytest.raises(ValueError, match="does not end"):
        without_prolog(text)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("A & B", "A &amp; B"), ("A &amp; B &lt; C", "A &amp; B &lt; C"),
        ("caf&eacute; &nbsp;&hellip;", "café \xa0…"), ("&nosuch; &Uuml", "&amp;nosuch; &amp;Uuml"),
        ("&#8211;&#x2013;", "&#8211;&#8211;"), ("&#0;&#31;&#xD800;&#xFFFE;&#x110000;&#9;", "&#9;"),
        ("&&amp;&&&#65;", "&amp;&amp;&amp;&amp;&#65;"), ("&ampere;", "&amp;ampere;"), ("&LT;", "&lt;"),
        ("<![CDATA[a & b &eacute;]]> & <![CDATA[&]]>", "<![CDATA[a & b &eacute;]]> &amp; <![CDATA[&]]>"),
        ("<![CDATA[& never ends", "<![CDATA[& never ends"),
    ],
)  # fmt: skip
def test_every_reference_is_one_that_xml_knows(text: str, known: str) -> None:
    assert with_known_references(text) == known


@given(
    st.lists(
        st.sampled_from(
            ["&", "&amp;", "&#6", "5;", "&#x41;", "é", "&eacute;", ";", "&#0;", "x", "&quot;", "&#1114112;"]
        )
    )
)
def test_what_is_mended_is_well_formed_and_stays_so(pieces: list[str]) -> None:
    mended = with_known_references("".join(pieces))
    etree.fromstring(f"<a>{mended}</a>")
    assert with_known_references(mended) == mended


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/a", "https://paper.example/a"), ("b?c#d", "https://paper.example/news/b?c"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("  https://other.example/a b  ", "https://other.example/a%20b"),
        ("../../../x", "https://paper.example/x"),
        ("http://paper.example:8080/", "http://paper.example:8080/"),
        ("#top", "https://paper.example/news/feed.xml?page=1"), ("", None), ("   ", None), (None, None),
        (7, None), ("mailto:a@paper.example", None), ("javascript:alert(1)", None),
        ("ftp://paper.example/", None), ("https:///a", None), ("https://paper.example:0/", None),
        ("https://paper.example:port/", None), ("http://[fd00::1/", None),
        ("/a\nb", "https://paper.example/ab"), ("///a", None), ("HTTPS:///a", None), ("http:///a", None),
        ('/a"b', None), ("/a<b>", None), ("/a\\b", None), ("/a\ud800", None), ("/" + "x" * 4_000, None),
        ("/" + "x" * 3_970, "https://paper.example/" + "x" * 3_970),
    ],
)  # fmt: skip
def test_a_link_is_an_address_on_the_web_or_nothing(link: object, url: str | None) -> None:
    assert web_link(BASE, link) == url


@given(st.text(max_size=60))
def test_any_link_is_one_that_can_be_requested_or_nothing(link: str) -> None:
    found = web_link(BASE, link)
    if found is not None:
        assert found.startswith(("http://", "https://"))
        assert not any(char.isspace() or ord(char) < 32 or char in '<>"\\' for char in found)
        assert "#" not in found
        assert web_link("", found) == found
