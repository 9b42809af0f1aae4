"""Every format, opened by the programs it is for."""

from __future__ import annotations

import csv
import gzip
import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from made_records import full_record, records
from msgspec.structs import replace
from pyarrow import dataset, parquet

from copydesk import arrow_schema, clean
from copydesk.cleaners import encode
from copydesk.cleaners.schema import Author, Record, SourceRef
from copydesk.cleaners.types import Page
from copydesk.flows.exports import destination
from copydesk.flows.fetching.lists.feeds import read_feed
from copydesk.flows.formats.csv_table import write_csv
from copydesk.flows.formats.flat_rows import COLUMNS
from copydesk.flows.formats.format_registry import FileFormat, FolderFormat, StreamFormat, all_formats
from copydesk.flows.formats.json_feed import write_feed
from copydesk.flows.formats.markdown_files import front_matter, markdown_file
from copydesk.flows.formats.parquet import from_batch, row_groups
from copydesk.flows.sources.catalogue import read_pages

SEEDS = Path(__file__).resolve().parents[3] / "seeds" / "pages"
PAGES = ("en-html-newspaper.html", "zh-html-news.html", "nl-html-translated.html", "pt-html-press-release.html")  # fmt: skip


@pytest.fixture(scope="module")
def articles() -> list[Record]:
    """Records of sample pages, and record in which every field has a value."""
    cleaned = [clean((SEEDS / name).read_bytes(), url=f"https://news.example/{name}") for name in PAGES]
    return [*cleaned, replace(full_record(), status="ok", url="https://desk.example/full", comments=())]


def export(name: str, made: Iterable[Record], place: Path, *, force: bool = False) -> Path:
    match all_formats()[name]:
        case StreamFormat() as format_:
            destination.write_stream(str(place), lambda stream: format_.write(made, stream), force=force)
        case FileFormat() as format_:
            destination.write_file(str(place), lambda path: format_.write(made, path), force=force)
        case FolderFormat() as format_:
            destination.write_folder(str(place), lambda path: format_.write(made, path), force=force)
    return place


def lines(place: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in place.read_text("utf-8").splitlines()]


@pytest.mark.slow
def test_parquet_files_of_different_records_are_one_table(articles: Sequence[Record], tmp_path: Path) -> None:
    files = [str(export("parquet", [record], tmp_path / f"{n}.parquet")) for n, record in enumerate(articles)]
    assert all(parquet.read_schema(file).equals(arrow_schema()) for file in files)
    assert list(from_batch(dataset.dataset(files).to_table())) == articles
    found = duckdb.read_parquet(files).project("id, field_origins.title")
    assert found.fetchall() == [(record.id, record.field_origins.get("title")) for record in articles]
    assert export("parquet", [], tmp_path / "none.parquet").stat().st_size
    assert dataset.dataset(tmp_path / "none.parquet").count_rows() == 0


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_lines_are_the_records_themselves(articles: Sequence[Record], tmp_path: Path, ending: str) -> None:
    file = export("jsonl", articles, tmp_path / f"records.jsonl{ending}")
    with pa.input_stream(file, compression={".gz": "gzip", ".zst": "zstd"}[ending]) as stream:
        assert stream.read() == b"".join(map(encode, articles))
    again = export("jsonl", articles, tmp_path / f"again.jsonl{ending}")
    assert again.read_bytes() == file.read_bytes()


def test_a_table_of_cells_says_the_same_to_every_reader(articles: Sequence[Record], tmp_path: Path) -> None:
    file = export("csv", articles, tmp_path / "records.csv")
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened, strict=True))
    assert [row["id"] for row in rows] == [record.id for record in articles]
    assert [row["text"] for row in rows] == [record.text for record in articles]
    assert list(rows[0]) == [column.name for column in COLUMNS]
    found = duckdb.read_csv(str(file), all_varchar=True).project("id, title").fetchall()
    assert found == [(record.id, record.title) for record in articles]


