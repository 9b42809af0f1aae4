"""Which pages become part of an article: what only repeats it, or only claims to be all of it, does not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Outcome
from copydesk.flows.fetching.lists.continuations import Article, whole_article

FERRY = "https://courier.example/ferry"
FIRST = (
    "<p>The old ferry was built forty years ago and stays in the dock whenever there is ice on the water.</p>"
)
SECOND = (
    "<p>Those who work on the island went round by the bridge last winter, and that takes them an hour.</p>"
)


def fetched(url: str, body: str) -> Fetched:
    whole = f"<html><body>{body}</body></html>".encode()
    return Fetched(url, 200, {}, whole, datetime(2026, 5, 1, tzinfo=UTC))


def article(first: str, further: dict[str, str], asked: list[str] | None = None) -> Article:
    async def ask(url: str) -> Outcome:
        if asked is not None:
            asked.append(url)
        if url in further:
            return fetched(url, further[url])
        return NotFetched(url, "http_404", "not found")

    return asyncio.run(whole_article(fetched(FERRY, first), ask))


def test_a_site_that_answers_every_number_with_the_same_page_has_an_article_of_one_page() -> None:
    pages = {
        f"{FERRY}/{number}": f"{FIRST}<script>nonce='{number}'</script><a rel=next href=/ferry/{number + 1}>on</a>"
        for number in range(2, 30)
    }
    asked: list[str] = []
    found = article(f"{FIRST}<a href=/ferry/2>2</a>", pages, asked)
    assert (found.further, found.cut_short, asked) == ((), None, [f"{FERRY}/2"])


def test_a_single_page_is_believed_only_where_it_has_the_text_of_the_first() -> None:
    links = "<a href='/ferry/komplettansicht'>All on one page</a><a href=/ferry/2>2</a>"
    login = {f"{FERRY}/komplettansicht": "<p>Log in to read on.</p>", f"{FERRY}/2": SECOND}
    found = article(FIRST + links, login)
    assert (found.read_at, [page.url for page in found.further]) == (None, [f"{FERRY}/2"])
    whole = {f"{FERRY}/komplettansicht": FIRST + SECOND}
    assert article(FIRST + links, whole).read_at == f"{FERRY}/komplettansicht"
