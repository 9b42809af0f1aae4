"""Records as flat rows: every column has its value in the declared type."""

from __future__ import annotations

from made_records import full_record

from copydesk import clean
from copydesk.flows.formats.flat_rows import COLUMNS, flat_row

TYPES = {"TEXT": str, "INTEGER": int, "REAL": float, "BOOLEAN": bool}


def test_every_column_has_its_value_in_its_type() -> None:
    row = flat_row(full_record())
    assert [type(value) for value in row] == [TYPES[column.type] for column in COLUMNS]
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)


def test_new_columns_stand_behind_those_that_were_there() -> None:
    names = [column.name for column in COLUMNS]
    # versions of a page and copies of a text differ by these
    assert names[:4] == ["id", "version", "status", "reason"]
    assert names[-7:] == ["duplicate_similarity", "previous", "next", "change_kind", "change_share", "comments", "confidence"]  # fmt: skip


def test_what_a_record_does_not_know_is_null() -> None:
    row = dict(zip((column.name for column in COLUMNS), flat_row(clean("")), strict=True))
    known = {name for name, value in row.items() if value is not None}
    assert known == {"id", "version", "status", "reason", "source_kind", "source_name", "language", "text"}
