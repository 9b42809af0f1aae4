"""Small pages with what is right on each, in ``small_pages.toml``.

``{title}``, ``{p1}``, ``{p2}``, ``{p3}`` and ``{text}`` (all three) stand for the short article of the page's language
(``tests/articles.toml``), ``{b1}``, ``{b2}`` and ``{b3}`` for its paragraphs without tags. All of it must be in the
text, and ``kept`` too, and once each; nothing of ``gone``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli
from articles import ARTICLES, TITLES

from copydesk import Page, clean_page

PAGES: list[dict[str, Any]] = tomli.loads(Path(__file__).with_name("small_pages.toml").read_text("utf-8"))[
    "page"
]


@pytest.mark.parametrize("page", PAGES, ids=[page["name"] for page in PAGES])
def test_a_small_page_gives_its_article(page: dict[str, Any]) -> None:
    language = page["language"]
    paragraphs, title = ARTICLES[language], TITLES[language]
    parts = {f"p{number}": f"<p>{text}</p>" for number, text in enumerate(paragraphs, start=1)}
    bare = {f"b{number}": text for number, text in enumerate(paragraphs, start=1)}
    body = page["html"].format(title=title, text="\n".join(parts.values()), **parts, **bare)
    html = f'<!DOCTYPE html><html lang="{language}"><head><title>{title}</title></head><body>{body}</body></html>'

    record = clean_page(Page(body=html.encode(), content_type="text/html; charset=utf-8"))

    assert record.status == "ok", record.reason
    text = " ".join(record.text.split())
    kept = (*paragraphs, *page.get("kept", ()))
    assert {part: text.count(part) for part in kept} == dict.fromkeys(kept, 1)
    assert [part for part in page.get("gone", ()) if part in text] == []
