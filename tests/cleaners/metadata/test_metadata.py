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
from copydesk.cleaners.metadata.authors import split_authors
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


def og_title(title: str) -> str:
    return f'<meta property="og:title" content="{title}">'


HARBOUR_POST = '<meta property="og:site_name" content="Harbour Post">'
AGAIN = json_ld(article(headline="The ferry sails again"))
HEADLINES = {
    "a heading with the site's name": ("<title>Ferry sails again</title>" + HARBOUR_POST, "<h1>Harbour Post</h1>", "Ferry sails again"),
    "a text set as title": (f"<title>{'x' * 600}</title>", "<h1>Ferry sails again</h1>", "Ferry sails again"),
    "a kicker inside the heading": (og_title("Ferry sails again after two years"), "<h1><span>Harbour</span> <span>Ferry sails again after two years</span></h1>", "Ferry sails again after two years"),
    "structured data against a text for previews": (json_ld(article(headline="Ferry sails again after two years")) + og_title("You will not believe what sails again"), "", "Ferry sails again after two years"),
    "a heading in the trail of links": (AGAIN, '<ul class="breadcrumbs"><li><h1>Ferry, harbour, pier: everything</h1></li></ul>', "The ferry sails again"),
    "another heading of the template": (og_title("The ferry sails again") + "<title>The ferry sails again</title>", "<h1>Log in</h1><h1>The ferry sails again</h1>", "The ferry sails again"),
    "different kickers": (og_title("On the sound: the ferry sails again"), "<h1>Harbour News - the ferry sails again</h1>", "the ferry sails again"),
    "a kicker that the site leaves out": (AGAIN + og_title("The ferry sails again"), "<h1>Harbour: The ferry sails again</h1>", "The ferry sails again"),
    "a kicker that the site repeats": (AGAIN + og_title("Harbour: The ferry sails again"), "<h1>Harbour: The ferry sails again</h1>", "Harbour: The ferry sails again"),
    "capitals": (og_title("The ferry sails again"), "<h1>THE FERRY SAILS AGAIN</h1>", "The ferry sails again"),
}  # fmt: skip
SIGNED = {
    "a person before the site": (json_ld(article(author={"@type": "Organization", "name": "Harbour Post"})) + HARBOUR_POST + '<meta name="author" content="Una Platt">', "", ["Una Platt"]),
    "an organisation before nobody": (json_ld(article(author={"@type": "Organization", "name": "Coast Press Agency"})), "", ["Coast Press Agency"]),
    "the site with its home": (HARBOUR_POST + '<meta name="author" content="Harbour Post, Westport, Fjordland">', "", ["Harbour Post"]),
    "buttons, teasers and comments": ("", """<h1>Ferry</h1><div class="author-tools"><button>Share</button><span>Read more</span></div>
        <aside><span class="byline">By Nora Bell</span></aside><div class="comments"><span class="author">Sam Troll</span></div>""", []),
}  # fmt: skip


