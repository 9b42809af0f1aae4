"""Authors in bylines that name others, too; in elements of their own; at the end of a text; and days of events."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli
from articles import ARTICLES

from copydesk import clean

LINES = tomli.loads(Path(__file__).with_name("credits_in_lines.toml").read_text("utf-8"))["lines"]


def page(language: str, body: str) -> str:
    title = "Die alte Uhr" if language == "de" else "The old clock"
    return f'<html lang="{language}"><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>'


def prose(language: str) -> str:
    return "".join(f"<p>{paragraph}</p>" for paragraph in ARTICLES[language])


def names_of(html: str) -> list[str]:
    return [author.name for author in clean(html).authors]


@pytest.mark.parametrize(("language", "line", "names"), LINES)
def test_who_took_the_pictures_or_answered_is_no_author(language: str, line: str, names: list[str]) -> None:
    assert names_of(page(language, f'<p class="byline">{line}</p>{prose(language)}')) == names


@pytest.mark.parametrize(
    ("between", "names"),
    [
        ("", ["Anna Berg", "Tom Bell"]),
        (" and ", ["Anna Berg", "Tom Bell"]),
        (" | fact-checked by ", ["Anna Berg"]),
    ],
)
def test_authors_in_elements_alike_are_all_named(between: str, names: list[str]) -> None:
    people = ("Anna Berg", "Tom Bell")
    marked = between.join(
        f'<div class="author"><span>{name}</span><span>our reporter</span></div>' for name in people
    )
    assert names_of(page("en", f"<div>{marked}</div>{prose('en')}")) == names


def test_a_name_that_is_the_last_line_signs_a_text() -> None:
    record = clean(page("en", f"{prose('en')}<p><b>Anna Weir</b></p>"))
    assert ([author.name for author in record.authors], "Anna Weir" in record.text) == (["Anna Weir"], False)


def test_days_of_an_event_do_not_date_flattened_text() -> None:
    above = (
        "Home",
        "Cronaca",
        "Cultura",
        "Eventi",
        "Festa della castagna",
        "Pubblicato il 3 ottobre 2023 da Redazione",
    )
    first, *others = ARTICLES["it"]
    text = "\n".join((*above, first, "Quando: 14 e 15 ottobre 2023", *others, "Condividi su Facebook"))
    assert (clean(text).date_published or "")[:10] == "2023-10-03"


def test_months_of_two_words_are_read() -> None:
    html = page("ar", f'<p class="post-meta">الثلاثاء 20 كانون الثاني 2026</p>{prose("ar")}')
    assert (clean(html).date_published or "")[:10] == "2026-01-20"