@given(
    st.text(" \t\r\n\xa0\u3000\u200b\u202e\ufeff\x1b", max_size=3),
    st.sampled_from("=+-@＝＋－＠"),
    st.text(st.characters(codec="utf-8"), max_size=5),
)
def test_no_cell_is_a_formula(before: str, sign: str, rest: str) -> None:
    start = before + sign
    record = replace(full_record(), title=start + rest, tags=(start + rest,), authors=(Author(name=start),))
    stream = BytesIO()
    write_csv([record], stream)
    (row,) = csv.DictReader(StringIO(stream.getvalue().decode(), newline=""), strict=True)
    assert row["title"] == f"'{start}{rest}"
    assert [cell for cell in row.values() if cell.startswith(start)] == []


def test_a_database_finds_records_by_their_words(articles: Sequence[Record], tmp_path: Path) -> None:
    file = export("sqlite", articles, tmp_path / "records.db")
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    stored = database.execute("SELECT record FROM records ORDER BY number").fetchall()
    assert [msgspec.json.decode(line, type=Record) for (line,) in stored] == articles
    found = database.execute(
        "SELECT id, language FROM records JOIN search ON search.rowid = number WHERE search MATCH ?",
        ("some text",),
    ).fetchall()
    assert found == [(articles[-1].id, articles[-1].language)]
    # accents are no matter, nor is the case
    word = "title:" + (articles[-2].title or "").split()[0].upper()
    assert database.execute("SELECT count(*) FROM search WHERE search MATCH ?", (word,)).fetchone()[0] >= 1
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()


def test_markdown_files_are_read_as_the_pages_they_were(articles: Sequence[Record], tmp_path: Path) -> None:
    made = articles[:-1]
    export("markdown", made, tmp_path / "vault")
    found = {
        page.url: clean(page) for page in read_pages([str(tmp_path / "vault")]) if isinstance(page, Page)
    }

    def said(record: Record) -> tuple[object, ...]:
        names = [author.name for author in record.authors]
        return (record.title, names, record.date_published, record.language, record.text)

    assert [said(found[record.url]) for record in made] == [said(record) for record in made]


def test_markdown_files_lie_in_the_tree_of_their_urls(articles: Sequence[Record], tmp_path: Path) -> None:
    feed = replace(articles[0], id="f" * 32, source=SourceRef(kind="feed", name="Courier"))
    folder = export("markdown", [*articles, feed, feed], tmp_path / "vault")
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*.md")}
    assert files == {
        *(f"news.example/{name.removesuffix('.html')}.md" for name in PAGES),
        "desk.example/full.md",
        "courier/news.example/en-html-newspaper.md",
        f"courier/news.example/en-html-newspaper-{'f' * 32}.md",
    }
    for record in articles:
        name = (record.url or "").removeprefix("https://").removesuffix(".html")
        _, front, body = (folder / f"{name}.md").read_text("utf-8").split("---\n", 2)
        fields = yaml.safe_load(front)
        assert fields["title"] == record.title
        assert fields.get("date_published") == record.date_published
        assert body == f"\n# {record.title}\n\n{record.markdown}\n"


@settings(max_examples=5)
@given(records())
@example(replace(full_record(), title="Line\u2028ends\x85of\u2029many\nkinds", section="- no: [list"))
@example(
    replace(full_record(), title="---", description="2026-05-06", section="null", subtitle="# 'x': \"y\"")
)
def test_front_matter_is_yaml_with_the_fields_of_the_record(record: Record) -> None:
    text = markdown_file(record).decode()
    assert text.startswith("---\n")
    front = text.removeprefix("---\n").split("\n---\n")[0]
    assert yaml.safe_load(front) == front_matter(record)


TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def checked_feed(content: bytes) -> list[dict[str, Any]]:
    """The items of a feed that keeps to the rules of JSON Feed 1.1 (jsonfeed.org/version/1.1)."""
    feed = json.loads(content)
    assert (feed.pop("version"), type(feed.pop("title"))) == ("https://jsonfeed.org/version/1.1", str)
    items: list[dict[str, Any]] = feed.pop("items")
    assert feed == {}
    for item in items:
        assert {"id", "content_text"} <= item.keys()
        # an extension is an object whose name begins with an underscore
        assert isinstance(item["_copydesk"], dict)
        known = {name: value for name, value in item.items() if name != "_copydesk"}
        for author in known.pop("authors", []):
            assert author.keys() in ({"name"}, {"name", "url"})
        times = (known.pop(name) for name in ("date_published", "date_modified") if name in known)
        assert all(map(TIME.fullmatch, times))
        texts = {"id", "url", "title", "content_text", "summary", "image", "language"}
        assert known.keys() - {"tags"} <= texts
        assert all(isinstance(text, str) for text in (*known.pop("tags", ()), *known.values()))
    return items


