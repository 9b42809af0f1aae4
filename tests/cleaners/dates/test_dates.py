"""Dates as pages write them: what is read, what is refused."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st
from rfc_3339 import is_rfc_3339

from copydesk.cleaners.dates.timestamps import date_in_url
from copydesk.cleaners.dates.written_dates import parse_date, read_date, with_order


@pytest.mark.parametrize(("text", "language", "expected"), [
    ("August 13, 2025", "en", "2025-08-13"),
    ("Updated Aug. 3, 2023 10:05 am EDT", "en", "2023-08-03T10:05:00-04:00"),
    ("3 Aug 2023 | 10:05 GMT+2", "en", "2023-08-03T10:05:00+02:00"),
    # a second date is no time of day
    ("Published: 2026-03-14 | Updated: 2026-03-15", "en", "2026-03-14"),
    ("Published 2024-05-01, updated 2024-06-02", "en", "2024-05-01"),
    ("Published 14 March 2026 | 2026-03-15", "en", "2026-03-14"),
    ("December 5, 2023, 12:04 AM UTC", "en", "2023-12-05T00:04:00+00:00"),
    ("13. August 2025", "de", "2025-08-13"),
    ("25.03.2024, 10:05 Uhr MEZ", "de", "2024-03-25T10:05:00+01:00"),
    ("13 août 2025 à 10 h 05", "fr", "2025-08-13"), ("Publié le 1er mai 2024", "fr", "2024-05-01"),
    ("12 de enero de 2024", "es", "2024-01-12"),
    ("15 ноября 2024 г. в 10:05 (МСК)", "ru", "2024-11-15T10:05:00+03:00"),
    ("3 Kasım 2023 Cuma", "tr", "2023-11-03"), ("2025年8月13日", "ja", "2025-08-13"), ("令和7年1月2日", "ja", "2025-01-02"),
    ("2025년 8월 13일 10시05분", "ko", "2025-08-13"), ("2025. 8. 13. 오후 3:04", "ko", "2025-08-13"),
    ("١٣ أغسطس ٢٠٢٥", "ar", "2025-08-13"), ("13/4/2568", "th", "2025-04-13"),
    ("13 เมษายน พ.ศ. 2568", "th", "2025-04-13"), ("中華民國114年4月13日", "zh", "2025-04-13"), ("den 13:e april 2025", "sv", "2025-04-13"),
    # what flattening left without a blank
])  # fmt: skip
def test_dates_people_write(text: str, language: str, expected: str) -> None:
    assert parse_date(text, language=language) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", None), ("und", None), ("en-US", "2025-03-04"), ("en-GB", "2025-04-03"), ("fr", "2025-04-03")],
)
def test_the_order_of_day_and_month_is_not_guessed(language: str, expected: str | None) -> None:
    assert parse_date("03/04/2025", language=language) == expected


@pytest.mark.parametrize(
    "text", ["", "in May", "May 2024", "31 February 2024", "version 10.12.3", "tel. 12-34-5678", "2024-13-40"]
)
def test_what_is_no_full_date_is_none(text: str) -> None:
    assert parse_date(text, language="en") is None


@pytest.mark.parametrize(("value", "expected"), [
    ("2024-05-03T15:47:42.389Z", "2024-05-03T15:47:42+00:00"),
    ("2024-05-03 15:47:42 +0200", "2024-05-03T15:47:42+02:00"),
    ("2024-05-03T15:47+02:00", "2024-05-03T15:47:00+02:00"),
    ("2024-05-03T15:47:42", "2024-05-03"),  # no zone: RFC 3339 knows no such time
    ("2024-05-03T24:00:00Z", "2024-05-03"), ("20240503", "2024-05-03"), ("1714751262", "2024-05-03T15:47:42+00:00"),
    ("1714751262000", "2024-05-03T15:47:42+00:00"),
    ("Fri, 03 May 2024 15:47:42 GMT", "2024-05-03T15:47:42+00:00"),
    ("Mon May 06 10:00:00 UTC 2024", "2024-05-06T10:00:00+00:00"),
    ("0001-01-01T00:00:00Z", None), ("1970-01-01", None), ("2024-05", None),
])  # fmt: skip
def test_dates_machines_write(value: str, expected: str | None) -> None:
    assert read_date(value) == expected


@pytest.mark.parametrize(("url", "expected"), [
    ("https://example.org/2026/11/20/story", ("2026/11/20", "2026-11-20")),
    ("https://example.org/news/2024-05-03-story.html", ("2024-05-03", "2024-05-03")),
    ("https://example.org/2026/11/story", None), ("https://example.org/story12320240503", None),
    ("https://example.org/story?day=2024/05/03", None),
])  # fmt: skip
def test_dates_in_urls(url: str, expected: tuple[str, str] | None) -> None:
    assert date_in_url(url) == expected


@pytest.mark.slow
@given(st.text(max_size=80), st.sampled_from(["en", "en-US", "de", "ja", "und", "xx", ""]))
def test_any_text_gives_a_valid_date_or_none(text: str, language: str) -> None:
    in_url = date_in_url(text)
    for found in (
        parse_date(text, language=language),
        read_date(text, language=language),
        in_url and in_url[1],
    ):
        assert found is None or is_rfc_3339(found)


@given(
    st.from_regex(
        r"[0-9]{4}[-/.]?[0-9]{1,2}[-/.]?[0-9]{1,2}([T ][0-9]{2}:?[0-9]{2}(:[0-9]{2})?([+-][0-9]{4}|Z)?)?"
    )
)
def test_any_digits_in_the_shape_of_a_date_give_a_valid_date_or_none(text: str) -> None:
    found = read_date(text)
    assert found is None or is_rfc_3339(found)


@given(
    st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2099, 1, 1)),
    st.integers(-12 * 60, 14 * 60),
)
def test_a_moment_is_read_back(moment: datetime, offset_minutes: int) -> None:
    whole = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=offset_minutes)))
    found = read_date(whole.isoformat())
    assert found is not None
    assert datetime.fromisoformat(found) == whole


# what pages are in; of some the CLDR writes day and month in numbers
_LANGUAGES = """
ar bg bn ca cs da de el en es et eu fa fi fr gl he hi hr hu hy id is it ja ka kk ko lt lv mk ms nb nl pl pt ro ru sk sl
sq sr sr_Latn sv sw ta te th tr uk ur uz vi zh az be bs af cy
"""


@pytest.mark.slow
@given(st.dates(min_value=date(2001, 1, 1), max_value=date(2099, 1, 1)), st.sampled_from(_LANGUAGES.split()))
def test_a_day_is_read_as_the_cldr_writes_it(day: date, code: str) -> None:
    for form in ("full", "long"):
        text = format_date(day, form, locale=code)
        assert parse_date(text, language=code.replace("_", "-")) == day.isoformat(), text


@pytest.mark.parametrize(("text", "language", "expected"), [
    # 2 April 2025 was a Wednesday, 4 February a Tuesday
    ("Tue, 02/04/2025 - 14:20", "en", "2025-02-04"), ("Wed 02/04/2025", "en", "2025-04-02"),
    ("martes 02/04/2025", "es", "2025-02-04"), ("Fri, 02/04/2025", "en", None), ("Lantern 02/04/2025", "en", None),
    ("Do 25.04.24 | 14:07 Uhr", "de", "2024-04-25"), ("pt., 7.11.25", "pl", "2025-11-07"),
    ("Kultur, 2.11.22", "de", "2022-11-02"), ("2.11.22", "fi", "2022-11-02"), ("Culture, 02.11.22", "en", "2022-11-02"),
    ("Kultur, 2.11.22 und", "de", None), ("Version 1.2.20", "en", None), ("Kernel, 6.1.22", "en", None), ("25.04.24", "ko", "2025-04-24"),
    # the solar calendar: years of 365 and 366 days, one that is none
    ("۱ فروردین ۱۴۰۴", "fa", "2025-03-21"), ("۳۰ اسفند ۱۴۰۳", "fa", "2025-03-20"), ("۳۰ اسفند ۱۴۰۴", "fa", None),
    ("۱۴۰۳/۰۲/۱۰", "fa", "2024-04-29"), ("۱۰ ثور ۱۴۰۳", "fa-AF", "2024-04-29"), ("1403/02/10", "en", None),
])  # fmt: skip
def test_weekdays_short_years_and_the_solar_calendar(text: str, language: str, expected: str | None) -> None:
    assert parse_date(text, language=language) == expected


def test_a_date_that_has_only_one_order_decides_for_others() -> None:
    assert parse_date("04/05/2025", language=with_order("en", ["04/17/2025"])) == "2025-04-05"
    assert parse_date("04/05/2025", language=with_order("en", ["17/04/2025", "04/05/2025"])) == "2025-05-04"
    assert with_order("en", ["04/17/2025", "17/04/2025"]) == "en"


@given(st.dates(min_value=date(2001, 1, 1), max_value=date(2099, 1, 1)))
def test_a_day_means_the_same_in_every_language(day: date) -> None:
    written = {
        "en": f"{day:%B} {day.day}, {day.year}", "ja": f"{day.year}年{day.month}月{day.day}日",
        "de": f"{day.day}.{day.month}.{day.year}", "ko": f"{day.year}년 {day.month}월 {day.day}일",
    }  # fmt: skip
    for language, text in written.items():
        assert parse_date(text, language=language) == day.isoformat()
