"""A described page to its record: what is text, what is removed, and the hash of the text."""

from __future__ import annotations

from articles import ARTICLES
from conftest import lines
from msgspec import structs

from copydesk.cleaners.language.detection import detect
from copydesk.cleaners.page_kind.page_type import PageKind, PageType
from copydesk.cleaners.pipeline.assembly import DescribedPage, record_of
from copydesk.cleaners.pipeline.reading import read_page
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Candidate, Kind, Label, Labelled, Metadata, Options, Page, Verdict

KEEP, DROP = Verdict(Label.PARAGRAPH, "learned.keep", ""), Verdict(Label.NAV, "learned.drop", "")
ENGLISH = ARTICLES["en"]


def described(*texts: str, gone: tuple[str, ...] = (), **metadata: str) -> Record:
    page = Page(body="\n\n".join((*texts, *gone)), media="text")
    labelled = tuple(
        Labelled(block, (DROP if block.raw in gone else KEEP,)) for block in lines(*texts, *gone)
    )
    page_described = DescribedPage(
        labelled,
        Metadata({name: (Candidate(value, "x"),) for name, value in metadata.items()}),
        detect(" ".join(texts)),
        PageType(PageKind.ARTICLE, ""),
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
