"""The law: ``text`` and ``removed`` give the page's text back, whatever the page; and what else holds for any input.

The page's text is read here a second time by Python's own HTML parser. The two parsers part where markup is
broken: how HTML treats a stray end tag or text between table cells differs between them, and lxml
knows fewer named character references. So trees of well-nested markup are compared letter by letter, and
for everything else the record must be whole by the project's own reading (``clean`` checks each).
"""

from __future__ import annotations

import json
import re
import string
import unicodedata
from html import escape
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk import Page, Record, clean, clean_page, restore
from copydesk.cleaners import encode
from copydesk.cleaners.decode.encoding import Decoded
from copydesk.cleaners.decode.repair import REPAIRS, repair
from copydesk.cleaners.markup.jsonld import MAX_FIELD_CHARS
from copydesk.cleaners.markup.page_head import MAX_URL_CHARS
from copydesk.cleaners.text_forms import letters

relaxed = settings(max_examples=60)

SILENT = ("script", "style", "template", "noscript", "svg")
WORDS = (
    "The clock struck noon on Friday.", "Related articles", "Share", "By Anna Berg", "20 November 2026",
    "© 2026 Example Courier", "Read more: the bells…", "これは本文です。", "नगर भवन की घड़ी", "٢٠٢٦ دقت الساعة",
    "e\u0301 a\u0323\u0301 \u1100\u1161", "soft\xadhyphen zero\u200bwidth no\xa0break\u2028line", "👩‍👩‍👧 🇨🇭",
    "a  b\tc\nd", "Written with the help of AI.", "x",
)  # fmt: skip
words = st.one_of(
    st.sampled_from(WORDS),
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")), max_size=30),
    st.lists(st.sampled_from(WORDS[:8]), min_size=1, max_size=6).map(" ".join),
)
BLOCKS = (
    "div", "section", "article", "aside", "nav", "header", "footer", "main", "blockquote", "figure", "form",
)  # fmt: skip
INLINE = ("span", "a", "b", "em", "code", "time", "button", "label")
LEAVES = ("p", "h1", "h2", "h3", "pre", "figcaption", "address")
attributes = st.sampled_from(
    (
        "", ' hidden=""', ' style="display:none"', ' class="sr-only"', ' class="related teaser"', ' id="comments"',
        ' class="byline"',
    )
)  # fmt: skip


def element(tag: str, inside: str, attribute: str = "") -> str:
    return f"<{tag}{attribute}>{inside}</{tag}>"


phrases = st.recursive(
    words.map(escape),
    lambda inner: st.one_of(
        st.tuples(
            st.sampled_from([tag for tag in INLINE if tag not in ("a", "button")]),
            st.lists(inner, max_size=3).map("".join),
        ).map(lambda pair: element(*pair)),
        st.sampled_from(
            (
                "<br>", "<br><br>", "<img src=x.png alt=picture>", "<!-- a remark -->",
                "<script>no = 'text'</script>",
            )
        ),
    ),
    max_leaves=6,
)  # fmt: skip
runs = st.lists(phrases, max_size=4).map("".join)
leaves = st.builds(element, st.sampled_from(LEAVES), runs, attributes)
lists = st.tuples(
    st.sampled_from(("ul", "ol")), st.lists(runs.map(lambda run: element("li", run)), max_size=4)
).map(lambda pair: element(pair[0], "".join(pair[1])))
rows = st.lists(runs.map(lambda run: element("td", run)), min_size=1, max_size=3).map(
    lambda cells: element("tr", "".join(cells))
)
tables = st.lists(rows, max_size=4).map(lambda found: element("table", element("tbody", "".join(found))))
hushed = st.builds(lambda tag: element(tag, "never shown"), st.sampled_from(("script", "style", "template")))
trees = st.recursive(
    st.one_of(leaves, leaves, lists, tables, hushed, runs.map(lambda run: element("div", run))),
    lambda inner: st.builds(
        element, st.sampled_from(BLOCKS), st.lists(inner, max_size=4).map("".join), attributes
    ),
    max_leaves=12,
)
pages = st.lists(trees, max_size=6).map(
    lambda parts: f"<html><head><title>Clock</title></head><body>{''.join(parts)}</body></html>"
)

