"""Pages in Markdown: read as what they look like, with what their front matter says of them."""

import re
from cProfile import Profile

import pytest
from processor_time import bounded

from copydesk import restore
from copydesk.cleaners import clean, explain
from copydesk.cleaners.decode.markdown_page import html_of, is_marked, parted, read_front_matter
from copydesk.cleaners.types import Announced, Page

PARAGRAPH = (
    "The ferry between the *two* harbours sails again from Monday, the [port](https://courier.example/port) said on "
    "Friday, after three weeks in which divers and welders repaired its pier."
)
ARTICLE = f"{PARAGRAPH}\n\n## Three weeks\n\n1. It sails at six.\n2. It sails at noon.\n\n{PARAGRAPH.replace('ferry', 'bus')}\n"
FRONT = """---
Title: Ferry: it sails again
authors: [Hetty Quarles, {name: Odo Marsh}]
date: 2026-11-06
url: https://courier.example/ferry
lang: en
tags:
  - sea
---
"""


def test_front_matter_is_metadata_and_no_text() -> None:
    record = clean(
        Page(body=FRONT.replace("Title: Ferry: it", "Title: It") + ARTICLE, content_type="text/markdown")
    )
    assert record.title == "It sails again"
    assert [author.name for author in record.authors] == ["Hetty Quarles", "Odo Marsh"]
    assert (record.date_published, record.language, record.tags) == ("2026-11-06", "en", ("sea",))
    origins = record.field_origins
    assert origins["title"] == "front_matter:title"
    assert origins["date_published"] == "front_matter:date_published"
    assert record.text.startswith("The ferry between the two harbours sails")
    assert "## Three weeks" in record.markdown
    assert "2026" not in restore(record)


@pytest.mark.parametrize(("front", "title", "url"), [
    (FRONT, "Ferry: it sails again", "https://courier.example/ferry"),
    ("\ufeff---\r\ntitle: It sails\r\nauthor: '[[Odo Marsh]]'\r\n---\r\n", "It sails", None),
    ("---\ndate: 2026-11-06\nurl: /ferry\n...\n", None, None),
])  # fmt: skip
def test_what_front_matter_says(front: str, title: str | None, url: str | None) -> None:
    found = read_front_matter(front + ARTICLE)
    assert found is not None
    assert (found.announced.title, found.url, found.text) == (title, url, ARTICLE)


@pytest.mark.parametrize("text", [
    "---\n\nA line above, and one below.\n\n---\n", "---\nA line above, and one below.\n---\n", "---\nnote: no usual key\n---\n",
    "---\ntitle: without an end\n", "title: without a line\n---\n", "---\n" + "[" * 50_000 + "\n---\n",
    # a passage between two rules
    f"---\nBy: Hetty Quarles\n\n{PARAGRAPH}\n\n---\n", "---\nUpdate\nTitle: the crane\nis what we call it here.\n---\n",
    # no YAML
    "---\ntitle: " + "[" * 5_000 + "\n---\n", "---\ntitle: [a, b\n---\n",
])  # fmt: skip
def test_a_text_between_lines_is_no_front_matter(text: str) -> None:
    assert read_front_matter(text + ARTICLE) is None


def test_values_that_need_quotation_marks_in_yaml_are_read_without() -> None:
    lines = ["title: It sails: again", 'author: "Hetty Quarles"', "tags: [sea, port]", "date: 2026-11-06"]
    found = read_front_matter("\n".join(["---", *lines, "---", ""]))
    assert found is not None
    assert (found.announced.title, found.announced.authors) == ("It sails: again", ("Hetty Quarles",))
    assert (found.announced.tags, found.announced.published) == (("sea", "port"), "2026-11-06")
    # a list within itself is as it is written
    found = read_front_matter("---\ntitle: &a [*a]\ntags: sea, port\n---\n")
    assert found is not None
    assert (found.announced.title, found.announced.tags) == ("&a [*a]", ("sea", "port"))


def test_time_of_front_matter_grows_with_its_size() -> None:
    with bounded(30):
        assert read_front_matter(f"---\ntitle: a: b\nx: x{' ' * 19_000}y\n---\n") is not None
        assert read_front_matter(f"---\ntitle: {'[' * 19_000}\n---\n") is None
        assert read_front_matter(f"---\ntitle: {'[' * 190}\n---\n") is None
        assert read_front_matter(f"---\ntitle: {'- ' * 9_000}\n---\n") is not None
        # more than are looked at
        assert read_front_matter(f"---\ntitle: a: b\nx: x{' ' * 90_000}y\n---\n") is None


