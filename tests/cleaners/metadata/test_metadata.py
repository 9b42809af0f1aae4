"""Metadata of whole pages, through the one function that finds it."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html
from rfc_3339 import is_rfc_3339

from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.jsonld import MAX_FIELD_CHARS
from copydesk.cleaners.metadata import origins
from copydesk.cleaners.metadata.credits import authors_of
from copydesk.cleaners.metadata.evidence import Evidence
from copydesk.cleaners.metadata.origins import ORIGINS, find_early, find_metadata
from copydesk.cleaners.metadata.title_vote import Title, Voice, rank_titles
from copydesk.cleaners.types import (
    Announced,
    Block,
    Candidate,
    Kind,
    Label,
    Labelled,
    Metadata,
    Page,
    SiteSignal,
    Verdict,
)

URL = "https://www.harbourpost.example/2026/03/14/ferry"
CLEANERS = Path(origins.__file__).parents[1]
DATES = ("date_published", "date_modified")


def metadata_of(markup: str, *, url: str | None = URL) -> Metadata:
    return of_tree(html.document_fromstring(markup), url=url)


def of_tree(root: etree._Element, *, url: str | None) -> Metadata:
    return find_metadata(evidence_of(root, etree.tostring(root, encoding="unicode"), url=url))


def evidence_of(
    root: etree._Element, markup: str, *, url: str | None = None, labelled: Sequence[Labelled] = ()
) -> Evidence:
    of_page = Page(body=markup, url=url)
    declared = Declared(root, markup=markup, url=url)
    return Evidence(of_page, declared, find_early(declared, of_page), labelled, language="en")


def page(head: str = "", body: str = "", *, lang: str = "en") -> str:
    return f'<!DOCTYPE html><html lang="{lang}"><head>{head}</head><body>{body}<p>The ferry sails again.</p></body></html>'


def json_ld(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def best(metadata: Metadata, field: str) -> str | None:
    found = metadata.best(field)
    return found.value if found else None


def names(metadata: Metadata) -> list[str]:
    return [candidate.value for candidate in metadata.all("author")]


def article(**more: object) -> dict[str, Any]:
    return {"@type": "NewsArticle", "headline": "Ferry sails again", **more}


class TestStructuredData:
    def test_very_long_structured_data_is_not_read(self) -> None:
        long = article(author="Una Platt", articleBody="x" * 1_000_001)
        assert names(metadata_of(page(json_ld(long)))) == []

    def test_long_values_are_cut(self) -> None:
        head = (
            json_ld(article(description="word " * 5_000)) + f'<meta name="subtitle" content="{"x" * 9_000}">'
        )
        found = metadata_of(page(head))
        assert len(best(found, "description") or "") == MAX_FIELD_CHARS - 1
        assert len(best(found, "subtitle") or "") == MAX_FIELD_CHARS


class TestTitles:
    def test_other_titles_stay_as_candidates(self) -> None:
        head = (
            '<title>Ferry back | Harbour Post</title><meta property="og:title" content="The ferry returns">'
        )
        found = metadata_of(page(head, "<h1>The ferry returns</h1>"))
        assert [(candidate.value, candidate.origin) for candidate in found.all("title")] == [
            ("The ferry returns", "text:h1"),
            ("Ferry back", "head:title"),
        ]


class TestHeadline:
    """Where a page's titles differ: what the reader sees as the headline is taken."""

    @given(
        st.lists(
            st.sampled_from(["Ferry sails", "Pier: Ferry sails", "Log in", "渡船再開", "- | -", ""]),
            max_size=6,
        )
    )
    def test_a_title_is_always_one_of_the_pages_own(self, texts: list[str]) -> None:
        offered = [Title(text, "text:h1", voice) for text, voice in zip(texts, Voice, strict=False)]
        found = rank_titles(offered, url=URL)
        assert {item.value for item in found} <= set(texts)
        assert bool(found) == any(any(char.isalnum() for char in text) for text in texts)


class TestOtherFields:
    def test_addresses_start_from_the_base(self) -> None:
        head = '<base href="https://cdn.example/a/"><meta property="og:image" content="b.jpg"><meta name="image" content="data:x">'
        assert [candidate.value for candidate in metadata_of(page(head)).all("image")] == [
            "https://cdn.example/a/b.jpg"
        ]

    def test_an_empty_page_has_no_metadata(self) -> None:
        assert dict(metadata_of("<p>x</p>", url=None).candidates) == {}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | st.just(URL),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["@type", "@id", "@graph", "@value", "headline", "author", "name", "url", "sameAs", "datePublished", "image",
             "dateModified", "keywords", "publisher", "license", "isAccessibleForFree", "mainEntityOfPage", "inLanguage"]
        ),
        inner | st.sampled_from(["NewsArticle", "WebPage", "Person", "2024-05-03T10:00:00Z", "By Una Platt", "x" * 400]),
        max_size=6,
    ),
    max_leaves=20,
)  # fmt: skip


