"""The comments of readers: a text of their own where they are asked for, in every format, and removed as before."""

from __future__ import annotations

import csv
import json
from io import BytesIO, StringIO
from pathlib import Path

import html5lib
import pytest
from conftest import Copydesk
from lxml import etree
from msgspec import UNSET
from msgspec.structs import replace

from copydesk import Options, Page, Record, clean, restore
from copydesk.flows.formats.csv_table import write_csv
from copydesk.flows.formats.html_files import html_file
from copydesk.flows.formats.markdown_files import markdown_file
from copydesk.flows.formats.markdown_tree import markdown_of, text_of
from copydesk.flows.formats.opensearch import search_document
from copydesk.flows.formats.parquet import from_batch, to_batch
from copydesk.flows.formats.schema_org import news_article
from copydesk.flows.formats.tei_files import tei_file

FILE = Path(__file__).resolve().parents[3] / "seeds" / "pages" / "en-html-newspaper.html"
SAID = "My grandfather drove it. It pulled to the left even then."


@pytest.fixture(scope="module")
def record() -> Record:
    return clean(FILE.read_bytes(), options=Options(comments=True))


def test_they_are_what_was_removed_as_comments(record: Record) -> None:
    usual = clean(FILE.read_bytes())
    assert usual.comments is UNSET
    assert b'"comments"' not in usual.to_json().encode()
    assert record.comments == tuple(one.text for one in usual.removed if one.label == "comment")
    assert SAID in record.comments
    # the record is the same in all else, and the law holds
    assert replace(record, comments=UNSET, processing=usual.processing) == usual
    assert restore(record) == restore(usual)
    assert Record.from_json(record.to_json()) == record
    assert clean("<p>Boats sail again.</p>", options=Options(comments=True)).comments == ()


def test_they_are_masked_and_those_of_all_pages() -> None:
    first = FILE.read_bytes().replace(b"We were not consulted.", b"Write to gull@quay.example, all of you.")
    page = Page(body=first, continuations=(Page(body=FILE.read_bytes()),))
    made = clean(page, options=Options(comments=True, mask=("email",)))
    assert "Write to [email], all of you." in (made.comments or ())
    assert "We were not consulted." in (made.comments or ())


def test_they_are_below_each_text(record: Record) -> None:
    usual = replace(record, comments=UNSET)
    said = "\n\n".join(record.comments or ())
    assert text_of(record) == f"{text_of(usual)}\n\nComments\n\n{said}"
    assert markdown_of(record).startswith(f"{markdown_of(usual)}\n\n## Comments\n\n")
    assert (
        markdown_file(record)
        == markdown_file(usual)[:-1] + markdown_of(record)[len(markdown_of(usual)) :].encode() + b"\n"
    )
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html_file(record).decode())
    (section,) = page.iter("section")
    assert [one.text for one in section] == ["Comments", *(record.comments or ())]
    (division,) = etree.fromstring(tei_file(record)).iterfind(".//{*}div[@type='comments']")
    assert [one.text for one in division] == ["Comments", *(record.comments or ())]


def test_they_are_in_tables_and_documents(record: Record) -> None:
    assert list(from_batch(to_batch([record, replace(record, comments=UNSET)]))) == [
        record,
        replace(record, comments=UNSET),
    ]
    stream = BytesIO()
    write_csv([record], stream)
    (row,) = csv.DictReader(StringIO(stream.getvalue().decode(), newline=""), strict=True)
    assert row["comments"] == "\n\n".join(record.comments or ())
    assert search_document(record)["comments"] == list(record.comments or ())
    assert news_article(record)["comment"][1] == {"@type": "Comment", "text": SAID}


def test_what_is_in_a_comment_is_text(record: Record) -> None:
    hostile = replace(record, comments=("<script>x</script>\n# no heading\n\n- ", "", "**b** </section>"))
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html_file(hostile).decode())
    assert [one.tag for one in next(page.iter("section"))] == ["h2", "p", "p", "p"]
    assert list(page.iter("script")) == []
    assert "\\# no heading" in markdown_of(hostile)


def test_a_settings_file_asks_for_them(invoke: Copydesk, tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text("comments = true\n")
    made = json.loads(invoke("clean", str(FILE), "--removed", "none").stdout)
    assert (made["removed"], made["comments"][1]) == ([], SAID)
    run = invoke("ingest", str(FILE), "--view", "csv=articles.csv")
    assert run.returncode == 0, run.stderr
    assert SAID in (tmp_path / "articles.csv").read_text()