@pytest.mark.parametrize("unit", ["[", "[a", "![a", "[a][", "![[", "[1, ["])
def test_a_bracket_costs_little_however_many_are_open(unit: str) -> None:
    text = unit * 1_000
    counted = Profile(subcalls=False)
    counted.runcall(html_of, f"{text}{']' * text.count('[')}")
    calls = {
        entry.code.co_name: entry.callcount for entry in counted.getstats() if not isinstance(entry.code, str)
    }
    # before, 50 times for each character
    assert calls["skipToken"] <= 20 * len(text)


def test_brackets_within_brackets_are_links_and_text() -> None:
    assert html_of("[![a [b] c](d.png)](e)") == '<p><a href="e"><img src="d.png" alt="a [b] c" /></a></p>\n'
    assert html_of(f"{'[' * 30}a{']' * 30} [b](c)") == f'<p>{"[" * 30}a{"]" * 30} <a href="c">b</a></p>\n'


@pytest.mark.parametrize("text", [
    "\n".join(f"{'  ' * level}- Point {level} of the list" for level in range(30)),
    "\n".join(f"{'> ' * level}Said at level {level}" for level in range(1, 30)),
    "An open <script> is text, a List<String> is, and <Gullport Crane> too <!-- as is this",
])  # fmt: skip
def test_no_word_is_lost(text: str) -> None:
    body = f"# The crane\n\n{PARAGRAPH}\n\n{text}\n\nThe last of its sentences."
    words = set(re.findall(r"\w+", body.replace("https://courier.example/port", "")))
    record = clean(Page(body=body, content_type="text/markdown"))
    assert words <= set(re.findall(r"\w+", restore(record)))


def test_what_nests_too_deep_is_refused_whole() -> None:
    record = clean(Page(body=f"{PARAGRAPH}\n\n{'> ' * 150}deep\n\n{PARAGRAPH}", content_type="text/markdown"))
    assert record.reason == "too_complex: lists and quotations are nested more than 100 levels deep"


def test_what_led_to_a_page_is_not_overwritten() -> None:
    announced = Announced("feed", title="The ferry of the feed")
    page = Page(body="---\ntags: [sea]\n---\n" + ARTICLE, content_type="text/markdown", announced=announced)
    assert clean(page).title == "The ferry of the feed"


def test_a_feed_that_is_called_markdown_is_a_feed() -> None:
    page = Page(body="<rss><channel></channel></rss>", content_type="text/markdown")
    assert clean(page).reason == "wrong_type: the page is a feed or sitemap (rss), not an article"


def test_html_that_is_called_markdown_is_html() -> None:
    body = f"<html><head><title>Ferry</title></head><body>\n\n    <p>{PARAGRAPH}</p>\n    <p>{PARAGRAPH}</p></body></html>"
    assert "<p>" not in clean(Page(body=body, content_type="text/markdown")).text


@pytest.mark.parametrize(("text", "html"), [
    ("[^1]: [quay]: https://courier.example/\n\nThe quay is open.", "<p>The quay is open.</p>"),
    ("[^1]: [^2]: The quay is open.", '<p id="fn-1"><sup class="footnote-ref"><a href="#fn-2">2</a></sup>: The quay is open.</p>'),
    ("Set $foo_bar/$baz now.", "<p>Set $foo_bar/$baz now.</p>"),
    ("So $x^2$ is four.", "<p>So <math>x^2</math> is four.</p>"),
])  # fmt: skip
def test_footnotes_and_formulas(text: str, html: str) -> None:
    assert html_of(text).strip() == html


def test_notes_in_notes_are_the_text_of_the_first() -> None:
    assert html_of("[^1]: " * 3_000 + "The quay is open.").count("#fn-1") == 2_999


