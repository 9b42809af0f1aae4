"""Tables as spreadsheets write them: each row is a page or reported, whatever is wrong with its neighbours."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from source_items import Items, only_page, only_unreadable, pages, pipe, unreadable
from source_items import contents as bodies

from copydesk.cleaners.types import Page
from copydesk.flows.sources.catalogue import Input, read_pages
from copydesk.flows.sources.opening.field_names import parse_field_names


def read(name: str | Path) -> Items:
    return list(read_pages([str(name)]))


def names(items: Items) -> list[str]:
    return [item.source.name for item in items]


def reasons(items: Items) -> dict[str, str]:
    return {item.source.name: item.reason for item in unreadable(items)}


ROWS = b"""\xef\xbb\xbf,ID,url,html,headers
0,a,https://paper.example/1,"<p>One ""two"", said
the port</p>","{""Content-Language"": ""de""}"
1,,,<p>caf\xe9</p>,
2,c,,<p>Three, four</p>,
3,d,,,
4,e,,"<p>five</p>"!,
5,f,,<p>six</p>,no object
6,g,,<p>seven</p>,
"""


@pytest.mark.parametrize("name", ["pages.csv", "pages.csv.gz", "-"])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_each_row_is_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, ends: bytes) -> None:
    monkeypatch.chdir(tmp_path)
    rows = ROWS.replace(b"\n", ends)
    Path("pages.csv").write_bytes(rows)
    Path("pages.csv.gz").write_bytes(gzip.compress(rows))
    pipe(monkeypatch, rows)
    items = list(read_pages([name]))
    first = pages(items)[0]
    two_lines = f'<p>One "two", said{ends.decode()}the port</p>'
    assert bodies(items) == [two_lines, "<p>café</p>", "<p>seven</p>"]
    assert names(items) == ["a", *(f"{name}:{number}" for number in range(2, 7)), "g"]
    assert (first.url, first.headers) == ("https://paper.example/1", {"Content-Language": "de"})
    assert {item.source.kind for item in items} == {"csv"}
    assert reasons(items) == {
        f"{name}:3": "broken_line", f"{name}:4": "empty", f"{name}:5": "broken_line", f"{name}:6": "broken_line",
    }  # fmt: skip
    lines = [item.message.partition(": ")[0] for item in unreadable(items)]
    assert lines == ["line 5", "line 6", "line 7", "line 8"]


@pytest.mark.parametrize(
    ("name", "input_"),
    [("a.csv", Input.AUTO), ("a.csv", Input.CSV), ("a.txt", Input.CSV), ("-", Input.AUTO)],
)
def test_the_column_of_pages_is_named_or_reported_as_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, input_: Input
) -> None:
    rows = b"id;place\n1;Harbour\n2;Pier\n"
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_bytes(rows)
    Path("a.txt").write_bytes(rows)
    pipe(monkeypatch, rows)
    found = read_pages([name], input_=input_, fields=parse_field_names(["text=place"]))
    assert bodies(found) == ["Harbour", "Pier"]
    pipe(monkeypatch, rows)
    none = only_unreadable(read_pages([name], input_=input_))
    assert (none.reason, none.status) == ("no_page", "rejected")
    assert (input_ is Input.AUTO and name == "a.csv") or "it has id, place" in none.message


@pytest.mark.parametrize("name", ["a.csv", "-"])
def test_a_text_column_beside_urls_needs_an_option(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    rows = b"url,text\nhttps://paper.example/1,Harbour\nhttps://paper.example/2,Pier\n"
    (empty_folder / "a.csv").write_bytes(rows)

    def found(**options: Any) -> Items:
        pipe(monkeypatch, rows)
        return list(read_pages([name], **options))

    none = only_unreadable(found())
    assert (none.reason, "--field text=" in none.message) == ("no_page", True)
    assert bodies(found(fields=parse_field_names(["text=text"]))) == ["Harbour", "Pier"]
    assert bodies(found(input_=Input.CSV)) == ["Harbour", "Pier"]


@pytest.mark.parametrize(
    "text",
    [
        b"Body, mind and text\nAll of them, said the mate.\n",
        b"The ferry left at noon, as ever.\nNobody, said the mate, was late.\n",
        b"Home\tNews\tSport\nThe ferry left at noon.\nNobody was late.\n",
        b"text\nThe ferry left at noon.\n",
    ],
)
def test_a_piped_text_with_commas_is_one_page(monkeypatch: pytest.MonkeyPatch, text: bytes) -> None:
    pipe(monkeypatch, text)
    assert only_page(read("-")).body == text


@pytest.mark.parametrize(
    ("rows", "reported"),
    [
        (['1,"a"b', '2,"c"d', '3,"e"f', "4,fine"], ["line 2", "line 3", "line 4"]), (['1,"open', "2,two", "3,three"], ["line 2"]),
        (['1,"open', "2,two", '3,"three"', '4,"four', "5,five"], ["line 2", "line 5"]),
        # what is left of a cell without an end is broken with it
        (['1,"open', "the second", "<p>, a third, a fourth</p>", '3,"three"', "4,four,too"], ["lines 2 to 4", "line 6"]),
        (['1,"open', "2,two,too", "alone", '3,"e"f', '4,"four\nfive"'], ["lines 2 to 5"]),
        (['1,"two\nlines",more', "2,two"], ["lines 2 to 3"]), (['y",",'] * 2_000 + ["1,one"], ["lines 2 to 2001"]),
    ],
)  # fmt: skip
def test_each_row_is_extracted_or_reported(tmp_path: Path, rows: list[str], reported: list[str]) -> None:
    (tmp_path / "a.csv").write_text("id,text\n" + "\n".join(rows) + "\n")
    messages = [item.message for item in unreadable(read(tmp_path / "a.csv"))]
    assert [text.partition(": ")[0] for text in messages] == reported
    assert all(text.endswith("; left out, mend the row") for text in messages)


def test_a_row_that_goes_wrong_in_a_later_line_says_where(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,text\n1,"open\n2,two\n3,"three"\n4,"a\nb",c\n')
    first, *_, last = (item.message.partition("; left")[0] for item in unreadable(read(tmp_path / "a.csv")))
    assert first == "line 2: a quotation mark is misplaced or not closed (read as far as line 4)"
    assert last == "lines 5 to 6: 3 cells, and the head has 2"


def test_a_page_field_without_content_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,url,html\n1,https://courier.example/1,\n")
    (tmp_path / "a.json").write_text('[{"html": null, "url": "https://courier.example/1"}]')
    row = only_unreadable(read(tmp_path / "a.csv"))
    assert (row.reason, row.message, row.url) == (
        "empty",
        "line 2: nothing in html",
        "https://courier.example/1",
    )
    assert only_unreadable(read(tmp_path / "a.json")).message == "JSON without a page: nothing in html"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_a_table_in_utf_16_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    content = f"{mark}id\ttext\nzwölf\tEs schlägt zwölf.\n".encode(encoding)
    (tmp_path / "a.tsv").write_bytes(content)
    pipe(monkeypatch, content)
    for name in (tmp_path / "a.tsv", "-"):
        page = only_page(read(name))
        assert (page.source.name, page.body) == ("zwölf", "Es schlägt zwölf.")


def test_the_encoding_of_a_table_is_one_for_all_its_rows(tmp_path: Path) -> None:
    english = "The ferry between the two harbours sails again from Monday, the port said on Friday."
    cells = [
        *("Ærø", "Müller", "naïve", "señor"),
        *["café and crème brûlée as the señora from Zürich calls it"] * 20,
    ]
    rows = "".join(f'{cell},"<p>{english} {cell}</p>",\r\n' for cell in cells)
    # by what the row says of it, and by what the page does
    told = "Ferry,<p>Паром ушёл</p>,text/html; charset=koi8-r\r\n".encode("koi8-r")
    own = "<meta charset=iso-8859-5><p>Паром ушёл</p>".encode("iso-8859-5")
    table = f"title,html,content_type\r\n{rows}".encode("cp1252") + told + b"own," + own + b",\r\n"
    (tmp_path / "a.csv").write_bytes(table)
    *found, of_row, last = pages(read(tmp_path / "a.csv"))
    assert [page.announced and page.announced.title for page in found] == cells
    assert [page.body for page in found] == [f"<p>{english} {cell}</p>" for cell in cells]
    assert (of_row.body, last.body) == ("<p>Паром ушёл</p>".encode("koi8-r"), own)


BROKEN = ['1,"a"b', '1,"open', "1,one", '1,"one"', "1,2,3", "one", 'y",",', '"1","",""', '1,"""o"""']


@given(st.lists(st.sampled_from(BROKEN)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_line_of_a_table_is_lost(tmp_path: Path, rows: list[str]) -> None:
    (tmp_path / "a.csv").write_text("".join(f"{row}\n" for row in ["id,text", *rows]))
    lines = 0
    for item in read(tmp_path / "a.csv"):
        if isinstance(item, Page):
            lines += 1 + str(item.body).count("\n")
        else:
            span = re.match(r"lines (\d+) to (\d+)", item.message)
            lines += int(span[2]) - int(span[1]) + 1 if span else 1
    assert lines == len(rows)


def test_a_cell_that_is_longer_than_any_page_costs_its_lines(tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("wb") as file:
        file.write(b'id,text\n1,before\n2,"')
        for _ in range(60):
            file.write(b"x" * 1_000_000 + b"\n")
        file.write(b'"\n3,"x"\n4,"' + b"y" * 200_000 + b'"\n')
        file.write(b"5," + b"z" * 50_000_100 + b"\n6,last\n")
    items = read(tmp_path / "a.csv")
    assert [name for name in names(items) if name not in reasons(items)] == ["1", "3", "4", "6"]
    # the row as far as it was read, its other lines with that of the mark, and the one that is too long by itself
    assert len(reasons(items)) == 1 + 11 + 1
