"""Lines that forced line breaks part as blocks: links of a list, lines of fonts of two sizes."""

from __future__ import annotations

import pytest

from copydesk import clean, restore

FIRST = "The harbour of the old town was rebuilt by Jane Doe after the storm, and the ships came back in May."
LAST = "Fishermen had asked for a second pier for years, and the council voted for it on Monday evening."


def lines_of(markup: str) -> list[str]:
    """The blocks between the two paragraphs, those kept before those removed."""
    record = clean(f"<article><h1>A harbour</h1><p>{FIRST}</p><div>{markup}</div><p>{LAST}</p></article>")
    between = restore(record).split(FIRST)[1].split(LAST)[0]
    kept = [text for text in record.text.split("\n\n") if text in between]
    return [text for text in (*kept, *(gone.text for gone in record.removed)) if text in between]


def test_links_typed_as_lines_are_blocks_of_their_own() -> None:
    links = "<a href='/1'>Storm over the bay</a><br> \u2022 <b><a href='/2'>Oak for ships</a></b><br><a href='/3'>Herring</a>"
    found = lines_of(f"Read more:<br>{links}<br>and so on")
    assert sorted(found) == sorted(
        ["Read more:", "Storm over the bay", "\u2022 Oak for ships", "Herring", "and so on"]
    )


@pytest.mark.parametrize("markup", [
    "<a href='/map'>1 Quay Street</a><br><a href='/map'>Harbour Town</a>",
    "<a href='/map'>1 Quay Street<br>Harbour Town</a>", "<a href='/1'>1 Quay Street</a><br>Harbour Town",
    "<a href='/1'>1 Quay Street</a><br><a href='/2'>Harbour Town</a>",
    "<a href='/1'>1 Quay Street</a><br>and then<br><a href='/2'>Harbour Town</a>",
])  # fmt: skip
def test_lines_of_one_link_and_of_text_stay_one_block(markup: str) -> None:
    assert len(lines_of(markup)) == 1


SMALL, LARGE = "<font size=2>By Ann</font>", "<b><font size=5>Boats</font></b>"


@pytest.mark.parametrize(("markup", "lines"), [
    (f"{LARGE}<br>{SMALL}", ["Boats", "By Ann"]),
    (f"A pier<br>{LARGE}<br>{SMALL}", ["A pier\nBoats", "By Ann"]),
    (f"{LARGE}<br><font size=5>By Ann</font>", ["Boats\nBy Ann"]),
    (f"{LARGE}<br><font size=+2>By Ann</font>", ["Boats\nBy Ann"]),
    (f"<font size=-1><font size=6>Boats</font></font><br>{SMALL}", ["Boats", "By Ann"]),
    (f"{LARGE} and nets<br>{SMALL}", ["Boats and nets\nBy Ann"]),
    (f"{LARGE}<br>and {SMALL}", ["Boats\nand By Ann"]),
    (f"Of {LARGE}<br>{SMALL}", ["Of Boats\nBy Ann"]),
    (f"<i>Nets</i> {LARGE}<br>{SMALL}", ["Nets Boats\nBy Ann"]),
    (f"{LARGE}<br>By Ann", ["Boats\nBy Ann"]),
    (f"<b>Boats</b><br>{SMALL}", ["Boats\nBy Ann"]),
])  # fmt: skip
def test_lines_set_whole_in_fonts_of_two_sizes_are_blocks(markup: str, lines: list[str]) -> None:
    assert lines_of(markup) == lines
