"""Input made to break or to stall: each ends in a record with a reason code, in time that grows with its size.

The bounds on processor time are generous: they are there for what grows with the square of the size,
which takes minutes here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import pytest
from processor_time import bounded

from copydesk import Options, Record, clean
from copydesk.cleaners import encode
from copydesk.cleaners.facts.page_facts import facts_of
from copydesk.cleaners.judge.second_opinion import WEIGHT, with_second_opinion
from copydesk.cleaners.pipeline.cleaning import clean_page
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import Block, Kind, Page
from copydesk.flows.io.child import Limits, attempt_in_fork

SENTENCE = "The clock of the town hall struck noon on Friday for the first time in eleven years, and a crowd had come."
ARTICLE = f"<p>{SENTENCE}</p><p>{SENTENCE.replace('Friday', 'Saturday')}</p>"
TIMES, GROWTH = 500, 150
"""How much longer than a megabyte takes to be parsed: whatever the page, and pages that are large for their time."""


def cleaned(body: bytes | str, times: float = TIMES) -> Record:
    """The record of a page: whole, one line, and with a reason where it is no article."""
    with bounded(times):
        record = clean(body)
    assert record.status in ("ok", "partial", "rejected")
    assert record.status == "ok" or re.match(r"[a-z_]+: .", record.reason or "")
    assert encode(record).count(b"\n") == 1
    return record


def reason_of(body: bytes | str) -> str:
    record = cleaned(body)
    assert (record.status, record.text, record.removed) == ("rejected", "", ())
    return (record.reason or "").partition(":")[0]


REFUSED: dict[str, tuple[bytes | str, str]] = {
    "nothing": (b"", "empty"), "line breaks": (b"\n" * 100_000, "empty"),
    "break elements": (b"<br>" * 100_000, "empty"), "zero bytes": (bytes(100_000), "empty"),
    "every byte": (bytes(range(256)) * 1_000, "wrong_type"),
    "20 MB and one byte": (b"a" * 20_000_001, "too_large"),
    "20 MB and one letter": ("x" * 20_000_001, "too_large"),
    "100,000 nested elements": (b"<div>" * 100_000 + b"deep", "too_complex"),
    "200,001 siblings": (b"<p>x</p>" * 200_001, "too_complex"),
    "30,001 paragraphs": (b"<p>ab cd</p>" * 30_001, "too_complex"),
    "30,001 lines": (b"- ab cd\n" * 30_001, "too_complex"),
    "20,000 nested lists": (b"<ul><li>" * 10_000 + b"deep", "too_complex"),
    "a feed after many remarks": (b"<?xml version='1.0'?>" + b"<!---->" * 100 + b"<rss><channel/></rss>", "wrong_type"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_pages_beyond_a_limit_are_rejected_with_its_name(kind: str) -> None:
    body, reason = REFUSED[kind]
    assert reason_of(body) == reason


def test_limits_are_the_callers() -> None:
    assert (clean(ARTICLE, options=Options(max_bytes=10)).reason or "").startswith("too_large")
    assert (clean(ARTICLE, options=Options(max_elements=2)).reason or "").startswith("too_complex")
    assert (clean(ARTICLE, options=Options(max_depth=1)).reason or "").startswith("too_complex")
    assert (clean(ARTICLE, options=Options(max_blocks=1)).reason or "").startswith("too_complex")


@pytest.mark.slow
@pytest.mark.parametrize("body", [b"<p>ab cd</p>" * 30_000, b"- ab cd\n" * 30_000])
def test_the_most_blocks_allowed_fit_into_the_memory_of_a_worker(body: bytes) -> None:
    outcome = attempt_in_fork(clean_page, Page(body=body), Limits(processor_seconds=600, timeout_seconds=600))
    assert isinstance(outcome, bytes), outcome


def json_ld(fields: str) -> str:
    node = f'{{"@type": "NewsArticle", "headline": "The clock strikes", {fields}}}'
    return f"<script type='application/ld+json'>{node}</script>"


BROKEN: dict[str, str] = {
    "cut in a sentence": f"<html><body><article>{ARTICLE}<p>The last sent",
    "cut in a tag": f"{ARTICLE}<p><a href='x", "cut in a remark": f"{ARTICLE}<!-- x",
    "a character reference of 5,000 digits": f"<p>&#{'9' * 5_000};</p>{ARTICLE}",
    "a charset that is a codec of Python": f"<meta charset=hex>{ARTICLE}",
    "100,000 attributes": f"<p {' '.join(f'a{number}=1' for number in range(100_000))}>x</p>{ARTICLE}",
    "100,000 attributes without values": f"<p {' '.join(f'a{number}' for number in range(100_000))}>x{ARTICLE}",
    "a base of 300,000 characters": f"<base href='http://a.example/{'x/' * 150_000}'>{'<a href=b>c d</a> ' * 10_000}{ARTICLE}",
    "100,000 classes": f"<p class='{' '.join(f'c{number}' for number in range(100_000))}'>x</p>{ARTICLE}",
    "JSON-LD that never ends": f"<script type='application/ld+json'>{'[' * 100_000}</script>{ARTICLE}",
    "JSON-LD that is null": f"<script type='application/ld+json'>null</script>{ARTICLE}",
    "many blank lines in code": f"<pre>{chr(10) * 25_000}x</pre>{ARTICLE}",
    "two articles in frames": f"<frameset><frame></frameset>{ARTICLE}<plaintext>",
    "lone surrogates": "\ud800" * 1_000 + ARTICLE,
    "5,000 options": f"<select>{'<option>Country' * 5_000}</select>{ARTICLE}",
    "hidden blocks": f"<div hidden>{'<p>gone</p>' * 20}</div>{ARTICLE}",
    "half a surrogate pair in JSON-LD": json_ld(r'"description": "Ferry \ud83d returns"') + ARTICLE,
    "works that nest": json_ld('"isBasedOn": {"name": "x", "y": ' + "[" * 900 + "]" * 900 + "}") + ARTICLE,
    "a label that never ends": f"<meta name=aigc content='{'[' * 19_000}'>{ARTICLE}",
    "the end of the page again and again": "</body></html>" * 1_000 + ARTICLE + "</html>" * 10_000 + "<p>more",
    "much data": f'{ARTICLE}<script type=application/json>{{"body": [{"{}, " * 60_000}1]}}</script>',
    "cells that span less": f"<table>{'<tr><td colspan=99 rowspan=99>a</td><td>b</td></tr>' * 3_000}</table>{ARTICLE}",
    "code nobody closes": f"<pre>x<pre>y<div>{ARTICLE}",
    "readings in readings": f"{'<ruby>a<rt>b' * 100}</ruby>{ARTICLE}",
    "readings where nobody looks": f"<noscript><ruby>a<rt>b</rt></ruby></noscript><ruby>{ARTICLE}<rp>c",
    "pictures without an address": f"<figure>{'<img srcset=,, src=>' * 500}<figcaption>x</figcaption></figure>{ARTICLE}",
    "upper case": ARTICLE.replace("<p>", "<P ALIGN=LEFT>").replace("</p>", "</P>"),
    "an end tag for everything": f"</p></div></table></ul></ol></pre></a></blockquote></tr></td></li>{ARTICLE}",
    "text in attributes": f"<div data-body='{ARTICLE * 50}' title='{SENTENCE * 50}'></div>{ARTICLE}",
    "addresses that are none": f"<base href='http://['><link rel=canonical href='http://exa]mple.com/a'>{ARTICLE}",
}  # fmt: skip


@pytest.mark.parametrize(
    "url",
    ["http://[", "http://exa]mple.com/a", "javascript:alert(1)", "\ud800", "http://a.example/" + "x" * 3_000],
)
def test_an_article_with_any_url_is_kept(url: str) -> None:
    head = f"<link rel=canonical href='{url}'><meta property=og:url content='{url}'><a rel=license href='{url}'>x</a>"
    with bounded(TIMES):
        record = clean(head + ARTICLE, url=url)
    assert SENTENCE in record.text
    assert (record.canonical_url, record.license) == (None, None)
    assert encode(record).count(b"\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", BROKEN)
def test_an_article_beside_hostile_markup_is_kept(kind: str) -> None:
    assert SENTENCE in cleaned(BROKEN[kind]).text


RUNS: dict[str, bytes | str] = {
    "one long line": b"word " * 100_000, "one long paragraph": b"<p>" + b"word " * 50_000,
    "one long word": b"a" * 250_000, "many <": b"<" * 250_000, "many <a": b"<a" * 25_000,
    "many <a and a space": b"<a " * 25_000, "many spaces": b"<p>x" + b" " * 250_000 + b"y",
    "many spaces, no tags": b"x" + b" " * 250_000 + b"y", "round brackets": b"<p>" + b"(" * 75_000,
    "square brackets": b"[" * 75_000, "quotation marks": b'"' * 25_000, "opening quotation marks": "“" * 25_000,
    "apostrophes": b"<p>" + b"' " * 25_000, "commas": b"<p>" + b"a, " * 25_000,
    "dashes": b"<p>" + b"a - " * 25_000, "stops": b"<p>" + b"a. " * 25_000, "ellipses": b"..." * 25_000,
    "digits": b"1 " * 50_000, "digits and stops": b"1." * 50_000, "tabs": b"a\t" * 50_000,
    "dates": b"January 1, 2026, " * 2_500, "names": b"<p class=byline>By " + b"John Smith and " * 2_500,
    "notes on AI": b"<p>" + b"This text was written with AI, ChatGPT and AI, " * 750,
    "notes on AI with brackets in brackets": b"<p>This text " + b"(which " * 1_250 + b"was" * 3 + b") and" * 1_250 + b" was written with AI",
    "what a chatbot cannot do, in clauses": b"<p>As an AI language model, I cannot do this" + b", a" * 25_000,
    "notes on AI in Chinese": "<p>" + "本文由人工智能生成，" * 2_500, "damaged letters": "<p>" + "Ã©" * 25_000,
    "letters that may be damaged, one line": "<p>" + "caf\xe9… " * 12_500,
    "end tags of the page": b"</html" * 50_000 + b"<p>x", "equals signs": b"<p>" + b"= " * 50_000,
    "backslashes": "<pre>" + "\\" * 75_000 + "</pre>" + ARTICLE,
    "back quotes": "<pre>" + "`" * 75_000 + "</pre>" + ARTICLE, "C1 controls": "\x80\x93" * 25_000,
    "combining marks": "<p>e" + "\u0301\u0323" * 37_500,
    "combining marks, spelt": "<p>e" + "&#769;&#803;" * 12_500, "variation selectors": "<p>x" + "\ufe00" * 75_000,
    "zero-width spaces": "<p>x" + "\u200b" * 75_000,
    "remarks after an XML declaration": b"<?xml version='1.0'?>" + b"<!---->" * 12_500 + b"x",
    "remarks nobody closes": b"<!--" * 12_500 + ARTICLE.encode(),
}  # fmt: skip


BLOCKS: dict[str, bytes | str] = {
    "links to a cart": "<p><a href=/cart?add=1>Add to cart</a></p>" * 1_000,
    "prompts": "<p>Write a detailed news article about ‘The lighthouse’ in English, article only.</p>" * 250,
    "rows of one table": b"<table>" + b"<tr><td>cell one</td><td>cell two</td></tr>" * 1_250 + b"</table>",
    "tables in a table": b"<table><tr><td>" + b"<table><tr><td>a</td><td>b</td></tr></table>" * 750,
    "lines": b"ab\n" * 2_000, "lines with a break": b"x<br>" * 7_500, "bullets": b"- a\n" * 2_000,
    "fences": b"```\n" * 3_750, "glued rows": b"townLoss12\n" * 1_250,
    "rows of glued numbers": "Town Loss YearGain\n" + f"Bernhard{'12' * 29}\n" * 2_500,
    "aligned rows": b"Town    Loss    12\n" * 1_250,
    "indented bullets": "".join(f"{' ' * (n % 40)}- a\n" for n in range(2_000)),
    "readings": "<ruby>a<rt>b</rt></ruby>" * 5_000,
    "pictures in one figure": "<figure>" + "<figure><img src=data:x>" * 300 + "<img src=data:x>" * 2_500,
    "lines of code": "<pre>" + "<div>x</div>" * 7_500, "code in code": "<pre>" * 300 + "<div>x</div>" * 2_500,
    "list items with paragraphs": f"<ol>{'<li><p>a</p><p>b</p><ul><li>c</li></ul></li>' * 625}</ol>{ARTICLE}",
    "names doubled": b"John Smith\n" * 1_250, "teasers": "A headline here\nAn excerpt that breaks off…\n" * 1_000,
    "headings": b"<h2>Head</h2>" * 2_500, "headings with text": f"<h2>A heading</h2>{ARTICLE}" * 375,
    "one paragraph again and again": f"<p>{SENTENCE}</p>" * 1_000,
    "different paragraphs": "".join(f"<p>{SENTENCE} {number}</p>" for number in range(750)),
    "hidden blocks": f"<p hidden>{SENTENCE}</p><p>{SENTENCE}</p>" * 750,
    "headings of related articles": "<h3>Related articles</h3><p><a href=x>Bells to ring again</a></p>" * 500,
    "links": b"<p>" + b"<a href=x>link</a> " * 6_250,
    "works in JSON-LD": json_ld(f'"isBasedOn": {[f"https://a.example/{n}" for n in range(5_000)]}'.replace("'", '"')),
    "makers in JSON-LD": json_ld('"author": [' + ",".join(f'{{"@type": "SoftwareApplication", "name": "w{n}"}}' for n in range(5_000)) + "]"),
    "meta tags of one name": "".join(f"<meta name=a content={n}>" for n in range(15_000)) + ARTICLE,
    "a meta tag's name": f"<meta name={'publish' * 25_000} content=x>{ARTICLE}",
    "titles": "<h1>The clock strikes</h1>" * 1_250,
    "marked elements": f"{'<div ai-disclosure=none>' * 300}{ARTICLE * 300}",
    "300 levels": f"{'<div>' * 300}{ARTICLE * 300}",
}  # fmt: skip


def data(value: str) -> str:
    return f"<title>The clock</title><script id=x type=application/json>{value}</script>"


def stream(rows: str) -> str:
    return f"<title>The clock</title><script>self.__next_f.push({json.dumps([1, rows])})</script>"


SCRIPTS: dict[str, str] = {
    "bodies in bodies": data('{"body": ' * 400 + f'"{SENTENCE * 20}"' + "}" * 400),
    "bodies beside bodies": data(f'[{", ".join(f"""{{"body": "{SENTENCE * 5} {n}"}}""" for n in range(375))}]'),
    "nodes in nodes": data('{"body": ' + '[{"type": "p", "content": ' * 200 + f'"{SENTENCE * 20}"' + "}]" * 200 + "}"),
    "many small nodes": data('{"body": {"content": {"blocks": [' + '{"text": "a"}, ' * 25_000 + "1]}}}"),
    "scripts in a body": data('{"body": "' + "<script>" * 25_000 + SENTENCE * 20 + '"}'),
    "tags in a body": data('{"body": "' + "<" * 125_000 + SENTENCE * 20 + '"}'),
    "assignments": "<title>x</title><script>" + "window.a = {" * 12_500 + "</script>",
    "assignments of nothing": "<title>x</title><script>" + "window" * 50_000 + "</script>",
    "rows nobody ends": stream("1:T9999999,a\n" * 12_500), "rows without a colon": stream("a" * 250_000),
    "rows of rows": stream("".join(f'{n:x}:{{"body": ["${n + 1:x}", "${n + 1:x}"]}}\n' for n in range(20)) + f"14:T{len(SENTENCE) * 20:x},{SENTENCE * 20}"),
    "references to one text": stream(f"1:T{len(SENTENCE) * 1_250:x}," + SENTENCE * 1_250 + '2:{"body": [' + '"$1", ' * 6_250 + '"$1"]}'),
    "pushes of nothing": "<title>x</title><script>__next_f" + '.push([1,"' * 25_000 + "</script>",
    "pushes without end": f"<title>x</title><script>__next_f.push([1,{chr(34)}{'.push([1, ' * 25_000}</script>",
    "places that multiply": f"<title>x</title><script id=__NUXT_DATA__ type=application/json>[{', '.join(f'[{n + 1}, {n + 1}]' for n in range(60))}, 1]</script>",
    "data in data": data(r'{"body": "[\"' + SENTENCE * 1_250 + r'\", "}'),
    "captions nobody closes": data('{"body": "' + "<div class='x " * 12_500 + "<div class='caption'>" * 2_500 + SENTENCE * 20 + '"}'),
    "a caption class nobody closes": data("""{"body": "<div class='""" + "caption" * 15_000 + SENTENCE * 20 + '"}'),
    "half a surrogate pair, streamed": f'<title>x</title><script>self.__next_f.push([1,"1:{{\\"body\\": \\"{SENTENCE * 20} \ud83d\\"}}"])</script>',
    "half a surrogate pair": data(r'{"body": "' + SENTENCE * 20 + r' \ud83d\u0001"}'),
}  # fmt: skip