class TestStructuredData:
    def test_every_field_of_an_article(self) -> None:
        found = metadata_of(
            page(
                json_ld(
                    article(
                        alternativeHeadline="After two years",
                        description="The pier is mended.",
                        articleSection="Harbour",
                        keywords=["ferry", "pier"],
                        author={"@type": "Person", "name": "Una Platt", "url": "/people/una"},
                        publisher={"@type": "Organization", "name": "Harbour Post"},
                        datePublished="2026-03-14T08:00:00+01:00",
                        dateModified="2026-03-15T09:00:00Z",
                        inLanguage="en-GB",
                        image=[{"@type": "ImageObject", "url": "/ferry.jpg"}],
                        license="https://licence.example/by",
                        isAccessibleForFree="False",
                    )
                )
            )
        )
        assert {field: best(found, field) for field in found.candidates} == {
            "title": "Ferry sails again", "subtitle": "After two years", "description": "The pier is mended.",
            "section": "Harbour", "site_name": "Harbour Post", "author": "Una Platt",
            "date_published": "2026-03-14T08:00:00+01:00", "date_modified": "2026-03-15T09:00:00+00:00",
            "language": "en", "image": "https://www.harbourpost.example/ferry.jpg", "tag": "ferry",
            "license": "https://licence.example/by", "is_accessible_for_free": "false",
        }  # fmt: skip
        assert found.best("author").url == "https://www.harbourpost.example/people/una"  # type: ignore[union-attr]
        assert {found.best(field).origin for field in ("title", "author", "tag", *DATES)} == {"json-ld"}  # type: ignore[union-attr]

    def test_references_inside_a_graph_are_followed(self) -> None:
        about = {"@type": "WebPage", "@id": URL, "datePublished": "2026-03-14"}
        mine = article(author={"@id": "#una"}, mainEntityOfPage={"@id": URL})
        una = {"@type": "Person", "@id": "#una", "name": "Una Platt"}
        found = metadata_of(page(json_ld({"@graph": [about, mine, una]})))
        assert (names(found), best(found, "date_published")) == (["Una Platt"], "2026-03-14")

    def test_of_several_articles_the_one_about_this_page_is_taken(self) -> None:
        others = [
            article(headline=f"Story {n}", author=f"Nora Bell{'s' * n}", url=f"/s{n}") for n in range(3)
        ]
        mine = article(author="Una Platt", url=URL)
        assert names(metadata_of(page(json_ld([*others, mine]), "<h1>Ferry sails again</h1>"))) == [
            "Una Platt"
        ]

    def test_a_list_of_teasers_is_not_the_page(self) -> None:
        teasers = [article(headline=f"Other story {n}", datePublished="2020-01-01") for n in range(3)]
        listed = page("<title>All stories</title>" + json_ld(teasers))
        found = metadata_of(listed, url="https://a.example/all")
        assert (best(found, "date_published"), best(found, "title")) == (None, "All stories")

    @pytest.mark.parametrize("script", [
        '{"@type": "NewsArticle", "headline": "Ferry sails again", "author": "Una Platt",}',
        '{"@type": "NewsArticle", "headline": "Ferry sails again", "description": "Two\nlines", "author": "Una Platt"}',
        '<!-- {"@type": "NewsArticle", "headline": "Ferry sails again", "author": "Una Platt"} -->',
        '//<![CDATA[\n{"@type": "NewsArticle", "headline": "Ferry sails again", "author": "Una Platt"}\n//]]>',
        '{"@type": "Organization", "name": "X"}{"@type": "NewsArticle", "author": "Una Platt"};',
    ])  # fmt: skip
    def test_broken_scripts_are_read_where_that_is_cheap(self, script: str) -> None:
        assert names(metadata_of(page(f'<script type="application/ld+json">{script}</script>'))) == [
            "Una Platt"
        ]

    def test_very_long_structured_data_is_not_read(self) -> None:
        long = article(author="Una Platt", articleBody="x" * 1_000_001)
        assert names(metadata_of(page(json_ld(long)))) == []

    def test_controls_and_halves_of_characters_are_dropped(self) -> None:
        node = r'{"@type":"NewsArticle","headline":"Ferry \ud83d\u0081sails\u0001 \ud83d\ude00","author":"Una Platt"}'
        found = metadata_of(page(f'<script type="application/ld+json">{node}</script>'))
        assert best(found, "title") == "Ferry sails 😀"

    def test_long_values_are_cut(self) -> None:
        head = (
            json_ld(article(description="word " * 5_000)) + f'<meta name="subtitle" content="{"x" * 9_000}">'
        )
        found = metadata_of(page(head))
        assert len(best(found, "description") or "") == MAX_FIELD_CHARS - 1
        assert len(best(found, "subtitle") or "") == MAX_FIELD_CHARS

    def test_microdata_serves_where_there_is_no_json(self) -> None:
        body = """<div itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">Ferry sails again</h1>
            <span itemprop="author" itemscope itemtype="https://schema.org/Person"><a itemprop="url" href="/una">
            <span itemprop="name">Una Platt</span></a></span>
            <meta itemprop="datePublished" content="2026-03-14"></div>"""
        found = metadata_of(page(body=body))
        assert [(a.name, a.url) for a in authors_of(found)] == [
            ("Una Platt", "https://www.harbourpost.example/una")
        ]
        assert found.all("date_published")[0].origin == "microdata"

    def test_teasers_in_microdata_are_not_the_page(self) -> None:
        teaser = """<div itemscope itemtype="https://schema.org/Article"><a href="/{0}">Story {0}</a>
            <span itemprop="author">Nora Bell</span><meta itemprop="datePublished" content="2020-01-0{0}"></div>"""
        head = '<meta name="author" content="Una Platt"><meta name="date" content="2026-03-14">'
        found = metadata_of(page(head, "<h1>Ferry sails again</h1>" + "".join(map(teaser.format, "123"))))
        assert (names(found), best(found, "date_published")) == (["Una Platt"], "2026-03-14")


