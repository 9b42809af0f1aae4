"""Lines at headlines, in many languages: ``beside_headlines.toml``. Pages that say neither who wrote them nor when, and
such as are signed in a plain line.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import tomli

from copydesk import clean

LANGUAGES = tomli.loads(Path(__file__).with_name("beside_headlines.toml").read_text("utf-8"))
NAMES = (
    '<p class="byline">{}</p>',
    '<span class="author">{}</span>',
    '<div class="article-author"><p>{}</p></div>',
)
DAYS = ("{text}<p>{line}</p>{text}", "{text}{text}<ul><li>{line}</li></ul>", "<figure><img src=/a.jpg><figcaption>{line}</figcaption></figure>{text}{text}",
        "{text}<table><tr><td>{line}</td><td>it began</td></tr><tr><td>{line}</td><td>it ended</td></tr></table>{text}",
        "<blockquote class=twitter-tweet><p>{line}</p></blockquote>{text}{text}", "<p>{line}</p>{text}{text}")  # fmt: skip


def page(language: str, body: str) -> str:
    title = LANGUAGES[language]["title"]
    return f'<html lang="{language}"><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>'


def pages(kind: str) -> Iterator[object]:
    for language, said in LANGUAGES.items():
        text = f"<p>{said['prose']}</p>" * 3
        for line in said[kind]:
            if kind == "nobody":
                bodies = [f"{form.format(line)}{text}" for form in NAMES]
            else:
                bodies = [form.format(line=line, text=text) for form in DAYS]
            yield from (
                pytest.param(page(language, body), id=f"{language}-{line}-{at}")
                for at, body in enumerate(bodies)
            )


@pytest.mark.parametrize("html", [*pages("nobody")])
def test_a_line_that_names_nobody_gives_no_author(html: str) -> None:
    assert clean(html).authors == ()


@pytest.mark.parametrize("html", [*pages("no_day")])
def test_a_day_of_something_else_is_not_that_of_publication(html: str) -> None:
    assert clean(html).date_published is None


@pytest.mark.parametrize(
    ("language", "line"),
    [(code, line) for code, said in LANGUAGES.items() for line in said["no_day"] if ":" in line],
)
def test_what_a_label_says_is_something_else_dates_no_page(language: str, line: str) -> None:
    """Flattened, and with the label in an element of its own."""
    title, prose = LANGUAGES[language]["title"], LANGUAGES[language]["prose"]
    label, _, day = line.partition(":")
    for form in (
        "<p><b>{}:</b> {}</p>",
        "<p><b>{}:</b> <time>{}</time></p>",
        "<dl><dt>{}:</dt><dd>{}</dd></dl>",
    ):
        text = f"<p>{prose}</p>"
        assert clean(page(language, f"{form.format(label, day)}{text}{text}")).date_published is None
    for text in ((line, prose, prose), (prose, line, prose), (prose, prose, line)):
        assert clean("\n\n".join((title, *text))).date_published is None


COMMENTS = {
    "en": (
        "2 comments",
        "Lovely! I will come and see them next month.",
        "Is there a car park near the mill?",
    ),
    "de": ("2 Kommentare", "Schön! Nächsten Monat sehe ich sie mir an.", "Gibt es bei der Mühle Parkplätze?"),
    "fr": (
        "2 commentaires",
        "Superbe, je viendrai le mois prochain !",
        "Y a-t-il un parking près du moulin ?",
    ),
    "pl": ("2 komentarze", "Pięknie, przyjadę za miesiąc!", "Czy przy młynie jest parking?"),
}


@pytest.mark.parametrize("language", COMMENTS)
def test_days_of_comments_below_are_none_of_a_page(language: str) -> None:
    prose = LANGUAGES[language]["prose"]
    heading, *said = COMMENTS[language]
    comments = "".join(
        f"<li><b>Swift{day}</b> <span class=date>2025.06.0{day} 21:14</span><p>{one}</p></li>"
        for day, one in enumerate(said, start=1)
    )
    body = f'<p>{prose}</p><p>{prose}</p><div class="reply_area"><h3>{heading}</h3><ul>{comments}</ul></div>'
    assert clean(page(language, body)).date_published is None
    # a reader's day may be the page's, or end like it
    for day in ("1", "11", "21"):
        dated = f"<time class=date>2025.06.{day.zfill(2)}</time>{body}"
        assert (clean(page(language, dated)).date_published or "")[:10] == f"2025-06-{day.zfill(2)}"
    title = LANGUAGES[language]["title"]
    lines = [
        heading,
        *(line for day, one in enumerate(said, 1) for line in (f"Swift, 2025-06-0{day} 21:14", one)),
    ]
    flattened = clean("\n\n".join((title, prose, prose, *lines)))
    assert (flattened.date_published, flattened.authors) == (None, ())


def test_writers_in_a_thread_of_comments_are_no_authors() -> None:
    prose = LANGUAGES["en"]["prose"]
    thread = "<li class=post><span class=author>Margaret Holt</span> <a>12 March 2025</a><p>So glad!</p></li>"
    record = clean(page("en", f"<p>{prose}</p><p>{prose}</p><div id=disqus_thread>{thread}</div>"))
    assert (record.authors, record.date_published) == ((), None)


SAID = {
    "en": ("Published:", "Added:", "Reuters:"),
    "de": ("Erscheinungsdatum:", "Erstveröffentlichung:", "Stand:"),
    "fr": ("Parution :", "Mis en ligne :"),
    "pl": ("Data publikacji:", "Publikacja:", "Data dodania:"),
    "ja": ("発表日：", "公開日："),
}


@pytest.mark.parametrize(("language", "label"), [(code, one) for code, said in SAID.items() for one in said])
def test_what_a_label_says_was_published_dates_flattened_text(language: str, label: str) -> None:
    title, prose = LANGUAGES[language]["title"], LANGUAGES[language]["prose"]
    found = clean("\n\n".join((title, f"{label} 2026-03-04", prose, prose))).date_published
    assert (found or "")[:10] == "2026-03-04"


def signed() -> Iterator[object]:
    for language, said in LANGUAGES.items():
        prose = "\n\n".join([said["prose"]] * 3)
        for name, lines in said["signed"].items():
            for line in lines:
                paragraphs = "".join(f"<p>{text}</p>" for text in (line, *prose.split("\n\n")))
                yield pytest.param(page(language, paragraphs), line, name, id=f"{line}-html")
                yield pytest.param(f"{said['title']}\n\n{line}\n\n{prose}", line, name, id=f"{line}-text")


@pytest.mark.parametrize(("body", "line", "name"), [*signed()])
def test_a_plain_line_below_the_headline_names_the_author_and_leaves_the_text(
    body: str, line: str, name: str
) -> None:
    record = clean(body)
    assert ([author.name for author in record.authors], line in record.text) == ([name], False)


@pytest.mark.parametrize(
    ("language", "line"),
    [(code, line) for code, said in LANGUAGES.items() for line in said["headings"]],
)
def test_as_short_a_line_about_something_else_names_nobody_and_stays(language: str, line: str) -> None:
    record = clean(page(language, f"<p>{line}</p>" + f"<p>{LANGUAGES[language]['prose']}</p>" * 3))
    assert (record.authors, line in record.text) == ((), True)


POSTED = {
    "en": ("Posted by Keith at 11:05 PM", "Keith"),
    "de": ("Geschrieben von Ulrich um 23:18 Uhr", "Ulrich"),
    "fr": ("Publié par Clotilde à 21:36", "Clotilde"),
    "es": ("Publicado por Inés a las 22:10", "Inés"),
    "it": ("Pubblicato da Luca alle 09:12", "Luca"),
    "pt": ("Postado por Rita às 14:02", "Rita"),
}


@pytest.mark.parametrize("language", POSTED)
def test_one_name_before_a_time_of_day_signs_a_post(language: str) -> None:
    line, name = POSTED[language]
    prose = LANGUAGES[language]["prose"]
    record = clean(page(language, f"<p>{prose}</p><p>{prose}</p><p>{line} | <a href=/c>0</a></p>"))
    assert [author.name for author in record.authors] == [name]


@pytest.mark.parametrize(
    "line",
    [
        "Posted by admin at 11:05 PM",
        "Posted by Staff at 11:05",
        "Posted by Friday at 11:05",
        "Last update: 14:20",
        "Written by Paul in Romans 12:19",
        "Written by Luke, Chapter 12:19",
    ],
)
def test_no_name_signs_none(line: str) -> None:
    prose = LANGUAGES["en"]["prose"]
    assert clean(page("en", f"<p>{prose}</p><p>{prose}</p><p>{line}</p>")).authors == ()


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Anna Berg at 11:05 PM", ["Anna Berg"]),
        (
            "By Anna Margaret Berg and Thomas van der Holt, Harbour Post, 4 March 2026 at 9:30 a.m.",
            ["Anna Margaret Berg", "Thomas van der Holt"],
        ),
        (
            "By the bridge they have waited since the morning for the swifts, said the miller Anna Berg of Oldenau.",
            [],
        ),
    ],
)
def test_a_time_of_day_is_no_part_of_a_name_and_a_sentence_no_byline(line: str, names: list[str]) -> None:
    prose = LANGUAGES["en"]["prose"]
    record = clean(page("en", f"<p>{line}</p><p>{prose}</p><p>{prose}</p>"))
    assert [author.name for author in record.authors] == names


def test_a_list_of_dated_sources_dates_no_page() -> None:
    sources = "".join(
        f"<li>{one}</li>"
        for one in ("Roads act of 21 June 1963", "Court of Gula, 14 November 1998", "Vote of 3 May 2011")
    )
    prose = LANGUAGES["en"]["prose"]
    assert clean(page("en", f"<p>{prose}</p><p>{prose}</p><ul>{sources}</ul>")).date_published is None


@pytest.mark.parametrize(
    "line",
    [
        "The keeper left on 3 June 1988.",
        "It was built on 3 June 1988.",
        "Agnes Thorne, botanist, born 2 May 1921; died 20 November 2014",
    ],
)
def test_a_sentence_with_a_day_dates_no_page(line: str) -> None:
    first = "The first light was a coal fire in an iron basket, lit by a priest who had lost two brothers."
    assert clean(page("en", f"<p>{first}</p><p>{line}</p>")).date_published is None
