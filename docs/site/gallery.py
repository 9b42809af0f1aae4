"""Ten of the sample pages before and after: each as it was cut, and the record that was made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import chain
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from copydesk import Page, clean_page
from copydesk.cleaners.provenance.narrate import describe_provenance
from copydesk.cleaners.schema import Record
from copydesk.flows.review.cut_page import cut_page

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
CHOSEN = (
    "en-html-newspaper.html",
    "en-html-chatbot.html",
    "en-text-leaked-prompt.txt",
    "en-html-howto.html",
    "de-html-magazine.html",
    "es-html-faq.html",
    "fr-html-paywall.html",
    "nl-html-translated.html",
    "ja-html-shift-jis.html",
    "ar-text-news.txt",
)
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_WRITTEN_FROM_THE_RIGHT = ("ar",)
# an entry of seeds/README.md: the file, its language, what it shows; it ends where the next begins
_ENTRY = re.compile(r"^- `(?P<name>[^`]+)`: (?P<shows>.+?)(?=\n- |\n\n|\Z)", re.MULTILINE | re.DOTALL)


def gallery() -> str:
    """The pages one below the other, as Markdown with HTML in it."""
    entries = _ENTRY.findall((SEEDS / "README.md").read_text("utf-8"))
    shown = {name: " ".join(shows.split()) for name, shows in entries}
    return "\n".join(f"## {name}\n\n{shown[name]}\n\n{_before_and_after(name)}\n" for name in CHOSEN)


def sample() -> str:
    """One of them alone."""
    return _before_and_after("en-html-chatbot.html")


def _before_and_after(name: str) -> str:
    file = SEEDS / "pages" / name
    record = clean_page(Page(file.read_bytes(), media="html" if file.suffix == ".html" else "text"))
    reading = f'lang="{record.language}"' + ' dir="rtl"' * record.language.startswith(_WRITTEN_FROM_THE_RIGHT)
    before = "".join(_block(block) for block in cut_page(record)["blocks"])
    after = f"{''.join(_fields(record))}<div {reading}>{_as_html(record.markdown)}</div>"
    made = (
        f'<div class="before-and-after">'
        f'<div role="region" tabindex="0" aria-label="{name} as it was cut"><div {reading}>{before}</div></div>'
        f'<div role="region" tabindex="0" aria-label="the record of {name}">{after}</div>'
        "</div>"
    )
    # an empty line would end the HTML for a reader of Markdown
    return re.sub(r"\n(?=\n)", "&#10;", made)


def _block(block: dict[str, Any]) -> str:
    text = escape(block["text"]).replace("\n", "<br>")
    if "rule" not in block:
        return f"<p>{text}</p>"
    why = f"{block['label']}: {block['evidence']} ({block['rule']})"
    return f'<p class="cut"><del>{text}</del> <small lang="en" dir="ltr">{escape(why)}</small></p>'


def _fields(record: Record) -> Iterator[str]:
    """What the record says beside its text, as far as it says something."""
    fields = {
        "status": record.status + (f": {record.reason}" if record.reason else ""),
        "title": record.title,
        "authors": ", ".join(author.name for author in record.authors),
        "date_published": record.date_published,
        "language": record.language,
        "provenance": " ".join(describe_provenance(record)),
    }
    rows = "".join(
        f"<dt>{name}</dt><dd><bdi>{escape(value)}</bdi></dd>" for name, value in fields.items() if value
    )
    yield f"<dl>{rows}</dl>"


def _as_html(markdown: str) -> str:
    """Markdown of a page as HTML that asks nobody for its pictures: what they show stands in their place."""
    tokens = _MARKDOWN.parse(markdown)
    for token in chain.from_iterable(one.children or () for one in tokens):
        if token.type == "image":
            token.type, token.content = "text", f"[picture: {token.content}]"
    return str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))
