"""Tables in flattened text: which lines are rows, and where their cells begin."""

from __future__ import annotations

import pytest
from conftest import lines
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.segment.line_tables import with_tables
from copydesk.cleaners.text_forms import cells
from copydesk.cleaners.types import Block, Kind

ALIGNED = ("Town       Loss   Built", "Bern         12    1530", "Chur          7    1480")
GLUED = ("TownLoss", "Bern12", "Chur7")
PROSE = "The clock of the town hall struck noon."


def rows(*raws: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in cells(block)]
        for block in with_tables(lines(*raws))
        if block.kind is Kind.TABLE_ROW
    ]


@pytest.mark.parametrize(("raws", "last"), [
    (ALIGNED, ["Chur", "7", "1480"]),
    (("Town    Loss", "Bern    12", "Chur    7"), ["Chur", "7"]),
    (("Town\tLoss", "Bern\t12", "Chur\t7"), ["Chur", "7"]),
    (GLUED, ["Chur", "7"]),
    (("ПоездОпоздал", "Берн12", "Москва7"), ["Москва", "7"]),
    (("What was plannedOpening yearThird year", "Riders a day9,20017,800", "First departure6:104:50"),
     ["First departure", "6:10", "4:50"]),
    (("TownShareChange", "Bern40%Up3", "Chur7%Up12"), ["Chur", "7%", "Up12"]),
    (("FareOld priceNew price", "Single$2.50$3", "Return$4$5.50"), ["Return", "$4", "$5.50"]),
])  # fmt: skip
def test_rows_whose_cells_can_be_split(raws: tuple[str, ...], last: list[str] | None) -> None:
    found = rows(*raws)
    assert (found[-1] if found else None) == last
    assert len(found) in (0, len(raws))


@pytest.mark.parametrize("raws", [
    ALIGNED[:2], GLUED[:2],
    # not below each other: two spaces alone mean nothing
    ("Town  Loss in a month", "Bern and around it  12", "Chur  7"),
    ("x = 1  # one", "yy = 2  # two", "zzz = 3  # three"),
    # sentences in any script
    *(
        tuple(f"{line}{end}" for line in ("noon  bell", "dawn  bird", "dusk  moth"))
        for end in ("।", "॥", "؟", "۔", "։", "።", "។", "。", "｡", "!»", "…")
    ),
    # a row that divides otherwise, a number that may be cut in two ways
    (*ALIGNED[:2], "Chur          7    1480    3"),
    ("What was plannedFirst yearThird year", "Riders a day9,20017,800", "Seconds at a stop2545"),
    # names with a capital inside, and no number in any column
    ("YouTube", "OpenType", "LinkedIn"), ("Riders 9", "Riders 12", "Riders 3"), tuple(f"{item}." for item in GLUED),
    tuple(f"{item}{'x' * 200}" for item in GLUED), (),
])  # fmt: skip
def test_what_is_no_table(raws: tuple[str, ...]) -> None:
    assert rows(*raws) == []


def test_prose_around_a_table_stays_and_tables_are_numbered() -> None:
    second = [block.replace(gap=1 if at == 0 else 0) for at, block in enumerate(lines(*GLUED))]
    blocks = [*lines(PROSE, *ALIGNED), *second, *lines(PROSE)]
    found = with_tables([block.replace(index=at) for at, block in enumerate(blocks)])
    assert [block.table for block in found] == [None, 0, 0, 0, 1, 1, 1, None]
    assert [block.raw for block in found] == [block.raw for block in blocks]


@pytest.mark.parametrize("kind", [Kind.HEADING, Kind.LIST_ITEM, Kind.CODE, Kind.QUOTE])
def test_only_plain_lines_are_rows(kind: Kind) -> None:
    blocks = list(lines(*GLUED))
    blocks[1] = blocks[1].replace(kind=kind)
    assert with_tables(blocks) == blocks


def test_a_blank_line_ends_a_table() -> None:
    blocks = [block.replace(gap=int(block.index == 1)) for block in lines(*GLUED, "Genf9")]
    assert [block.table for block in with_tables(blocks)] == [None, 0, 0, 0]
    parted = [block.replace(gap=int(block.index == 2)) for block in blocks]
    assert [block.table for block in with_tables(parted)] == [None] * 4


def test_a_row_of_very_many_numbers_ends() -> None:
    head = "Town" + "Loss" * 11
    assert rows(head, f"Bern{'1' * 190}", f"Chur{'1' * 190}") == []
    assert rows(head, f"Bern{'1' * 60}", f"Chur{'12' * 30}") == []


towns = st.sampled_from(["Bern", "Chur", "Genf", "Sitten", "Zug"])


@given(st.lists(st.tuples(towns, st.integers(0, 99_999), st.integers(0, 9_999)), min_size=2, max_size=6))
def test_columns_set_to_a_width_are_read_back(data: list[tuple[str, int, int]]) -> None:
    table = [("Town", "Loss", "Built"), *((town, str(loss), str(built)) for town, loss, built in data)]
    raws = [f"{town:<10}{loss:>8}{built:>8}" for town, loss, built in table]
    assert rows(*raws) == [list(row) for row in table]


@given(st.lists(st.text(alphabet="ab AB12,.:%$\t", min_size=1, max_size=30).filter(str.strip), max_size=6))
def test_no_letter_of_any_line_is_lost_or_moved(raws: list[str]) -> None:
    blocks = lines(*raws)
    for before, after in zip(blocks, with_tables(blocks), strict=True):
        assert isinstance(after, Block)
        assert after.raw == before.raw
        assert list(after.cells) == sorted(set(after.cells))
        assert all(0 < start < len(after.raw) for start in after.cells)
