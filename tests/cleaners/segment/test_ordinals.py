"""Where lists begin to count."""

from __future__ import annotations

import pytest

from copydesk import clean

SENTENCE = "The clock of the town hall struck noon on Friday for the first time in eleven years, and a crowd had come."


def test_a_list_that_counts_down_has_no_numbers_of_its_own() -> None:
    page = f"<article><h1>Wax</h1><p>{SENTENCE}</p><ol reversed start=10><li>Warm the wax.</li></ol><p>{SENTENCE}</p></article>"
    assert "1. Warm the wax." in (clean(page).markdown or "")


@pytest.mark.parametrize(
    ("start", "first"), [("4", 4), ("", 1), ("x", 1), ("-2", 1), ("0", 1), ("99999999999999999999", 1)]
)
def test_a_list_goes_on_where_it_says(start: str, first: int) -> None:
    items = "<li>Warm the wax in a bath of water.</li><li>Spread it with the cloth.</li>"
    page = (
        f"<article><h1>Wax</h1><p>{SENTENCE}</p><ol start='{start}'>{items}</ol><p>{SENTENCE}</p></article>"
    )
    numbered = f"{first}. Warm the wax in a bath of water.\n{first + 1}. Spread it with the cloth."
    assert numbered in (clean(page).markdown or "")
