"""What a record says of a page's title, subtitle, authors, dates and licence, through ``clean``."""

from __future__ import annotations

import pytest

from copydesk import Record, clean

PROSE = (
    "The ferry to the island stopped at noon because the wind had turned and the harbour was closed to all ships. "
    "Those who had tickets were told to wait until the morning, when the next boat would leave if the sea was calm. "
)
TEXT = "".join(f"<p>{PROSE}{PROSE}</p>" for _ in range(4))
TITLE = "Ferries stop at noon"
H1 = f"<h1>{TITLE}</h1>"


def record_of(
    body: str, *, head: str = "", lang: str = "en", url: str = "https://harbour.example/news/a"
) -> Record:
    return clean(f"<html lang={lang}><head>{head}</head><body>{body}</body></html>", url)


def author_meta(name: str) -> str:
    return f'<meta name=author content="{name}">'


@pytest.mark.parametrize(("body", "lang", "names"), [
    # a date within the byline, before or behind the name
    (f"{H1}<p class=byline>Von Anna Berg am 03.05.2013, 11:51 | 0 Kommentare</p>{TEXT}", "de", ["Anna Berg"]),
    (f"{H1}<p class=byline>11.05.2012, 10:22 von Anna Berg</p>{TEXT}", "de", ["Anna Berg"]),
    (f"{H1}<p class=byline>Posted on 5 May 2020 by Anna Berg</p>{TEXT}", "en", ["Anna Berg"]),
    (f"{H1}<p class=byline>松村太郎2019年04月13日 09時00分</p>{TEXT}", "ja", ["松村太郎"]),
    # openers of languages without a file of their own
    (f"{H1}<p>Piše: Petra Marić</p>{TEXT}", "bs", ["Petra Marić"]),
    (f"{H1}<p>Skrevet af Anna Berg</p>{TEXT}", "da", ["Anna Berg"]),
    (f"{H1}<p>Bejegyezte: Nagy Anna</p>{TEXT}", "hu", ["Nagy Anna"]),
    # an element that holds the headline is not beside the article, whatever its name; nor is a post's own footer
    (f"<div class='body with-sidebar'>{H1}<span class='author vcard'>Eleonore</span>{TEXT}</div>", "de", ["Eleonore"]),
    (f"{H1}{TEXT}<div class=post-footer><span class=post-author>Eingestellt von <b>Anna Berg</b></span></div>", "de",
     ["Anna Berg"]),
    # the account that signs, where there is no name; a placeholder is none
    (f"{H1}<p class=post-byline>von <a rel=author href=/a>eseppelt</a></p>{TEXT}", "de", ["eseppelt"]),
    (f"{H1}<p class=post-byline>von <a rel=author href=/a>admin</a></p>{TEXT}", "de", []),
    # a group, in front or behind
    (f"{H1}<div class=author-name>Team Harbour Watch</div>{TEXT}", "en", ["Team Harbour Watch"]),
    (f"{H1}<span class=banner__author>By the Ferry Team</span>{TEXT}", "en", ["the Ferry Team"]),
    # a reviewer, a weekday, a section and a change are no authors
    (f"{H1}<p>Medically reviewed by <a rel=author href=/a>Anna Berg</a></p>{TEXT}", "en", []),
    (f"{H1}<span class=author>Donnerstag</span>{TEXT}", "de", []),
    (f"{H1}<p class=author>Son Güncelleme : 30.04.2024 - 16:49</p>{TEXT}", "tr", []),
    # one person with two surnames
    (f"{H1}<p class=byline>Por José Volta e Pinto</p>{TEXT}", "pt", ["José Volta e Pinto"]),
    (f"{H1}<p class=byline>Por José Volta e Ana Pinto</p>{TEXT}", "pt", ["José Volta", "Ana Pinto"]),
    # one name in an element, the others beside it; behind a comma alone may be a place
    (f"{H1}<p class=byline>By <a href=/a>Anna Berg</a>, Tom Bell and Una Platt</p>{TEXT}", "en",
     ["Anna Berg", "Tom Bell", "Una Platt"]),
    (f"{H1}<p class=byline>By <span>Anna Berg</span> &amp; Tom Bell</p>{TEXT}", "en", ["Anna Berg", "Tom Bell"]),
    (f"{H1}<p class=byline>Von <b>Anna Berg</b> und Tom Bell</p>{TEXT}", "de", ["Anna Berg", "Tom Bell"]),
    (f"{H1}<p class=byline>By <a href=/a>Anna Berg</a>, New Harbour</p>{TEXT}", "en", ["Anna Berg"]),
    (f"{H1}<p class=byline><b>Anna Berg</b> | New Harbour | 8/1/2014</p>{TEXT}", "en", ["Anna Berg"]),
])  # fmt: skip
def test_authors_shown(body: str, lang: str, names: list[str]) -> None:
    assert [author.name for author in record_of(body, lang=lang).authors] == names


