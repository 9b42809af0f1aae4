"""A described page to its record: where the text comes from, its language, its hash, and what is reported of dates."""

from __future__ import annotations

import pytest
from articles import ARTICLES
from conftest import lines
from msgspec import structs

from copydesk.cleaners.dates.timestamps import REJECTED
from copydesk.cleaners.language.detection import detect
from copydesk.cleaners.page_kind.page_type import PageKind, PageType
from copydesk.cleaners.pipeline.assembly import DescribedPage, record_of
from copydesk.cleaners.pipeline.reading import read_page
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Candidate, Kind, Label, Labelled, Metadata, Options, Page, Verdict

KEEP, DROP = Verdict(Label.PARAGRAPH, "learned.keep", ""), Verdict(Label.NAV, "learned.drop", "")
ENGLISH, GERMAN = ARTICLES["en"], ARTICLES["de"]


def described(
    *texts: str, gone: tuple[str, ...] = (), script: tuple[str, ...] = (), **more: object
) -> Record:
    page = Page(body="\n\n".join((*texts, *gone)), media="text")
    labelled = tuple(
        Labelled(block, (DROP if block.raw in gone else KEEP,)) for block in lines(*texts, *gone)
    )
    page_described = DescribedPage(
        labelled,
        Metadata({name: (Candidate(str(value), "x"),) for name, value in more.items() if name != "origin"}),
        detect(" ".join(texts or script)),
        PageType(PageKind.ARTICLE, ""),
        origin=more.get("origin"),  # type: ignore[arg-type]
        from_script=tuple(Labelled(block, (KEEP,)) for block in lines(*script)),
    )
    return record_of(page, Options(), read_page(page, Options()), page_described)


def test_what_is_kept_is_the_text_and_the_rest_is_listed() -> None:
    record = described(*ENGLISH, gone=("Home",))
    assert record.text == "\n\n".join(ENGLISH)
    assert [(removal.text, removal.label, removal.rule) for removal in record.removed] == [
        ("Home", "nav", "learned.drop")
    ]
    assert (record.status, record.language, [language.language for language in record.languages]) == (
        "ok", "en", ["en"],
    )  # fmt: skip


def test_the_hash_is_of_the_letters_alone() -> None:
    record = described(*ENGLISH)
    assert record.content_hash is not None
    assert described("\n".join(ENGLISH)).content_hash == record.content_hash
    assert described(*ENGLISH[:2]).content_hash != record.content_hash
    assert described(gone=("Home",)).content_hash is None


def test_the_article_of_a_script_is_the_text_and_the_removals_are_the_pages() -> None:
    record = described(gone=("Home",), script=GERMAN, origin="script:__STATE__")
    assert record.text == "\n\n".join(GERMAN)
    assert [removal.text for removal in record.removed] == ["Home"]
    assert (record.status, (record.reason or "").partition(":")[0]) == ("partial", "script_body")
    assert (record.field_origins["text"], record.language) == ("script:__STATE__", "de")


def test_the_language_is_that_of_what_was_kept() -> None:
    record = described(*ENGLISH, *GERMAN, *GERMAN)
    assert record.language == "de"
    assert [language.language for language in record.languages] == ["de", "en"]
    assert sum(language.share for language in record.languages) == pytest.approx(1.0)


def test_dates_that_cannot_be_are_reported_with_how_the_record_was_made() -> None:
    record = described(*ENGLISH, **{f"{REJECTED}date_published": "2031"})
    assert [(date.field, date.value) for date in record.processing.rejected_dates] == [
        ("date_published", "2031")
    ]
    assert (record.processing.encoding_chosen_by, record.processing.duration_ms) == ("caller", None)


def test_a_picture_with_its_caption_alone_is_no_text_and_no_markdown() -> None:
    caption = structs.replace(*lines("The new lamp on the quay."), kind=Kind.CAPTION)
    item = Labelled(caption, (Verdict(Label.CAPTION, "learned.drop", ""),))
    page = Page(body=caption.raw, media="text")
    shown = DescribedPage((item,), Metadata({}), detect(caption.raw), PageType(PageKind.ARTICLE, ""))
    record = record_of(page, Options(), read_page(page, Options()), shown)
    assert (record.text, record.markdown) == ("", "")
    assert [removal.text for removal in record.removed] == [caption.raw]


def test_controls_that_become_characters_late_reach_no_field() -> None:
    assert described(*ENGLISH, title="Noon\x01 at\x9f last").title == "Noon at last"