class TestTitles:
    @pytest.mark.parametrize(("title", "site", "expected"), [
        ("Ferry sails again | Harbour Post", "Harbour Post", "Ferry sails again"),
        ("Ferry sails again – News – Harbour Post", "Harbour Post", "Ferry sails again – News"),
        ("渡船が再開｜港新聞", "港新聞", "渡船が再開"), ("渡轮复航_港口网", "港口网", "渡轮复航"), ("연락선 다시 운항-항구일보", "항구일보", "연락선 다시 운항"),
        ("Паром снова ходит — Портовая газета", "Портовая газета", "Паром снова ходит"),
    ])  # fmt: skip
    def test_only_the_sites_name_is_cut(self, title: str, site: str, expected: str) -> None:
        head = f'<title>{title}</title><meta property="og:site_name" content="{site}">'
        assert best(metadata_of(page(head)), "title") == expected

    def test_the_heading_shows_what_is_headline(self) -> None:
        found = metadata_of(page("<title>Ferry - a history - Coast</title>", "<h1>Ferry - a history</h1>"))
        assert best(found, "title") == "Ferry - a history"
        assert best(found, "site_name") == "Coast"

    @pytest.mark.parametrize("name", ["menu-title", "site-title", "navbar-brand h4", "logo__title"])
    def test_a_heading_marked_as_the_sites_has_the_name_of_the_site(self, name: str) -> None:
        body = f'<h1 class="{name}">The Ferry Book</h1><main><h2>How it sails</h2></main>'
        found = metadata_of(page("<title>How it sails - The Ferry Book</title>", body))
        assert (best(found, "title"), best(found, "site_name")) == ("How it sails", "The Ferry Book")

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

    def test_the_heading_outweighs_copies_of_one_declaration(self) -> None:
        head = json_ld(article(headline="Ferry times: full guide"))
        head += '<title>Ferry times: full guide</title><meta property="og:title" content="Ferry times: full guide">'
        found = metadata_of(page(head, "<h1>When does the ferry sail this spring?</h1>"))
        assert best(found, "title") == "When does the ferry sail this spring?"
        assert "Ferry times: full guide" in [candidate.value for candidate in found.all("title")]

    @pytest.mark.parametrize("case", HEADLINES)
    def test_the_headline_of_a_page(self, case: str) -> None:
        head, body, title = HEADLINES[case]
        assert best(metadata_of(page(head, body)), "title") == title

    def test_a_subheading_with_the_declared_title_is_the_headline(self) -> None:
        head = '<title>Ferry harbour pier news</title><meta property="og:title" content="The ferry sails again at last">'
        body = "<h1>Ferry harbour pier news</h1><h2><span>Harbour</span> <span>The ferry sails again at last</span></h2>"
        found = metadata_of(page(head, body), url=None).best("title")
        assert found == Candidate("The ferry sails again at last", "text:h2")

    @pytest.mark.parametrize(
        ("slug", "expected"),
        [("old-pier-closes-today", "Old pier closes today"), ("x", "The pier, a farewell")],
    )
    def test_the_url_decides_between_titles(self, slug: str, expected: str) -> None:
        head = '<title>Old pier closes today</title><meta property="og:title" content="The pier, a farewell">'
        assert best(metadata_of(page(head), url=f"https://a.example/{slug}"), "title") == expected

    def test_korean_words_relate_a_heading_to_its_title(self) -> None:
        head = '<title>연락선 두 해 만에 다시 운항</title><meta property="og:title" content="연락선 두 해 만에 다시 운항">'
        found = metadata_of(
            page(head, "<h1>로그인</h1><h1>연락선, 두 해 만에 다시 운항 시작</h1>", lang="ko"), url=None
        )
        assert best(found, "title") == "연락선, 두 해 만에 다시 운항 시작"

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