@pytest.mark.parametrize(("text", "is_read_so"), [
    ("[Home](/) [News](/news) [Sport](/sport)\n\n# The ferry sails again\n\n{article}", True),
    ("# The ferry sails again\n\n{article}\n\n## More news\n\n* [Toll to end](/toll)\n* [Mill sold](/mill)\n* [Bakers mill](/flour)\n", True),
    # headings as Setext has them, addresses within the page and in brackets, code with a tag in it
    ("[Home](</>) [News](/news \"News\") [Sport](#sport)\n\nThe ferry\n=====\n\n{article}\n\nIt was `<br>`.", True),
    # a paragraph a line, and no line between
    ("[Home](/)\n[News](/news)\n[Sport](/sport)\n# The ferry sails again\n{article}", True),
    (f"{'[Home](/) ' * 10}\n\n{{article}}", True),
    ("# The ferry sails again\n\n[Home][1] [News][2]\n\n{article}\n\n[1]: /\n[2]: /news\n[3]: https://a.example/\n", True),
    ("The ferry sails again\n=====================\n\n{article}", True),
    ("# The ferry sails again\n\n{article}\n\n### By bus\n\nNone goes.", True),
    # prose that shows a link, below one heading; code, whose comments stand right above it
    ("# How to write links\n\n{article}\n\nWrite [name](https://courier.example/page), and all is well.", False),
    ("{article}\n\n# sail\nsail()\n\n# land\nland()\n\nWrite [name](https://courier.example/page), and all is well.", False),
])  # fmt: skip
def test_what_tools_make_of_pages_is_read_as_markdown_whatever_it_is_called(
    text: str, *, is_read_so: bool
) -> None:
    article = ARTICLE.replace("[port](https://courier.example/port)", "port").replace("## Three", "Three")
    found = explain(Page(body=text.format(article=article), content_type="text/plain"))
    shown = "\n".join(item.block.text for item in found.labelled)
    assert ("](/" not in shown and "](https" not in shown) == is_read_so
    assert found.record.status == "ok"


@pytest.mark.parametrize(("text", "html"), [
    ("[![](/a.png)\n\n### A pier\n\nFor boats](/pier)",
     '<p><img src="/a.png" alt="" /></p>\n<h3><a href="/pier">A pier</a></h3>\n<p>For boats</p>'),
    ("### [ A pier\n](/pier)\n\nFor boats", '<h3><a href="/pier">A pier</a></h3>\n<p>For boats</p>'),
    ("Of [a long\npier](/pier) here", '<p>Of <a href="/pier">a long\npier</a> here</p>'),
    ("[a](https://courier.example/pier-\nand-\nboats) [b](/b)",
     '<p><a href="https://courier.example/pier-and-boats">a</a> <a href="/b">b</a></p>'),
    # no link, an address that goes on with a title, words behind an address, code, a table, a hard break, a hashtag
    ("The part [0, 1) is open.\n\nHe wrote `](/x)`.", "<p>The part [0, 1) is open.</p>\n<p>He wrote <code>](/x)</code>.</p>"),
    ("Of \\[ here\n\nmore](/x)", "<p>Of [ here</p>\n<p>more](/x)</p>"),
    ('[a](https://a.example/b\n"A pier")', '<p><a href="https://a.example/b" title="A pier">a</a></p>'),
    ("[a](https://a.example\nIt is) so", "<p>[a](https://a.example\nIt is) so</p>"),
    ("```\n[a\n\nb](/c)\n```", "<pre><code>[a\n\nb](/c)\n</code></pre>"),
    ("[| a |\n|---|\n\n### x](/x)", "<p>[| a |\n|---|</p>\n<h3>x](/x)</h3>"),
    ("[foo\\\n\nbar](/x)", "<p>[foo\\</p>\n<p>bar](/x)</p>"),
    ("#hash [one\ntwo](/x)", '<p>#hash <a href="/x">one\ntwo</a></p>'),
    ("# A pier {#pier .title}\n\n::: {.box}\nFor boats\n:::", "<h1>A pier</h1>\n<p>For boats</p>"),
    # what would be lost as a mark
    ("[Anna]: Never!\n\n[b]: /b\n\n[b]", '<p>[Anna]: Never!</p>\n<p><a href="/b">b</a></p>'),
    ("1986. A good year, in which 2*3*4 boats came.", "<p>1986. A good year, in which 2*3*4 boats came.</p>"),
    ("[![](/a.png)\n\n](/pier)", '<p>[<img src="/a.png" alt="" /></p>\n<p>](/pier)</p>'),
])  # fmt: skip
def test_links_that_tools_set_around_blocks_or_break(text: str, html: str) -> None:
    assert html_of(text).strip() == html


@pytest.mark.parametrize("unit", [
    "[", "[a\n\n", "![a](b)", "[![a](b)", "![]([x)", "](https://a\nb", "```\n", "a\n===\n", "[a]: b\n", "1234. a*",
])  # fmt: skip
def test_time_of_mending_grows_with_the_size(unit: str) -> None:
    with bounded(100):
        assert not is_marked(unit * 50_000)
        assert parted(unit * 50_000)
        assert html_of(f"```\n{unit * 50_000}")


