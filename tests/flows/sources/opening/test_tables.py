"""A table is distinguished from text under the same file name."""

from __future__ import annotations

import pytest

from copydesk.flows.sources.opening.field_names import parse_field_names
from copydesk.flows.sources.opening.tables import SeveralHtmlColumns, has_pages, is_table

PAGE = (
    "<!DOCTYPE html>\n<body><h1>Ferry</h1>"
    + "<p>The ferry left at noon, with all lamps lit.</p>" * 9
    + "</body>"
)
LONG_CELL = "\n".join(f"The ferry left at {hour}, with all lamps lit." for hour in range(45))


@pytest.mark.parametrize(
    "table",
    [
        "id,place\n1,Harbour\n2,Pier\n", "id;place\r\n1;Harbour\r\n", "id\tplace\n1\tHarbour\n",
        "# made by the harbour office\nid,place\n1,Harbour\n2,Pier\n3,Quay\n4,Dock\n",
        "id,place\n1,Harbour\n2,Pier,closed\n3,Quay\n4,Dock\n5,Lock\n",
        "id,text,date\n" + "".join(f'{row},"{LONG_CELL}",2026-03-14\n' for row in range(40)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_a_spreadsheet_writes_is_a_table(table: str, encoding: str) -> None:
    assert is_table("ferries.csv", table.encode(encoding))


@pytest.mark.parametrize(
    "text",
    [
        "", "id,place\n",
        "The ferry left at noon, as ever.\nNobody, said the mate, was late, and that was that.\nIt rained.\n",
        "<html><p>One, two</p>\n<p>three, four</p></html>", 'open "for ever, ' + "and ever, " * 20_000,
    ],
)  # fmt: skip
def test_a_text_of_such_a_name_is_none(text: str) -> None:
    assert not is_table("ferries.csv", text.encode())
    assert not is_table("ferries.html", b"id,place\n1,Harbour\n")  # it is read as what it is called


@pytest.mark.parametrize(
    ("head", "pairs", "expected"),
    [
        ("url,text", [], False), ("URL,body", [], False), ("link,text", ["url=link"], False),
        ("link,text", [], False), ("url,text", ["text=text"], True), ("url,words", ["body=words"], True),
        ("url,html", [], True), ("url,text,html", [], True), ("id,text", [], True), ("url,id", [], False),
        ("url,raw_html", [], True), ("id,content", [], True), ("link,Full_Text", [], False), ("id|content", [], True),
    ],
)  # fmt: skip
def test_a_text_beside_an_address_is_a_page_only_where_somebody_says_so(
    head: str, pairs: list[str], *, expected: bool
) -> None:
    assert has_pages("a.csv", f"{head}\n1,2\n".encode(), parse_field_names(pairs)) is expected


@pytest.mark.parametrize(("size", "expected"), [(150, False), (250, True)])
@pytest.mark.parametrize("column", ["text", "content", "body"])
def test_long_cells_beside_addresses_are_pages(column: str, size: int, *, expected: bool) -> None:
    table = f"url;{column}\n" + f"https://courier.example/1;{'word ' * (size // 5)}\n" * 3
    assert has_pages("a.csv", table.encode(), parse_field_names([])) is expected


SHORT = {
    "with a doctype": ("<!DOCTYPE html><html><p>Il molo riapre.</p></html>", True),
    "in capitals": ("<HTML><BODY><P>Die Mole ist offen.</P></BODY></HTML>", True),
    "XHTML": ("<?xml version='1.0'?> <html xmlns='http://www.w3.org/1999/xhtml'><p>Molo</p></html>", True),
    "behind a comment": (
        "\ufeff<!-- saved --><!-- twice -->\n<html lang=ja><p>桟橋が再開。</p></html>",
        True,
    ),
    "from its head on": ("<head><title>Kai</title></head><body><p>Molo znów otwarte.</p></body>", True),
    "an extract": ("<p>Il molo riapre.</p>", False),
    "an extract behind many comments": ("<!---->" * 24 + "<p>Molo</p>", False),
    "words of a link": ("Il molo riapre", False),
    "words about documents": ("how <html> begins", False),
}


@pytest.mark.parametrize(("cell", "expected"), SHORT.values(), ids=SHORT)
@pytest.mark.parametrize("column", ["content", "text", "dump"])
def test_beside_links_whole_documents_are_pages_however_short(
    column: str, cell: str, *, expected: bool
) -> None:
    quoted = cell.replace('"', '""')
    rows = "".join(f'{n},https://a.example/{n},"{quoted}"\n' for n in range(3))
    assert has_pages("a.csv", f"id,link,{column}\n{rows}".encode(), parse_field_names([])) is expected


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", PAGE], True), (["1", "<p>Ferry</p>"], False), (["1", "The ferry <b>left</b> at noon. " * 9], False),
        (["<i>1</i>" * 30, PAGE.upper()], True), (["", PAGE], True), (["a < b, and " * 40, "c"], False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("rows", [1, 40])
def test_a_column_of_html_is_one_of_pages_whatever_its_name(
    cells: list[str], rows: int, *, expected: bool
) -> None:
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in ["https://a.example/1", *cells])
    table = "url,one,two\n" + f"{quoted}\n" * rows
    assert has_pages("a.csv", table.encode(), parse_field_names([])) is expected
    assert has_pages("a.csv", table.encode(), parse_field_names(["html=other"])) is False


def test_of_two_such_columns_the_user_names_one() -> None:
    table = f'url,dump,copy\nhttps://a.example/1,"{PAGE}","{PAGE}"\n'.encode()
    with pytest.raises(
        SeveralHtmlColumns, match=r"HTML is in dump, copy; name the one of pages: --field html=dump$"
    ):
        has_pages("a.csv", table, parse_field_names([]))
    assert has_pages("a.csv", table, parse_field_names(["html=copy"]))
