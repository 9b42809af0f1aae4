"""What a record becomes once it is known what recurs on its site: the law, and what is never moved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from copydesk import clean
from copydesk.cleaners.record.records import content_hash
from copydesk.cleaners.record.render import check, restore
from copydesk.cleaners.recurring.site_blocks import (
    Sightings,
    blocks_of,
    digest_of,
    is_recurring,
    without_recurring,
)
from copydesk.cleaners.schema import Author, Overridden, Processing, Record, Removed, SourceRef

BOX = "The Kiosk has the whole paper, every morning at five."


def record(text: str, markdown: str | None = None, removed: tuple[Removed, ...] = ()) -> Record:
    return Record(
        id="0",
        status="ok",
        source=SourceRef(kind="file", name="a"),
        text=text,
        markdown=text if markdown is None else markdown,
        removed=removed,
        content_hash=content_hash(text),
        processing=Processing(copydesk="", rules="", options=""),
    )


def all_recurring(*blocks: str) -> Sightings:
    return Sightings("example.org", 50, {digest_of(block): 41 for block in blocks})


def test_a_box_is_moved_with_its_count() -> None:
    after = without_recurring(record(f"One two three.\n\n{BOX}\n\nFour five six."), all_recurring(BOX))
    assert (after.text, after.markdown) == ("One two three.\n\nFour five six.",) * 2
    assert after.removed == (
        Removed(
            after=1,
            label="recurring",
            rule="recurring",
            evidence="on 41 of 50 pages of example.org",
            text=BOX,
        ),
    )
    assert without_recurring(after, all_recurring(BOX)) is after


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("What the council now decides", "## What the council now decides"),
        ("What the council now decides", "What the council now decides"),
        ("What's the best value for you?", "What's the best value for you?"),
        ("Best for loaves of rye:", "Best for loaves of rye:"),
        ("We shall not leave our river.", "> We shall not leave our river."),
        ("We shall not leave our river.", "- We shall not leave our river."),
        ("We shall not leave our river.", "```\nWe shall not leave our river.\n```"),
        ("We shall not leave our river.", "*We shall not leave our rivers.*"),
        ("By Ada Byron of the Harbour Kiosk, who has lived here for many years.",) * 2,
        ("Never again.", "Never again."),
    ],
)
def test_what_is_never_moved(text: str, markdown: str) -> None:
    before = record(
        f"One two three.\n\n{text}\n\nFour five six.", f"One two three.\n\n{markdown}\n\nFour five six."
    )
    before = replace(before, authors=(Author(name="Ada Byron"),))
    assert without_recurring(before, all_recurring(text)) is before


def test_a_short_line_at_the_end_is_no_heading() -> None:
    lines = ("Read on in our app", "More from the Harbour Kiosk")
    after = without_recurring(record("\n\n".join(("One two three.", *lines))), all_recurring(*lines))
    assert after.text == "One two three."


def test_a_text_of_nothing_else_stays() -> None:
    before = record(f"{BOX}\n\nYes.")
    assert without_recurring(before, all_recurring(BOX)) is before


def test_a_text_from_a_script_stays() -> None:
    before = replace(record(f"One two three.\n\n{BOX}"), field_origins={"text": "script"})
    assert without_recurring(before, all_recurring(BOX)) is before


def test_links_and_emphasis_of_markdown_do_not_hide_a_box() -> None:
    written = "The [Kiosk](https://example.org/kiosk_(a)) has the **whole** paper, every *morning* at five."
    after = without_recurring(
        record(f"One two three.\n\n{BOX}", f"One two three.\n\n{written}"), all_recurring(BOX)
    )
    assert (after.text, after.markdown) == ("One two three.",) * 2


@pytest.mark.parametrize(
    ("holding", "pages", "expected"),
    [(5, 10, True), (4, 10, False), (9, 9, False), (6, 500, False), (150, 500, True), (149, 500, False)],
)
def test_when_a_block_recurs(holding: int, pages: int, *, expected: bool) -> None:
    assert is_recurring(holding, pages) is expected


# each letter is a block of a page, in HTML
BLOCKS = {
    "a": "<p>The ferrymen have asked for a new landing stage before the floods.</p>",
    "b": f"<p>{BOX}</p>",
    "c": "<p>With five * euros_ a month &amp; more,<br>you keep [it] so.</p>",
    "d": "<ul><li>One day on the river.</li><li><p>Two days on it.</p><p>Three days on it.</p></li></ul>",
    "e": "<blockquote><p>We shall not leave our river.</p></blockquote>",
    "f": "<h2>What happened at the landing</h2>",
    "g": "<nav><a href='/'>Home and the news</a></nav>",
    "h": "<pre>for stage in stages:\n\n    build it well</pre>",
    "i": "<table><tr><td>One two three</td><td>4</td></tr><tr><td>Five six seven</td><td>8</td></tr></table>",
    "j": "<p>1986. A year of rain, as nobody had seen it.</p>",
    "k": "<figure><img src='/a.jpg'><figcaption>The Kiosk has the whole paper, every morning at five.</figcaption></figure>",
}
PAGES = st.lists(st.sampled_from("aabbccdefghijk"), min_size=1, max_size=8)


@pytest.mark.slow
@given(PAGES, st.data())
def test_no_text_is_lost_when_blocks_are_moved(page: list[str], data: st.DataObject) -> None:
    html = "<h1>Ferrymen ask for a landing stage</h1>" + "".join(BLOCKS[block] for block in page)
    before = clean(f"<html><body><article>{html}</article></body></html>", url="https://example.org/1")
    seen = sorted(blocks_of(before.text))
    recurring = data.draw(st.sets(st.sampled_from(seen))) if seen else set()
    after = without_recurring(before, Sightings("example.org", 50, dict.fromkeys(recurring, 50)))
    check(after, restore(before))
    assert after.content_hash == content_hash(after.text)
    assert bool(after.text) is bool(before.text)
    moved = [removal for removal in after.removed if removal.label == "recurring"]
    assert {digest_of(item.text) for item in moved} <= recurring
    assert [replace(removal, after=0) for removal in after.removed if removal.label != "recurring"] == [
        replace(removal, after=0) for removal in before.removed
    ]
    # what is left is left in order, and Markdown has the same
    assert (
        "\n\n".join(
            part
            for part in before.text.split("\n\n")
            if digest_of(part) not in {digest_of(item.text) for item in moved}
        )
        == after.text
    )
    assert "\n\n\n" not in after.markdown or "\n\n\n" in before.markdown
    assert without_recurring(after, Sightings("example.org", 50, dict.fromkeys(recurring, 50))) == after


def test_what_a_person_keeps_stays_on_however_many_pages_it_is() -> None:
    kept = Overridden(decision="keep", label="paragraph", content_hash=content_hash(BOX), blocks=1)
    before = record(f"One two three.\n\n{BOX}\n\nFour five six.")
    before = replace(before, processing=replace(before.processing, overrides=(kept,)))
    assert without_recurring(before, all_recurring(BOX)) == before
