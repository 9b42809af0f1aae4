"""What a page's structure becomes: tables, lists, quotations, code, captions, posts, order; from markup of any decade.

Each page has the same article around the structure under test, as real pages have prose around theirs.
"""

from __future__ import annotations

import json

import pytest

from copydesk import Record, clean, restore
from copydesk.cleaners.text_forms import letters

PARAGRAPHS = (
    "The clock of the town hall struck noon on Friday for the first time in eleven years, and a crowd of some two hundred people had come to the square to hear it.",
    "The mechanism had stood still since a storm bent the axle of the minute hand. Two apprentices of the watchmaker's school took it apart last winter and made the broken parts anew.",
    "The town council paid for the material only. The watchmaker said that the clock would now lose less than a minute a month, which was better than on the day it was built.",
    "“People set their watches by it again,” said Una Platt, who has sold bread below the tower for thirty years and who had been late, by her own account, for eleven of them.",
    "The school has been asked to look at two more clocks in the valley. Both belong to churches, and both stopped in the same storm, at the same minute of the same night.",
)
ARTICLE = "".join(f"<p>{text}</p>" for text in PARAGRAPHS[:3])
ENDING = "".join(f"<p>{text}</p>" for text in PARAGRAPHS[3:])


def page(body: str, head: str = "") -> str:
    return (
        f"<!doctype html><html lang=en><head><title>Old clock strikes again</title>{head}</head><body>"
        f"<nav><a href=/>Home</a> <a href=/town>Town</a></nav><main><article><h1>Old clock strikes again</h1>"
        f"{ARTICLE}{body}{ENDING}</article></main><footer><p>Copyright 2026 Example Courier</p></footer></body></html>"
    )


def cleaned(body: str) -> Record:
    """The record of an article with ``body`` in its middle; all its paragraphs are there, once, and apart."""
    record = clean(page(body), url="https://courier.example/2026/clock")
    paragraphs = record.text.split("\n\n")
    assert [paragraphs.count(text) for text in PARAGRAPHS] == [1] * len(PARAGRAPHS)
    return record


TABLE = """<table><thead><tr><th></th><th>Loss | month</th><th>Built</th></tr></thead><tbody>
<tr><td rowspan=2>Town hall</td><td>1 minute</td><td>1846</td></tr>
<tr><td>none<br>since Friday</td><td><p>1911,</p><p>again 2026</p></td></tr>
<tr><td colspan=2>Both churches</td><td>1790</td></tr></tbody></table>"""


def test_a_table_is_a_table() -> None:
    record = cleaned(
        f"<p>The clocks of the valley lose time in different ways, as this table shows.</p>{TABLE}"
    )
    assert (
        "\tLoss | month\tBuilt\nTown hall\t1 minute\t1846\n\tnone since Friday\t1911, again 2026\nBoth churches\t\t1790"
    ) in record.text
    assert (
        "|  | Loss \\| month | Built |\n| --- | --- | --- |\n| Town hall | 1 minute | 1846 |\n"
        "|  | none<br>since Friday | 1911,<br>again 2026 |\n| Both churches |  | 1790 |"
    ) in record.markdown