TOKENS = (
    *(f"<{tag}>" for tag in (*BLOCKS, *INLINE, *LEAVES, *SILENT, "table", "tr", "td", "ul", "li", "br", "select", "textarea", "title", "iframe", "frameset", "plaintext", "body", "html", "math", "dl", "dt", "wbr", "ruby", "rt", "rp", "figcaption", "noscript", "td colspan=2", "td rowspan=3", "ol", "xmp", "img src=a.png")),
    *(f"</{tag}>" for tag in (*BLOCKS, *INLINE, *LEAVES, *SILENT, "table", "tr", "ul", "body", "html", "br", "select", "ruby", "rt")),
    *("&amp;", "&amp", "&nbsp;", "&#0;", "&#128;", "&#x1F600;", "&#xD800;", "&#xFFFF;", "&#9999999999;", "&nosuch;", "&#xC;", "&#27;", "&"),
    *("<!--", "-->", "<![CDATA[", "]]>", "<?php echo 1 ?>", "<!doctype html>", "<", ">", "<p", "<a href='", "'", '"', "</", "<p hidden", "/>"),
    *("\x00", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\x9f", "\ufeff", "\ufffe", "\ud800", "\udfff", "\u2028", "\r", "\r\n", "\n\n", "\t", "\u0301", "\ufe0f", "Ã©", "â€™"),
    *("<script type='application/ld+json'>", '{"@type": "NewsArticle", "headline": "Clock', r'\ud83d strikes\u0081\u0001"', '"', ', "isBasedOn": ["http://[", "javascript:x", "https://a.example/1"]', r', "author": "Una\udc00 Platt"', ', "image": "data:image/png;base64,AA=="', ', "translationOfWork": {"name": "Uhr", "datePublished": "soon"}', "}", "[[[["),
    *("<meta name=original-source content='http://['>", "<meta name=aigc content='[[[['>", "<meta name=description content='Clock&#x81;&#1;&#xD800;'>", "<meta name='pubdate&#x81;' content=2026-11-20>", "<meta property=og:image content='data:image/png;base64,AA=='>", "<meta property=og:url content='http://exa]mple.com/a'>", "<meta name=ai-disclosure content=ai-generated><meta name=ai-model content='m&#x81;'>"),
    *("<base href='http://['>", "<link rel=canonical href='http://['>", "<link rel=canonical href='https://a.example/clock&#1;'>", "<a rel=license href='javascript:x'>", "<div ai-disclosure='none&#x81;'>", f"<meta name=subtitle content='{'x' * 6_000}'>"),
    *WORDS,
)  # fmt: skip
declared_texts = st.one_of(
    st.sampled_from(
        ("mode=ai-generated; model=m", "train-ai=n, \x81", "1", "http://[", "\ud800", "2026-11-20")
    ),
    st.text(max_size=20),
)
contexts = st.builds(
    dict,
    url=st.none() | st.sampled_from(("https://a.example/clock", "http://[", "http://exa]mple.com/a", "javascript:x", "\ud800", "https://a.example/\x81")),
    headers=st.dictionaries(st.sampled_from(("AI-Disclosure", "Content-Usage", "tdm-reservation", "X-Robots-Tag")), declared_texts, max_size=2),
    fetched_at=st.none() | declared_texts,
)  # fmt: skip
soups = st.lists(st.one_of(st.sampled_from(TOKENS), st.text(max_size=8)), max_size=40).map("".join)
plain_texts = st.lists(
    st.one_of(st.sampled_from(WORDS), st.sampled_from(("\n", "\n\n", "- ", "1. ", "> ", "# ", "```\n", "\t", "\r\n", "   ")), st.text(max_size=20)),
    max_size=40,
).map("".join)  # fmt: skip
FIELDS = (
    r'"headline": "Clock \ud83d strikes\u0081\u0001"', r'"author": {"name": "Una\udc00 Platt", "url": "http://["}', '"image": ["data:image/png;base64,AA==", "http://[", "/clock.png"]',
    '"isBasedOn": ["http://[", "javascript:x", "https://a.example/1", {"name": "Uhr", "datePublished": "soon"}]', r'"translationOfWork": {"url": "https://a.example/\u0085", "inLanguage": "d\ud800e"}',
    r'"aiDisclosure": {"level": "ai-generated", "tool": "m\u009f", "\ud83d": 1}', f'"description": "{"word " * 1_500}"', '"isBasedOn": ' + "[" * 60 + "]" * 60, '"datePublished": "2026-11-20"', '"broken": "',
)  # fmt: skip
scripts = st.lists(st.sampled_from(FIELDS), min_size=1, max_size=5).map(
    lambda fields: element(
        "script", f'{{"@type": "NewsArticle", {", ".join(fields)}}}', " type='application/ld+json'"
    )
)
declaring = st.builds(
    lambda script, metas, body: f"{script}{''.join(metas)}{body}",
    scripts,
    st.lists(st.sampled_from([token for token in TOKENS if token.startswith(("<meta", "<link", "<base"))])),
    pages,
)
anything = st.one_of(soups, pages, plain_texts, declaring)


class _Reader(HTMLParser):
    """All text outside the silent elements."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        self.silent += tag in SILENT

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)


def text_of(markup: str) -> str:
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return "".join(reader.parts)


def strings_of(value: object) -> list[str]:
    """Every string in a record, keys included."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in strings_of(part)]
    if isinstance(value, (list, tuple)):
        return [text for part in value for text in strings_of(part)]
    return []


def is_clean(text: str) -> bool:
    return not any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in text)


