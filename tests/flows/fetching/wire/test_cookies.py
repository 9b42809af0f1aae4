"""Cookies go back to the very origin that set them, and to none other."""

from __future__ import annotations

import httpx2
import pytest

from copydesk.flows.fetching.wire.transport import MAX_COOKIE_CHARS, MAX_COOKIES, Cookies


def answer(cookies: Cookies, url: str, *set_cookie: str) -> None:
    """An answer from a URL that sets these."""
    request = httpx2.Request("GET", url)
    headers = [("Set-Cookie", value) for value in set_cookie]
    cookies.take_from(httpx2.Response(200, headers=headers, request=request))


def sent(cookies: Cookies, url: str, **headers: str) -> str | None:
    """The ``Cookie`` header of a request to a URL."""
    request = httpx2.Request("GET", url, headers=headers)
    cookies.add_to(request)
    found: str | None = request.headers.get("cookie")
    return found


@pytest.mark.parametrize(
    ("set_cookie", "url", "expected"),
    [
        ("session=1", "https://paper.example/b", "session=1"),
        ("session=1; Path=/news", "https://paper.example/news/x", "session=1"),
        ("session=1; Path=/news", "https://paper.example/sport", None),
        ("session=1; Secure", "https://paper.example/", "session=1"),
        ("session=1; Max-Age=0", "https://paper.example/", None),
        ("session=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "https://paper.example/", None),
        ("session=1", "http://paper.example/", None),
        ("session=1", "https://paper.example:8443/", None),
        ("session=1", "https://www.paper.example/", None),
        ("session=1; Domain=paper.example", "https://www.paper.example/", None),
        ("session=1; Domain=example", "https://other.example/", None),
        ("session=1; Domain=other.example", "https://other.example/", None),
        ("session=1; Domain=.co.uk", "https://b.co.uk/", None),
    ],
)
def test_a_cookie_goes_to_its_origin_alone(set_cookie: str, url: str, expected: str | None) -> None:
    cookies = Cookies()
    assert sent(cookies, url) is None
    answer(cookies, "https://paper.example/a", set_cookie)
    assert sent(cookies, url) == expected


def test_a_header_of_the_sources_own_is_left_alone() -> None:
    cookies = Cookies()
    answer(cookies, "https://paper.example/", "session=1")
    assert sent(cookies, "https://paper.example/", Cookie="mine=2") == "mine=2"


def test_a_full_jar_takes_no_new_cookie_but_renews_the_old_ones() -> None:
    cookies = Cookies()
    url = "https://paper.example/"
    answer(cookies, url, *(f"c{n}=old" for n in range(MAX_COOKIES)))
    answer(cookies, url, "one-more=1", "c7=new")
    pairs = set((sent(cookies, url) or "").split("; "))
    assert len(pairs) == MAX_COOKIES
    assert "c7=new" in pairs
    assert not {"c7=old", "one-more=1"} & pairs


@pytest.mark.parametrize(("spare", "kept"), [(0, True), (-1, False)])
def test_a_cookie_beyond_its_size_is_not_kept(spare: int, kept: bool) -> None:
    cookies = Cookies()
    url = "https://paper.example/"
    # name, path and domain count as well
    value = "v" * (MAX_COOKIE_CHARS - len("n" + "/" + "paper.example") - spare)
    answer(cookies, url, f"n={value}")
    assert (sent(cookies, url) is not None) is kept


def test_what_origins_have_set_is_bounded_and_the_first_are_forgotten() -> None:
    cookies = Cookies()
    value = "v" * 4_000
    for number in range(200):
        answer(cookies, f"https://h{number}.example/", *(f"c{n}={value}" for n in range(10)))
    known = [number for number in range(200) if sent(cookies, f"https://h{number}.example/")]
    assert known == list(range(known[0], 200))
    assert 0 < 50 * len(known) * 1_000 * 10 / 10 <= 4_000_000 * 1.3