class TestAuthors:
    @pytest.mark.parametrize(("text", "language", "expected"), [
        ("By Una Platt, Carl Ode and Mia Ruiz", "en", ("Una Platt", "Carl Ode", "Mia Ruiz")),
        ("Von Anna Schmid und Jörg Wahl", "de", ("Anna Schmid", "Jörg Wahl")),
        ("Par Marie Dupin et Luc Carré", "fr", ("Marie Dupin", "Luc Carré")),
        ("Por Ana Rey y Juan Mota", "es", ("Ana Rey", "Juan Mota")),
        ("山田太郎、鈴木花子", "ja", ("山田太郎", "鈴木花子")), ("记者 王小明 李四光", "zh", ("王小明", "李四光")), ("김하나 기자", "ko", ("김하나",)),
        ("Una Platt, Harbour Editor", "en", ("Una Platt",)), ("Una Platt, PhD, MD", "en", ("Una Platt",)),
        ("Tom Ode, Jr., and Ann Lee", "en", ("Tom Ode Jr.", "Ann Lee")),
        ("Platt, Una", "en", ("Una Platt",)),
        ("Una Platt (una@post.example) @unap https://post.example/una", "en", ("Una Platt",)),
        ("Una Platt | March 14, 2026 | 5 min read", "en", ("Una Platt",)),
        ("Von der Weide", "de", ("Von der Weide",)), ("Ludwig van der Berg", "de", ("Ludwig van der Berg",)),
        ("Harbour Post", "en", ()), ("admin", "en", ()),
        # an agency beside names is where they work, alone it signs
        ("By Una Platt and Tom Bell, Reuters", "en", ("Una Platt", "Tom Bell")),
        ("Von Una Platt, dpa", "de", ("Una Platt",)), ("By Reuters", "en", ("Reuters",)),
        ("March 14, 2026", "en", ()),
        # buttons, counters and credits of pictures
        ("Zeit und Ort:", "de", ()), ("Beitrag", "de", ()), ("Zur Artikelübersicht", "de", ()),
        ("3 Kommentare", "de", ()), ("© Una Platt", "en", ()), ("作者：", "ja", ()),
        # sentences
        ("保存は会員限定です", "ja", ()), ("ログインしてください", "ja", ()), ("구독 후 이용하실 수 있습니다", "ja", ()),
    ])  # fmt: skip
    def test_a_byline_is_cut_into_names(self, text: str, language: str, expected: tuple[str, ...]) -> None:
        assert split_authors(text, language=language, site_names=("Harbour Post",)) == expected

    @pytest.mark.parametrize(("body", "expected"), [
        ("<h1>Ferry</h1><p>By</p><p>The Harbour Team</p><p>Pier Life</p>", ["The Harbour Team"]),
        ('<h1>Ferry</h1><p class="byline">By Harbour Post</p>', ["Harbour Post"]),
        ('<h1>Ferry</h1><p class="byline">By Una Platt, HP Coast</p>', ["Una Platt"]),
    ])  # fmt: skip
    def test_a_team_or_the_site_signs_where_nobody_else_does(self, body: str, expected: list[str]) -> None:
        found = metadata_of(
            page('<meta property="og:site_name" content="Harbour Post">', body), url="https://hp.example/x"
        )
        assert names(found) == expected

    @pytest.mark.parametrize("case", SIGNED)
    def test_who_signs_a_page(self, case: str) -> None:
        head, body, expected = SIGNED[case]
        assert names(metadata_of(page(head, body))) == expected


class TestBylinesInTheText:
    """Where the page declares nobody but its site, the text is read."""

    PROSE = "The ferry crossed the sound at nine in the morning, for the first time in two years, with all its old crew aboard."

    def signed(self, line: str, *, declared: str = "Harbour Post") -> list[str]:
        blocks = [
            Block(place, Kind.PARAGRAPH, text) for place, text in enumerate((line, self.PROSE + self.PROSE))
        ]
        labelled = [Labelled(block, (Verdict(Label.PARAGRAPH, "test", "test"),)) for block in blocks]
        markup = page(
            f'<meta property="og:site_name" content="Harbour Post"><meta name=author content="{declared}">'
        )
        return names(find_metadata(evidence_of(html.document_fromstring(markup), markup, labelled=labelled)))

    @pytest.mark.parametrize(("line", "expected"), [
        ("Una Platt", ["Una Platt"]), ("Una Platt/Carl Ode", ["Una Platt", "Carl Ode"]),
        ("The Ferry", ["Harbour Post"]), ("Westport", ["Harbour Post"]), ("Una Platt waits.", ["Harbour Post"]),
        ("What we know:", ["Harbour Post"]),
    ])  # fmt: skip
    def test_a_line_of_full_names_before_the_text_signs_it(self, line: str, expected: list[str]) -> None:
        assert self.signed(line) == expected

    def test_a_declared_person_stays(self) -> None:
        assert self.signed("Una Platt", declared="Mia Ruiz") == ["Mia Ruiz"]


