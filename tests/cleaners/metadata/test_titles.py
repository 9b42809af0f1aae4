"""Titles without the site's name, and the candidates a page offers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.metadata.title_parts import forms_of, tails, without_site
from copydesk.cleaners.metadata.title_vote import site_in_title
from copydesk.cleaners.options import Options
from copydesk.cleaners.sites import site_of
from copydesk.cleaners.types import Candidate

SITE = site_of(["Harbour Post"], "https://www.harbourpost.example/town")
TITLE = "Clock strikes noon again"
PROSE = "The clock of the town hall struck noon on Friday, and a crowd of some two hundred people had come."


@pytest.mark.parametrize(
    "written",
    ["{} - Harbour Post", "{} | The Harbour Post", "{} – Harbour Post", "{} | Town | Harbour Post", "Harbour Post: {}", "Harbour Post | {}",
     "{}｜harbourpost.example", "  {}   -  HARBOUR POST ", "{} — Harbour Post — Harbour Post", "{} | Kiosk", "{}_Harbour Post", "{} @ Harbour Post"],
)  # fmt: skip
def test_the_name_of_the_site_is_dropped(written: str) -> None:
    assert without_site(written.format(TITLE), SITE) == TITLE


@pytest.mark.parametrize(
    "title",
    [TITLE, "Oslo - a city by the sea", "Harbour Post", "Goat: a life", "Results | 2026", "Ajax-PSV 2-1", "TV - Ferries stop", "Ferry 12 - Barge 3", "Night shift @ the old mill",
     "Noon | What the town says of its old clock today", ""],
)  # fmt: skip
def test_a_headline_is_never_cut(title: str) -> None:
    assert without_site(title, SITE) == title


@pytest.mark.parametrize(("title", "headline", "found"), [
    ("Oslo - a city by the sea - Journal", "Oslo - a city by the sea", "Oslo - a city by the sea"),
    ("Journal: Clock strikes noon", "Clock strikes noon", "Clock strikes noon"),
    ("时钟敲响正午-海港新闻", "时钟敲响正午", "时钟敲响正午"), ("Noon - Harbour Post", "Goat", "Noon"),
    # a short heading is a section, and no headline
    ("TV - Ferries stop", "TV", "TV - Ferries stop"),
])  # fmt: skip
def test_the_pages_own_headline_shows_where_a_title_ends(title: str, headline: str, found: str) -> None:
    assert without_site(title, SITE, forms=forms_of([headline])) == found


def test_what_is_behind_each_separator() -> None:
    assert tails("Noon: at last - Harbour Post") == {"at last - Harbour Post", "Harbour Post"}
    assert tails("Noon at last") == tails("") == frozenset()


@given(st.text(alphabet="ab -|:–.", max_size=30))
def test_a_title_is_cut_and_never_changed(title: str) -> None:
    found = without_site(title, SITE)
    assert found in " ".join(title.split())
    assert without_site(found, SITE) in found


def declared(head: str, body: str = "", url: str | None = None) -> Declared:
    markup = f"<html><head>{head}</head><body>{body}<p>{PROSE}</p></body></html>"
    return Declared(parse(markup, Options()), markup=markup, url=url)


@pytest.mark.parametrize(("whole", "headline", "site"), [
    (f"{TITLE} - Harbour Post", TITLE, "Harbour Post"), (f"Harbour Post | {TITLE}", TITLE, "Harbour Post"),
    (f"{TITLE} | by Una Platt | Ashford", TITLE, "Ashford"), (f"{TITLE} - by Una Platt", TITLE, None),
    (f"{TITLE} - by Una Platt - Harbour Post", TITLE, "Harbour Post"),
    (f"{TITLE} | Ashford - all that the harbour knows", TITLE, "Ashford"),
    (f"{TITLE} | Town | Harbour Post", TITLE, "Harbour Post"),
    (f"{TITLE} &lt; Town &lt; Article - Harbour Post", TITLE, "Harbour Post"),
    (f"{TITLE} &amp;lt; Town &amp;lt; Harbour Post", TITLE, "Harbour Post"),
    (TITLE, TITLE, None), (f"{TITLE} - {'x' * 81}", TITLE, None), (f"{TITLE} - Harbour Post", None, None),
])  # fmt: skip
def test_the_site_name_in_a_title(whole: str, headline: str | None, site: str | None) -> None:
    titles = [Candidate(headline, "head:title")] if headline else [Candidate(TITLE, "text:h1")]
    found = site_in_title(declared(f"<title>{whole}</title>", url="https://www.ashford.example/1"), titles)
    assert (found.value if found else None) == site
