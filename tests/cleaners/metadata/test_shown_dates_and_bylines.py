"""Dates and authors as a page shows them: in elements, near the headline, in lines."""

from __future__ import annotations

import pytest
from made_blocks import labelled

from copydesk.cleaners.dates.timestamps import DATE_FIELDS, UNBOUNDED, DateField, bounds_of
from copydesk.cleaners.dates.written_dates import ShownDates, dates_of_note
from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.metadata.credits import authors_near, outlet_near
from copydesk.cleaners.metadata.date_origins import (
    date_beside,
    dates_near,
    earlier_beside_headline,
    in_lines,
    in_url,
    near_headline,
    times,
)
from copydesk.cleaners.metadata.evidence import Evidence, Found
from copydesk.cleaners.metadata.text_bylines import at_article, people_in_lines
from copydesk.cleaners.options import Options
from copydesk.cleaners.types import Candidate, Label, Page

NAMED = "The clock of Ode has stopped"
PROSE = "The clock of the town hall struck noon on Friday for the first time in eleven years, and a crowd of some two hundred people had come to hear it."
H1 = "<h1>Clock strikes noon</h1>"


def declared(body: str, *, lang: str = "en", head: str = "", fetched_at: str | None = None) -> Declared:
    markup = f"<html lang={lang}><head>{head}</head><body>{body}<p>{PROSE}</p></body></html>"
    return Declared(parse(markup, Options()), markup=markup, url=None, fetched_at=fetched_at)


def time_dates(body: str, fetched_at: str | None = None) -> tuple[str | None, str | None, int]:
    found = times(declared(body), bounds=bounds_of(fetched_at) if fetched_at else UNBOUNDED)
    published, modified = (first_of(found, field) for field in DATE_FIELDS)
    return published, modified, sum(not date.value for dates in found.values() for date in dates)


def first_of(shown: ShownDates, field: DateField = "date_published") -> str | None:
    return next((date.value for date in shown[field] if date.value), None)


DAY, LATER = "2026-03-14", "2026-03-15"


@pytest.mark.parametrize(("body", "published", "modified"), [
    (f"<time datetime={DAY}>today</time>", DAY, None), ("<time>14 March 2026</time>", DAY, None),
    (f"<time datetime=soon>{DAY}</time>", DAY, None),
    (f"<time class=updated datetime={LATER}>x</time><time datetime={DAY}>x</time>", DAY, LATER),
    (f"<p>Updated on <time datetime={LATER}>x</time></p>", None, LATER),
    (f"<time class='entry-date published updated' datetime={DAY}>x</time>", DAY, None),
    # what comes after the headline counts first
    (f"<time datetime={LATER}>x</time>{H1}<time datetime={DAY}>x</time>", DAY, None),
    # those of comments never, those beside the article only alone
    (f"<div class=comments><time datetime={DAY}>x</time></div>", None, None),
    (f"<aside><time datetime={DAY}>x</time></aside>", DAY, None),
    (f"<aside><time datetime={LATER}>x</time></aside><time datetime={DAY}>x</time>", DAY, None),
    ("<time>soon</time>", None, None),
    # an attribute that could be either, beside a clear text
    (f"<time datetime=03-04-2026>{DAY}</time>", DAY, None),
])  # fmt: skip
def test_dates_of_time_elements(body: str, published: str | None, modified: str | None) -> None:
    assert time_dates(body) == (published, modified, 0)


def test_a_date_that_cannot_be_is_reported_and_the_next_taken() -> None:
    body = f"<time datetime=2031-05-01>x</time><time datetime={DAY}>x</time>"
    assert time_dates(body, "2026-11-20") == (DAY, None, 1)


@pytest.mark.parametrize(("line", "published"), [
    ("Joined 14 March 2026", None), ("Mitglied seit 14.03.2026", None),
    ("Disponible hasta el 14 de marzo de 2026", None), ("Joined 15 March 2026 | 14 March 2026", DAY),
    ("14 March 2026, available until 15 March 2026", DAY),
])  # fmt: skip
def test_a_date_of_something_else_is_no_day_of_publication(line: str, published: str | None) -> None:
    found = {first_of(dates_of_note(line, language=language)) for language in ("en", "de", "es")}
    assert found - {None} == ({published} if published else set())


def test_a_line_has_values_with_their_origin() -> None:
    found = dates_of_note("Published 14 March 2026, updated 15 March 2026", origin="text:x", language="en")
    (published,), (modified,) = found.values()
    assert (published.value, published.origin, modified.value) == (DAY, "text:x", LATER)


@pytest.mark.parametrize(("body", "lang", "published"), [
    (f"{H1}<p>14 March 2026</p>", "en", DAY), (f"{H1}<p>14. März 2026</p>", "de", DAY),
    (f"{H1}<p>2026年3月14日</p>", "ja", DAY),
    (f"<p>{PROSE}</p><p class=postDate>14 March 2026</p>", "en", DAY),
    (f"{H1}<nav>14 March 2026</nav>", "en", None),
    (f"{H1}<p class=date>{PROSE} {PROSE} 14 March 2026</p>", "en", None),
    (H1, "en", None),
])  # fmt: skip
def test_dates_near_the_headline(body: str, lang: str, published: str | None) -> None:
    assert first_of(dates_near(declared(body, lang=lang), None)) == published


