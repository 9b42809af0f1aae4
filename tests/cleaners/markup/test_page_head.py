"""What relative addresses on a page start from."""

from __future__ import annotations

import pytest

from copydesk import clean
from copydesk.cleaners.schema import Image, Record

BODY = """<article><h1>Harbour crane to be saved</h1>
<figure><img src="/img/crane.jpg" width="800" height="600"><figcaption>The crane on the north quay.</figcaption></figure>
<p>The council has bought the last steam crane on the north quay for one pound, and <a href="quay">the quay</a> with it,
after a winter in which nobody else had asked for either of them.</p>
<iframe src="/embed/crane"></iframe>
<p>Two fitters of the ferry company will take it apart in spring and make new what the salt has eaten, the clerk said.</p>
<img src="hook.jpg" width="800" height="600" alt="The hook">
<p>It lifted its last load in the year in which the bridge was opened, and has been a roost for gulls ever since then.</p>
</article>"""
CRANE = "https://courier.example/img/crane.jpg"


def cleaned(*head: str, url: str | None = None) -> Record:
    links = (
        f'<title>Harbour crane to be saved</title><meta property=og:image content="{CRANE}">{"".join(head)}'
    )
    return clean(f'<html lang="en"><head>{links}</head><body>{BODY}</body></html>', url=url)


def addresses(record: Record) -> tuple[list[str | None], list[str]]:
    return [image.url for image in record.images], [link.url for link in record.links]


CANONICAL = '<link rel="canonical" href="https://courier.example/news/crane">'
OWN = '<meta property="og:url" content="https://courier.example/news/crane">'


@pytest.mark.parametrize("head", [[CANONICAL], [OWN], ['<link rel="canonical" href="/news/crane">', OWN]])
def test_without_a_url_the_canonical_url_is_the_base(head: list[str]) -> None:
    record = cleaned(*head)
    assert record.images[0] == Image(url=CRANE, caption="The crane on the north quay.")
    assert addresses(record) == (
        [CRANE, "https://courier.example/news/hook.jpg"],
        ["https://courier.example/news/quay"],
    )
    assert f"]({CRANE}" in record.markdown
    assert "](https://courier.example/news/hook.jpg" in record.markdown


def test_links_start_from_the_url_of_the_page_or_before_that_from_its_base() -> None:
    elsewhere = "https://mirror.example/a/b"
    assert addresses(cleaned(CANONICAL, url=elsewhere))[1] == ["https://mirror.example/a/quay"]
    assert addresses(cleaned(CANONICAL, '<base href="/town/">'))[1] == ["https://courier.example/town/quay"]
    assert addresses(cleaned(CANONICAL, '<base href="https://cdn.example/">'))[1] == [
        "https://cdn.example/quay"
    ]


def test_without_any_url_relative_links_have_no_target() -> None:
    assert addresses(cleaned()) == ([CRANE, None], [])
