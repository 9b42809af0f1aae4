"""Every kind of file that people have: in a folder, alone and on standard input it gives the same articles, or one line
that says what it is and what to do.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import tarfile
from collections.abc import Mapping
from email.message import EmailMessage
from itertools import chain
from pathlib import Path
from textwrap import wrap
from typing import Any, NamedTuple

import pytest
from articles import ARTICLES
from conftest import Copydesk
from made_files import CLOCK, docx, epub, pdf, set_as_pdf, zipped
from source_items import pages, pipe, unreadable

from copydesk.cleaners import clean_page
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page
from copydesk.flows.io.extras import install
from copydesk.flows.sources.catalogue import Unreadable, read_pages
from copydesk.flows.sources.opening.field_names import parse_field_names

HEADLINE, URL, TEXT = "Old clock strikes again", "https://courier.example/clock", "\n\n".join(CLOCK)
BODY = "".join(f"<p>{paragraph}</p>" for paragraph in CLOCK)
HTML = f"<html><head><title>{HEADLINE}</title></head><body><h1>{HEADLINE}</h1>{BODY}</body></html>"
SAVED = HTML.replace("<html>", f"<!DOCTYPE html>\n<!-- saved from url=(0029){URL} -->\n<html>")
POST = {
    "id": 7, "date": "2026-11-20T10:30:00", "date_gmt": "2026-11-20T09:30:00", "link": URL,
    "modified": "2026-11-22T10:30:00", "modified_gmt": "2026-11-22T09:30:00",
    "title": {"rendered": "Old clock strikes&#32;again"}, "content": {"rendered": BODY, "protected": False},
}  # fmt: skip
CORE = {"dc:title": HEADLINE, "dc:creator": "Hetty Quarles", "dcterms:created": "2026-11-20T09:30:00Z"}
INFO = {"Title": HEADLINE, "Author": "Hetty Quarles", "CreationDate": "D:20261120093000+01'00'"}
BOOK = {
    "dc:title": "The Harbour",
    "dc:creator": "Hetty Quarles",
    "dc:language": "en",
    "dc:date": "2026-11-20",
}


def table(*rows: tuple[str, ...], delimiter: str = ",") -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue().encode()


def tarred(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def mail(html: str = HTML, text: str = "", **headers: str) -> bytes:
    message = EmailMessage()
    usual = {
        "From": "Hetty Quarles from The Almanac <a@mail.example>",
        "Date": "Fri, 20 Nov 2026 09:30:00 +0100",
    }
    for name, value in (usual | {"Subject": HEADLINE, "Message-ID": "<1@mail.example>"} | headers).items():
        message[name.replace("_", "-")] = value
    message.set_content(text or html, subtype="plain" if text else "html")
    return message.as_bytes()


def attached(inner: bytes) -> bytes:
    head = b"From: Me <me@home.example>\nDate: Sat, 21 Nov 2026 09:30:00 +0100\nSubject: Fwd: see below\n"
    parts = (
        b"--cut\nContent-Type: text/plain\n\nSee below.\n--cut\nContent-Type: message/rfc822\n\n"
        + inner
        + b"\n--cut--\n"
    )
    return head + b"Content-Type: multipart/mixed; boundary=cut\n\n" + parts


GMAIL = (
    '<div dir="ltr">Worth reading!<br><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message '
    "---------<br>From: <strong>Hetty Quarles from The Almanac</strong> &lt;a@mail.example&gt;<br>Date: Fri, 20 Nov "
    f"2026 at 09:30<br>Subject: {HEADLINE}<br>To: &lt;me@home.example&gt;<br></div><br>{BODY}</div></div>"
)
FORWARDED = (
    "Schau mal!\n\n---------- Forwarded message ---------\nVon: Hetty Quarles <a@mail.example>\nDatum: 20.11.2026\n"
    f"Betreff: {HEADLINE}\nAn: <me@home.example>\n\n{TEXT}"
)
FWD = {
    "Subject": f"Fwd: {HEADLINE}",
    "From": "Me <me@home.example>",
    "Date": "Sat, 21 Nov 2026 09:30:00 +0100",
}
SENT = {"authors": ["Hetty Quarles"], "site_name": "The Almanac", "date": "2026-11-20"}
LETTER = mail()


class Kind(NamedTuple):
    """A file, what its records are to have besides headline and text, how many there are, and the names of fields."""

    name: str
    content: bytes
    expected: Mapping[str, Any] = {}
    count: int = 1
    fields: str = ""


READ = [
    Kind("saved.html", SAVED.encode(), {"url": URL}),
    Kind("single.html", f"<!--\n Page saved with SingleFile \n url: {URL} \n saved date: x\n-->{HTML}".encode(), {"url": URL}),
    Kind("a.zip", zipped({"a/page.html": HTML, "b.json": json.dumps(POST)}), count=2),
    Kind("a.tar", tarred("page.html", SAVED.encode()), {"url": URL}),
    Kind("inner.zip", zipped({"clock.epub": epub({"1.xhtml": HTML}, BOOK)}), {"authors": ["Hetty Quarles"]}),
    Kind("raw.csv", table(("url", "raw_html"), (URL, HTML)), {"url": URL}),
    Kind("source.csv", table(("id", "link", "is_html", "html_source"), ("1", URL, "1", HTML)), {"url": URL}),
    Kind("link.csv", table(("link", "Content", "id"), (URL, HTML, "1"), delimiter=";"), {"url": URL}),
    Kind("text.csv", table(("title", "url", "text"), (HEADLINE, URL, TEXT)), {"url": URL}),
    Kind("dump.csv", table(("id", "link", "teaser", "dump"), ("1", URL, "<p>The clock strikes.</p>", HTML)), {"url": URL}),
    Kind("long.tsv.gz", gzip.compress(table(("dump", "id"), (HTML.replace("</body>", "<!-- - -->" * 9_000), "1"), (HTML, "2"),
         delimiter="\t")), count=2),
    Kind("bars.csv", table(("title", "link", "full_text"), (HEADLINE, URL, TEXT), delimiter="|"), {"url": URL}),
    Kind("a.tsv.gz", gzip.compress(table(("url", "html"), (URL, HTML), (URL, HTML), delimiter="\t")), {"url": URL}, 2),
    Kind("own.csv", table(("page", "where", "who", "day", "changed"), (HTML, URL, "Hetty Quarles", "2026-11-20", "2026-11-22")),
         {"url": URL, "authors": ["Hetty Quarles"], "date": "2026-11-20", "modified": "2026-11-22"},
         fields="html=page url=where author=who date=day modified=changed"),
    Kind("a.jsonl", b"".join(json.dumps(row).encode() + b"\n" for row in ({"html": HTML}, {"raw_html": HTML, "link": URL})), count=2),
    Kind("lines.json", (json.dumps({"content": HTML, "link": URL}) + "\n").encode() * 2, {"url": URL}, 2),
    Kind("posts.json", json.dumps([POST, POST | {"id": 8}], indent=1).encode(), {"url": URL, "date": "2026-11-20"}, 2),
    Kind("post.json", json.dumps(POST).encode(), {"url": URL, "date": "2026-11-20"}),
    Kind("undated.json", json.dumps([{key: POST[key] for key in ("title", "content")}]).encode(), {"date": ""}),
    Kind("posts.jsonl", json.dumps(POST).encode(), {"url": URL, "date": "2026-11-20", "modified": "2026-11-22T09:30:00+00:00"}),
    Kind("draft.json", json.dumps(POST | dict.fromkeys(("date_gmt", "modified_gmt"), "0000-00-00T00:00:00")).encode(),
         {"date": "2026-11-20", "modified": "2026-11-22"}),
    Kind("api.json", json.dumps({"status": "ok", "data": {"items": [{"url": URL, "content": HTML}]}}).encode(), {"url": URL}),
    Kind("paths.json", json.dumps({"hits": [{"_source": {"page": {"html": HTML}, "at": [URL]}}]}).encode(), {"url": URL},
         fields="html=_source.page.html url=_source.at.0"),
    Kind("news.eml", mail(Subject=f"[almanac] {HEADLINE}", List_Id='"The Almanac" <a.mail.example>'), SENT),
    Kind("brand.eml", mail(From="The Harbour Paper <a@mail.example>", List_Id="<a.mail.example>"),
         {"authors": [], "site_name": "The Harbour Paper", "date": "2026-11-20"}),
    Kind("far.eml", b"Received: from a.example by b.example; Fri, 20 Nov 2026 09:30:00 +0100\n\twith ESMTP\n" * 200 + LETTER, SENT),
    Kind("surname.eml", mail(From='"Quarles, Hetty" <a@mail.example>'), SENT | {"site_name": None}),
    Kind("company.eml", mail(From='"Quarles, Inc." <a@mail.example>'), SENT | {"site_name": None, "authors": []}),
    Kind("plain.eml", mail(text=f"Read this in your browser: https://a.mail.example/v\n\n{TEXT}"), SENT),
    Kind("gmail.eml", mail(GMAIL, **FWD), SENT), Kind("attached.eml", attached(LETTER), SENT),
    Kind("text.eml", mail(text=FORWARDED, **FWD | {"Subject": f"WG: {HEADLINE}"}), SENT | {"site_name": None}),
    Kind("a.mbox", b"From a@mail.example Fri Nov 20 10:00:00 2026\n" + LETTER + b"\n", SENT),
    Kind("clock.epub", epub({"1.xhtml": HTML, "two/2.xhtml": HTML}, BOOK), {"authors": ["Hetty Quarles"], "date": "2026-11-20"}, 2),
]  # fmt: skip
DOCUMENTS = [
    Kind("clock.docx", docx(HEADLINE, CLOCK, CORE), {"authors": ["Hetty Quarles"], "date": "2026-11-20"}),
    Kind("clock.pdf", set_as_pdf(HEADLINE, CLOCK, INFO, width=45), {"authors": ["Hetty Quarles"], "date": "2026-11-20"}),
    Kind("plain.pdf.gz", gzip.compress(set_as_pdf(HEADLINE, CLOCK, {"Title": "Microsoft Word - a.doc", "Author": "user1"}, width=40)), {"authors": []}),
]  # fmt: skip


def checked(kind: Kind, record: Record) -> None:
    assert record.status == "ok", record.reason
    assert record.title == HEADLINE
    text = " ".join(record.text.split()).replace("’", "'")
    assert " ".join(CLOCK) in text
    assert "Worth reading" not in text
    assert "Almanac, volume 3" not in text
    found = {
        "url": record.url,
        "authors": [author.name for author in record.authors],
        "site_name": record.site_name,
        "date": (record.date_published or "")[:10],
        "modified": record.date_modified,
    }
    assert {key: found[key] for key in kind.expected} == kind.expected


@pytest.mark.parametrize(
    "kind",
    [*READ, *(pytest.param(kind, marks=pytest.mark.slow) for kind in DOCUMENTS)],
    ids=[kind.name for kind in (*READ, *DOCUMENTS)],
)
def test_it_is_read_wherever_it_lies(kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / kind.name).write_bytes(kind.content)
    pipe(monkeypatch, kind.content)
    names, fields = (str(tmp_path / kind.name), str(tmp_path), "-"), parse_field_names(kind.fields.split())
    found = [list(read_pages([name], fields=fields)) for name in names]
    assert not unreadable(chain(*found))
    alone, *others = ([(page.body, page.url, page.announced) for page in pages(items)] for items in found)
    assert others == [alone, alone]
    assert len(alone) == kind.count
    for page in pages(found[0]):
        checked(kind, clean_page(page))


REFUSED = [
    ("a.jpg", b"\xff\xd8\xff\xe0", "a picture .JPEG.; .*OCR"),
    ("a.mp4", b"\0\0\0\x20ftypisom", "a film or sound recording .MP4.; .*transcribe"),
    ("a.pptx", zipped({"[Content_Types].xml": "", "ppt/presentation.xml": ""}), "slides .PowerPoint.; save them as .pdf"),
    ("a.odt", zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "an OpenDocument file; save it as .docx"),
    ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office programs .*; save it as .docx"),
    ("a.rtf", rb"{\rtf1 Noon}", "Rich Text Format .*; save it as .docx"), ("a.7z", b"7z\xbc\xaf\x27\x1c\0", "an archive .7z.; unpack it"),
    ("a.mobi", b"Noon".ljust(60, b"\0") + b"BOOKMOBI", "a book for Kindle .*; convert it to EPUB"),
    ("a.sqlite", b"SQLite format 3\0", "a database .*; export its table"),
    ("package.json", b'{"name": "noon", "size": {"high": "x"}}', "it has name, size.high .name them with --field"),
    ("list.json", b'{"posts": [{"words": "x"}]}', "it has words .name them with --field"),
    ("half.epub", epub({"1.xhtml": HTML})[:-200], "."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "message"), REFUSED, ids=[name for name, _, _ in REFUSED])
def test_what_is_refused_is_named_with_what_to_do(
    name: str, content: bytes, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).write_bytes(content)
    pipe(monkeypatch, content)
    for where in (str(tmp_path / name), str(tmp_path), "-"):
        (item,) = read_pages([where])
        assert isinstance(item, Unreadable), where
        assert re.search(message, item.message), item.message


def test_what_is_made_to_break_a_command_costs_one_line_each(invoke: Copydesk, tmp_path: Path) -> None:
    made = {
        "deep.gz": gzip.compress(gzip.compress(gzip.compress(HTML.encode()))),
        "deep.json": b'{"a":' * 50_000,
        "many.json": b"[" + b"{}," * 2_000_000 + b"{}]",
        "page.html": HTML.encode(),
    }
    (tmp_path / "in").mkdir()
    for name, content in made.items():
        (tmp_path / "in" / name).write_bytes(content)
    done = invoke("clean", "in", "--format", "text", "--jobs", "1")
    assert done.returncode == 1
    assert done.stdout.decode().startswith(HEADLINE)
    again = "save it again from its source, or leave it out"
    assert done.stderr.decode().splitlines() == [
        "deep.gz: rejected (wrong_type): a file that is packed more than once; unpack it first",
        f"deep.json: failed (damaged): no JSON that can be read: it is nested too deeply; {again}",
        "many.json: rejected (too_complex): more than 4,000,000 quotes, commas and brackets; leave it out",
    ]


@pytest.mark.slow
def test_numbers_of_pages_leave_and_numbers_of_the_text_stay(tmp_path: Path) -> None:
    first = [
        (72, 780, 18, "Apollo 11"),
        *((72, 700 - 14 * at, 11, line) for at, line in enumerate(wrap(CLOCK[0], 60))),
    ]
    second = [
        *((72, 740 - 14 * at, 11, line) for at, line in enumerate(wrap(CLOCK[1], 60))),
        (72, 500, 11, "in 2026."),
    ]
    set_ = pdf([[*first, (300, 40, 9, "Page 7 of 9")], [*second, (300, 40, 9, "Page 8 of 9")]])
    (tmp_path / "a.pdf").write_bytes(set_)
    (page,) = pages(read_pages([str(tmp_path)]))
    assert isinstance(page.body, str)
    assert "Apollo 11" in page.body
    assert "in 2026." in page.body
    assert "Page 7" not in page.body


@pytest.mark.parametrize(("content", "bodies"), [
    ({"related": [{"content": HTML}], "articles": [{"html": TEXT}]}, [HTML, TEXT]),
    ({"response": {"docs": [{"html": HTML}, {"html": TEXT}]}}, [HTML, TEXT]),
])  # fmt: skip
def test_every_list_of_pages_in_json_is_read(content: object, bodies: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(content))
    assert [page.body for page in pages(read_pages([str(tmp_path)]))] == bodies


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_names_in_a_table_and_headers_of_a_message_are_in_the_encoding_of_its_pages(
    encoding: str, tmp_path: Path
) -> None:
    rows = [(f"{place}", f"{URL}/{place}", f"Der Markt von {place}", BODY) for place in ("Köln", "Düren")]
    file = tmp_path / "pages.csv"
    file.write_bytes(table(("id", "url", "title", "html"), *rows).decode().encode(encoding))
    found = [(page.url, page.announced and page.announced.title) for page in pages(read_pages([str(file)]))]
    assert found == [row[1:3] for row in rows]
    file = tmp_path / "a.eml"
    head = f"Subject: Das Café ist zu\nFrom: Jörg Müller <a@b.example>\nContent-Type: text/plain; charset={encoding}"
    file.write_bytes(f"{head}\n\n{TEXT}".encode(encoding))
    (page,) = pages(read_pages([str(file)]))
    assert page.announced is not None
    assert (page.announced.title, page.announced.authors) == ("Das Café ist zu", ("Jörg Müller",))


@pytest.mark.parametrize(("language", "leave", "sender"), [
    ("en", "To unsubscribe from this list, visit https://a.example/no", "Harbour Letter, 12 Quay Street, Gullport GP1 4AB"),
    ("de", "Wenn Sie diesen Newsletter nicht mehr erhalten möchten: https://a.example/no", "Hafenbrief, Kai 12, 26123 Hafen"),
    ("pl", "Aby wypisać się z tej listy: https://a.example/no", "List z portu, ul. Nabrzeżna 12, 80-100 Przystań"),
    ("ja", "配信停止をご希望の方はこちら: https://a.example/no", "港だより、〒100-0001、かもめ市岸壁町12"),
])  # fmt: skip
def test_what_stands_below_a_mail_is_not_its_text(
    language: str, leave: str, sender: str, tmp_path: Path
) -> None:
    text = "\n\n".join(ARTICLES[language])
    for below in (f"{leave}\n{sender}", f"{sender}\n\n{leave}"):
        (tmp_path / "a.eml").write_bytes(mail(text=f"{text}\n\n-- \n{below}"))
        record = clean_page(*pages(read_pages([str(tmp_path / "a.eml")])))
        assert record.text.endswith(ARTICLES[language][-1])
        assert {one.text for one in record.removed} >= {"--", leave, sender}


def test_without_the_extra_a_document_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4")
    (item,) = read_pages([str(tmp_path / "a.pdf")])
    assert isinstance(item, Unreadable)
    assert item.message == f"reading .pdf files needs pdfminer: {install('documents')}"


def test_what_belongs_to_a_saved_page_is_no_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = {"clock.html": SAVED, "clock_files/frame.html": "<p>ad</p>", "news_files/page.html": HTML}
    for name, content in saved.items():
        (tmp_path / "pages" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pages" / name).write_text(content)
    (tmp_path / "a.zip").write_bytes(zipped(dict(reversed(saved.items()))))
    pipe(monkeypatch, (tmp_path / "a.zip").read_bytes())
    for name, before in ((tmp_path / "pages", ""), (tmp_path / "a.zip", f"{tmp_path}/a.zip!/"), ("-", "-!/")):
        items = pages(read_pages([str(name)]))
        found = {page.source.name.removeprefix(before): page.url for page in items}
        assert found == {"clock.html": URL, "news_files/page.html": None}


def test_a_maildir_is_read(tmp_path: Path) -> None:
    for folder in ("cur", "new", "tmp"):
        (tmp_path / folder).mkdir()
    (tmp_path / "cur" / "1732093200.M20P5.host:2,S").write_bytes(LETTER)
    (tmp_path / "new" / "1732093201.M21P5.host").write_bytes(LETTER)
    records = [clean_page(page) for page in read_pages([str(tmp_path)]) if isinstance(page, Page)]
    assert [record.source.kind for record in records] == ["mail", "mail"]
    assert {record.title for record in records} == {HEADLINE}


@pytest.mark.slow
def test_a_page_that_is_larger_is_read_where_it_is_allowed_and_never_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = b"<p>" + b"noon " * 4_200_000
    (tmp_path / "page.html").write_bytes(large)
    (tmp_path / "page.eml").write_bytes(b"From: a@b.example\nContent-Type: text/html\n\n" + large)
    for name in (str(tmp_path / "page.html"), "-"):
        for most, read in ((20_000_000, 20_000_001), (40_000_000, len(large))):
            pipe(monkeypatch, large)
            assert [len(page.body) for page in pages(read_pages([name], max_bytes=most))] == [read]
    (item,) = read_pages([str(tmp_path / "page.eml")], max_bytes=40_000_000)
    assert isinstance(item, Unreadable)
    assert item.reason == "too_large"