LINES_OF_CODE = "".join(f"<div class=line>{line}</div>" for line in ("if noon:", "    strike(12)", "rest()"))
IN_MARKDOWN = {
    "nested lists and paragraphs of items": (
        (
            "<p>The apprentices did the work in the following order, with the school's tools:</p>"
            "<ol><li>They took the hands off the dial.<ul><li>The minute hand was bent by the storm.</li>"
            "<li>The hour hand was whole, but rusty.</li></ul></li>"
            "<li><p>They cleaned every wheel of the train.</p><p>That took them all of January.</p></li>"
            "<li>They cast a new axle.</li></ol>"
        ),
        (
            "1. They took the hands off the dial.\n   - The minute hand was bent by the storm.\n"
            "   - The hour hand was whole, but rusty.\n2. They cleaned every wheel of the train.\n\n"
            "   That took them all of January.\n\n3. They cast a new axle."
        ),
    ),
    "code in an item of a list": (
        (
            "<p>The new regulator is a small computer, and anybody can set it up at home:</p><ol><li>Write down the rule for the bell, as here:"
            "<pre>if noon:\n    strike(12)</pre></li><li>Then start the motor of the bell and wait for the hour.</li></ol>"
        ),
        "as here:\n\n   ```\n   if noon:\n       strike(12)\n   ```\n\n2. Then start the motor",
    ),
    "code whose lines are elements": (
        f"<p>The rule that the regulator follows is short enough to print it here in full:</p><pre><code>{LINES_OF_CODE}</code></pre>",
        "```\nif noon:\n    strike(12)\nrest()\n```",
    ),
    "headings of two ranks": (
        f"<h2>How it stopped</h2>{PARAGRAPHS[0].replace('Friday', 'Monday')}<h3>The storm</h3><p>It came from the lake, and nobody had foreseen it on the evening before the fair.</p>",
        "## How it stopped",
        "### The storm",
    ),
    "a quotation of two paragraphs": (
        (
            "<p>The mayor read from the chronicle of the town, where the clock is mentioned for the first time:</p>"
            "<blockquote><p>In this year the town bought a clock, and paid too much for it.</p>"
            "<p>The smith who sold it has not been seen in these parts since then.</p></blockquote>"
        ),
        (
            "> In this year the town bought a clock, and paid too much for it.\n>\n"
            "> The smith who sold it has not been seen in these parts since then."
        ),
    ),
    "an embedded post with its author": (
        (
            '<p>The school wrote about it on the same evening, to the delight of its former pupils:</p><blockquote class="twitter-tweet"><p lang="en">Eleven years of silence are over. '
            "We are proud of our two apprentices and of their axle.</p>&mdash; Watchmakers' School (@watchschool) "
            '<a href="https://twitter.com/watchschool/status/1">20 November 2026</a></blockquote>'
        ),
        (
            "> Eleven years of silence are over. We are proud of our two apprentices and of their axle.\n>\n"
            "> — Watchmakers' School (@watchschool) [20 November 2026](https://twitter.com/watchschool/status/1)"
        ),
    ),
}


@pytest.mark.parametrize("case", IN_MARKDOWN)
def test_structure_is_in_the_markdown(case: str) -> None:
    body, *written = IN_MARKDOWN[case]
    markdown = cleaned(body).markdown
    for part in written:
        assert part in markdown


@pytest.mark.parametrize("figure", [
    "<figure><img src=/dial.jpg><figcaption>{}</figcaption></figure>",
    "<figure><figcaption>{}</figcaption><img src=/dial.jpg></figure>",
    "<figure><img src='data:image/gif;base64,AA==' data-src=/dial.jpg><figcaption>{}</figcaption></figure>",
    "<figure><picture><source srcset='/dial.jpg 800w, /small.jpg 200w'><img></picture><figcaption>{}</figcaption></figure>",
    "<figure><img src='data:image/gif;base64,AA=='><noscript><img src=/dial.jpg></noscript><figcaption>{}</figcaption></figure>",
])  # fmt: skip
def test_a_caption_has_its_picture(figure: str) -> None:
    record = cleaned(figure.format("The dial of the town hall, seen from the square"))
    image = record.images[0]
    assert (image.url, image.caption) == (
        "https://courier.example/dial.jpg",
        "The dial of the town hall, seen from the square",
    )
    assert f"![{image.caption}]({image.url})" in record.markdown


def test_readings_of_words_are_not_inside_them() -> None:
    record = clean(
        "<html lang=ja><title>時計</title><article><h1>時計が動く</h1><p>町の<ruby>時計<rp>（</rp><rt>とけい</rt><rp>）</rp></ruby>が十一年ぶりに動き出し、広場には二百人ほどの人が集まって、正午の鐘の音を静かに聞いた。</p>"
        "<p>嵐で<ruby>針<rt>はり</rt></ruby>の軸が曲がってから止まったままだったが、学校の生徒二人が冬の間に分解し、壊れた部品を新しく作り直した。</p></article>"
    )  # fmt: skip
    assert "町の時計が十一年ぶりに" in record.text
    assert "嵐で針の軸が" in record.text
    assert "とけい" in restore(record)
    assert "とけい" not in record.text


def test_readings_are_hidden_where_the_whole_page_is() -> None:
    words = [f"<ruby>{word}<rt>Turmuhr schlug zum ersten Mal</rt></ruby>" for word in TEXT.split(" ")]
    body = "".join(f"<p>{' '.join(words[at : at + 40])}</p>" for at in range(0, len(words), 40))
    record = clean(
        f"<html lang=en><title>Old clock</title><article hidden><h1>Old clock</h1>{body}</article>"
    )
    assert TEXT[:60] in record.text
    assert "Turmuhr" not in record.text
    assert "hidden" in [gone.label for gone in record.removed if "Turmuhr" in gone.text]


