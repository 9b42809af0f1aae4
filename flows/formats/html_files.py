"""Records as HTML documents: the article with its structure and facts, and nothing of the page around it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from urllib.parse import urlsplit

from copydesk.cleaners.schema import Record
from copydesk.flows.formats.article_html import html_of, printable, web_or_mail
from copydesk.flows.formats.file_tree import tree_format
from copydesk.flows.formats.markdown_tree import COMMENTS, headline_of


def html_file(record: Record, *, title: bool = True) -> bytes:
    """A whole document, UTF-8: ``head`` with the facts, ``article`` with the headline, who wrote it and when, and the
    text.
    """
    return printable(f"""<!DOCTYPE html>
<html{_lang(record)}>
<head>
<meta charset="utf-8">
{_lines(_head(record))}</head>
<body>
{article_element(record, title=title)}</body>
</html>
""").encode()


END_OF_DOCUMENT = b"</body>\n</html>\n"


def start_of_document(record: Record | None) -> bytes:
    """What stands before the articles of a document of several, named after the first; ``None``: there is none.
    ``END_OF_DOCUMENT`` stands after them.
    """
    title = escape(printable(_name(record))) if record else "No article"
    return f'<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n</head>\n<body>\n'.encode()


def article_element(record: Record, *, title: bool = True) -> str:
    """An article, with its language, its headline unless ``title`` is false, who wrote it, when and where."""
    return printable(f"""<article class="copydesk-article"{_lang(record)}>
{_lines(_header(record, title=title))}{html_of(record)}{_lines(_comments(record))}</article>
""")


def _lang(record: Record) -> str:
    return "" if record.language == "und" else f' lang="{escape(record.language)}"'


def _name(record: Record) -> str:
    return record.title or record.url or record.source.name


def _head(record: Record) -> Iterable[str]:
    yield f"<title>{escape(_name(record))}</title>"
    for name, value in (
        *(("author", author.name) for author in record.authors),
        ("description", record.description),
        ("keywords", ", ".join(record.tags)),
    ):
        if value:
            yield f'<meta name="{name}" content="{escape(value)}">'
    if address := web_or_mail(record.canonical_url or record.url):
        yield f'<link rel="canonical" href="{escape(address)}">'
    if record.license:
        yield f'<meta name="dcterms.license" content="{escape(record.license)}">'


def _header(record: Record, *, title: bool) -> Iterable[str]:
    shown = headline_of(record) if title else None
    by = []
    for author in record.authors:
        url, name = web_or_mail(author.url), escape(author.name)
        by.append(f'<a rel="author" href="{escape(url)}">{name}</a>' if url else name)
    address = web_or_mail(record.canonical_url or record.url)
    if not (shown or by or record.date_published or address):
        return
    yield '<header class="copydesk-header">'
    if shown:
        yield f"<h1>{escape(shown)}</h1>"
    if by:
        yield f'<address class="copydesk-authors">{", ".join(by)}</address>'
    if date := record.date_published:
        yield f'<p class="copydesk-date"><time datetime="{escape(date)}">{escape(date)}</time></p>'
    if address:
        site = escape(record.site_name or _host(address))
        yield f'<p class="copydesk-source"><a href="{escape(address)}">{site}</a></p>'
    yield "</header>"


def _comments(record: Record) -> Iterable[str]:
    if record.comments:
        yield f'<section class="copydesk-comments">\n<h2>{COMMENTS}</h2>'
        yield from (f"<p>{'<br>'.join(map(escape, said.split(chr(10))))}</p>" for said in record.comments)
        yield "</section>"


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc.rpartition("@")[2] or address
    except ValueError:  # "http://[half an address"
        return address


def _lines(written: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in written)


HTML = tree_format(
    "a folder of HTML documents of the articles alone", ".html", html_file, settings=("title",)
)
