"""Days and names that head the entries of a text (``diaries.toml``): they are not the page's."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli

from copydesk import clean

DIARIES = tomli.loads(Path(__file__).with_name("diaries.toml").read_text("utf-8"))
FORMS = {
    "paragraphs": "<p>{}</p><p>{}</p>",
    "boxes": '<div class="entry"><div>{}</div><p>{}</p></div>',
    "times": "<p><time>{}</time></p><p>{}</p>",
}


def lines(language: str) -> tuple[str, ...]:
    diary = DIARIES[language]
    return (diary["opening"], *(line for entry in diary["entries"] for line in entry))


def page(language: str, body: str) -> str:
    diary = DIARIES[language]
    return (
        f'<html lang="{language}"><head><title>{diary["title"]}</title></head><body>'
        f"<article><h1>{diary['title']}</h1>{body}</article></body></html>"
    )


@pytest.mark.parametrize("language", DIARIES)
@pytest.mark.parametrize("form", FORMS)
def test_days_of_entries_are_no_bylines_and_say_nothing_of_the_page(language: str, form: str) -> None:
    diary = DIARIES[language]
    entries = "".join(FORMS[form].format(*entry) for entry in diary["entries"])
    record = clean(page(language, f"<p>{diary['opening']}</p>{entries}"))
    assert (record.date_published, record.authors) == (None, ())
    assert [block.text for block in record.removed if block.rule == "shape.byline"] == []
    assert [text for _, text in diary["entries"] if text not in record.text] == []


@pytest.mark.parametrize("language", DIARIES)
def test_nor_do_they_in_flattened_text(language: str) -> None:
    record = clean("\n\n".join((DIARIES[language]["title"], *lines(language))))
    assert (record.date_published, record.authors) == (None, ())


@pytest.mark.parametrize("language", DIARIES)
def test_the_day_below_a_headline_is_the_pages(language: str) -> None:
    diary = DIARIES[language]
    (head, first), *others = diary["entries"]
    body = f"<p>{head}</p><p>{diary['opening']}</p><p>{first}</p>"
    later = "".join(f"<p>{text}</p>" for _, text in others) * 3
    record = clean(page(language, body + later))
    assert record.date_published is not None
    assert head not in record.text


CARDS = "".join(
    f"<li><a href=/{at}>Ferry {at} is late</a><span>{day}</span><p>Nobody knew why it was.</p></li>"
    for at, day in enumerate(("1 March 2026", "27 February 2026", "25 February 2026"))
)


@pytest.mark.parametrize("line", ["By Anna Weir, 4 March 2026", "Anna Weir, 4 March 2026"])
def test_a_byline_below_the_first_sentence_is_no_entrys_where_cards_and_subheads_are_dated(line: str) -> None:
    text = f"<p>{DIARIES['en']['opening']}</p>"
    subheads = f"<h3>12 March 2025</h3>{text}<h3>14 March 2025</h3>{text}"
    html = page("en", f"{text}<p>{line}</p>{text}{text}{subheads}")
    record = clean(html.replace("</body>", f"<aside><h2>More news</h2><ul>{CARDS}</ul></aside></body>"))
    assert record.date_published == "2026-03-04"
    assert [author.name for author in record.authors] == ["Anna Weir"]
    assert line not in record.text


def test_a_time_element_that_says_a_day_in_words_dates_its_page_whatever_cards_say() -> None:
    text = f"<p>{DIARIES['en']['opening']}</p>"
    html = page("en", f'<time datetime="2026-03-04T10:00:00Z">Yesterday</time>{text}{text}')
    cards = "<aside><h2>More news</h2><ul><li><a href=/1>Ferry is late</a> Yesterday · 3 min read</li></ul></aside>"
    assert clean(html.replace("</body>", f"{cards}</body>")).date_published == "2026-03-04T10:00:00+00:00"
