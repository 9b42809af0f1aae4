"""A page as it is read: as HTML or as text, by what the caller states, what is declared, and what it looks like."""

from __future__ import annotations

import pytest
from articles import ARTICLES

from copydesk import Page, clean, explain
from copydesk.cleaners.errors import BrokenInvariant
from copydesk.cleaners.pipeline import reading

ARTICLE = "\n\n".join(ARTICLES["en"])
ROOTS = ("<rss version='2.0'>", "<feed xmlns='http://www.w3.org/2005/Atom'>", "<urlset>", "<rdf:RDF >")


@pytest.mark.parametrize("quoted", [*ROOTS, "<sitemapindex>"])
@pytest.mark.parametrize("content_type", ["text/plain", "text/html"])
def test_an_article_that_quotes_a_feed_is_no_feed(quoted: str, content_type: str) -> None:
    sentence = f"Every feed begins with {quoted} and ends as it began."
    record = clean(Page(f"{sentence}\n\n{ARTICLE}", content_type=content_type))
    assert (record.status, sentence in record.text) == ("ok", True)
    shown = sentence.replace("<", "&lt;")
    markup = f"<p>{shown}</p><pre><code>{quoted}</code></pre>" + "".join(
        f"<p>{language}</p>" for language in ARTICLES["en"]
    )
    assert clean(Page(markup, content_type="text/html")).status == "ok"


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("above", [
    "",
    "\ufeff\n <?xml version='1.0'?>\n<?xml-stylesheet href='a.xsl'?>",
    f"<?xml version='1.0'?><!-- {ARTICLE} > -- -->", "<!DOCTYPE rss [<!ENTITY a 'b'>]>\n",
    "<!doctype rss SYSTEM 'x.dtd'><!---->",
])  # fmt: skip
def test_a_feed_is_known_by_its_root(root: str, above: str) -> None:
    record = clean(Page(f"{above}{root}<title>Boats</title>", content_type="text/html"))
    assert (record.reason or "").startswith("wrong_type: the page is a feed or sitemap")


def test_media_is_read_whatever_its_case() -> None:
    markup = "".join(f"<p>{language}</p>" for language in ARTICLES["en"])
    record = clean(Page(markup, media=" HTML "))
    assert (record.status, record.text) == ("ok", ARTICLE)
    further = Page(f"<p>{ARTICLES['en'][0]} Thus it ends.</p>", media="HTML")
    joined = clean(Page(markup, media="html", continuations=(further,)))
    assert "Thus it ends." in joined.text
    assert "<p>" not in joined.text


def test_a_page_that_would_lose_text_is_failed_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = reading.page_text
    # a fault put in: the page has a word more than what is cut from it
    monkeypatch.setattr(reading, "page_text", lambda root: whole(root) + "lost")
    page = Page(f"<p>{ARTICLE}</p>", url="https://courier.example/a", media="html")
    record = clean(page)
    assert (record.status, record.url, record.text) == ("failed", page.url, "")
    assert (record.reason or "").startswith(
        "broken_law: text and removals part from the page's text at letter"
    )
    with pytest.raises(BrokenInvariant, match="at letter"):
        explain(page)
