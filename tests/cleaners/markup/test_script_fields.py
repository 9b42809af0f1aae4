"""Articles that are only in a page's scripts: text, author and day, also of short ones."""

from __future__ import annotations

import json

import pytest

from copydesk import clean
from copydesk.cleaners.dates.written_dates import read_date
from copydesk.cleaners.markup.script_fields import fields_of

_TITLE = "Reed cutters go out on thin ice"
_BODY = "<p>The reed cutters of Lower Hask went out on Tuesday before the ice on the lake was gone.</p><p>They sell the bundles to thatchers in three counties, who have waited for dry reed.</p>"  # fmt: skip


@pytest.mark.parametrize("story", [
    {"headline": _TITLE, "byline": "By Wenna Loft", "publishedAt": "2025-02-04", "body": _BODY},
    {"title": {"rendered": _TITLE}, "date": "2025-02-04T10:00:00", "content": {"rendered": _BODY}, "_embedded": {"author": [{"name": "Wenna Loft"}]}},
    {"title": _TITLE, "author": {"firstName": "Wenna", "lastName": "Loft"}, "published_at": 1738663200000, "html": _BODY},
])  # fmt: skip
def test_a_short_article_in_a_script_has_its_author_and_day(story: dict[str, object]) -> None:
    data = json.dumps({"props": {"pageProps": {"story": story}}})
    record = clean(f'<html lang=en><head><title>{_TITLE} | Hask Post</title></head><body><div id=__next></div><script id=__NEXT_DATA__ type="application/json">{data}</script></body></html>')  # fmt: skip
    assert record.status == "partial"
    assert [author.name for author in record.authors] == ["Wenna Loft"]
    assert (record.date_published or "")[:10] == "2025-02-04"
    assert record.text.startswith("The reed cutters")
    assert (record.title or "") == _TITLE


def test_a_short_article_with_another_title_is_another_page_s() -> None:
    data = json.dumps({"next": {"title": "A new roof", "author": "Bo Tarn", "content": _BODY}})
    record = clean(f'<html lang=en><head><title>{_TITLE}</title></head><body><div id=app></div><script type="application/json">{data}</script></body></html>')  # fmt: skip
    assert (record.text, record.authors) == ("", ())


@pytest.mark.parametrize("date", [float("inf"), float("nan"), 1e300, -1, True])
def test_a_number_that_is_no_moment_is_no_date(date: float) -> None:
    said = fields_of([{"title": "Bridge closed", "author": "Anna Berg", "date": date}], "script")
    assert said is not None
    assert said.authors == ("Anna Berg",)
    assert read_date(said.published or "") is None