class TestDates:
    def test_a_change_is_never_taken_for_publication(self) -> None:
        head = '<meta property="article:modified_time" content="2026-03-15T09:00:00Z">'
        found = metadata_of(page(head, "<h1>Ferry</h1><p>Updated March 16, 2026</p>"), url=None)
        assert best(found, "date_published") is None
        assert best(found, "date_modified") == "2026-03-15T09:00:00+00:00"

    @pytest.mark.parametrize(("body", "origin"), [
        ('<h1>Ferry</h1><time datetime="2026-03-14">today</time>', "text:time"),
        ("<h1>Ferry</h1><p>March 14, 2026</p>", "text:byline"),
        ("<p>March 14, 2026</p><h1>Ferry</h1>", "text:byline"),
        ('<div class="post-date">14 Mar 2026</div>', "text:byline"),
    ])  # fmt: skip
    def test_shown_dates_serve_where_nothing_is_declared(self, body: str, origin: str) -> None:
        found = metadata_of(page(body=body), url=None).all("date_published")[0]
        assert (found.value, found.origin) == ("2026-03-14", origin)

    def test_the_url_comes_last(self) -> None:
        assert best(metadata_of(page()), "date_published") == "2026-03-14"
        head = '<meta name="pubdate" content="2026-03-13">'
        assert best(metadata_of(page(head)), "date_published") == "2026-03-13"

    def test_a_stamp_of_the_last_change_gives_way_to_the_date_shown(self) -> None:
        stamp = "2026-05-02T10:00:00Z"
        head = json_ld(article(datePublished=stamp, dateModified=stamp))
        found = metadata_of(page(head, "<h1>Ferry sails again</h1><p>March 14, 2026</p>"))
        assert [candidate.value[:10] for candidate in found.all("date_published")[:2]] == [
            "2026-03-14",
            "2026-05-02",
        ]
        noted = metadata_of(page(head, "<h1>Ferry sails again</h1><p>Updated March 14, 2026</p>"), url=None)
        assert best(noted, "date_published") == "2026-05-02T10:00:00+00:00"


class TestOtherFields:
    def test_meta_tags_of_many_kinds(self) -> None:
        head = """<meta NAME="DC.Creator" content="Una Platt"><meta property="article:tag" content="ferry">
            <meta property="article:tag" content="Pier, quay"><meta name="parsely-section" content="Harbour">
            <meta name="twitter:description" content="Mended &amp; ready"><meta property="og:locale" content="de_AT">
            <link rel="canonical" href="/ferry"><link rel="license" href="https://licence.example/by">
            <meta property="article:content_tier" content="locked">"""
        found = metadata_of(f"<html><head>{head}</head><body>x</body></html>")
        assert names(found) == ["Una Platt"]
        assert [candidate.value for candidate in found.all("tag")] == ["ferry", "Pier", "quay"]
        assert best(found, "section") == "Harbour"
        assert best(found, "description") == "Mended & ready"
        assert best(found, "language") == "de-AT"
        assert best(found, "canonical_url") == "https://www.harbourpost.example/ferry"
        assert best(found, "license") == "https://licence.example/by"
        assert best(found, "is_accessible_for_free") == "false"

    def test_addresses_start_from_the_base(self) -> None:
        head = '<base href="https://cdn.example/a/"><meta property="og:image" content="b.jpg"><meta name="image" content="data:x">'
        assert [candidate.value for candidate in metadata_of(page(head)).all("image")] == [
            "https://cdn.example/a/b.jpg"
        ]

    @pytest.mark.parametrize("href", [
        "http://[", "javascript:x", "data:x", "http://", "http://a.example/" + "x" * 2_048, "http://a.example/a b",
    ])  # fmt: skip
    def test_what_is_no_address_is_left_out(self, href: str) -> None:
        head = f'<link rel="canonical" href="{href}"><meta property="og:image" content="{href}"><link rel="license" href="{href}">'
        found = metadata_of(page(head), url="http://[")
        assert [found.all(name) for name in ("canonical_url", "image", "license")] == [(), (), ()]

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
    @settings(max_examples=100)
    def test_any_json_is_survived(self, value: Any) -> None:
        check(metadata_of(page(json_ld(value))))
        check(
            metadata_of(
                page(json_ld({"@type": "Article", "author": value, "datePublished": value, "image": value}))
            )
        )

    @pytest.mark.slow
    @given(st.text(max_size=120))
    @settings(max_examples=100)
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