STORY = f"<h1>Noon</h1>{ARTICLE}"


def each(markup: str, count: int) -> str:
    return "".join(markup.replace("{n}", str(number)) for number in range(count))


def in_script(stories: Iterable[str]) -> str:
    data = {f"story{number}": {"body": f"{story} {number}."} for number, story in enumerate(stories)}
    return f"<title>Noon</title><div id=app></div><script type=application/json>{json.dumps(data)}</script>"


PARAGRAPHS = [
    f"The swifts of mill number {at} came back this week, and the miller promised it to all."
    for at in range(10)
]
GROWN: dict[str, bytes | str] = {
    "pictures without an address side by side": f"{STORY}<div>{'<img alt=dial>' * 4_000}</div>",
    "pictures and sources in one picture": f"{STORY}<picture>{'<source srcset=data:,></source><img alt=dial>' * 1_250}</picture>",
    "links of one line of tags": f"{STORY}<p class=tags>Tags: {each('<a rel=tag href=/tag/{n}>word{n}</a>, ', 25_000)}</p>",
    "articles in one object of a script": in_script(SENTENCE * 2 for _ in range(2_000)),
    "text of a script in thousands of lines": in_script(["The clock struck noon.<br>" * 14_000]),
    "emphasis that is no emphasis": f"{STORY}<p>{'<b><i>*</i></b>a' * 6_000}",
    "short texts in one figure": f"{STORY}<figure>{'<p>x</p>' * 30_000}</figure>",
    "posts that repeat the headline": f"<title>Noon strikes again</title><p>{SENTENCE}{'<article><h2>Noon strikes again</h2></article>' * 6_000}",
    "boxes with a heading": f"<article>{STORY}{'<aside><h3>Clocks</h3><p>A few words on the tower.</p></aside>' * 5_000}</article>",
    "lists of terms between paragraphs": f"<article>{STORY}{f'<p>{SENTENCE}</p><dl><dt>Noon<dd>The hour at which the clock strikes twelve.</dl>' * 1_500}</article>",
    "a name twice before each line": "Ada Quill\nAda Quill\nHere is one.\n" * 2_500,
    "comments with a time and a button": f"<article>{STORY}<h3>1250 comments</h3>{each('<div><b>u{n}</b> <span class=date>3 hours ago</span><p>Nice words.</p><a href=#>Reply</a></div>', 1_250)}</article>",
    "comments with a day": f"<article>{STORY}<h3>1250 comments</h3>{each('<div><b>u</b> <span class=date>4 March 2026</span><p>Nice words {n}.</p></div>', 1_250)}</article>",
    "lines with a day": "\n\n".join(
        ("Noon strikes again", *PARAGRAPHS[:5], *["4 March 2026"] * 400, *PARAGRAPHS[5:])
    ),
    "paragraphs of one quote that a paragraph has, too": f"<article>{STORY}<aside><blockquote>{each('<p>The clock struck {n} at noon.</p>', 4_000)}</blockquote></aside><p>{each('The clock struck {n} at noon. ', 4_000)}</p></article>",
    "formulas between paragraphs": f"<article>{STORY}{f'<p>{SENTENCE}</p><p><math><mi>x</mi></math></p>' * 1_750}</article>",
}
"""Whose time grew with the square of their size."""