def test_a_json_feed_keeps_to_its_rules_and_is_read_back(articles: Sequence[Record], tmp_path: Path) -> None:
    file = export("json-feed", articles, tmp_path / "feed.json")
    assert [item["id"] for item in checked_feed(file.read_bytes())] == [record.id for record in articles]
    pages = read_feed(file.read_bytes(), url="https://desk.example/feed.json", content_type=None).pages
    assert [page.url for page in pages] == [record.url for record in articles]
    # of a day alone nobody knows the hour
    day = replace(articles[0], date_published="2026-05-06")
    (item,) = checked_feed(export("json-feed", [day], tmp_path / "day.json").read_bytes())
    assert "date_published" not in item
    assert item["_copydesk"]["date_published"] == "2026-05-06"
    assert checked_feed(export("json-feed", [], tmp_path / "none.json").read_bytes()) == []


@settings(max_examples=8)
@given(st.lists(records(), max_size=2))
def test_any_records_make_a_json_feed(made: list[Record]) -> None:
    stream = BytesIO()
    write_feed(made, stream)
    assert len(checked_feed(stream.getvalue())) == len(made)


def test_an_article_or_a_page_declares_what_the_page_declared(
    articles: Sequence[Record], tmp_path: Path
) -> None:
    nodes = lines(export("schema-org", articles, tmp_path / "articles.jsonl"))
    assert {node["@type"] for node in nodes} == {"NewsArticle"}
    for record, node in zip(articles, nodes, strict=True):
        page = f'<html><head><script type="application/ld+json">{json.dumps(node)}</script></head><body>'
        read = clean(f"{page}<h1>{record.title}</h1><p>{record.text}</p></body></html>", url=record.url)
        assert (read.title, read.section) == (record.title, record.section)
        assert [record.name for record in read.authors] == [record.name for record in record.authors]
    full = nodes[-1]
    assert full["digitalSourceType"].endswith("/some digital_source_type")
    assert full["isBasedOn"][0]["name"] == "some title"
    assert None not in full.values()
    thread = replace(articles[-1], page_kind="forum")
    (node,) = lines(export("schema-org", [thread], tmp_path / "pages.jsonl"))
    assert (node["@type"], node["text"], "articleBody" in node) == ("WebPage", thread.text, False)


@pytest.mark.slow
def test_builders_of_corpora_read_documents(articles: Sequence[Record], tmp_path: Path) -> None:
    from datatrove.pipeline.readers import JsonlReader

    export("datatrove", articles, tmp_path / "corpus" / "documents.jsonl.gz")
    read = list(JsonlReader(str(tmp_path / "corpus"), glob_pattern="*.jsonl.gz")())
    assert [(record.id, record.text) for record in read] == [(record.id, record.text) for record in articles]
    assert [record.metadata["language"] for record in read] == [record.language for record in articles]
    file = export("dolma", articles, tmp_path / "documents.jsonl.gz")
    with gzip.open(file, "rt", encoding="utf-8") as opened:
        documents = [json.loads(line) for line in opened]
    keys = frozenset(("id", "text", "source", "added", "created", "metadata"))
    assert {frozenset(document) for document in documents} == {keys}
    assert [document["created"] for document in documents] == [record.date_published for record in articles]
    # keys never come and go, so that types guessed from record file hold for the next
    assert len({frozenset(document["metadata"]) for document in documents}) == 1
    assert duckdb.read_json(str(file)).project("id").fetchall() == [(record.id,) for record in articles]


def test_row_groups_are_bounded_by_text_as_well() -> None:
    long = replace(full_record(), text="x" * 2_500_000)
    assert [len(group) for group in row_groups([long] * 5)] == [2, 2, 1]
    assert [len(group) for group in row_groups([full_record()] * 2_001)] == [1_000, 1_000, 1]
