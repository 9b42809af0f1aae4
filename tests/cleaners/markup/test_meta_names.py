"""Names of meta tags: each field's own, and unlisted names that show what they hold."""

from __future__ import annotations

import pytest

from copydesk.cleaners.markup import meta_names
from copydesk.cleaners.markup.meta_names import names_of_date

LISTS = {
    name: getattr(meta_names, name)
    for name in ("TITLE", "HEADLINE", "SUBTITLE", "DESCRIPTION", "SITE", "SECTION", "PUBLISHED", "MODIFIED", "IMAGES",
                 "LANGUAGE", "ACCESS", "AUTHOR")
} | {f"TAG_LISTS[{number}]": names for number, names in enumerate(meta_names.TAG_LISTS)}  # fmt: skip


@pytest.mark.parametrize("field", LISTS)
def test_names_are_stated_once_and_as_tags_are_read(field: str) -> None:
    names = LISTS[field]
    assert len(set(names)) == len(names)
    # contents are filed by lower-case name without white space around it (page_head.read_meta)
    assert [name for name in names if name != name.strip().lower()] == []


def test_no_name_is_of_publication_and_of_change() -> None:
    assert set(meta_names.PUBLISHED) & set(meta_names.MODIFIED) == set()


@pytest.mark.parametrize(
    "name",
    ["publish-date", "publication_time", "published-on", "publishing.date", "date-published", "time_published", "shop:pubdate",
     "rating:pub-date", "x-publishdate-utc"],
)  # fmt: skip
def test_an_unlisted_name_may_be_that_of_the_publication(name: str) -> None:
    assert list(names_of_date("date_published", [name]))[-1] == name
    assert name not in list(names_of_date("date_modified", [name]))


@pytest.mark.parametrize(
    "name",
    ["modified-date", "last_updated_at", "date.updated", "updatetime", "lastmodifiedtime", "time-modified"],
)
def test_an_unlisted_name_may_be_that_of_the_change(name: str) -> None:
    assert list(names_of_date("date_modified", [name]))[-1] == name
    assert name not in list(names_of_date("date_published", [name]))


@pytest.mark.parametrize(
    "name",
    ["publisher", "publisher-id", "public", "republic-date-line", "expires", "birthdate", "update-frequency"],
)
def test_names_that_hold_no_date_of_the_page(name: str) -> None:
    assert list(names_of_date("date_published", [name])) == list(meta_names.PUBLISHED)
    assert list(names_of_date("date_modified", [name])) == list(meta_names.MODIFIED)


def test_the_listed_names_come_first_whatever_the_page_has() -> None:
    present = ("publish-date", "modified-date", "publication-on")
    names = list(names_of_date("date_published", present))
    assert names[: len(meta_names.PUBLISHED)] == list(meta_names.PUBLISHED)
    # what only looks like it: in the order of the page
    assert names[len(meta_names.PUBLISHED) :] == ["publish-date", "publication-on"]
    assert list(names_of_date("date_modified", present))[len(meta_names.MODIFIED) :] == ["modified-date"]