@pytest.mark.parametrize(("declared", "byline", "names"), [
    ("KatieS", "by <a href=/x>Anna Berg</a>", ["Anna Berg"]),
    ("Todd", "By Todd Bishop", ["Todd Bishop"]),
    # shown as well: the byline says the same
    ("Anna Berg", "By Anna Berg, Oslo", ["Anna Berg"]),
    ("Amanda", "by Amanda</p><h4>A Far Better Thing</h4><p>Author: Tom Bell", ["Amanda"]),
    ("Anna Berg", "By the sea, where all began", ["Anna Berg"]),
])  # fmt: skip
def test_a_shown_name_is_better_than_an_account_or_a_house(
    declared: str, byline: str, names: list[str]
) -> None:
    record = record_of(f"{H1}<p>{byline}</p>{TEXT}", head=author_meta(declared))
    assert [author.name for author in record.authors] == names


@pytest.mark.parametrize(("head", "body", "title"), [
    # a heading that leads to the front page is the site's
    (f"<title>Lessons: {TITLE}</title><meta property=og:title content='{TITLE}'>",
     f"<h1><a href='https://harbour.example/'>Lessons</a></h1><h3>{TITLE}</h3>{TEXT}", TITLE),
    (f"<title>{TITLE} | Lessons</title>", f"<h1 id=site-title>Lessons</h1><h1>{TITLE}</h1>{TEXT}", TITLE),
    # a heading with a subtitle or a date in elements of their own
    (f"<meta property=og:title content='{TITLE}'>",
     f"<h1><span>{TITLE}</span> <span>Nobody knew why</span></h1>{TEXT}", TITLE),
    # the site's name, with a word more, behind or before a bar
    ("<title>Sea news | Harbour ♥ Magazine</title>", TEXT, "Sea news"),
    (f"<title>The Digital Home | {TITLE}</title>", f"<h2>{TITLE}</h2>{TEXT}", TITLE),
    (f"<title>{TITLE} |</title>", TEXT, TITLE),
    ("<title>| What's Cooking</title>", f"{H1}{TEXT}", TITLE),
    # one title for all pages of a site
    ("<title>My Garden - Notes from the allotment</title>", f"{H1}{TEXT}", TITLE),
    # the name of a file
    (f"<meta property=og:title content=ferry-test-2018><title>{TITLE}</title>", TEXT, TITLE),
])  # fmt: skip
def test_titles(head: str, body: str, title: str) -> None:
    assert record_of(body, head=head).title == title


@pytest.mark.parametrize(("body", "lang", "date", "raw"), [
    (f"{H1}<p>02.12.19</p>{TEXT}", "de", "2019-12-02", "02.12.19"),
    (f"{H1}<p>Mise en ligne le 3/11/21</p>{TEXT}", "fr", "2021-11-03", "3/11/21"),
    (f"{H1}<p><a rel=author>Mirja Kallas</a>, 8.5.12</p>{TEXT}", "de", "2012-05-08", "8.5.12"),
    (f"{H1}{TEXT}<div class=post-footer>This article was on 14 May 2015 at 14:48 by <a>Mirja</a> written</div>", "en",
     "2015-05-14", "14 May 2015"),
    (f"{H1}<p>Version 2.10.18</p>{TEXT}", "de", None, None),
    (f"{H1}<p>12 prosince 2019</p>{TEXT}", "cs", "2019-12-12", "12 prosince 2019"),
    (f"{H1}<p>7. lokakuuta 2020</p>{TEXT}", "fi", "2020-10-07", "7. lokakuuta 2020"),
    # hardly more than a date is the article's, before what speaks of one
    (f"{H1}<p>The race of 11 July 2020 is the first of this year's on the island</p><p>12 July 2020</p>{TEXT}", "en",
     "2020-07-12", "12 July 2020"),
    (f"{H1}<time datetime=2020-07-12>today</time>{TEXT}", "en", "2020-07-12", "2020-07-12"),
])  # fmt: skip
def test_dates_shown(body: str, lang: str, date: str | None, raw: str | None) -> None:
    record = record_of(body, lang=lang)
    assert (record.date_published, record.date_published_raw) == (date, raw)