def test_a_body_in_several_containers_is_whole_and_in_order() -> None:
    parts = "".join(
        f"<section class=text-block><p>{text}</p></section><div class=ad>Advertisement</div>"
        for text in PARAGRAPHS
    )
    record = clean(f"<html lang=en><title>Old clock</title><main><h1>Old clock strikes</h1>{parts}</main>")
    assert [text for text in record.text.split("\n\n") if text in PARAGRAPHS] == list(PARAGRAPHS)
    assert "Advertisement" not in record.text


def test_a_live_blog_stays_in_the_order_of_the_page() -> None:
    posts = "".join(
        f"<article class=live-post><time>12:0{5 - at}</time><p>{text}</p></article>"
        for at, text in enumerate(PARAGRAPHS)
    )
    record = clean(
        f"<html lang=en><title>Live: the clock</title><main><h1>Live: the clock is started</h1>{posts}</main>"
    )
    found = [record.text.find(text) for text in PARAGRAPHS]
    assert -1 not in found
    assert found == sorted(found)


TEXT = " ".join(PARAGRAPHS)
DECADES = {
    "1995": "<HTML><HEAD><TITLE>Old clock</TITLE></HEAD><BODY BGCOLOR=#FFFFFF><CENTER><H1>Old clock</H1></CENTER><HR>" + "".join(f"<FONT SIZE=3>{text}</FONT><P>" for text in PARAGRAPHS),
    "1998, everything in one table": "<html><title>Old clock</title><body><table width=800 border=0><tr><td width=150><a href=a.htm>Home</a><br><a href=b.htm>Town</a></td><td><h1>Old clock</h1><p>" + "<p>".join(PARAGRAPHS) + "</td></tr></table>",
    "tables in tables": "<html><title>Old clock</title><body><table><tr><td><table><tr><td><table><tr><td>" + "</td></tr><tr><td>".join(PARAGRAPHS) + "</td></tr></table></td></tr></table></td></tr></table>",
    "line breaks only": "<html><title>Old clock</title><body><b>Old clock</b><br><br>" + "<br><br>".join(PARAGRAPHS),
    "line breaks with hard spaces": "<html><title>Old clock</title><body>" + "<br>&nbsp;<br>".join(PARAGRAPHS),
    "XHTML": '<?xml version="1.0" encoding="UTF-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>Old clock</title><script type="text/javascript">//<![CDATA[\nvar a = "</p>";\n//]]></script></head><body>' + "".join(f"<p>{text}</p>" for text in PARAGRAPHS) + "</body></html>",
    "paragraphs nobody closes": "<html><title>Old clock</title><body><p>" + "<p>".join(PARAGRAPHS),
    "custom elements": "<html><title>Old clock</title><body><app-root><app-story>" + "".join(f"<app-text><p>{text}</p></app-text>" for text in PARAGRAPHS) + "</app-story></app-root>",
    "AMP": "<!doctype html><html ⚡><head><title>Old clock</title></head><body><amp-story-page><article>" + "".join(f"<p>{text}</p><amp-ad>x</amp-ad>" for text in PARAGRAPHS) + "</article></amp-story-page></body></html>",
    "the end of the page in its middle": "<html><head><title>Old clock</title></head><body><header>Courier</header></body></html><div><article>" + "".join(f"<p>{text}</p>" for text in PARAGRAPHS) + "</article></div></body></html>",
    "one line of a megabyte": "<html><title>Old clock</title><body>" + "".join(f"<p>{text}</p>" for text in PARAGRAPHS) + f"<!--{'x' * 1_000_000}--><script>{'y' * 100_000}</script>",
}  # fmt: skip


@pytest.mark.parametrize("decade", DECADES)
def test_markup_of_any_decade(decade: str) -> None:
    paragraphs = clean(DECADES[decade]).text.split("\n\n")
    assert [paragraphs.count(text) for text in PARAGRAPHS] == [1] * len(PARAGRAPHS)


def test_text_in_attributes_is_no_text() -> None:
    record = clean(
        f"<title>Gallery</title><div data-text='{TEXT[:200]}'><img alt='{TEXT[:300]}' title='{TEXT[:200]}'></div>"
    )
    assert (record.status, record.text) == ("rejected", "")
    assert record.reason


