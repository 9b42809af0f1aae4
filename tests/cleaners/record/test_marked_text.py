"""Links, emphasis and pictures of kept text: in ``links``, ``images``, and ``markdown`` as CommonMark reads it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest
from articles import ARTICLES
from hypothesis import example, given, settings
from hypothesis import strategies as st
from made_blocks import html_blocks
from markdown_it import MarkdownIt
from markdown_it.token import Token

from copydesk import Page, Record, clean, clean_page
from copydesk.cleaners.record.render import Rendered, render
from copydesk.cleaners.types import Kind, Label, Labelled, Verdict

SEEDS = Path(__file__).parents[3] / "seeds" / "pages"
BASE = "https://courier.example/news/clock"
COMMONMARK = MarkdownIt("commonmark").enable(["table", "strikethrough"])
LABELS = {Kind.HEADING: Label.HEADING, Kind.LIST_ITEM: Label.LIST_ITEM, Kind.TABLE_ROW: Label.TABLE}


def labelled(markup: str) -> list[Labelled]:
    """All blocks of a page, kept as what they look like."""
    blocks = html_blocks(markup)
    return [
        Labelled(block, (Verdict(LABELS.get(block.kind, Label.PARAGRAPH), "test.rule", "given by the test"),))
        for block in blocks
    ]


def rendered(markup: str, base: str | None = BASE) -> Rendered:
    return render(labelled(markup), base=base)


def one(markup: str, base: str | None = BASE) -> str:
    return rendered(f"<html><body><p>{markup}</p></body></html>", base).markdown


@pytest.mark.parametrize(("markup", "written"), [
    ("a <b>bold</b> and <i>soft</i> word", "a **bold** and _soft_ word"),
    ("<strong>bold <em>both</em> bold</strong>", "**bold _both_ bold**"),
    ("<em>soft <strong>both</strong></em> plain", "_soft **both**_ plain"),
    ("<b>one <b>same</b> one</b>", "**one same one**"), ("<b>one</b><b>two</b>", "**onetwo**"),
    ("<b>one</b><i>two</i>", "**one**_two_"),
    # white space at the edges stays outside
    ("a<b> bold </b>word", "a **bold** word"), ("a <b>\n bold<br></b>word", "a **bold**  \nword"),
    # within words only stars mean anything
    ("un<b>frigging</b>believ<i>abl</i>e", "un**frigging**believ*abl*e"),
    # punctuation that would undo the signs leaves them
    ("so<b>“loud”</b>ly", "so“**loud**”ly"), ("彼は<b>「時計」</b>と言った", "彼は「**時計**」と言った"),
    ("a<b>:</b> <i>-</i> b", "a: - b"), ("a <del>wrong</del> <s>word</s>", "a ~~wrong word~~"),
    ("10<sup>2</sup> H<sub>2</sub>O", "10<sup>2</sup> H<sub>2</sub>O"),
    # code
    ("run <code>x_y * `z`</code> now", "run `` x_y * `z` `` now"),
    ("run <code>`</code> and <b><code>a</code></b>", "run `` ` `` and `a`"),
    ("<code>&lt;b&gt; &amp;amp; \\</code>", "`<b> &amp; \\`"),
    # links
    ('see <a href="/a b">this</a>.', "see [this](https://courier.example/a%20b)."),
    ('<a href="x_(1)">a <b>b</b> [c]</a>', "[a **b** \\[c\\]](https://courier.example/news/x_%281%29)"),
    # of a pair of brackets both are escaped, or none
    ("noon[1][2]<b>and</b>", "noon[1]\\[2\\]**and**"),
    ("[note](1) and [<i>sic</i>](2)", "\\[note\\](1) and \\[_sic_\\](2)"),
    ("noon [1] <b>and</b> [2], [3]", "noon [1] **and** [2], \\[3\\]"),
    ('Wow!<a href="x">here</a>', "Wow\\![here](https://courier.example/news/x)"),
    ('<b>see <a href="x">here</a> now</b>', "**see** [**here**](https://courier.example/news/x) **now**"),
    ('<a href="mailto:a@b.example?subject=Hi">us</a>', "[us](mailto:a@b.example)"),
    ('<a href="HTTPS://b.example/?a=1&amp;copy;=2">b</a>', "[b](https://b.example/?a=1\\&copy;=2)"),
    ('<a href="x"> </a>nothing', "nothing"),
    ('<a href="#">top</a> <a href="#note">1</a>', "top [1](https://courier.example/news/clock#note)"),
    # what would open a list, a heading, a rule
    ('-<b> no item</b>', "\\- **no item**"),
    ('1.<a href="x"> no item</a>', "1\\. [no item](https://courier.example/news/x)"),
])  # fmt: skip
def test_inline_elements_of_a_paragraph(markup: str, written: str) -> None:
    assert one(markup) == written


@pytest.mark.parametrize("href", [
    "javascript:alert(1)", " \x01java\nscript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "vbscript:x",
    "file:///etc/passwd", "javascript&colon;alert(1)", "tel:+441", "http://", "http://[example", "mailto:",
    "mailto:x", "x" * 3_000,
])  # fmt: skip
@pytest.mark.parametrize("base", [BASE, None])
def test_no_address_of_another_kind_becomes_a_link(href: str, base: str | None) -> None:
    blocks = labelled(f'<html><body><p>See <a href="{escape(href)}">this</a>.</p></body></html>')
    hrefs = [
        token.attrs["href"]
        for token in inlines(render(blocks, base=base).markdown)
        if token.type == "link_open"
    ]
    links = render(blocks, base=base).links
    assert [str(url).split(":")[0] for url in hrefs if ":" in str(url)] in ([], ["https"])
    assert all(link.url.startswith(BASE.rsplit("/", 1)[0]) for link in links)


def test_relative_links_stay_as_they_are_where_no_address_is_known_and_are_no_links_of_the_record() -> None:
    page = '<html><body><p>See <a href="/clock?a=1">this</a> and <a href="#note">1</a>.</p></body></html>'
    assert rendered(page, base=None).markdown == "See [this](/clock?a=1) and 1."
    assert rendered(page, base=None).links == ()


def test_marks_in_headings_items_and_tables() -> None:
    page = """<html><body><h2>The <a href="axle">axle<br>of</a> <em>C #</em></h2>
