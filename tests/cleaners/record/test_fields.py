"""Fields of a record that metadata fill, and where each came from."""

from __future__ import annotations

import pytest
from articles import ARTICLES
from conftest import lines

from copydesk.cleaners import clean
from copydesk.cleaners.dates.timestamps import REJECTED
from copydesk.cleaners.record.fields import rejected_dates, with_metadata
from copydesk.cleaners.record.media import images_of, shown_media
from copydesk.cleaners.schema import Processing, Record, SourceRef
from copydesk.cleaners.types import Candidate, Label, Labelled, Metadata, Verdict

SITE = "https://harbourpost.example"
URL = f"{SITE}/2026/03/14/ferry"
EMPTY = Record(id="1", status="ok", source=SourceRef(kind="memory", name=""), processing=Processing(copydesk="", rules="", options=""))  # fmt: skip


def described(*labelled: Labelled, url: str | None = URL, **values_of: str | tuple[str, ...]) -> Record:
    candidates = {
        name: tuple(
            Candidate(value, f"from:{name}") for value in ((values,) if isinstance(values, str) else values)
        )
        for name, values in values_of.items()
    }
    metadata = Metadata(candidates)
    images = images_of(labelled, shown_media(labelled, (), {}, spans={}, base=url), metadata, {}, url)
    return with_metadata(EMPTY, metadata, labelled, images, url=url)


def caption(text: str, image_url: str | None, *, at: int) -> Labelled:
    (block,) = lines(text)
    return Labelled(block.replace(index=at, image_url=image_url), (Verdict(Label.CAPTION, "", ""),))


@pytest.mark.parametrize("name", [
    "title", "subtitle", "description", "section", "site_name", "date_published", "date_modified", "license",
])  # fmt: skip
def test_the_best_candidate_fills_a_field_and_gives_its_origin(name: str) -> None:
    record = described(**{name: ("first", "second")})
    assert getattr(record, name) == "first"
    assert record.field_origins == {name: f"from:{name}"}


def test_a_page_without_metadata_has_no_fields_and_no_origins() -> None:
    assert described() == EMPTY


def test_list_fields_have_all_values() -> None:
    record = described(tag=("sea", "goat"), author=("Una Platt", "Carl Ode"), image=("/a.jpg", "/b.jpg"))
    assert record.tags == ("sea", "goat")
    assert [author.name for author in record.authors] == ["Una Platt", "Carl Ode"]
    assert [image.url for image in record.images] == [f"{SITE}/a.jpg", f"{SITE}/b.jpg"]
    assert record.field_origins == {"tags": "from:tag", "authors": "from:author", "images": "from:image"}


def test_a_field_without_a_value_has_no_origin() -> None:
    record = described(image="javascript:x", canonical_url="https://harbourpost.example/", language="en")
    assert (record.images, record.canonical_url, record.field_origins) == ((), None, {})


@pytest.mark.parametrize(("declared", "url", "canonical"), [
    ("https://harbourpost.example/ferry", URL, "https://harbourpost.example/ferry"),
    ("/ferry", URL, "https://harbourpost.example/ferry"), ("/ferry", None, None),
    # a front page names no article, unless it is the page
    ("https://harbourpost.example/", URL, None), ("https://harbourpost.example", URL, None),
    ("https://harbourpost.example/?p=7", URL, None),
    ("https://harbourpost.example/", "https://harbourpost.example/", "https://harbourpost.example/"),
    ("javascript:void(0)", URL, None), ("http://[", URL, None),
])  # fmt: skip
def test_the_canonical_address(declared: str, url: str | None, canonical: str | None) -> None:
    assert described(url=url, canonical_url=declared).canonical_url == canonical


def test_pictures_come_in_the_pages_order_and_then_those_only_declared() -> None:
    shown = (
        caption("Old  clock\nat noon", "/clock.jpg", at=0),
        caption("Goat", None, at=1),
        caption(" ", "/goat.jpg", at=2),
    )
    record = described(*shown, image=("https://harbourpost.example/clock.jpg", "/crowd.jpg"))
    assert [(image.url, image.caption) for image in record.images] == [
        ("https://harbourpost.example/clock.jpg", "Old clock at noon"),
        (None, "Goat"),
        ("https://harbourpost.example/goat.jpg", None),
        ("https://harbourpost.example/crowd.jpg", None),
    ]


def test_only_captions_are_pictures() -> None:
    (block,) = lines("Noon")
    text = Labelled(block.replace(image_url="/clock.jpg"), (Verdict(Label.PARAGRAPH, "", ""),))
    assert described(text).images == ()


WALLS = {
    "en": ("Log in to read the rest of this story", "Start your free trial and cancel anytime"),
    "de": ("Den ganzen Artikel lesen Sie mit einem Abo", "Jetzt testen, jederzeit kündbar"),
    "fr": ("La suite de cet article est réservée aux abonnés", "Déjà abonné ? Connectez-vous pour commenter"),
    "pl": ("Pozostało 80% artykułu. Zaloguj się", "Zapisz się do newslettera"),
    "ja": ("続きを読むには会員登録が必要です", "無料メールマガジンに登録"),
}


@pytest.mark.parametrize("language", WALLS)
def test_a_page_is_cut_where_it_says_that_its_text_goes_on(language: str) -> None:
    for line, status in zip(WALLS[language], ("partial", "ok"), strict=True):
        text = "".join(f"<p>{paragraph}</p>" for paragraph in ARTICLES[language])
        record = clean(f"<article>{text}<p>{line}</p></article>")
        assert (record.status, line in record.text) == (status, False), (line, record.reason)


@pytest.mark.parametrize(("above", "between", "below", "status"), [
    ("OFFER", "", "", "ok"), ("", "OFFER", "", "ok"), ("", "", "OFFER", "partial"), ("", "", "", "ok"),
    ("", "OFFER", "WALL", "partial"),
])  # fmt: skip
def test_a_page_that_declares_not_to_be_free_is_cut_where_no_text_is_below_its_wall(
    above: str, between: str, below: str, status: str
) -> None:
    declared = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>'
    )
    first, *rest = (f"<p>{paragraph}</p>" for paragraph in ARTICLES["en"])
    article = f"<article>{above}{first}{between}{''.join(rest)}{below}</article>"
    offer = '<div class="paywall"><p>Start your free trial</p></div>'
    wall = '<div class="paywall"><p>Subscribe to continue reading</p></div>'
    record = clean(f"{declared}{article.replace('OFFER', offer).replace('WALL', wall)}")
    assert (record.status, record.is_accessible_for_free) == (status, False)
    assert "free trial" not in record.text


@pytest.mark.parametrize(("declared", "is_free"), [("True", True), ("False", False)])
def test_access_is_what_is_declared(declared: str, *, is_free: bool) -> None:
    record = described(is_accessible_for_free=declared)
    assert record.is_accessible_for_free is is_free
    assert record.field_origins == {"is_accessible_for_free": "from:is_accessible_for_free"}


def test_dates_that_cannot_be_are_reported_with_their_field() -> None:
    metadata = Metadata(
        {
            f"{REJECTED}date_modified": (Candidate("May 2031", "text:byline"),),
            f"{REJECTED}date_published": (Candidate("2031", "json-ld"), Candidate("0", "meta:date")),
            "date_published": (Candidate("2026-03-14", "url"),),
        }
    )
    assert [(date.field, date.value, date.origin) for date in rejected_dates(metadata)] == [
        ("date_published", "2031", "json-ld"),
        ("date_published", "0", "meta:date"),
        ("date_modified", "May 2031", "text:byline"),
    ]
    assert rejected_dates(Metadata()) == ()