def json_ld(body: str) -> str:
    return f"<script type='application/ld+json'>{json.dumps({'@type': 'NewsArticle', 'headline': 'Old clock', 'articleBody': body})}</script>"


def nodes(texts: tuple[str, ...]) -> list[dict[str, object]]:
    """Paragraphs as an editor's tree: runs of text in nodes."""
    return [
        {"type": "paragraph", "content": [{"type": "text", "text": text[:30]}, {"type": "text", "text": text[30:]}]}
        for text in texts
    ]  # fmt: skip


def markup_in_json() -> str:
    """As pages write it, so that no end tag ends the script."""
    return json.dumps("".join(f"<p>{text}</p>" for text in PARAGRAPHS)).replace("</", "<\\/")


def streamed(rows: bytes) -> str:
    """Rows as a page streams them: cut into scripts wherever it happens to be, here every 97 characters."""
    text = rows.decode()
    pieces = (json.dumps([1, text[at : at + 97]]).replace("<", "\\u003c") for at in range(0, len(text), 97))
    return "<script>(self.__next_f=self.__next_f||[]).push([0])</script>" + "".join(
        f"<script>self.__next_f.push({piece})</script>" for piece in pieces
    )


def rows_of(markup: str, *, body: str = "$24") -> bytes:
    """A stream with a row of text, as long as it declares in bytes, between rows of data that refer to it."""
    state = {
        "data": {"headline": "Old clock", "contentHtml": body, "updated": "$D2026-03-06", "next": "$L1a"}
    }
    return b"".join([
        b'1:"$Sreact.fragment"\n:HL["/a.css","style"]\n1a:I[49594,[],"Mark"]\n',
        b"24:T%x,%s" % (len(markup.encode()), markup.encode()),
        b"5:%s\n" % json.dumps(["$", "$L23", None, {"state": state, "children": "$L5"}]).encode(),
        b'25:["$","p",null,{"children":"Loading"}]\n',
    ])  # fmt: skip


MARKUP = "".join(f"<p class=text>{text}</p>" for text in PARAGRAPHS)
SHELL = "<html lang=en><head><title>Old clock</title>{}</head><body><nav><a href=/>Home</a></nav><div id=root>Loading</div>{}</body></html>"
IN_SCRIPTS = {
    "json-ld:articleBody": SHELL.format(json_ld("\n\n".join(PARAGRAPHS)), ""),
    "script:__NEXT_DATA__": SHELL.format("", f"<script id=__NEXT_DATA__ type=application/json>{json.dumps({'props': {'article': {'body': nodes(PARAGRAPHS), 'related': [{'title': 'Bells'}]}}})}</script>"),
    "script:__STATE__": SHELL.format("", f'<script>window.__STATE__ = {{"story": {{"bodyHtml": {markup_in_json()}}}}};</script>'),
    "script:__next_f": SHELL.format("", streamed(rows_of(MARKUP))),
    "script:__NUXT_DATA__": SHELL.format("", f"<script id=__NUXT_DATA__ type=application/json>{json.dumps([['Reactive', 1], {'story': 2, 'again': 1}, {'title': 3, 'content': 4}, 'Old clock', list(range(5, 5 + len(PARAGRAPHS))), *PARAGRAPHS])}</script>"),
    "script:__DATA__": SHELL.format("", f"<script>var __DATA__ = JSON.parse({json.dumps(json.dumps({'post': {'content': {'rendered': MARKUP}}})).replace('</', '<' + chr(92) + '/')});</script>"),
    "script:queries": SHELL.format("", f"<script>window['queries'] = window['queries'] || []; window['queries'].push({json.dumps({'state': json.dumps({'article_body': '&lt;p&gt;'.join(PARAGRAPHS)})})})</script>"),
}  # fmt: skip


def test_a_page_that_shows_nothing_at_all_is_described_by_what_it_declares() -> None:
    node = {
        "@type": "NewsArticle", "headline": "Old clock", "author": {"name": "Una Platt"},
        "articleBody": chr(10).join(PARAGRAPHS),
    }  # fmt: skip
    head = f"<title></title><script type=application/ld+json>{json.dumps(node)}</script>"
    record = clean(f"<html lang=en><head>{head}</head><body><div id=root></div></body></html>")
    assert (record.status, record.title, [author.name for author in record.authors]) == (
        "partial", "Old clock", ["Una Platt"],
    )  # fmt: skip
    assert record.text.split("\n\n") == list(PARAGRAPHS)


