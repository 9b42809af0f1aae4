"""Articles as HTML and TEI documents: what they look like, and that those who read such documents can."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from lxml import html as lxml_html
from made_records import full_record
from msgspec.structs import replace
from test_article_html import check
from trafilatura.xml import validate_tei

from copydesk import Record, clean
from copydesk.cleaners.text_forms import letters
from copydesk.flows.errors import CannotWrite
from copydesk.flows.formats.html_files import html_file
from copydesk.flows.formats.tei_files import TEI as TEI_FORMAT
from copydesk.flows.formats.tei_files import tei_file

SEEDS = sorted((Path(__file__).parents[3] / "seeds" / "pages").glob("*.html"))
TEI = {"t": "http://www.tei-c.org/ns/1.0"}
PAGE = """<html lang=en><head><title>Ferry &amp; co. resume</title><meta name=author content="Ida Lund">
<link rel=license href="https://creativecommons.org/licenses/by/4.0/"><meta property="article:published_time" content="2026-11-02">
</head><article><h1>Ferry &amp; co. resume</h1>
<p>The ferry sails <em>again</em> from <a href="/monday?a=1&amp;b=2">Monday</a>, the port said; &lt;b&gt; is no tag.</p>
<h2>What it costs</h2><ul><li>Bicycles go free.</li><li>Dogs go free, too.</li></ul>
<h3>Groups</h3><blockquote><p>Ten pay for nine, said the port.</p></blockquote>
<h2>The times</h2><table><tr><th>From</th><th>To</th></tr><tr><td>06:00</td><td>the <b>island</b></td></tr></table>
<pre>if ice:
    stay()</pre></article></html>"""
AS_HTML = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Ferry &amp; co. resume</title>
<meta name="author" content="Ida Lund">
<link rel="canonical" href="https://paper.example/ferry?a=1&amp;b=2">
<meta name="dcterms.license" content="https://creativecommons.org/licenses/by/4.0/">
</head>
<body>
<article class="copydesk-article" lang="en">
<header class="copydesk-header">
<h1>Ferry &amp; co. resume</h1>
<address class="copydesk-authors">Ida Lund</address>
<p class="copydesk-date"><time datetime="2026-11-02">2026-11-02</time></p>
<p class="copydesk-source"><a href="https://paper.example/ferry?a=1&amp;b=2">paper.example</a></p>
</header>
<p>The ferry sails <em>again</em> from <a href="https://paper.example/monday?a=1&amp;b=2">Monday</a>, the port said; &lt;b&gt; is no tag.</p>
<h2>What it costs</h2>
<ul>
<li>Bicycles go free.</li>
<li>Dogs go free, too.</li>
</ul>
<h3>Groups</h3>
<blockquote>
<p>Ten pay for nine, said the port.</p>
</blockquote>
<h2>The times</h2>
<table>
<thead>
<tr>
<th>From</th>
<th>To</th>
</tr>
</thead>
<tbody>
<tr>
<td>06:00</td>
<td>the <strong>island</strong></td>
</tr>
</tbody>
</table>
<pre><code>if ice:
    stay()
</code></pre>
</article>
</body>
</html>
"""
AS_TEI = """
<body>
  <div>
    <p>The ferry sails <hi rend="italic">again</hi> from <ref target="https://paper.example/monday?a=1&amp;b=2">Monday</ref>, the port said; &lt;b&gt; is no tag.</p>
    <div>
      <head>What it costs</head>
      <list rend="bulleted">
        <item>Bicycles go free.</item>
        <item>Dogs go free, too.</item>
      </list>
      <div>
        <head>Groups</head>
        <quote>
          <p>Ten pay for nine, said the port.</p>
        </quote>
      </div>
    </div>
    <div>
      <head>The times</head>
      <table>
        <row>
          <cell role="label">From</cell>
          <cell role="label">To</cell>
        </row>
        <row>
          <cell>06:00</cell>
          <cell>the <hi rend="bold">island</hi>
          </cell>
        </row>
      </table>
      <ab>
        <code>if ice:
    stay()
</code>
      </ab>
    </div>
  </div>
</body>
"""


@pytest.fixture(scope="module")
def record() -> Record:
    return clean(PAGE, "https://paper.example/ferry?a=1&b=2")


def test_a_document_of_html(record: Record) -> None:
    assert html_file(record).decode() == AS_HTML
    assert "<h1>" not in html_file(record, title=False).decode()


def test_a_document_of_tei(record: Record) -> None:
    root = etree.fromstring(tei_file(record))
    body = root.find("t:text/t:body", TEI)
    assert body is not None
    etree.indent(body)
    assert etree.tostring(body).decode().replace(' xmlns="http://www.tei-c.org/ns/1.0"', "") == AS_TEI.strip()
    facts = {
        "t:teiHeader/t:fileDesc/t:titleStmt/t:title": record.title,
        "t:teiHeader/t:fileDesc/t:titleStmt/t:author": "Ida Lund",
        "t:teiHeader/t:fileDesc/t:publicationStmt/t:date": "2026-11-02",
        "t:teiHeader/t:fileDesc/t:publicationStmt/t:availability/t:p": record.license,
        "t:teiHeader/t:fileDesc/t:publicationStmt/t:idno": record.id,
        "t:teiHeader/t:profileDesc/t:langUsage/t:language": "en",
    }
    assert {path: root.findtext(path, namespaces=TEI) for path in facts} == facts
    (pointer,) = root.findall(".//t:sourceDesc/t:bibl/t:ptr", TEI)
    assert pointer.get("target") == record.url


@pytest.mark.slow
@pytest.mark.parametrize("file", SEEDS[::2], ids=lambda file: file.stem)
def test_documents_of_sample_pages(file: Path) -> None:
    record = clean(file.read_bytes(), f"https://paper.example/{file.name}")
    if not record.text:
        return
    root = etree.fromstring(tei_file(record))
    page = check(html_file(record).decode())
    # what stands in fields of their own
    apart = (*page.iterfind(".//header"), *page.iterfind(".//figcaption"))
    for element in (*apart, *root.iterfind(".//t:graphic/t:desc", TEI)):
        element.getparent().remove(element)  # type: ignore[union-attr]  # each is in another
    words = "".join(root.find("t:text", TEI).itertext())  # type: ignore[union-attr]  # it is there
    assert letters(words) == letters(page.xpath("string(//article)"))
    captions = "".join(letters(image.caption or "") for image in record.images)
    assert sorted(letters(words)) in (sorted(letters(record.text)), sorted(letters(record.text) + captions))
    # the schema that is at hand is a part of TEI's, without tables and code
    for element in (*root.iterfind(".//t:table", TEI), *root.iterfind(".//t:code", TEI)):
        element.getparent().remove(element)  # type: ignore[union-attr]  # each is in another
    assert validate_tei(root)


def test_what_xml_cannot_hold_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match=r"^record some id: .* XML compatible"):
        TEI_FORMAT.write([replace(full_record(), title="\x01")], tmp_path)


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp"))))
def test_a_title_of_any_text_is_the_title_of_a_document(text: str) -> None:
    record = replace(full_record(), title=text)
    assert (
        lxml_html.fromstring(html_file(record)).xpath("string(//title)").split()
        == (text or record.url or "").split()
    )
    found = etree.fromstring(tei_file(record)).findtext(".//t:titleStmt/t:title", namespaces=TEI)
    assert found == (text or record.url)
