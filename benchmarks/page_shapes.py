"""Shapes of pages: each element nested, repeated and within others, attributes, lines, Markdown, data in scripts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import tomli

from copydesk.cleaners.types import Page

_SENTENCES = (
    "The clock of the town hall struck noon on Friday for the first time in eleven years, and a crowd had come.",
    "Its dial had been taken down in spring by two men who would not say where they were bringing the hands.",
    "On Monday the council asks what it has cost, and who will wind the clock when the keeper is eighty.",
)
_ARTICLE = f"<h1>The clock strikes again</h1>{''.join(f'<p>{one}</p>' for one in _SENTENCES)}"
_PLAIN = "\n\n".join(("The clock strikes again", *_SENTENCES))

_CONTAINERS = """article aside blockquote body center details dialog div dl fieldset figure footer form header html
main nav noscript object ol picture pre section select svg table template ul"""
_INLINE = """a abbr b bdi button cite code del em font i iframe img input ins kbd label mark math meter nobr q ruby
rt s small span strong sub sup textarea time title tt u var video wbr"""
_BLOCKS = """address caption dd dt figcaption h1 h2 h4 h6 hr legend li option p script style summary tbody td th tr
base br link meta"""
_PARENTS = "p div ul li dl table td blockquote pre figure nav header footer aside a h2 span details noscript"
_PARTS = (
    "word ", "Two words. ", "<p>One of them</p>", "<a href='/a/{n}'>Word {n}</a>", "<a href=x>y</a>", "<li>One word</li>",
    "<td>1<td>2", "<tr><td>1<td>2", "<br>word", "<b>w</b> ", "<h2>Word {n}</h2>", "<img src='/{n}.jpg' alt='a dial'>",
    "<figure><img src=a><figcaption>By Ann Poe</figcaption></figure>", "<span class=c>w</span>", "<i hidden>w</i>",
    "<div class=ad>w</div>", "<time datetime=2026-03-14>14 March</time>", "<sup>[{n}]</sup>",
)  # fmt: skip
_ATTRIBUTES = """class id style href src srcset alt title rel itemprop itemtype content name datetime role lang dir
aria-label data-x onclick property colspan hidden type"""
_VALUES = (
    "a ", "ad-", "comment_", "/", "x/../", "%20", "&amp;", "a 1x, ", "https://a.example/", "2026-", "a:b;", "é", "\\",
)  # fmt: skip
_LINES = (
    "word", "WORD ", "Word Word", "A sentence of five words.", "## a", "# a b c", "- a", "* one word", "1. one word",
    "{n}. Word", "> a", "> > a", ">", "| a | b |", "a\tb", "a | b", "---", "***", "===", "```", "~~~", "    a",
    "[a](b)", "[a]: http://a.example", "![a](b.jpg)", "**a**", "__a_", "a*b_c", "`a", "\\[2\\]", "[2]", "[^{n}]: a",
    "“a”", "\"a", "'a'", "(a", "a)", "a:", "Q: a?", "A: a.", "Ann Poe", "By Ann Poe", "By Ann Poe and Bob Roe, Reuters",
    "Photo: Ann Poe", "(Source: Reuters)", "Source: https://a.example/{n}", "https://a.example/{n}", "ann@a.example",
    "+49 30 123456", "14 March 2026", "2026-03-14T08:00:00Z", "12:30", "Updated: 14 March", "$ 12", "50 %", "Read also: a",
    "Advertisement", "Share", "Sign up for our newsletter", "Home", "Home > News > Town", "© 2026 Courier", "Comments (3)",
    "As an AI language model, I cannot", "Here is the article:", "This text was translated by AI.", "Sure! Here is",
    "Write an article about a clock.", "Was this helpful?", "citeturn0search{n}", "【{n}†source】", "<a", "<b>a", "&amp;",
    "&#8211;", "&", "<!--", "-->", "]]>", "{{a}}", "{\"a\": 1}", "a,b,c", "\ufeffa", "a\u200bb", "\u00ad", "Ã©", "ä", "ß",
    "時計が鳴った。", "الساعة", "часы", "घड़ी", "a-", "a…", "...", "…", "!", "?!", "•", "→", "😀", "#tag", "@name", "x" * 60,
)  # fmt: skip
_RUNS = (
    "a", " ", "\u00a0", "\t", ".", ",", "-", "_", "*", "#", ">", "<", "&", "\"", "'", "(", ")", "[", "]", "{", "}", "|", "\\",
    "/", "=", "`", "~", ":", ";", "!", "?", "0", "1.", "1 ", "a.", "a, ", "A", "A ", "A b ", "Ab. ", "a-b ", "a's ", "“", "”",
    "«", "ä", "é", "時", "。", "ا", "а", "а ", "क", "\u0301", "\u200b", "\u202e", "\ufffd", "Ã", "Ã©", "1,", "1-", "12:", "2026-",
    "http://", "www.", "a@", "@", "%", "%20", "$1 ", "[1]", "[a](", "[a](b) ", "](", "<a ", "</", "<p", "<!", "<!--", "<?", "&#", "&a",
)  # fmt: skip
_NODES = (
    '{"@type": "NewsArticle", "headline": "Word {n}"}', '{"@type": ["WebPage", "Thing"]}', '{"author": {"name": "Ann {n}"}}',
    '{"@type": "Person", "name": "Ann Poe {n}"}', '{"@id": "#{n}", "isPartOf": {"@id": "#1"}}', '{"a": 1}', "[]", "1", '"a"',
    '{"@type": "Article", "articleBody": "Word word. "}', '{"@type": "Comment", "text": "w"}', '{"image": ["a.jpg"]}',
    '{"keywords": "a, b"}', '{"datePublished": "2026-03-14"}', '{"@graph": [{"@type": "Article"}]}',
)  # fmt: skip
_HEADS = (
    "<meta name=a{n} content=b>", "<meta name=author content='Ann Poe {n}'>", "<meta property=og:title content='Word {n}'>",
    "<meta property=article:tag content=tag{n}>", "<link rel=canonical href='/a/{n}'>", "<link rel=alternate hreflang=de href=/{n}>",
    "<title>Word {n}</title>", "<base href='/{n}/'>", "<script>a({n})</script>", "<style>.a{n} { }</style>",
    "<meta name=date content=2026-03-14>", "<link rel=next href='/{n}'>",
)  # fmt: skip


class Shape(NamedTuple):
    """A kind of input: ``unit`` as often as there is room, then ``closing`` as often; ``{n}`` is the number of each.

    ``media``: how a page is read (``html``, ``text``, ``markdown``), or a kind of ``benchmarks.file_shapes``.
    """

    name: str
    unit: str
    closing: str = ""
    before: str = _ARTICLE
    behind: str = ""
    media: str = "html"

    def text(self, chars: int) -> str:
        """The input of about so many characters."""
        times = max(1, chars // (len(self.unit) + len(self.closing)))
        units = (
            "".join(self.unit.replace("{n}", str(number)) for number in range(times))
            if "{n}" in self.unit
            else self.unit * times
        )
        return "".join((self.before, units, self.closing * times, self.behind))

    def page(self, chars: int) -> Page:
        """The page of about so many characters."""
        if self.media == "markdown":
            return Page(self.text(chars), content_type="text/markdown")
        return Page(self.text(chars), media=self.media)


@cache
def listed() -> dict[str, Any]:
    """The units in ``shapes.toml``."""
    return tomli.loads(Path(__file__).with_name("shapes.toml").read_text("utf-8"))


def page_shapes() -> Iterator[Shape]:
    """All of them; each has a name of its own."""
    yield from _of_elements()
    yield from _of_attributes()
    yield from _of_parts()
    yield from _of_scripts()
    yield from _of_markdown()
    for line in listed()["lines"]:
        yield Shape(f"lines of {line!r}, first", line, before="", behind=f"\n\n{_PLAIN}", media="text")
    for line in _LINES:
        yield Shape(f"lines of {line!r}", f"{line}\n", before=f"{_PLAIN}\n\n", media="text")
        yield Shape(f"blocks of {line!r}", f"{line}\n\n", before=f"{_PLAIN}\n\n", media="text")
    for run in _RUNS:
        yield Shape(f"a text of {run!r}", run, before=f"{_PLAIN}\n\n", media="text")
        yield Shape(f"a paragraph of {run!r}", run, before=f"{_ARTICLE}<p>")
    for node in _NODES:
        script = f"{_ARTICLE}<script type='application/ld+json'>["
        yield Shape(f"JSON-LD of {node}", f"{node}, ", before=script, behind="1]</script>")
        yield Shape(f"scripts of JSON-LD of {node}", f"<script type=application/ld+json>{node}</script>")
    yield Shape(
        "JSON-LD, nested", '{"mainEntity": ', "}", f"{_ARTICLE}<script type=application/ld+json>", "</script>"
    )
    yield Shape("JSON in a script", '{"body": "Word word."}, ', "", f"{_ARTICLE}<script>x = [", "1]</script>")
    for tag in _HEADS:
        yield Shape(f"a head of {tag}", tag, before="<head>", behind=f"</head><body>{_ARTICLE}")


def _of_elements() -> Iterator[Shape]:
    for tag in f"{_CONTAINERS} {_INLINE} {_BLOCKS}".split():
        yield Shape(f"<{tag}>word</{tag}>, repeated", f"<{tag}>word</{tag}>")
        yield Shape(f"<{tag}>, nested", f"<{tag}>a ", f"</{tag}>")
        yield Shape(f"<{tag}>, never closed", f"<{tag}>a")
    for parent in _PARENTS.split():
        for part in _PARTS:
            yield Shape(
                f"{part} within one <{parent}>", part, before=f"{_ARTICLE}<{parent}>", behind=f"</{parent}>"
            )
            yield Shape(f"<{parent}> of {part}, repeated", f"<{parent}>{part}</{parent}>")


def _of_attributes() -> Iterator[Shape]:
    for name in _ATTRIBUTES.split():
        yield Shape(f"<p {name}='a b c d'>x</p>", f"<p {name}='a b c d'>x</p>")
        yield Shape(f"<a {name}={{n}}>Word</a>", f"<a {name}={{n}}>Word</a> ")
        for value in _VALUES:
            yield Shape(
                f"one {name} of {value!r}", value, before=f'{_ARTICLE}<a {name}="', behind='">Word</a>'
            )
    yield Shape("attributes of one tag", " a{n}=1", before=f"{_ARTICLE}<p", behind=">Word</p>")
    far = f"<base href='http://a.example/{'x/' * 10_000}'>{_ARTICLE}"
    yield Shape("links below a long base", "<a href=b>c d</a> ", before=far)


def _of_parts() -> Iterator[Shape]:
    for part in listed()["parts"]:
        yield Shape(f"{part}, one below another", part)
        yield Shape(f"{part}, in one paragraph", part, before=f"{_ARTICLE}<p>")
    for opening, end in listed()["nested"]:
        yield Shape(f"{opening}, nested", opening, end)
    for before, unit, behind in listed()["within"]:
        yield Shape(f"{unit} within {before}", unit, before=f"{_ARTICLE}{before}", behind=behind)


def _of_scripts() -> Iterator[Shape]:
    text = " ".join(_SENTENCES[:2])
    for before, unit, behind in listed()["scripts"]:
        script = f"<h1>Word</h1><script type=application/json>{before.replace('TEXT', text)}"
        yield Shape(
            f"data of {unit} behind {before}", unit.replace("TEXT", text), "", script, f"{behind}</script>"
        )
    for unit in listed()["programs"]:
        yield Shape(f"a script of {unit}", unit, before=f"{_ARTICLE}<script>", behind="</script>")


def _of_markdown() -> Iterator[Shape]:
    before = f"# The clock\n\n{_PLAIN}\n\n"
    for unit in listed()["markdown"]:
        yield Shape(f"Markdown of {unit!r}", unit, before=before, media="markdown")
    for opening, end in listed()["markdown_nested"]:
        yield Shape(f"Markdown of {opening!r}, nested", opening, end, before, media="markdown")