def test_a_note_of_machines_leaves_a_text_from_a_script_too() -> None:
    note = "This article was written with the help of ChatGPT and checked by an editor."
    record = clean(SHELL.format(json_ld("\n\n".join((*PARAGRAPHS, note))), ""))
    assert record.text.split("\n\n") == list(PARAGRAPHS)
    assert [use.role for use in record.provenance.ai] == ["assisted"]
    assert note in [evidence.quote for evidence in record.provenance.evidence]


@pytest.mark.parametrize("origin", IN_SCRIPTS)
def test_a_body_that_is_only_in_a_script(origin: str) -> None:
    record = clean(IN_SCRIPTS[origin])
    assert record.text.split("\n\n") == list(PARAGRAPHS)
    assert (record.status, record.field_origins["text"], record.language) == ("partial", origin, "en")
    assert letters(restore(record)) == letters("Old clock Home Loading"), (
        "the law is about what a browser shows"
    )
    assert [gone.after for gone in record.removed] == [0, 0, 0]


def test_streamed_text_is_counted_in_bytes_and_has_no_captions() -> None:
    text = TEXT.replace("clock", "Turmuhr für Größe")
    markup = f'<div class="box"><div class="caption"><p>The dial, Größe 3</p></div></div>$$AD$$<p>{text}</p><figure><figcaption>The tower</figcaption></figure>'
    for rows in (rows_of(markup), rows_of(markup).replace(b"$24", b"$26") + b'26:"$24"\n'):
        assert clean(SHELL.format("", streamed(rows))).text == text


@pytest.mark.parametrize("script", [
    json_ld("Quite another text. " * 40), streamed(rows_of(MARKUP.replace("clock", "bell") * 2)),
])  # fmt: skip
def test_a_script_does_not_replace_what_the_page_shows(script: str) -> None:
    record = clean(page("", script))
    assert (record.status, "text" in record.field_origins) == ("ok", False)
    assert PARAGRAPHS[0] in record.text
    assert "bell" not in record.text


def test_a_body_for_subscribers_in_a_script_is_partial() -> None:
    notice = (
        '<script type=\'application/ld+json\'>{"@type": "NewsArticle", "isAccessibleForFree": false}</script>'
    )
    record = clean(SHELL.format(notice, streamed(rows_of(MARKUP))))
    assert (record.status, record.is_accessible_for_free) == ("partial", False)
    assert record.text.split("\n\n") == list(PARAGRAPHS)


@pytest.mark.parametrize("scripts", [
    json_ld(PARAGRAPHS[0][:90]),  # a description
    json_ld(TEXT) + json_ld(TEXT.replace("clock", "bell")),  # a list of articles
    f"<script>window.__STATE__ = {{'body': '{TEXT[:50]}'}}</script>",  # no JSON
    f"<script id=x type=application/json>{json.dumps({'a': {'body': TEXT}, 'b': {'body': TEXT.replace('clock', 'bell')}})}</script>",
    f"<script id=x type=application/json>{json.dumps({'labels': {'text': 'word ' * 400}})}</script>",  # no sentence
    streamed(rows_of(MARKUP, body="$99")),  # nothing it refers to
    streamed(rows_of(MARKUP, body="$5")),  # itself
    streamed(rows_of(MARKUP)[:300]),  # cut
    f"<script id=__NUXT_DATA__ type=application/json>{json.dumps([{'body': 7}, TEXT])}</script>",
])  # fmt: skip
def test_what_is_no_body_in_a_script(scripts: str) -> None:
    record = clean(SHELL.format(scripts, ""))
    assert (record.status, record.text) == ("rejected", "")


@pytest.mark.parametrize(
    "address", ["http://[", "http://", "http://exa]mple.com/x", "http://a b\tc", "data:x"]
)
def test_what_is_no_address_is_no_picture(address: str) -> None:
    record = clean(page(f'<figure><img src="{address}"><figcaption>The dial</figcaption></figure>'))
    assert [image.url for image in record.images] == [None]
    assert "![" not in record.markdown


@pytest.mark.parametrize("mark", [">", ">\u200b", "> \xad"])
def test_a_quotation_mark_with_nothing_behind_it_is_text(mark: str) -> None:
    assert clean(f"{PARAGRAPHS[0]}\n\n{mark}\n\n{PARAGRAPHS[1]}").status == "ok"
