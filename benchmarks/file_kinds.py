"""Files of every kind, mutated and read: ``python -m benchmarks.file_kinds``.

Small files of each kind are changed as attackers and broken disks change them: bytes flipped, cut and doubled, and a
piece of the kind's own grammar (a bracket, a quotation mark, a number, half a character) put anywhere, up to 3,000
times. What a file packs is changed inside as well, so that more than its checksum is tested. Each input must end in
items, pages or reasons, and soon. What reads feeds, sitemaps and a site's other files refuses them by an error of its
own; anything else that it raises counts here, though a run would survive it.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import click
from msgspec import Struct

from copydesk.cleaners.record.records import record_id
from copydesk.cleaners.types import Page
from copydesk.flows.fetching.http.robots import Robots
from copydesk.flows.fetching.http.usage_terms import license_signals, tdmrep_signals
from copydesk.flows.fetching.lists.feeds import FeedError, read_feed
from copydesk.flows.fetching.lists.sitemaps import SitemapError, read_sitemap
from copydesk.flows.fetching.lists.url_lists import NoSubscriptions, NoUrlColumn, feeds_in, listed_urls
from copydesk.flows.sources.catalogue import read_pages

Sample = bytes | Mapping[str, bytes]
"""A file, or what an archive has by its members' names."""
Reader = Callable[[Path], None]

_URL = "https://example.org/news/noon"
_HTML = "<html><head><title>Noon</title></head><body><h1>Noon</h1><p>The clock struck noon.</p></body></html>"
_XML = '<?xml version="1.0" encoding="utf-8"?>'
_PIECES: Final = (
    b"(", b")", b"<", b">", b"[", b"]", b"{", b"}", b'"', b"'", b"\\", b",", b";", b":", b"=", b"\t", b"\n", b"\r\n",
    b"\r\n\r\n", b" ", b"\0", b"\xff", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\x1b", b"\x85",
    b"%", b"%ZZ", b"&#x110000;", b"&#0;", b"&a;", b"<!--", b"]]>", b"<![CDATA[", b"<!DOCTYPE a [<!ENTITY a 'b'>]>",
    b"-1", b"0", b"9" * 30, b"9" * 5_000, b"1e999", b"NaN", b"null", b"true", b"\\ud800", b"\\u0000", b"a" * 300,
    b"http://[", b"//[::1", b"javascript:", b"file:///", b"../", b"=?utf-8?q?", b"=?x?b?=?=", b"?=", b"boundary=a",
    b"charset=idna", b"charset=undefined", b"charset=zlib", b"; a*1*=b''", b"From a@b\n", b"Content-Type: message/rfc822\n\n",
    b"Content-Transfer-Encoding: x-uuencode\n", b"Date: 99 Foo 99999 99:99:99 +9999\n", b"0001-01-01T00:00:00+14:00",
    b"9999-12-31T23:59:59-14:00", b"- ", b"? ", b"!!python/object:os ", b"&a [*a]", b"*a", b"---\n", b"\xc3", b"WARC/1.0\r\n",
    b"Content-Length: 9\r\n", b"PK\x03\x04", b"\x1f\x8b",
)  # fmt: skip


class Kind(Struct, frozen=True):
    """A kind of file: its name's end, files of it, and what reads it. ``packs``: makes one of what is in it."""

    suffix: str
    samples: tuple[Sample, ...]
    read: Reader
    packs: Callable[[bytes], bytes] | None = None


def _of_disk(path: Path) -> None:
    for item in read_pages([str(path)]):
        page = item if isinstance(item, Page) else item.as_page()
        record_id(page).encode()
        page.source.name.encode()


def _refusing(read: Callable[[bytes], object], *refusals: type[Exception]) -> Reader:
    def reader(path: Path) -> None:
        with suppress(*refusals):
            found = read(path.read_bytes())
            if isinstance(found, Iterator):
                list(found)

    return reader


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A ZIP archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            # with a date: that of the clock would make another file each time
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 20, 10, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _message(subject: str, body: str) -> bytes:
    return (
        'From: "Quarles, Hetty" <hetty@example.org>\r\nTo: (a) b@example.org\r\nList-Id: The Almanac <a.example.org>\r\n'
        f"Subject: {subject}\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/alternative; boundary="cut"\r\n\r\n--cut\r\nContent-Type: text/plain; charset=utf-8\r\n'
        f"Content-Transfer-Encoding: quoted-printable\r\n\r\n{body}\r\n--cut\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"\r\n{_HTML}\r\n--cut--\r\n"
    ).encode()