PUBLISHED = "<meta property=article:published_time content={}>"


DEK = "Those who had tickets were told to wait until morning."


@pytest.mark.parametrize(("head", "body", "subtitle", "origin"), [
    ("", f"{H1}<p class=article__dek>{DEK}</p>{TEXT}", DEK, "text:subtitle"),
    ("", f"{H1}<div itemprop=alternativeHeadline>{DEK}</div>{TEXT}", DEK, "text:subtitle"),
    # a date; a line further down in the text
    ("", f"{H1}<p class=subtitle>12 July 2020</p>{TEXT}", None, None),
    ("", f"{H1}{TEXT}{TEXT}{TEXT}<p class=subhead>{DEK}</p>{TEXT}", None, None),
])  # fmt: skip
def test_subtitles(head: str, body: str, subtitle: str | None, origin: str | None) -> None:
    record = record_of(body, head=head)
    assert (record.subtitle, record.field_origins.get("subtitle")) == (subtitle, origin)


def test_tags_are_the_links_of_a_list_that_are_marked_so() -> None:
    links = " ".join(f"<a rel=tag href=/tag/{name}>#{name}</a>" for name in ("ferry", "pier"))
    shelf = "<a rel='category tag' href=/shelf/news>News</a>"
    card = "<div class=related-posts><a href=/b>Pier mended at last</a> <a rel=tag href=/tag/weather>weather</a></div>"
    body = f"<article>{H1}{TEXT}<div class=tags-links>Tags: {links} {shelf}</div></article>{card}"
    record = record_of(body)
    assert (record.tags, record.field_origins.get("tags")) == (("ferry", "pier"), "link:tag")
    # keywords are for search engines
    assert record_of(body, head="<meta name=keywords content='harbour, boats'>").tags == ("ferry", "pier")
    assert record_of(TEXT, head="<meta name=keywords content='harbour, boats'>").tags == ("harbour", "boats")


def test_a_list_of_two_short_tags_behind_a_word() -> None:
    links = "<a href=/mot/bac>Bac</a>, <a href=/mot/port>Port</a>"
    record = record_of(
        f"<article>{H1}{TEXT}<div class=post-tags>Mots-clés : {links}</div></article>", lang="fr"
    )
    assert record.tags == ("Bac", "Port")


@pytest.mark.parametrize(("license_", "kind"), [
    ("https://creativecommons.org/licenses/by-nc-sa/4.0/", "cc-by-nc-sa"),
    ("https://creativecommons.org/publicdomain/zero/1.0/", "cc0"),
    ("https://creativecommons.org/publicdomain/mark/1.0/", "public-domain"),
    ("https://harbour.example/terms", "other"),
])  # fmt: skip
def test_the_kind_of_a_license(license_: str, kind: str) -> None:
    record = record_of(f"{H1}{TEXT}", head=f"<link rel=license href='{license_}'>")
    assert (record.license, record.license_kind) == (license_, kind)


def test_origins_that_agree_are_counted() -> None:
    head = f"<title>{TITLE}</title><meta property=og:title content='{TITLE}'>{author_meta('Anna Berg')}"
    head += PUBLISHED.format("2026-03-14T10:00:00Z")
    record = record_of(
        f"{H1}<p>By Anna Berg</p><p><time datetime=2026-03-14>today</time></p>{TEXT}", head=head
    )
    assert record.field_agreement == {"authors": 2, "date_published": 2, "title": 3}
    assert record_of(TEXT).field_agreement == {}
