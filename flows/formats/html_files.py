"""Records as HTML documents: the article with its structure and facts, and nothing of the page around it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from copydesk.cleaners.schema import Author, Record
from copydesk.flows.formats.file_tree import tree_format
from copydesk.flows.formats.markdown_tree import headline_of, html_of


def html_file(record: Record, *, title: bool = True) -> bytes:
    """A whole document, UTF-8: ``head`` with the facts, ``article`` with the headline, who wrote it and when, and the
    text.
    """
    return f"""<!DOCTYPE html>
<html{"" if record.language == "und" else f' lang="{escape(record.language)}"'}>
<head>
<meta charset="utf-8">
{_lines(_head(record))}</head>
<body>
<article>
{_lines(_header(record, title=title))}{html_of(record)}</article>
</body>
</html>
""".encode()


def _head(record: Record) -> Iterable[str]:
    yield f"<title>{escape(record.title or record.url or record.source.name)}</title>"
    for name, value in (
        *(("author", author.name) for author in record.authors),
        ("description", record.description),
        ("keywords", ", ".join(record.tags)),
    ):
        if value:
            yield f'<meta name="{name}" content="{escape(value)}">'
    if address := record.canonical_url or record.url:
        yield f'<link rel="canonical" href="{escape(address)}">'
    if record.license:
        yield f'<meta name="dcterms.license" content="{escape(record.license)}">'


def _header(record: Record, *, title: bool = True) -> Iterable[str]:
    shown = headline_of(record) if title else None
    by = [_author(author) for author in record.authors]
    if not (shown or by or record.date_published):
        return
    yield "<header>"
    if shown:
        yield f"<h1>{escape(shown)}</h1>"
    if by:
        yield f"<address>{', '.join(by)}</address>"
    if date := record.date_published:
        yield f'<p><time datetime="{escape(date)}">{escape(date)}</time></p>'
    yield "</header>"


def _author(author: Author) -> str:
    if author.url is None or not author.url.startswith(("https://", "http://")):
        return escape(author.name)
    return f'<a rel="author" href="{escape(author.url)}">{escape(author.name)}</a>'


def _lines(written: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in written)


HTML = tree_format(
    "a folder of HTML documents of the articles alone", ".html", html_file, settings=("title",)
)