_FORWARDED = (
    b"From: a@example.org\r\nSubject: Fwd: Noon\r\nContent-Type: text/plain\r\n\r\n---------- Forwarded message ---------\r\n"
    b"From: Hetty Quarles <h@example.org>\r\nDate: Fri, 20 Nov 2026 at 10:00\r\nSubject: Noon\r\n\r\nThe clock struck.\r\n"
)
_MAILBOX = b"\n".join(
    b"From a@example.org Fri Nov 20 10:00:00 2026\n" + one.replace(b"\r\n", b"\n")
    for one in (_message("=?utf-8?q?No=C3=B6n?=", "a"), _FORWARDED)
)
_SAVED = (
    b"Snapshot-Content-Location: https://example.org/\r\nContent-Type: multipart/related; boundary=cut\r\n\r\n--cut\r\n"
    b"Content-Type: text/html\r\nContent-Location: https://example.org/\r\n\r\n"
    + _HTML.encode()
    + b"\r\n--cut--\r\n"
)
_FRONT = (
    f"---\ntitle: Noon\ndate: 2026-11-20T10:00:00Z\nauthors:\n  - Hetty Quarles\ntags: [a, b]\nurl: {_URL}\n---\n"
    "# Noon\n\n[a](b) *c* `d`\n"
)
_RESPONSE = (
    f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nDate: Fri, 20 Nov 2026 10:00:00 GMT\r\n\r\n{_HTML}"
)
_WARC = "".join(
    f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{kind}>\r\nWARC-Date: 2026-11-20T10:00:00Z\r\n"
    f"WARC-Target-URI: {_URL}\r\nContent-Type: {media}\r\nContent-Length: {len(block)}\r\n\r\n{block}\r\n\r\n"
    for kind, media, block in (
        ("response", "application/http; msgtype=response", _RESPONSE),
        ("resource", "text/html", _HTML),
    )
).encode()
_ROW = {
    "id": "1",
    "url": _URL,
    "html": _HTML,
    "title": "Noon",
    "headers": {"Date": "Fri, 20 Nov 2026 10:00:00 GMT"},
}
_POST = {
    "title": {"rendered": "Noon"},
    "content": {"rendered": _HTML},
    "date_gmt": "2026-11-20T10:00:00",
    "link": _URL,
}
_RSS = (
    f"{_XML}<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' xml:base='https://example.org/'><channel>"
    f"<title>P</title><language>en</language><item><title>a &amp; b</title><link>{_URL}</link><dc:creator>H</dc:creator>"
    "<pubDate>Fri, 20 Nov 2026 10:00:00 +0000</pubDate><description>&lt;p&gt;a</description></item></channel></rss>"
)
_ATOM = (
    f"{_XML}<feed xmlns='http://www.w3.org/2005/Atom'><title>P</title><entry><title type='html'>a</title><id>1</id>"
    f"<link href='{_URL}'/><updated>2026-11-20T10:00:00Z</updated><content type='xhtml'><div>a</div></content></entry></feed>"
)
_JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1", "title": "P",
    "items": [{"id": "1", "url": _URL, "title": "a", "content_html": "<p>a", "date_published": "2026-11-20T10:00:00Z",
               "authors": [{"name": "H"}], "tags": ["a"]}],
}  # fmt: skip
_SITEMAP = (
    f"{_XML}<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:n='http://www.google.com/schemas/sitemap-news/"
    f"0.9'><url><loc>{_URL}</loc><lastmod>2026-11-20</lastmod><n:news><n:title>a</n:title></n:news></url></urlset>"
)
_INDEX = (
    f"{_XML}<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>{_URL}</loc>"
    "<lastmod>2026-11-20T10:00:00+01:00</lastmod></sitemap></sitemapindex>"
)
_OPML = f"{_XML}<opml version='2.0'><body><outline text='a'><outline text='' xmlUrl='{_URL}'/></outline></body></opml>"
_RSL = (
    f"{_XML}<rsl xmlns='https://rslstandard.org/rsl'><content url='/news/*'><license><permits type='usage'>search"
    "</permits><prohibits type='usage'>ai-train</prohibits></license></content></rsl>"
)
_TDMREP = json.dumps([{"location": "/news/*", "tdm-reservation": 1, "tdm-policy": _URL}]).encode()
_ROBOTS = (
    b"User-agent: *\nDisallow: /a*b$\nCrawl-delay: 2\nContent-Signal: search=yes, ai-train=no\nSitemap: /s.xml\n"
    b"License: https://example.org/l.xml\nContent-Usage: /a train-ai=n\n"
)
_BOOK = {
    "mimetype": b"application/epub+zip",
    "META-INF/container.xml": b'<container><rootfiles><rootfile full-path="O/b.opf"/></rootfiles></container>',
    "O/b.opf": b'<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
    b"<dc:title>T</dc:title><dc:creator>H</dc:creator><dc:date>2026</dc:date><dc:language>en</dc:language></metadata>"
    b'<manifest><item id="a" href="a.xhtml"/><item id="b" href="b%20c.xhtml"/></manifest><spine><itemref idref="a"/>'
    b'<itemref idref="b"/></spine></package>',
    "O/a.xhtml": _HTML.encode(),
    "O/b c.xhtml": _HTML.encode(),
}
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_DOCUMENT = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="application/'
    'vnd.openxmlformats-package.relationships+xml"/></Types>'.encode(),
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="{_OFFICE}/officeDocument" '
    'Target="word/document.xml"/></Relationships>'.encode(),
    "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body><w:p><w:pPr><w:pStyle w:val="Title"/></w:pPr><w:r><w:t>'
    "Noon</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:body>"
    "</w:document>".encode(),
    "docProps/core.xml": b'<c xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Noon</dc:title></c>',
}  # fmt: skip
_PDF = (
    b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [4 0 R] /Count 1 >>\n"
    b"endobj\n3 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>\nendobj\n4 0 obj\n<< /Type /Page /Parent "
    b"2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents 5 0 R >>\nendobj\n5 0 obj\n<< /Length "
    b"44 >>\nstream\nBT /F1 12 Tf 70 700 Td (The clock struck.) Tj ET\nendstream\nendobj\n6 0 obj\n<< /Title (Noon) /Author "
    b"(Hetty Quarles) /CreationDate (D:20261120093000) >>\nendobj\ntrailer << /Size 7 /Root 1 0 R /Info 6 0 R >>\n%%EOF\n"
)