def test_a_text_of_a_paragraph_a_line_is_parted_but_for_its_code_and_lists() -> None:
    code = "```\nget\nset\n```"
    text = f"The quay is open.\nThe crane is not.\n* one\n* two\n\n{code}\nA | b\n--|--\n1 | 2\n"
    assert parted(text) == text.replace("open.\n", "open.\n\n")
    in_list = "1. one\n   ```\n   get\n   set\n   ```\nIt is open.\nIt is not.\nIt was."
    assert parted(in_list) == in_list.replace("open.\n", "open.\n\n").replace("not.\n", "not.\n\n")
    # a rule, where a headline would be one line
    assert parted(f"{PARAGRAPH}\n=====\n\nB") == f"{PARAGRAPH}\n\n=====\n\nB"


@pytest.mark.parametrize(("body", "content_type", "is_markdown"), [
    ("callback(1);<html><head></head><body><p>{text}</p><pre>\n# H\n{links}</pre></body></html>", "text/html", False),
    ("callback(1);<html><head></head><body><p>{text}</p><pre>\n# H\n{links}</pre></body></html>", None, False),
    ("<p>{text}</p><pre>\n# H\n{links}</pre>", None, False),
    ("{text}\n\n# H\n\nIt was `<br>`.\n\n{links}", None, True),
    ("<https://courier.example>\n\n# H\n\n{text}\n\nIt was `<br>`.\n\n{links}", None, True),
    ("<!-- made by a tool -->\n\n# H\n\n{text}\n\nIt was `<br>`.\n\n{links}", None, True),
    ("{text}\n\n" + "x = t['replace'](/x/g, '');\n" * 20, None, False),
])  # fmt: skip
def test_markdown_is_told_from_html_and_from_code(
    body: str, content_type: str | None, *, is_markdown: bool
) -> None:
    links = "[a](/a) [b](/b) [c](/c)"
    page = Page(body=body.format(text=PARAGRAPH.replace("*", ""), links=links), content_type=content_type)
    found = "\n".join(item.block.text for item in explain(page).labelled)
    assert (links not in found and "(/x/g" not in found and "<p>" not in found) == is_markdown
    assert "</p>" not in found


def test_a_mail_keeps_its_quotes_rules_and_names_of_code() -> None:
    rules = "=====\nDECISIONS\n=====\nOpen questions\n--------------\n"
    text = f"{rules}\n> Could we ask Ravi?\nYes, we could: of the __init__ hook, and __at once__.\n"
    html = html_of(parted(text))
    assert "<p>=====</p>\n<p>DECISIONS</p>\n<p>=====</p>\n<h2>Open questions</h2>" in html
    assert "</blockquote>\n<p>Yes, we could: of the __init__ hook, and <strong>at once</strong>.</p>" in html


def test_a_script_is_no_markdown() -> None:
    text = "#!/bin/sh\n\n# Install\n\nx=1\n\n# Run\n\nrun\n"
    assert not is_marked(text)
    assert is_marked(text.removeprefix("#!/bin/sh"))


def test_a_page_in_markdown_is_judged_as_lines_are() -> None:
    menu = "".join(f"* [{name}](/{name})\n" for name in ("News", "Sport", "Culture", "Weather"))
    cards = "".join(
        f"[![](/{place}.png)\n\n### {name}\n\nRead more](/{place})\n\n"
        for place, name in enumerate(("Toll to end in May", "Mill sold to bakers", "Swans leave the lake"))
    )
    text = f"{menu}\n# The ferry sails again\n\nBy Hetty Quarles\n\n{ARTICLE}\n## More news\n\n{cards}\n© 2026 Quay Courier\n"
    record = clean(text)
    assert (record.title, [one.name for one in record.authors]) == (
        "The ferry sails again",
        ["Hetty Quarles"],
    )
    assert record.text == clean(Page(body=ARTICLE, content_type="text/markdown")).text
    assert [link.url for link in record.links] == ["https://courier.example/port"] * 2


def test_a_fence_keeps_the_language_of_its_code() -> None:
    fenced = "```python\ngrams = 18\nprint(grams * 6)\n```"
    record = clean(f"# Grinding by weight\n\n{ARTICLE}\n{fenced}\n\n{ARTICLE}")
    assert fenced in record.markdown
