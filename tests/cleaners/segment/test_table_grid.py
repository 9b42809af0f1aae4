"""Tables of data: distinguished from layout, and in which column a cell is where others span."""

from __future__ import annotations

import pytest
from lxml import etree

from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.options import Options
from copydesk.cleaners.segment.table_grid import Grid, TableUse, use_of


def table(inner: str, attributes: str = "") -> etree._Element:
    found = parse(f"<table {attributes}>{inner}</table>", Options()).find(".//table")
    assert found is not None
    return found


def columns(*rows: str) -> list[list[int]]:
    """The column of each cell, row by row, as the steps between cells add up."""
    grid = Grid()
    found = []
    for row in rows:
        grid.begin_row()
        at, places = 0, []
        for cell in table(f"<tr>{row}</tr>").iter("td"):
            at += grid.add_cell(cell)
            places.append(at)
        grid.end_row()
        found.append(places)
    return found


TWO, THREE = "<td>a<td>b", "<td>a<td>b<td>c"


@pytest.mark.parametrize(("rows", "places"), [
    ([THREE, THREE], [[0, 1, 2], [0, 1, 2]]), (["<td colspan=2>a<td>b", THREE], [[0, 2], [0, 1, 2]]),
    (["<td rowspan=2>a<td>b<td>c", TWO, THREE], [[0, 1, 2], [1, 2], [0, 1, 2]]),
    (["<td>a<td rowspan=2>b<td>c", TWO], [[0, 1, 2], [0, 2]]),
    (["<td>a<td>b<td rowspan=3>c", TWO, TWO, THREE], [[0, 1, 2], [0, 1], [0, 1], [0, 1, 2]]),
    (["<td rowspan=2 colspan=2>a<td>b", "<td>c", THREE], [[0, 2], [2], [0, 1, 2]]),
    (["<td rowspan=2>a<td rowspan=2>b<td>c", "<td>d"], [[0, 1, 2], [2]]),
    # what a row lacks does not shorten how far a cell reaches
    (["<td>a<td rowspan=2>b", "", TWO], [[0, 1], [], [0, 1]]),
    ([""], [[]]),
])  # fmt: skip
def test_cells_that_span_move_the_others(rows: list[str], places: list[list[int]]) -> None:
    assert columns(*rows) == places


@pytest.mark.parametrize("span", ["0", "-1", "two", "", "1e3", "9999", "٣", "²", " 2"])
def test_a_span_that_is_no_number_is_one(span: str) -> None:
    assert columns(f"<td colspan='{span}' rowspan='{span}'>a<td>b", TWO) == [[0, 1], [0, 1]]


def test_a_huge_span_is_cut() -> None:
    assert columns("<td colspan=999>a<td>b") == [[0, 50]]
    assert columns("<td rowspan=999>a<td>b", *["<td>c"] * 60)[48:52] == [[1], [1], [0], [0]]


DATA = "<tr><td>Town<td>Loss<tr><td>Bern<td>12"
HEADED = "<tr><th>Town<th>Loss<tr><td>{}<td>12"
PROSE = "The clock struck noon. " * 20


@pytest.mark.parametrize("inner", [
    DATA,
    "<thead><tr><td>Town<td>Loss</thead><tbody><tr><td>Bern<td>12</tbody>",
    "<tr><td>a<tr><td>b<td>c",
    # a table with heads or a caption may hold long cells, lists, quotations
    HEADED.format(PROSE),
    f"<caption>Loss</caption><tr><td>Town<td>{PROSE}<tr><td>Bern<td>12",
    HEADED.format("<ul><li><a href=/>Bern</a></ul>"),
    HEADED.format("<blockquote>Noon</blockquote><figure>x</figure>"),
    # a list of plain words is no menu
    f"<tr><td>Town<td>Loss<tr><td><ul>{' ' * 300}<li>Bern<li>Basel</ul><td>12",
])  # fmt: skip
def test_rows_of_data(inner: str) -> None:
    assert use_of(table(inner)) is TableUse.DATA