def _table() -> bytes:
    import pyarrow
    from pyarrow import parquet

    file = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist([{"url": _URL, "html": _HTML}] * 3), file)
    return file.getvalue()


def _tarred(members: Mapping[str, bytes]) -> bytes:
    import tarfile

    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


_PACKED = partial(gzip.compress, compresslevel=1, mtime=0)
_MEMBERS = {
    "a.html": _HTML.encode(),
    "b.eml": _message("a", "b"),
    "c.jsonl": json.dumps(_ROW).encode() + b"\n",
}


def _lines(*rows: object) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


KINDS: Final = {
    "page": Kind(".html", (_HTML.encode(),), _of_disk),
    "text": Kind(".txt", (b"https://example.org/\n\nThe clock struck noon.\n", _FRONT.encode()), _of_disk),
    "front matter": Kind(".md", (_FRONT.encode(), _FRONT.replace("\n", "\r\n").encode()), _of_disk),
    "message": Kind(".eml", (_message("Noon", "a=20b"), _message("Fwd: [a] Noon", "b"), _FORWARDED), _of_disk),
    "mailbox": Kind(".mbox", (_MAILBOX,), _of_disk),
    "saved page": Kind(".mhtml", (_SAVED,), _of_disk),
    "WARC": Kind(".warc", (_WARC,), _of_disk),
    "packed WARC": Kind(".warc.gz", (_WARC,), _of_disk, _PACKED),
    "CSV": Kind(".csv", (f'id,url,html,date\n1,{_URL},"{_HTML}",2026\n2,,"a ""b""",x\n'.encode(),), _of_disk),
    "TSV": Kind(".tsv", (f"id\turl\tcontent\theaders\n1\t{_URL}\t{_HTML}\t{{}}\n".encode(),), _of_disk),
    "JSON": Kind(".json", (json.dumps([_ROW, _ROW]).encode(), json.dumps({"posts": [_POST]}).encode()), _of_disk),
    "JSON Lines": Kind(".jsonl", (_lines(_ROW, _POST, {"text": "a", "fetched_at": "2026"}),), _of_disk),
    "Parquet": Kind(".parquet", (_table(),), _of_disk),
    "EPUB": Kind(".epub", (_BOOK,), _of_disk),
    "DOCX": Kind(".docx", (_DOCUMENT,), _of_disk),
    "PDF": Kind(".pdf", (_PDF,), _of_disk),
    "ZIP": Kind(".zip", (_MEMBERS,), _of_disk),
    "tar": Kind(".tar", (_tarred(_MEMBERS),), _of_disk),
    "packed tar": Kind(".tar.gz", (_tarred(_MEMBERS),), _of_disk, _PACKED),
    "gzip": Kind(".html.gz", (_HTML.encode(),), _of_disk, _PACKED),
    "feed": Kind(
        ".xml",
        (_RSS.encode(), _ATOM.encode(), json.dumps(_JSON_FEED).encode()),
        _refusing(partial(read_feed, url=_URL, content_type=None), FeedError),
    ),
    "sitemap": Kind(
        ".xml", (_SITEMAP.encode(), _INDEX.encode(), f"{_URL}\n".encode()), _refusing(partial(read_sitemap, url=_URL), SitemapError)
    ),
    "OPML": Kind(".opml", (_OPML.encode(),), _refusing(feeds_in, NoSubscriptions)),
    "list of URLs": Kind(
        ".csv", (f"title,url\na,{_URL}\n".encode(),), _refusing(partial(listed_urls, name="a.csv"), NoUrlColumn)
    ),
    "robots.txt": Kind(".txt", (_ROBOTS,), _refusing(lambda body: list(Robots("rules", body).signals(_URL)))),
    "TDMRep": Kind(".json", (_TDMREP,), _refusing(partial(tdmrep_signals, url=_URL))),
    "licence": Kind(".xml", (_RSL.encode(),), _refusing(partial(license_signals, url=_URL))),
}  # fmt: skip