def test_a_date_beside_the_headline_is_alone_in_its_line() -> None:
    assert (date_beside(declared(f"{H1}<p>14 March 2026</p>"), None) or Candidate("", "")).value == DAY
    assert date_beside(declared(f"{H1}<p>The fair of 14 March 2026 will be held at noon</p>"), None) is None
    assert date_beside(declared(f"{H1}<p>Updated 14 March 2026</p><p>1 March 2026</p>"), None) is None


def evidence_of(
    *labels: tuple[str, Label], body: str = "", url: str | None = None, rule: str = "", headline: str = ""
) -> Evidence:
    page = Page(body=body, url=url)
    markup = declared(body) if body else None
    return Evidence(page, markup, labelled=labelled(*labels, rule=rule), language="en", headline=headline)


def test_the_day_in_the_address() -> None:
    (found,) = in_url(evidence_of(body=H1, url="https://a.example/2026/03/14/clock"), Found(UNBOUNDED))
    assert (found.value, found.origin, found.written) == (DAY, "url", "2026/03/14")
    assert list(in_url(evidence_of(body=H1, url="https://a.example/clock"), Found(UNBOUNDED))) == []


@pytest.mark.parametrize(("published", "modified", "value"), [
    (LATER, LATER, DAY), (LATER, None, None), (DAY, DAY, None), ("2026-03-16T10:00:00Z", None, None),
    ("2026-03-01", "2026-03-01", None),
])  # fmt: skip
def test_an_earlier_day_beside_the_headline(published: str, modified: str | None, value: str | None) -> None:
    page = evidence_of(body=f"{H1}<p>14 March 2026</p>")
    found = Found(UNBOUNDED)
    found.add("date_published", "append", [Candidate(published, "x")])
    found.add("date_modified", "append", [Candidate(modified or "", "x")])
    assert [date.value for date in earlier_beside_headline(page, found)] == ([value] if value else [])
    assert [date.value for date in near_headline("date_published")(page, found)] == [DAY]


@pytest.mark.parametrize(("labels", "value"), [
    ([("By Una Platt, 14 March 2026", Label.BYLINE), (PROSE, Label.PARAGRAPH)], DAY),
    ([("By Una Platt", Label.BYLINE), ("14 March 2026", Label.BYLINE), (PROSE, Label.PARAGRAPH)], DAY),
    ([(f"Paris, France – March 14, 2026 – {PROSE}", Label.PARAGRAPH)], DAY),
    ([("Clock", Label.HEADING), (f"Paris – March 14, 2026 – {PROSE}", Label.PARAGRAPH)], DAY),
    ([(PROSE, Label.PARAGRAPH), (PROSE, Label.PARAGRAPH), (f"Paris – March 14, 2026 – {PROSE}", Label.PARAGRAPH)], None),
    ([("14 March 2026", Label.NAV), (PROSE, Label.PARAGRAPH)], None),
    # the line above names what the date is of
    ([("Updated:", Label.NAV), ("14 March 2026", Label.BYLINE), (PROSE, Label.PARAGRAPH)], None),
    ([("Updated:", Label.BYLINE), ("15 March 2026", Label.BYLINE), ("14 March 2026", Label.BYLINE), (PROSE, Label.PARAGRAPH)], DAY),
    ([("Member since", Label.BYLINE), ("14 March 2026", Label.BYLINE), (PROSE, Label.PARAGRAPH)], None),
    # a person, no change
    ([("Edited by Una Platt", Label.BYLINE), ("Published on March 14, 2026", Label.BYLINE), (PROSE, Label.PARAGRAPH)], DAY),
])  # fmt: skip
def test_dates_of_flattened_text(labels: list[tuple[str, Label]], value: str | None) -> None:
    dates = in_lines("date_published")(evidence_of(*labels), Found(UNBOUNDED))
    assert next((date.value for date in dates if date.value), None) == value


@pytest.mark.parametrize(("body", "names"), [
    (f"{H1}<p class=byline>By Una Platt and Carl Ode</p>", ["Una Platt", "Carl Ode"]),
    (f"{H1}<p>By <a href=/una>Una Platt</a></p>", ["Una Platt"]),
    (f"{H1}<p>Written by</p><p>Una Platt, Carl Ode</p>", ["Una Platt", "Carl Ode"]),
    ("<a rel=author href=/u>Una Platt</a>", ["Una Platt"]), ("<div class=author-name>Una</div>", ["Una"]),
    ("<p class=author-bio>Una Platt has sold bread.</p>", []),
    ("<div class=comments><p class=author-name>Una Platt</p></div>", []),
    ("<p class=byline>Read all of it here</p>", []), (H1, []),
])  # fmt: skip
def test_authors_near_the_headline_or_in_elements_of_theirs(body: str, names: list[str]) -> None:
    assert [author.value for author in authors_near(declared(body), None)] == names