@pytest.mark.parametrize("inner", [
    "", "<tr><td>Town<td>Loss", "<tr><td>Town<tr><td>Bern", f"<tr><td>Town<td>{PROSE}<tr><td>Bern<td>12",
    HEADED.format(PROSE * 6), HEADED.format("<h1>Noon</h1>"), HEADED.format("<form><input></form>"),
    HEADED.format("<article>Noon</article>"), "<tr><td>Town<td><h2>Loss</h2><tr><td>Bern<td>12",
    "<tr><td>Town<td><table><tr><td>x</table><tr><td>Bern<td>12",
    "<tr><td>Town<td><pre>x</pre><tr><td>Bern<td>12",
    "<tr><td><ul><li><a href=/>Home</a><li><a href=/s>Sport</a></ul><td>x<tr><td>Bern<td>12",
    HEADED.format("<table></table>" * 11),
])  # fmt: skip
def test_layout_and_what_is_too_little(inner: str) -> None:
    assert use_of(table(inner)) is not TableUse.DATA


@pytest.mark.parametrize("role", ["presentation", "none"])
def test_a_table_with_the_role_of_layout(role: str) -> None:
    assert use_of(table(DATA, "role=table")) is TableUse.DATA
    assert use_of(table(DATA, f"role={role}")) is not TableUse.DATA


def test_rows_of_tables_inside_are_not_the_tables_own() -> None:
    inner = "<tr><td>a<td>b<tr><td>c<td>d"
    assert use_of(table(f"<tr><th>Town<td><table>{inner}</table>")) is not TableUse.DATA
    assert use_of(table(f"<tr><th>Town<td>x<tr><td>Bern<td><table>{inner}</table>")) is TableUse.DATA


_LINK = "<a href=a>The bridge is painted</a>"
_SENTENCE = "Drivers go round by the river."


@pytest.mark.parametrize(("rows", "use"), [
    # cards: a headline in each row, a sentence below it or in the next column alone
    (f"<tr><td>&bull;<td>{_LINK}<tr><td>&bull;<td>{_LINK}", TableUse.BOXES),
    (f"<tr><td><img src=a><td>{_LINK}<br>{_SENTENCE}<tr><td><td>{_LINK}<br>{_SENTENCE}", TableUse.BOXES),
    (f"<tr><td>{_LINK}<br>{_SENTENCE}<td>{_LINK}<br>{_SENTENCE}", TableUse.BOXES),
    ("<tr><td><a href=a>News</a><tr><td><a href=b>Sport</a>", TableUse.BOXES),
    ("<tr><td>" + "A long text of the page. " * 20, TableUse.BOXES),
    # data though there are links, signs or one word a row
    ("<tr><td>1.<td><a href=a>The Shape of Water</a> (2017)<tr><td>2.<td><a href=b>Call Me by Your Name</a> (2017)", TableUse.DATA),
    ("<tr><td>15:30<td><a href=a>FC Bayern München</a><td><a href=b>VfB Stuttgart 1893</a>" * 3, TableUse.DATA),
    ("<tr><td>Rye<td>✓<tr><td>Wheat<td>✗", TableUse.DATA),
    ("<tr><td>Mill Inn<td>★★★★☆<tr><td>Quay Inn<td>★★☆☆☆", TableUse.DATA),
    # neither: facts of an article
    ("<tr><td>Rye from the hills, forty tons<tr><td>Wheat from the coast, ten tons", TableUse.PLAIN),
    ("<tr><th>Weight of the mill<td>1,200 kg", TableUse.PLAIN),
    ("<caption>Grains</caption><tr><td>Rye<tr><td>Wheat", TableUse.PLAIN),
])  # fmt: skip
def test_what_a_table_is_there_for(rows: str, use: TableUse) -> None:
    assert use_of(table(rows)) is use
