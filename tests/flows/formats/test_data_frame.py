"""Records to pandas in one call."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conftest import ARTICLE

from copydesk import Record, clean, to_dataframe

ONE = clean(ARTICLE, "https://courier.example/clock")
NONE = clean("<p></p>", "https://courier.example/none")


def test_one_record_and_many_are_rows() -> None:
    assert len(to_dataframe(ONE)) == 1
    table = to_dataframe(one for one in (ONE, NONE))
    assert table["url"].tolist() == ["https://courier.example/clock", "https://courier.example/none"]
    assert table["status"].tolist() == ["ok", "rejected"]
    assert table.loc[0, "text"] == ONE.text
    assert str(table.dtypes["version"]) == "Int64"
    assert str(table.dtypes["sponsored"]) == "boolean"


def test_no_record_is_a_table_with_the_same_columns() -> None:
    assert list(to_dataframe([]).columns) == list(to_dataframe(ONE).columns)


@pytest.mark.parametrize("wrong", [[ONE, None], ["text"], [ONE.to_dict()]])
def test_what_is_no_record_is_named(wrong: list[Record]) -> None:
    with pytest.raises(TypeError, match=r"records\[\d\]: expected a copydesk.Record, not"):
        to_dataframe(wrong)


def test_pandas_is_loaded_by_its_use_alone() -> None:
    script = "import sys; from copydesk import to_dataframe; assert 'pandas' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