def test_a_person_is_preferred_to_the_site_she_works_for() -> None:
    head = "<meta property=og:site_name content='Harbour Post'>"
    both = declared(f"{H1}<p class=byline>By Una Platt, Harbour Post</p>", head=head)
    assert [author.value for author in authors_near(both, None)] == ["Una Platt"]
    team = outlet_near(declared("<p class=byline>By the Harbour Post team</p>", head=head), None)
    assert team is not None
    assert "Harbour Post" in team.value
    assert outlet_near(declared("<p class=byline>By Una Platt</p>", head=head), None) is None


def names(*labels: tuple[str, Label], rule: str = "") -> list[str]:
    """Those whom the lines below a headline name."""
    evidence = evidence_of((NAMED, Label.TITLE), *labels, rule=rule, headline=NAMED)
    return [person.value for person in people_in_lines(evidence, Found(UNBOUNDED))]


def test_people_in_lines_of_flattened_text() -> None:
    text = (PROSE, Label.PARAGRAPH)
    assert names(("By Una Platt and Carl Ode", Label.BYLINE), text) == ["Una Platt", "Carl Ode"]
    assert names(("山田太郎", Label.BYLINE), text) == ["山田太郎"]
    assert names(("Una", Label.BYLINE), text) == []
    assert names(("By Una", Label.BYLINE), text) == ["Una"]
    assert names(("By Una Platt", Label.NAV), text) == []
    assert names((f"By Una Platt {'x' * 160}", Label.BYLINE), text) == []
    assert "Una Platt" in names(("Una  Platt", Label.BYLINE), rule="shape.doubled-name")


def test_what_merely_looks_like_a_byline_in_flattened_text_names_nobody() -> None:
    text = (
        f"{PROSE} {PROSE} The clocks of more towns are late, and their weekly letters too.",
        Label.PARAGRAPH,
    )
    byline, nav = ("By Una Platt", Label.BYLINE), ("Menu", Label.NAV)
    # a button and a section: words that the text itself writes in lower case
    assert names(("Weekly Letters", Label.BYLINE), byline, text) == ["Una Platt"]
    assert names(("More Towns Late", Label.BYLINE), text) == []
    # who wrote what is shown far below
    assert names(byline, text, *[nav] * 9, ("Dora Finn", Label.BYLINE), nav) == ["Una Platt"]
    assert names(*[nav] * 9, ("Dora Finn", Label.BYLINE), *[nav] * 9, text) == []
    # names in lines of their own go on where nothing but commas and "and" is between
    apart = [(line, Label.BYLINE) for line in ("By", "Una Platt", "and", "Carl Maria Ode")]
    assert names(*apart, ("14 March 2026", Label.BYLINE), text) == ["Una Platt", "Carl Maria Ode"]


@pytest.mark.parametrize(("line", "name"), [
    ("ByUna Platt", "Una Platt"), ("By Una PlattUpdated: Mar 5, 2026", "Una Platt"), ("Una PlattMarch 5, 2026", "Una Platt"),
    ("Una Platt • March 5, 2026", "Una Platt"), ("By DeAndre McPlatt", "DeAndre McPlatt"),
])  # fmt: skip
def test_lines_without_a_space_between_elements_are_parted(line: str, name: str) -> None:
    assert names((line, Label.BYLINE), (PROSE, Label.PARAGRAPH)) == [name]


def test_a_name_alone_in_a_line_at_the_article_is_its_author_if_a_box_names_her_too() -> None:
    text, box = (PROSE, Label.PARAGRAPH), ("Una Platt writes on clocks.", Label.AUTHOR_BIO)
    assert names(("Una Platt", Label.NAV), ("14 March 2026", Label.BYLINE), text, box) == ["Una Platt"]
    assert names(("Una Platt", Label.NAV), text) == []
    assert names(text, ("Download Now", Label.AUTHOR_BIO), ("Related Links", Label.BYLINE)) == []


@pytest.mark.parametrize(("label", "found"), [
    (Label.OTHER, ["Una Platt"]), (Label.RELATED, []), (Label.COMMENT, []), (Label.COMMENT_FORM, []), (Label.TAGS, []),
])  # fmt: skip
def test_who_is_named_in_a_card_or_a_comment_below_the_text_is_not_its_author(
    label: Label, found: list[str]
) -> None:
    box = ("Una Platt writes on clocks.", Label.AUTHOR_BIO)
    assert (
        names((PROSE, Label.PARAGRAPH), ("By Una Platt", label), ("14 March 2026", Label.OTHER), box) == found
    )


def test_bylines_of_the_article_are_beside_its_text() -> None:
    byline, text, other = ("By Una Platt", Label.BYLINE), (PROSE, Label.PARAGRAPH), ("x", Label.NAV)
    assert [item.block.index for item in at_article(evidence_of(other, byline, text, text, byline))] == [1, 4]
    assert at_article(evidence_of(other)) == ()