class TestLaws:
    @pytest.mark.slow
    @given(json_values)
    @settings(max_examples=40)
    def test_any_json_is_survived(self, value: Any) -> None:
        check(metadata_of(page(json_ld(value))))
        check(
            metadata_of(
                page(json_ld({"@type": "Article", "author": value, "datePublished": value, "image": value}))
            )
        )

    @pytest.mark.slow
    @given(st.text(max_size=120))
    @settings(max_examples=40)
    def test_any_text_anywhere_is_survived(self, text: str) -> None:
        root = html.document_fromstring(
            page("<title>t</title>", "<h1>h</h1><time>t</time><p class='byline'>b</p>")
        )
        legal = "".join(char for char in text if char.isprintable())
        for element in root.iter("title", "h1", "time", "p"):
            element.text = legal
        for name in ("author", "date", "og:title", "keywords", "og:image", "og:locale", "og:url"):
            etree.SubElement(root.head, "meta", name=name, content=legal)
        etree.SubElement(root.head, "script", type="application/ld+json").text = legal
        before = etree.tostring(root)
        check(of_tree(root, url=legal))
        assert etree.tostring(root) == before


def check(metadata: Metadata) -> None:
    for field in DATES:
        for candidate in metadata.all(field):
            assert is_rfc_3339(candidate.value)
    assert all(
        candidate.value and candidate.value == candidate.value.strip() for candidate in metadata.all("title")
    )
    assert all(candidate.value.startswith(("http://", "https://")) for candidate in metadata.all("image"))
    assert len(authors_of(metadata)) == len(metadata.all("author"))


class TestOrigins:
    """One list defines where each field comes from, best first."""

    def test_each_origin_gives_way_to_the_better_ones_above_it(self) -> None:
        node = {
            "@type": "NewsArticle", "headline": "Ferry", "author": "Una Platt", "license": "https://a.example/node",
        }  # fmt: skip
        head = f'<meta name=author content="Carl Ode"><link rel=license href="https://a.example/link">{json_ld(node)}'
        footer = Block(0, Kind.PARAGRAPH, "All text is licensed CC BY 4.0.")
        source = Page(
            body="",
            url=URL,
            headers={"Link": '<https://a.example/header>; rel="license"', "Content-Language": "de"},
            signals=(SiteSignal("robots.txt", "license", "https://a.example/site"),),
            announced=Announced(
                "feed", title="Ferry, as listed", authors=("Dora Finn",), published="2026-03-10"
            ),
        )
        labelled = (Labelled(footer, (Verdict(Label.COPYRIGHT, "test", "test"),)),)

        def found(markup: str) -> Metadata:
            declared = Declared(html.document_fromstring(markup), markup=markup, url=URL)
            return find_metadata(
                Evidence(source, declared, find_early(declared, source), labelled, language="en")
            )

        whole, bare = found(page(head, "<h1>Ferry</h1>")), found("<p>The ferry sails again.</p>")
        assert [candidate.origin for candidate in whole.all("license")] == ["json-ld", "link:license"]
        assert [candidate.origin for candidate in bare.all("license")] == ["header:link"]
        assert [author.origin for author in whole.all("author")] == ["json-ld"]
        assert [author.origin for author in bare.all("author")] == ["feed:author"]
        assert [candidate.origin for candidate in bare.all("date_published")] == [
            "url",
            "feed:date_published",
        ]
        assert (best(whole, "title"), whole.all("title")[-1].origin) == ("Ferry", "feed:title")
        assert bare.best("language") == Candidate("de", "header:content-language")

    @pytest.mark.slow
    def test_no_field_is_filled_elsewhere(self) -> None:
        documented = set(
            (Metadata.__doc__ or "").partition("Fields: ")[2].replace("\n", " ").strip(". ").split(", ")
        )
        makers = {
            file.relative_to(CLEANERS).as_posix()
            for file in CLEANERS.rglob("*.py")
            for node in ast.walk(ast.parse(file.read_text("utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Metadata"
        }
        assert makers == {"metadata/evidence.py", "metadata/origins.py"}
        listed = {origin.field for origin in ORIGINS}
        assert listed == {" ".join(name.split()) for name in documented}