LONG = {"run": RUNS, "blocks": BLOCKS, "script": SCRIPTS, "grown": GROWN}


@pytest.mark.slow
@pytest.mark.parametrize(("of", "kind"), [(of, kind) for of, bodies in LONG.items() for kind in bodies])
def test_time_grows_in_proportion_to_size(of: str, kind: str) -> None:
    cleaned(LONG[of][kind], times=GROWTH)


LONG_FOR_TRAFILATURA = {
    "cells that span": "<table>" + "<tr><td colspan=999 rowspan=999>a</td><td>b</td></tr>" * 300 + "</table>",
    "cells that span less": "<table>" + "<tr><td colspan=99 rowspan=99>a</td><td>b</td></tr>" * 3_000,
    "cells that span, quoted": '<TR><TD ROWSPAN="0900" COLSPAN = "900">a<td>b' * 300,
    "many elements": "<div>x y z</div>" * 200_000,
    "much text": f"<p>{SENTENCE}</p>" * 100_000,
}


@pytest.mark.parametrize("kind", LONG_FOR_TRAFILATURA)
def test_pages_too_large_for_trafilatura_have_no_second_opinion(kind: str) -> None:
    page = facts_of(PageTable((Block(0, Kind.PARAGRAPH, SENTENCE),)), language="en", is_html=True)
    with bounded(70):
        assert with_second_opinion(page, (0.5,), LONG_FOR_TRAFILATURA[kind] + ARTICLE, weight=WEIGHT) == (
            0.5,
        )


def test_a_second_opinion_is_checked_of_ordinary_tables() -> None:
    page = facts_of(PageTable((Block(0, Kind.PARAGRAPH, SENTENCE),)), language="en", is_html=True)
    table = "<table>" + "<tr><td colspan=3>a</td><td rowspan=12>b</td></tr>" * 80 + "</table>"
    (keep,) = with_second_opinion(page, (0.5,), f"<article>{ARTICLE * 3}{table}</article>", weight=WEIGHT)
    assert keep > 0.5
