"""What is known of a page beside its content crosses an archive's header whole, or as much of it as fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from copydesk.cleaners.types import LICENSE_LINE, Announced, Page, SiteSignal, Source
from copydesk.flows.sources.opening.page_context import (
    CONTEXT_HEADER,
    MAX_CONTEXT_BYTES,
    SOURCE_HEADER,
    PageContext,
    context_of,
    read_context,
    read_source,
)

WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
SIGNALS = st.builds(SiteSignal, WORDS, WORDS, WORDS, st.integers(0, 9_999))


def across(page: Page) -> PageContext:
    """The context of a page, after it was a header."""
    value = context_of(page)
    assert not {"\n", "\r"} & set(value)
    assert len(value.encode()) <= MAX_CONTEXT_BYTES
    return read_context({CONTEXT_HEADER.lower(): value})


@given(st.lists(SIGNALS, max_size=5), st.none() | st.builds(Announced, WORDS, title=WORDS))
def test_signals_and_announcement_come_back(signals: list[SiteSignal], announced: Announced | None) -> None:
    page = Page(b"<p>", signals=tuple(signals), announced=announced, media="html", content_type="text/html")
    found = across(page)
    assert (found.signals, found.announced) == (page.signals, announced)
    assert (found.media, found.content_type) == (None, None)  # the page's own headers have it


def test_of_a_text_that_was_decoded_before_its_kind_is_kept() -> None:
    found = across(Page("text", media="text", content_type="text/plain"))
    assert (found.media, found.content_type) == ("text", "text/plain")


def test_of_many_signals_the_first_and_the_licence_are_kept() -> None:
    many = [SiteSignal("robots.txt", "allow", f"/{number}", number) for number in range(300)]
    licence = SiteSignal("robots.txt", LICENSE_LINE, "https://paper.example/terms", 299)
    found = across(Page(b"", signals=(*many[:250], licence, *many[250:], structs.replace(licence, line=300))))
    assert found.signals == (*many[:100], licence)


@pytest.mark.parametrize("letter", ["x", "夜", '"', "\\", "\x01", "\U0001f600"])
def test_what_would_be_too_long_is_left_out_from_the_end(letter: str) -> None:
    signals = tuple(SiteSignal("robots.txt", "allow", letter * 20_000, number) for number in range(60))
    found = across(Page(b"", signals=signals, announced=Announced("feed", title="short")))
    assert 0 < len(found.signals) < 60
    assert found.signals == signals[: len(found.signals)]
    assert found.announced == Announced("feed", title="short")
    size = len(context_of(Page(b"", signals=signals)).encode())
    assert size > MAX_CONTEXT_BYTES - 4 * 20_100


def test_a_huge_announcement_and_half_characters_are_dropped() -> None:
    assert across(Page(b"", announced=Announced("feed", title="x" * 300_000))).announced is None
    signal = SiteSignal("robots.txt", "allow", "/a\ud83d", 1)
    assert across(Page(b"", signals=(signal,))).signals == (SiteSignal("robots.txt", "allow", "/a", 1),)


@pytest.mark.parametrize(
    "value", ["", "{", "[]", '{"signals": 1}', '{"signals": [{}]}', "\ud800", "null", "x" * 9_999]
)
def test_a_context_that_is_missing_or_cannot_be_read_is_empty(value: str) -> None:
    assert read_context({CONTEXT_HEADER.lower(): value}) == read_context({}) == PageContext()
    assert context_of(Page(b"")) == "{}"


@pytest.mark.parametrize(
    ("value", "source"),
    [
        ("feed paper", Source("feed", "paper")),
        ("feed the paper of the town", Source("feed", "the paper of the town")), ("feed", None), ("feed ", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_source_is_its_kind_and_its_name(value: str, source: Source | None) -> None:
    assert read_source({SOURCE_HEADER.lower(): value}) == source
