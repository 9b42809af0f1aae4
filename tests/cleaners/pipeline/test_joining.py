"""An article on several pages is one record: what each page repeats is left out, and nothing of any page is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from copydesk import Options, Page, Record, clean, explain, restore
from copydesk.cleaners import encode
from copydesk.cleaners.pagination.further_pages import MAX_PAGES
from copydesk.cleaners.pipeline.joined_record import with_missing_pages
from copydesk.cleaners.recurring.site_blocks import Sightings, digest_of, without_recurring
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import Override
from copydesk.flows.library.records.line_key import RecordRank
from copydesk.flows.library.records.record_lines import key_of

ADDRESS = "https://courier.example/ferry"
STANDFIRST = "The council has bought a second ferry, which is to cross the harbour from November on."
FIRST = "The old ferry was built forty years ago and stays in the dock whenever there is ice on the water."
SECOND = "Those who work on the island went round by the bridge last winter, and that takes them an hour."
THIRD = "The tickets will cost what they have cost before, the harbour master said at a meeting on Tuesday."
LAST = "The new ferry carries forty cars and is heated throughout, its builders say in their brochure."


def page(number: int, *paragraphs: str) -> Page:
    """A page as such sites make them: all of them have the headline, the byline, the standfirst and a pager."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    body = f"""<!DOCTYPE html><html lang="en"><head><title>A ferry for the winter</title></head><body>
