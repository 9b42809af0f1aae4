"""The blocks of a text, where records are to have them: which there are, and where they begin and end."""

from __future__ import annotations

from pathlib import Path

import pytest
from articles import ARTICLES
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from copydesk import Label, Options, Page, Record, clean, clean_page, explain, restore
from copydesk.cleaners.recurring.site_blocks import Sightings, digest_of, without_recurring

SEEDS = sorted((Path(__file__).parents[3] / "seeds" / "pages").glob("*"))
BLOCKS = Options(blocks=True)
FIRST = "The old ferry was built forty years ago and stays in the dock whenever there is ice on the water."
SECOND = "Write to the harbour master, at nora.quill@harbour.example, before you drive round by the bridge."
LAST = "The new ferry carries forty cars and is heated throughout, its builders say in their brochure."
PAGE = f"""<!DOCTYPE html><html lang="en"><head><title>A ferry for the winter</title></head><body>
<nav><a href="/">Home</a></nav><article><h1>A ferry for the winter</h1>
<p>{FIRST}</p><p>{SECOND}</p>
<h2>What it costs</h2><ul><li>The same as before.<ul><li>Cars are dearer.</li></ul></li><li>Bicycles go free.</li></ul>
<h4>The times</h4><table><tr><td>06:00</td><td>ice permitting</td></tr><tr><td>18:00</td><td>daily</td></tr></table>
<blockquote><p>We shall not miss the bridge, said a reader.</p></blockquote>
<pre>if ice:
    stay()

go()</pre><p>{LAST}</p></article><footer>Copyright 2026 Example Courier</footer></body></html>"""
SHOWN = """
paragraph   | The old ferry was built forty …
paragraph   | Write to the harbour master, a…
heading 2   | What it costs
list_item 1 | The same as before.
list_item 2 | Cars are dearer.
list_item 1 | Bicycles go free.
heading 4   | The times
table       | 06:00→ice permitting
table       | 18:00→daily
quote       | We shall not miss the bridge, …
code        | if ice:¶    stay()¶¶go()
paragraph   | The new ferry carries forty ca…
"""


def shown(record: Record) -> str:
    """A line a block: its label and level, and the text at its offsets."""
    lines = []
    for one in record.blocks:
        text = record.text[one.start : one.end].replace("\n", "¶").replace("\t", "→")
        text = text if len(text) <= 30 else f"{text[:30]}…"
        lines.append(f"{one.label}{f' {one.level}' if one.level else '':3}".ljust(12) + f"| {text}")
    return "\n".join(["", *lines, ""])


def hold(record: Record) -> None:
    """Blocks lie one after the other, and nothing but line ends is between them."""
    end = 0
    for one in record.blocks:
        assert end <= one.start < one.end
        assert record.text[end : one.start].strip("\n") == ""
        end = one.end
    assert end == len(record.text)


def test_each_block_with_its_label_and_place() -> None:
    assert shown(clean(PAGE, options=BLOCKS)) == SHOWN


def test_nobody_who_does_not_ask_has_them() -> None:
    with_blocks, without = clean(PAGE, options=BLOCKS), clean(PAGE)
    assert without.blocks == ()
    processing = replace(with_blocks.processing, options=without.processing.options)
    assert replace(with_blocks, blocks=(), processing=processing) == without
    assert restore(with_blocks) == restore(without)


@pytest.mark.parametrize(
    "options", [BLOCKS, Options(blocks=True, mask=("email", "phone"), drop=("standfirst",))]
)
def test_sample_pages(options: Options) -> None:
    for file in SEEDS:
        page = Page(file.read_bytes(), media="text" if file.suffix == ".txt" else None)
        explanation = explain(page, options)
        record = explanation.record
        if not record.text or "text" in record.field_origins:
            continue
        hold(record)
        kept = [item.label for item in explanation.labelled if item.is_kept and item.block.text]
        assert [one.label for one in record.blocks] == kept, file.name


def test_a_text_that_stood_in_a_script() -> None:
    body = "".join(f"<p>{one}</p>" for one in (FIRST, SECOND, LAST, *ARTICLES["en"]))
    page = (
        "<html lang=en><body><nav><a href=/>Home</a></nav><div id=__next></div>"
        f'<script id=__NEXT_DATA__ type="application/json">{{"article": {{"body": "{body}"}}}}</script></body></html>'
    )
    record = clean(page, options=BLOCKS)
    assert "text" in record.field_origins
    hold(record)
    assert [one.label for one in record.blocks] == ["paragraph"] * 6


def test_masks_move_them() -> None:
    record = clean(PAGE, options=replace(BLOCKS, mask=("email",)))
    assert "[email]" in record.text
    hold(record)
    assert [one.label for one in record.blocks] == [one.label for one in clean(PAGE, options=BLOCKS).blocks]


def test_of_all_pages_of_an_article() -> None:
    address = "https://courier.example/ferry"
    pages = [
        Page(PAGE.replace(FIRST, FIRST if number == 1 else text), url=f"{address}/{number}")
        for number, text in enumerate(
            (FIRST, "Nobody has crossed since the frost, and nobody is likely to."), 1
        )
    ]
    record = clean_page(replace(pages[0], continuations=(pages[1],)), BLOCKS)
    assert len(record.joined_pages) == 1
    hold(record)
    assert "Nobody has crossed" in record.text[record.blocks[12].start : record.blocks[12].end]


@given(data=st.data())
def test_what_recurs_on_a_site_takes_its_blocks_along(data: st.DataObject) -> None:
    paragraphs = (*ARTICLES[data.draw(st.sampled_from(sorted(ARTICLES)))], LAST)
    record = clean(f"<article>{''.join(f'<p>{one}</p>' for one in paragraphs)}", options=BLOCKS)
    gone = data.draw(st.sets(st.sampled_from(record.text.split("\n\n"))))
    left = without_recurring(record, Sightings("courier.example", 20, {digest_of(one): 20 for one in gone}))
    hold(left)
    assert {one.label for one in left.blocks} <= set(Label)


def test_only_a_truth_value_asks_for_them() -> None:
    with pytest.raises(TypeError, match="blocks: expected True or False, not 'yes'"):
        clean(PAGE, options=Options(blocks="yes"))  # type: ignore[arg-type]