URL = re.compile(r"https?://[^/\s]+\S*")


def urls_of(record: Record) -> list[str]:
    """Every address a record names, but the page's own, which is the caller's."""
    origin = record.provenance
    found = (
        record.canonical_url, origin.syndication.original_url, *(image.url for image in record.images),
        *(link.url for link in record.links if not link.url.startswith("mailto:")),
        *(source.url for source in origin.derived_from), *(author.url for author in record.authors),
    )  # fmt: skip
    return [url for url in found if url is not None]


def check_strings(record: Record) -> None:
    """No control or half character anywhere, nothing longer than its limit, only addresses a reader could open."""
    values = msgspec.to_builtins(record)
    assert [text for text in strings_of(values) if not is_clean(text)] == []
    fields = {
        name: value for name, value in values.items() if name not in ("text", "markdown", "links", "removed")
    }
    assert [text for text in strings_of(fields) if len(text) > MAX_FIELD_CHARS] == []
    assert [url for url in urls_of(record) if not URL.fullmatch(url) or len(url) > MAX_URL_CHARS] == []
    assert msgspec.json.decode(encode(record), type=Record) == record


def as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def lines_of(record: Record) -> int:
    return sum(1 for line in record.text.split("\n") if line.strip())


@pytest.mark.slow
@relaxed
@given(pages)
def test_a_record_holds_every_letter_of_its_page_in_order(markup: str) -> None:
    record = clean_page(Page(body=markup, media="html"))
    if not record.text and not record.removed:
        assert record.reason is not None
    else:
        assert letters(restore(record)) == letters(text_of(mended(markup)))


def mended(text: str) -> str:
    return repair(Decoded(text, "unicode", "caller")).text


@pytest.mark.slow
@relaxed
@given(plain_texts)
def test_a_record_holds_every_letter_of_a_plain_text_in_order(text: str) -> None:
    record = clean_page(Page(body=text, media="text"))
    if record.text or record.removed:
        assert letters(restore(record)) == letters(mended(text))
    else:
        assert record.status == "rejected"


@pytest.mark.slow
@relaxed
@given(anything | st.binary(max_size=200) | anything.map(as_bytes), contexts)
def test_any_page_ends_in_a_whole_record(body: str | bytes, context: dict[str, Any]) -> None:
    """It has a reason unless it is ok, clean strings, removals in order, one line of JSON, and the same bytes twice."""
    record = clean_page(Page(body=body, **context))
    assert record.status in ("ok", "partial", "rejected")
    assert record.status == "ok" or re.match(r"[a-z_]+: .", record.reason or "")
    check_strings(record)
    assert unicodedata.is_normalized("NFC", record.text)
    places = [gone.after for gone in record.removed]
    assert places == sorted(places)
    assert all(0 <= place <= lines_of(record) for place in places)
    assert all(gone.text and gone.rule and gone.evidence for gone in record.removed)
    line = encode(record)
    assert line.endswith(b"\n")
    assert len(line.decode("utf-8").splitlines()) == len(line.splitlines()) == 1
    assert json.loads(line) == json.loads(json.dumps(msgspec.to_builtins(record)))
    assert encode(clean_page(Page(body=body, **context))) == line


@pytest.mark.slow
@settings(max_examples=15)
@given(st.lists(anything, min_size=2, max_size=3), st.randoms(use_true_random=False))
def test_the_order_of_pages_does_not_matter(bodies: list[str], random: object) -> None:
    alone = {body: encode(clean(body)) for body in bodies}
    shuffled = list(bodies)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert {body: encode(clean(body)) for body in shuffled} == alone


@pytest.mark.slow
@relaxed
@given(
    st.one_of(
        anything, st.text(st.sampled_from("Ã©â€™Å\x80\x93\x9d\ud800\x00\ufe01\U000e0143ab ")), st.text()
    )
)
def test_repairs_are_named(text: str) -> None:
    found = repair(Decoded(text, "unicode", "caller"))
    assert {step.name for step in found.repairs} <= set(REPAIRS)
    assert all(step.count >= 1 for step in found.repairs)
    assert bool(found.repairs) == (found.text != text)


@relaxed
@given(st.text(st.sampled_from(string.ascii_letters + " .,\n")))
def test_undamaged_text_is_not_repaired(text: str) -> None:
    assert repair(Decoded(text, "unicode", "caller")) == Decoded(text, "unicode", "caller")