<nav><a href="/">Home</a></nav><article><h1>A ferry for the winter</h1><p class="byline">By Nora Quill</p>
<p class="standfirst">{STANDFIRST}</p>{text}</article>
<nav class="pager"><a href="/ferry">1</a> <a href="/ferry/2">2</a></nav></body></html>"""
    return Page(body=body, url=ADDRESS if number == 1 else f"{ADDRESS}/{number}")


def joined(*further: Page, options: Options | None = None, **more: object) -> Record:
    first = page(1, FIRST, SECOND)
    return clean(
        Page(body=first.body, url=first.url, continuations=further, **more),  # type: ignore[arg-type]
        options=options,
    )


def test_two_pages_are_one_article() -> None:
    """The golden record: the whole of its text and removals."""
    record = joined(page(2, THIRD, LAST, "Written with the help of ChatGPT."))
    assert (record.status, record.title) == ("ok", "A ferry for the winter")
    assert record.text.split("\n\n") == [STANDFIRST, FIRST, SECOND, THIRD, LAST]
    assert record.markdown == record.text
    assert [(note.page, note.url, note.after) for note in record.joined_pages] == [(2, f"{ADDRESS}/2", 3)]
    assert [(gone.page or 1, gone.after, gone.label, gone.text) for gone in record.removed] == [
        (1, 0, "title", "A ferry for the winter"), (1, 0, "nav", "Home"), (1, 0, "title", "A ferry for the winter"),
        (1, 0, "byline", "By Nora Quill"), (1, 3, "nav", "1 2"), (2, 3, "title", "A ferry for the winter"),
        (2, 3, "nav", "Home"), (2, 3, "title", "A ferry for the winter"), (2, 3, "byline", "By Nora Quill"),
        (2, 3, "duplicate", STANDFIRST),
        (2, 5, "ai_disclaimer", "Written with the help of ChatGPT."),
        (2, 5, "nav", "1 2"),
    ]  # fmt: skip
    # what a later page discloses of the article's making, the article discloses
    assert [use.vendor for use in record.provenance.ai] == ["OpenAI"]


def test_the_record_of_several_pages_is_that_of_the_first() -> None:
    alone, record = clean(page(1, FIRST, SECOND)), joined(page(2, THIRD))
    assert (record.id, record.url, record.authors) == (alone.id, alone.url, alone.authors)
    assert record.content_hash != alone.content_hash
    assert (alone.joined_pages, '"page":' in alone.to_json()) == ((), False)


def test_what_cannot_be_joined_makes_the_record_partial() -> None:
    """A page without any text, a notice in place of one, more than may be read, and a reason of whoever fetched it."""
    notice = Page(
        "<html><head><title>404 Not Found</title></head><body><h1>404</h1><p>Page not found.</p></body></html>"
    )
    empty = joined(Page("", url=f"{ADDRESS}/2"), page(3, LAST))
    assert empty.reason == f"continuation: page 2 ({ADDRESS}/2): empty: the page is empty"
    assert (empty.status, empty.text.split("\n\n")[-1]) == ("partial", LAST)
    assert [note.page for note in empty.joined_pages] == [3]
    assert "continuation: page 2: not_found" in str(joined(notice).reason)
    assert "too_large" in str(joined(page(2, "x" * 2_000), options=Options(max_bytes=2_000)).reason)
    assert joined(cut_short="page 2: http_404").reason == "continuation: page 2: http_404"
    later = joined(cut_short="page 2: http_500", is_cut_for_now=True)
    assert later.reason == "continuation_later: page 2: http_500"


def test_a_gap_is_reported_beside_the_reason_of_the_first_page() -> None:
    first = clean(page(1, FIRST, SECOND))
    paywalled = replace(first, status="partial", reason="paywall: the rest is for subscribers")
    record = with_missing_pages(paywalled, "page 2: http_500", is_temporary=True)
    assert record.reason == "paywall: the rest is for subscribers; continuation_later: page 2: http_500"
    assert rank_of(encode(record)) is RecordRank.CUT_SHORT
    # a reason that only has such words is no gap for now
    gone = with_missing_pages(
        first, "page 2: not_found; continuation_later: a page of that name", is_temporary=False
    )
    assert (gone.processing.missing_pages, rank_of(encode(gone))) == ("gone", RecordRank.USABLE)


def rank_of(line: bytes) -> RecordRank:
    """What a line of a store knows of its page."""
    key = key_of(line)
    assert key is not None
    return key.rank


def test_an_article_read_on_a_single_page_has_its_url() -> None:
    record = joined(read_at=f"{ADDRESS}?view=all")
    assert [(note.page, note.url, note.after) for note in record.joined_pages] == [
        (1, f"{ADDRESS}?view=all", 0)
    ]


def test_what_is_no_page_is_refused_in_one_line() -> None:
    with pytest.raises(TypeError, match=r"^page: expected a copydesk.Page .*, not 'second' \(str\)$"):
        joined("second")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^continuations: expected the further pages"):
        clean(Page(FIRST, continuations=page(2)))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["cut_short", "read_at"])
def test_what_is_reported_of_an_article_is_checked(name: str) -> None:
    with pytest.raises(TypeError, match=f"^{name}: expected .*, not 5 "):
        joined(**{name: 5})
    assert joined(cut_short="a\x00b\ud800").to_json()
    nested = page(2, THIRD)
    for _ in range(3_000):
        nested = replace(nested, continuations=(nested,))
    assert THIRD in joined(nested).text


def test_no_more_pages_are_joined_than_are_fetched() -> None:
    record = joined(*(Page(THIRD) for _ in range(MAX_PAGES)))
    assert (record.status, len(record.joined_pages)) == ("partial", MAX_PAGES - 1)
    assert f"page {MAX_PAGES + 1}: too_long" in str(record.reason)


def test_what_was_repaired_on_a_further_page_is_reported() -> None:
    broken = "The cafÃ© on the quay stays open for as long as the ferry runs, its landlord said on Tuesday."
    (alone,) = clean(page(2, broken)).processing.repairs
    assert joined(page(2, broken)).processing.repairs == (f"page 2: {alone}",)


def test_the_encoding_of_a_further_page_and_a_date_that_cannot_be_are_reported() -> None:
    sentence = "The café on the quay stays open for as long as the ferry runs, its landlord said on Tuesday."
    second = replace(page(2, sentence), fetched_at="2026-11-20T06:00:00Z")
    head = '<head><meta charset="windows-1252"><meta property="article:published_time" content="2031-05-01">'
    body = str(second.body).replace("<head>", head).encode("windows-1252")
    first = page(1, FIRST, SECOND)
    record = clean(replace(first, body=str(first.body).encode(), continuations=(replace(second, body=body),)))
    assert sentence in record.text
    assert record.processing.repairs == ("page 2: encoding cp1252 (by meta)",)
    assert [(date.value, date.why) for date in record.processing.rejected_dates] == [
        ("2031-05-01", "impossible")
    ]


def test_a_page_that_only_repeats_is_no_gap() -> None:
    record = joined(page(2, THIRD), page(3, FIRST, SECOND), page(4, FIRST, SECOND))
    assert (record.status, record.reason) == ("ok", None)
    assert [note.page for note in record.joined_pages] == [2, 3, 4]
    assert [gone.page for gone in record.removed if gone.text == FIRST] == [3, 4]


def test_what_people_decide_of_the_article_holds_on_all_its_pages() -> None:
    record = joined(page(2, THIRD, LAST), overrides=(Override(THIRD, "remove"), Override(STANDFIRST, "keep")))
    assert record.text.split("\n\n") == [STANDFIRST, FIRST, SECOND, STANDFIRST, LAST]
    assert [(item.decision, item.blocks) for item in record.processing.overrides] == [
        ("remove", 1),
        ("keep", 2),
    ]


def test_an_explanation_has_the_blocks_of_all_pages() -> None:
    first = page(1, FIRST, SECOND)
    found = explain(Page(first.body, url=first.url, continuations=(page(2, THIRD),)))
    assert [item.block.index for item in found.labelled] == list(range(len(found.labelled)))
    assert "\n".join(item.block.text for item in found.labelled).count(STANDFIRST) == 2


def test_masks_and_recurring_blocks_know_the_pages() -> None:
    record = joined(
        page(
            2,
            THIRD,
            "Nora Quill keeps the timetable and answers letters at nora.quill@courier.example.",
            LAST,
        ),
        options=Options(mask=("email",)),
    )
    assert record.processing.masked is not None
    assert (record.processing.masked.email, "[email]" in record.text) == (1, True)
    sightings = Sightings("courier.example", 20, {digest_of(item): 20 for item in (FIRST, THIRD)})
    moved = without_recurring(record, sightings)
    assert [(gone.page, gone.after) for gone in moved.removed if gone.label == "recurring"] == [
        (None, 1),
        (2, 2),
    ]
    assert [note.after for note in moved.joined_pages] == [2]
    assert letters(restore(moved)) == letters(restore(record))


blocks = st.lists(
    st.sampled_from((
        *(f"<p>{text}</p>" for text in (FIRST, SECOND, THIRD, LAST, STANDFIRST, "By Nora Quill", "Share", "x")),
        *("<h1>A ferry for the winter</h1>", "<h2>The bridge</h2>", "<ul><li>one</li><li>two</li></ul>"),
        *("<pre>a\n\n  b</pre>", "<table><tr><td>1</td><td>2</td></tr></table>", "<div hidden>unseen</div>"),
    )),
    max_size=8,
)  # fmt: skip


@pytest.mark.slow
@given(st.lists(blocks, min_size=1, max_size=4))
def test_no_text_of_any_joined_page_is_lost(bodies: list[list[str]]) -> None:
    """What is kept and removed of the article is what is kept and removed of the pages that were joined."""
    pages = [Page(f"<html><body>{''.join(body)}</body></html>") for body in bodies]
    record = clean(Page(pages[0].body, continuations=tuple(pages[1:])))
    alone = [clean(item) for item in pages]
    numbers = [1, *(note.page for note in record.joined_pages)]
    assert letters(restore(record)) == "".join(letters(restore(alone[number - 1])) for number in numbers)
    for number, item in enumerate(alone, start=1):
        if number not in numbers and alone[0].status != "rejected":
            assert not restore(item)
