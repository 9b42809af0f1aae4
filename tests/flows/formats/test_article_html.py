"""Articles as HTML: valid to a strict parser, and of nobody's elements, attributes and addresses but ours."""

from __future__ import annotations

import html5lib
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html as lxml_html
from made_records import full_record
from msgspec.structs import replace

from copydesk import clean
from copydesk.cleaners.schema import Author, Image
from copydesk.cleaners.text_forms import letters
from copydesk.flows.formats.article_html import html_of
from copydesk.flows.formats.html_files import html_file

PAGE = """<html lang=en><title>The crane</title><article><h1>The crane</h1>
<p>The port weighed 10<sup>6</sup> tons of H<sub>2</sub>O last year<a href="#n1"><sup>1</sup></a>, its office said on Monday.</p>
<figure><a href="https://paper.example/crane.jpg"><img src="/crane.jpg"></a><figcaption>The crane on the north quay. <span class=credit>Photo: Gil Harmer</span></figcaption></figure>
<p>Nobody had asked for it, and the crane stayed where it is; the council meets again in the spring of next year.</p>
<ol><li id=n1><p>Counted by hand, by the harbour master.</p></li></ol></article></html>"""

ELEMENTS = frozenset({
    "html", "head", "meta", "title", "link", "body", "article", "header", "h1", "h2", "h3", "h4", "h5", "h6", "address",
    "a", "p", "time", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "s", "sup", "sub", "br", "hr", "img",
    "table", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "small", "section",
})  # fmt: skip
ATTRIBUTES = frozenset({
    "lang", "charset", "name", "content", "rel", "href", "class", "datetime", "src", "alt", "title", "id", "role", "start",
})  # fmt: skip
# of each kind of markup that Markdown, HTML and URLs have
PIECES = (
    "<script>x</script>", "<b onclick=x>", '" onload="x', "</sup>", "<sup>", "<sub>", "</sub>", "<br>", "**", "_", "~~", "`",
    "[a](javascript:x)", "[b](https://b.example \"t\\\"x\")", "![c](data:image/png;base64,x)", "![d](https://d.example/d.png 'e')",
    "[![f](//g.example)](HTTPS://h.example)", "[", "]", "(", ")", "[^1]", "\n\n[^1]: note ", "\n\n", "\n", "- ", "1. ", "> ", "# ", "|",
    "\n| a | b |\n|:-:|--:|\n| c | d |\n", "```a\"b\n", "$x<y^2$", "&lt;", "&#1;", "\x00", "\x0b", "\x85", "\ufffe", "<!--", "<https://i.example>",
    "<javascript:x>", "[j]: https://j.example\n\n", "[j]", "word ", "\\", "    ", "***\n",
)  # fmt: skip
MARKDOWN = st.lists(
    st.one_of(st.sampled_from(PIECES), st.text(st.characters(codec="utf-8"), max_size=3))
).map("".join)


def check(document: str) -> lxml_html.HtmlElement:
    """The document, in which a strict parser finds no error, and nobody an element or attribute that is not ours."""
    html5lib.HTMLParser(strict=True).parse(document)
    page = lxml_html.fromstring(document)
    for element in page.iter():
        assert element.tag in ELEMENTS
        assert set(element.attrib) <= ATTRIBUTES
        for name in {"href", "src"} & set(element.attrib):
            assert element.attrib[name].lower().startswith(("https://", "http://", "mailto:", "#copydesk-"))
        classes = element.get("class", "copydesk-")
        assert classes.startswith("copydesk-") or (element.tag == "code" and classes.startswith("language-"))
    return page


@given(MARKDOWN)
@example("[a[^1]](https://a.example)\n\n[^1]: note")
@example("- [^1]: a\n- ![b](https://b.example)\n- c")
@example("*a <sup>b* c</sup>")
def test_no_markdown_makes_an_element_of_its_own(markdown: str) -> None:
    record = replace(full_record(), text=markdown, markdown=markdown)
    check(html_file(record).decode())


@given(st.text(st.characters(codec="utf-8")), MARKDOWN)
@example('"><script>', "'")
@example("javascript:alert(1)", "http://[half")
def test_no_field_makes_an_element_of_its_own(one: str, other: str) -> None:
    facts = dict.fromkeys(
        ("title", "description", "license", "site_name", "date_published", "language", "canonical_url", "id"),
        one,
    )
    authors, images = (Author(name=one, url=other),), (Image(url=one, caption=other, credit=one),)
    check(
        html_file(
            replace(full_record(), authors=authors, images=images, tags=(other,), comments=(other,), **facts)
        ).decode()
    )


def test_what_an_article_has() -> None:
    record = clean(PAGE, "https://paper.example/crane")
    made = html_of(record)
    assert "10<sup>6</sup> tons of H<sub>2</sub>O" in made
    assert 'last year<sup><a href="#copydesk-' in made
    page = check(html_file(record).decode())
    (figure,) = page.iterfind(".//figure")
    assert [element.tag for element in figure.iter()] == ["figure", "a", "img", "figcaption"]
    assert figure.findtext("figcaption") == "The crane on the north quay. Photo: Gil Harmer"
    assert page.find(".//img").get("alt") == ""  # it is said below
    (note,) = page.xpath("//*[@role='doc-footnote']")
    (mark,) = page.xpath("//a[@role='doc-noteref']")
    assert mark.get("href") == f"#{note.get('id')}"
    assert note.text_content() == "1 Counted by hand, by the harbour master."


def test_formulas_stay_and_links_that_lead_nowhere_do_not() -> None:
    record = replace(full_record(), markdown="So $x^2$, [there](/page) and ![the crane](crane.jpg) [^7].")
    assert html_of(record) == (
        '<p>So <code class="copydesk-formula">x^2</code>, there and the crane [^7].</p>\n'
    )


def test_what_is_no_markdown_keeps_its_words() -> None:
    deep = "\n".join(f"{'  ' * level}- Point {level}" for level in range(80))
    record = replace(full_record(), text=deep, markdown=deep)
    assert letters("Point 79") in letters(lxml_html.fromstring(html_of(record)).text_content())
    bare = replace(full_record(), text="The crane & the port.\n\nThe ferry.", markdown="")
    assert html_of(bare) == "<p>The crane &amp; the port.</p>\n<p>The ferry.</p>\n"