def _flipped(draw: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.choice((1, 1, 3, 20))):
        changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


def _cut(draw: random.Random, content: bytes) -> bytes:
    at, end = sorted(draw.randrange(len(content) + 1) for _ in range(2))
    return content[:at] + content[end if draw.random() < 0.5 else len(content) :]


def _doubled(draw: random.Random, content: bytes) -> bytes:
    at, end = sorted(draw.randrange(len(content) + 1) for _ in range(2))
    return content[:at] + content[at:end] * draw.choice((2, 3, 30)) + content[end:]


def _strewn(draw: random.Random, content: bytes) -> bytes:
    at = draw.randrange(len(content) + 1)
    # before and behind values: where grammars have their joints
    at = (
        content.find(draw.choice((b":", b"=", b">", b'"', b"\n", b" ")), at) + 1
        if draw.random() < 0.7
        else at
    )
    return content[:at] + draw.choice(_PIECES) * draw.choice((1, 1, 2, 50, 1_000, 3_000)) + content[at:]


def _changed(draw: random.Random, content: bytes) -> bytes:
    for _ in range(draw.choice((1, 1, 2, 4))):
        change = draw.choice((_flipped, _cut, _doubled, _strewn, _strewn, _strewn))
        content = change(draw, content) if content else draw.choice(_PIECES)
    return content[:3_000_000]


def mutated(kind: Kind, draw: random.Random) -> bytes:
    """A file of the kind, changed outside or inside of what packs it."""
    sample = draw.choice(kind.samples)
    if isinstance(sample, bytes):
        if kind.packs is None:
            return _changed(draw, sample)
        return (
            kind.packs(_changed(draw, sample)) if draw.random() < 0.7 else _changed(draw, kind.packs(sample))
        )
    if draw.random() < 0.3:
        return _changed(draw, zipped(sample))
    members = dict(sample)
    name = draw.choice([*members])
    members[name] = _changed(draw, members[name])
    return zipped(members)


class Outcome(Struct):
    """What became of the inputs of a kind: how many raised, with the first traceback, and the slowest."""

    raised: int = 0
    first: str = ""
    seconds: float = 0.0


def attack(name: str, inputs: int, folder: Path, seed: int = 0) -> Outcome:
    """So many inputs of a kind, drawn alike each time; the first that raises is left in the folder."""
    kind, outcome = KINDS[name], Outcome()
    for number in range(inputs):
        path = folder / f"{name.replace(' ', '-')}-{number}{kind.suffix}"
        path.write_bytes(mutated(kind, random.Random(f"{seed} {name} {number}")))  # noqa: S311 - no secret
        begun = time.perf_counter()
        try:
            kind.read(path)
        except Exception:  # noqa: BLE001 - what is counted
            outcome.raised += 1
            outcome.first = outcome.first or f"{path}\n{traceback.format_exc(limit=-4)}"
        else:
            path.unlink()
        outcome.seconds = max(outcome.seconds, time.perf_counter() - begun)
    return outcome


@click.command()
@click.argument("kinds", nargs=-1, type=click.Choice([*KINDS]))
@click.option("--inputs", default=2_000, show_default=True, help="Of each kind.")
@click.option("--seed", default=0, show_default=True)
def main(kinds: tuple[str, ...], inputs: int, seed: int) -> None:
    """Reads mutated files of KINDS, or of all. Exits with 1 where one raised."""
    folder = Path(tempfile.mkdtemp(prefix="file-kinds-"))
    raised = 0
    for name in kinds or KINDS:
        outcome = attack(name, inputs, folder, seed)
        raised += outcome.raised
        click.echo(
            f"{name:<14} {inputs:>6,} inputs, {outcome.raised:>4} raised, slowest {outcome.seconds:.2f} s"
        )
        click.echo(outcome.first, nl=False)
    raise SystemExit(raised > 0)


if __name__ == "__main__":
    main()