<ul><li>one <b>steel</b> axle</li><li><a href="oil"><i>two</i> litres</a> of oil</li></ul>
<table><tr><th>Town</th><th>Loss</th></tr><tr><td><a href="bern|b">Bern</a> &amp; <code>a|b</code></td><td><b>12</b> | 13</td></tr></table>
<pre>no <b>marks</b> in code</pre></body></html>"""
    assert rendered(page).markdown == (
        "## The [axle](https://courier.example/news/axle)<br>[of](https://courier.example/news/axle) _C #_\n\n"
        "- one **steel** axle\n- [_two_ litres](https://courier.example/news/oil) of oil\n\n"
        "| Town | Loss |\n| --- | --- |\n"
        "| [Bern](https://courier.example/news/bern%7Cb) & `a\\|b` | **12** \\| 13 |\n\n"
        "no **marks** in code"
    )


def inlines(markdown: str) -> Iterator[Token]:
    for token in COMMONMARK.parse(markdown):
        yield token
        yield from token.children or ()


def words_of(markdown: str) -> str:
    """The words a reader of the Markdown sees; without pictures, and without links that replace films and posts."""
    parts: list[str] = []
    unread = False
    for token in inlines(markdown):
        if token.type == "link_open":
            unread = token.attrs.get("title") in ("video", "audio", "post")
        elif token.type == "link_close":
            unread = False
        elif token.type in ("text", "text_special", "code_inline", "fence", "code_block") and not unread:
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak") or token.block:
            parts.append(" ")
    return unicodedata.normalize("NFC", " ".join("".join(parts).split()))


def words_in(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


SIGNS = st.text(st.sampled_from("*_~`[]()!<>&;#-+=|:\\\"' ab1.é時、“”€"), max_size=6)
WORDS = st.sampled_from(["clock", " the ", "!", "*", "**", "_", "~~", "`", "](", "[", "&amp;", "<b>", " ", "\\", "1.", "-", "«a»", "e\u0301", "\u0301"])  # fmt: skip
TEXTS = (SIGNS | WORDS).map(lambda text: escape(text, quote=False))
HREFS = st.sampled_from(["/a", "x y(1)", "javascript:x", "#n", "https://b.example/*_`[", "a\\", "&quot;", ""])
ATOMS = TEXTS | st.just("<br>") | st.just('<img src="a.jpg" alt="*">')


def wrapped(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    many = st.lists(inside, min_size=1, max_size=4).map("".join)
    tags = st.sampled_from(["b", "strong", "em", "i", "code", "del", "span"])
    marked = st.builds(lambda tag, text: f"<{tag}>{text}</{tag}>", tags, many)
    return marked | st.builds(lambda href, text: f'<a href="{href}">{text}</a>', HREFS, many)


MARKED = st.lists(st.recursive(ATOMS, wrapped, max_leaves=8), min_size=1, max_size=6).map("".join)


@pytest.mark.slow
@settings(max_examples=40)
@given(MARKED, st.sampled_from(["p", "h2", "li", "blockquote", "td"]))
@example("<b>*</b>", "p")
@example("a*<b>b</b>*c", "p")
@example('!<a href="x">b</a>', "p")
@example('<a href="x">b</a>(c)', "p")
@example("<b>a</b>**", "p")
@example("<i>a</i><i>_</i>_b", "p")
@example("~<del>a</del>~", "p")
@example("&<b>amp;</b>", "p")
@example("<b>a<i>b</i></b><i>c</i>", "p")
@example("x<i>a<b>b</b></i>y", "p")
@example("€<b>a</b>€<i>€b</i>", "p")
@example("<em>e</em>\u0301", "p")
def test_commonmark_reads_the_words_of_the_text(marked: str, tag: str) -> None:
    inside = f"<tr><td>{marked}</td><td>b</td></tr><tr><th>c</th><th>d</th></tr>" if tag == "td" else marked
    outer = {"li": "ul", "td": "table"}.get(tag, "div")
    inner = inside if tag == "td" else f"<{tag}>{inside}</{tag}>"
    found = rendered(f"<html><body><{outer}>{inner}</{outer}></body></html>")
    if tag in ("td", "h2", "h3"):
        # the forced line breaks of cells and headings are ours
        found = Rendered(found.text, found.markdown.replace("<br>", " "), found.removed)
    assert words_of(found.markdown) == words_in(found.text)
    for token in inlines(found.markdown):
        assert token.type not in ("html_inline", "html_block", "code_block")
        if token.type == "link_open":
            assert re.match(r"https?://|mailto:", str(token.attrs["href"]))


@pytest.mark.parametrize("file", sorted(SEEDS.glob("*.html")), ids=lambda file: file.stem)
def test_the_markdown_of_a_sample_page_has_the_words_of_its_text(file: Path) -> None:
    record = clean_page(Page(body=file.read_bytes(), content_type="text/html", url=BASE))
    # captions without a picture are the only words that are in Markdown alone
    assert words_of(re.sub(r"^\*.*\*$", "", record.markdown, flags=re.MULTILINE)) == words_in(record.text)
    for link in record.links:
        assert link.url.startswith(("https://", "http://", "mailto:"))
        assert words_in(link.text) in words_in(record.text)


PARAGRAPHS = [f"<p>{paragraph}</p>" for paragraph in ARTICLES["en"]]


def article(lead: str = "", middle: str = "", end: str = "", *, head: str = "", after: str = "") -> Record:
    """The record of an article of three paragraphs, with what is given between them."""
    first, second, third = PARAGRAPHS[:3]
    return clean(
        f"<html><head>{head}<title>Old clock strikes</title></head><body><header><img src=/logo.png><a href=/>Home</a></header>"
        f"<main><article><h1>Old clock strikes</h1>{lead}{first}{middle}{second}{end}{third}</article>{after}</main>"
        "<footer><img src=/foot.jpg>© Example Courier</footer></body></html>",
        url=BASE,
    )


def pictures(record: Record) -> list[tuple[str | None, str | None, str | None]]:
    return [(image.url and image.url.removeprefix("https://courier.example"), image.caption, image.credit) for image in record.images]  # fmt: skip


def test_pictures_among_the_text_are_shown_and_others_are_not() -> None:
    record = article(
        lead='<img src="/lead.jpg" alt="The hall [east]">',
        middle='<p><a href="/big.jpg"><img src="data:image/gif;base64,R0" data-src="/lazy.jpg" alt=""></a></p>'
        '<img src="/counter.gif" width="1" height="1"><img src="/smile.png" class="wp-smiley">'
        '<div class="ad-slot"><a href="https://shop.example"><img src="/buy.jpg"></a></div>',
        end="<figure><picture><source srcset='/dial-800.webp 800w,/dial-2000.webp 2000w'><img src='/dial.jpg' srcset='/d.jpg 1x'>"
        "</picture><figcaption>The dial, seen from the market.</figcaption></figure>",
        after='<aside class="related"><h3>More</h3><a href="/t"><img src="/teaser.jpg">Ferry fares go up</a></aside>',
    )
    assert pictures(record) == [
        ("/lead.jpg", None, None),
        ("/lazy.jpg", None, None),
        ("/dial-2000.webp", "The dial, seen from the market.", None),
    ]
    assert [line for line in record.markdown.split("\n") if "![" in line] == [
        "![The hall \\[east\\]](https://courier.example/lead.jpg)",
        "[![](https://courier.example/lazy.jpg)](https://courier.example/big.jpg)",
        "![The dial, seen from the market.](https://courier.example/dial-2000.webp)",
    ]


def test_addresses_start_from_the_base_of_the_page() -> None:
    record = article(
        head='<base href="https://img.example/x/">',
        lead="<img src=a.jpg>",
        middle='<p>What was seen there is told <a href="b" rel="Nofollow  UGC">in another piece</a> of the same week.</p>',
    )
    assert [image.url for image in record.images] == ["https://img.example/x/a.jpg"]
    assert [(link.url, link.text, link.rel) for link in record.links] == [
        ("https://img.example/x/b", "in another piece", "nofollow ugc")
    ]


def test_films_sounds_and_posts_are_shown_as_links() -> None:
    record = article(
        lead='<iframe src="https://www.youtube.com/embed/abc" title="How it was [mended]"></iframe>',
        middle='<audio controls><source src="/bell.mp3"></audio><iframe src="https://ads.example/slot"></iframe>',
        end='<iframe data-src="//www.instagram.com/p/xyz/embed"></iframe>',
    )
    assert [line for line in record.markdown.split("\n") if line.startswith("[")] == [
        '[How it was \\[mended\\]](https://www.youtube.com/embed/abc "video")',
        '[courier.example](https://courier.example/bell.mp3 "audio")',
        '[www.instagram.com](https://www.instagram.com/p/xyz/embed "post")',
    ]


@pytest.mark.parametrize(("caption", "credit"), [
    ("Archivní foto: mlýn před opravou", None), ("Lampa v přístavu. Zdroj foto: Jana Krásná", "Jana Krásná"),
    ("Ngọn đèn ở bến. Ảnh: Trần Minh", "Trần Minh"), ("बंदरगाह का दीया। फ़ोटो: मीना जोशी", "मीना जोशी"),
    ("The dial. Photo: Anna Berg / AP", "Anna Berg / AP"),
    ("Das Zifferblatt (Foto: dpa/Anna Berg)", "dpa/Anna Berg"),
    ("The dial at noon. Photo by A. Berg", "A. Berg"), ("Le cadran. Crédit photo : Anna Berg", "Anna Berg"),
    ("Zegar. Fot. Anna Berg", "Anna Berg"), ("Zegar. Fot. Anna Berg / Nowa Agencja", "Anna Berg / Nowa Agencja"), ("Le cadran, le 28 mars. Photo Anna Berg", "Anna Berg"),
    ("图为钟面。 韩青 摄", "韩青"), ("The clock in a photo Anna Berg took", None), ("Photo from the archive of the town", None),
    ("Циферблат. Фото: Анна Берг", "Анна Берг"), ("文字盤（写真：共同通信）", "共同通信"), ("钟面 图片来源：新华社", "新华社"),
    ("시계 사진=연합뉴스", "연합뉴스"),
    ("The dial. © 2026 Example Press", "2026 Example Press"),
    ("The dial. Photo: Anna Berg. It was mended.", "Anna Berg"),
    ("The dial, a photo that everybody knows", None),
    ("The image: a long description of everything that can be seen on it by those who look closely at all of it", None),
    ("Photography was new when the clock was built.", None),
])  # fmt: skip
def test_the_credit_within_a_caption(caption: str, credit: str | None) -> None:
    record = article(lead=f"<figure><img src=/a.jpg><figcaption>{caption}</figcaption></figure>")
    assert pictures(record) == [("/a.jpg", caption, credit)]


def test_a_credit_that_looks_like_a_caption_is_reported_once() -> None:
    figure = (
        '<figure><img src="/a.jpg" width="600" height="400"><figcaption>The clock at noon.</figcaption>'
        '<div class="credit">Una Platt / Harbour Pictures</div></figure>'
    )
    record = article(lead=figure)
    assert pictures(record) == [("/a.jpg", "The clock at noon.", "Una Platt / Harbour Pictures")]
    assert record.markdown.count("Una Platt / Harbour Pictures") == 1
    assert "Una Platt / Harbour Pictures" in [removed.text for removed in record.removed]


def test_the_credit_in_an_element_of_its_own_and_in_structured_data() -> None:
    data = (
        '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Old clock strikes","image":['
        '{"@type":"ImageObject","url":"https://courier.example/b.jpg?w=800","creditText":"Tom Bell / Example Press"},'
        '{"@type":"ImageObject","contentUrl":"/c.jpg","creator":[{"@type":"Person","name":"Ida Moor"}]}]}</script>'
    )
    record = article(
        head=data,
        lead="<figure><img src=/a.jpg><figcaption>The dial at noon. <span class=image-credit>(Anna Berg)</span></figcaption></figure>",
        middle="<figure><img src=/b.jpg><figcaption>The hall at dusk.</figcaption></figure>",
    )
    assert pictures(record)[:2] == [
        ("/a.jpg", "The dial at noon. (Anna Berg)", "Anna Berg"),
        ("/b.jpg", "The hall at dusk.", "Tom Bell / Example Press"),
    ]
    assert ("/c.jpg", None, "Ida Moor") in pictures(record)
    assert '![The hall at dusk.](https://courier.example/b.jpg "Tom Bell / Example Press")' in record.markdown


def test_a_whole_page_is_written_as_its_golden_file_has_it() -> None:
    folder = Path(__file__).parent / "pages"
    record = clean((folder / "marked-text.html").read_text("utf-8"))
    assert record.markdown + "\n" == (folder / "marked-text.md").read_text("utf-8")
    assert [f"{link.text} -> {link.url} {link.rel or ''}".rstrip() for link in record.links] == [
        "written letters -> https://courier.example/town/letters/2015 nofollow",
        "catalogue of 1788 -> https://museum.example/clock_(1788)?a=1&b=2",
        "axle -> https://courier.example/town/axle", "her letter -> mailto:ros@clocks.example",
        "ferry -> https://courier.example/sea/ferry", "Axle -> https://courier.example/town/axle",
        "* -> https://courier.example/town/#comments", "Courier -> https://courier.example/authors/maud",
    ]  # fmt: skip
    assert pictures(record) == [
        ("/img/hall.jpg?w=1600", None, "Ida Moor / Courier"),
        ("/img/dial-2000.webp", "The dial before it was painted. Photo: Gil Harmer", "Gil Harmer"),
        ("/img/hall.jpg?w=1200", None, "Ida Moor / Courier"),  # as declared
    ]
