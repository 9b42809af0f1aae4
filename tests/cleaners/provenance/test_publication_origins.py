"""Where a piece appeared first, which agency it comes from, who paid for it or sent it out."""

from __future__ import annotations

import pytest
from conftest import lines
from made_blocks import labelled

from copydesk.cleaners.provenance.origins import find_origins
from copydesk.cleaners.schema import DerivedFrom
from copydesk.cleaners.types import Block, Candidate, Label, Labelled, Metadata, PathStep, Verdict

TEXT = "The clock of the town hall struck noon on Friday for the first time in eleven years, and a crowd of some two hundred people had come."
P, NOTE, BYLINE, TITLE = Label.PARAGRAPH, Label.SOURCE_NOTE, Label.BYLINE, Label.TITLE


def found(
    *labels: tuple[str, Label], rule: str = "", language: str = "en", site: str = ""
) -> dict[str, object]:
    """Field to value, of all that is found; a value that is weak is in brackets."""
    metadata = Metadata({"site_name": (Candidate(site, "meta"),)} if site else {})
    findings = find_origins(labelled(*labels, rule=rule), metadata=metadata, language=language)
    assert all(any(finding.evidence.quote in text for text, _ in labels) for finding in findings)
    return {
        finding.field: finding.value if finding.evidence.strength == "strong" else [finding.value]
        for finding in findings
    }


AP = {"syndication.agency": "AP", "syndication.original_publisher": "AP"}


@pytest.mark.parametrize("label", [P, Label.DATELINE, Label.STANDFIRST])
def test_a_dateline_names_agency_and_publisher(label: Label) -> None:
    assert found((f"PARIS (AP) — {TEXT}", label)) == AP
    assert found((TEXT, P), (f"PARIS (AP) — {TEXT}", label)) == AP


def test_agencies_further_down_are_only_quoted() -> None:
    assert found(*[(TEXT, P)] * 3, (f"PARIS (AP) — {TEXT}", P)) == {}
    assert found((f"PARIS (AP) — {TEXT}", Label.RELATED)) == {}
    assert found((f"PARIS (AP) — {TEXT}", P), (f"BERLIN (AFP) — {TEXT}", P)) == AP


@pytest.mark.parametrize(("text", "label", "agency"), [
    ("Source: Reuters", NOTE, "Reuters"), ("© 2026 Reuters", Label.COPYRIGHT, "Reuters"), ("dpa", BYLINE, "dpa"),
    ("Von Una Platt und Carl Ode, dpa", BYLINE, "dpa"), ("© Una Platt/dpa", Label.COPYRIGHT, None),
    ("Photo: Una Platt/dpa", Label.COPYRIGHT, None), ("Photo: Una Platt/dpa", NOTE, "dpa"),
    ("By Associated Press", BYLINE, "AP"), ("dpa/AFP", BYLINE, "dpa"),
    ("Copyright 2026 The Associated Press. All rights reserved.", Label.COPYRIGHT, "AP"),
    ("© dpa-infocom, dpa:260314-99-12/2", Label.COPYRIGHT, "dpa"),
    ("Source: Reuters", P, None), ("Source: Reuters", Label.CAPTION, None),
])  # fmt: skip
def test_a_credit_is_weak_evidence_of_an_agency(text: str, label: Label, agency: str | None) -> None:
    assert found((TEXT, P), (text, label)) == ({"syndication.agency": [agency]} if agency else {})


@pytest.mark.parametrize(("text", "language", "publisher"), [
    ("First published in The Ashford Post", "en", "The Ashford Post"),
    ("This article was first published on The Ashford Post on 3 May 2026.", "en", "The Ashford Post"),
    ("Zuerst erschienen in der Seepost", "de", "Seepost"),
    ("First published in The Ashford Post. Read the Harbour Times, too.", "en", "The Ashford Post"),
])  # fmt: skip
def test_a_source_note_names_who_was_first(text: str, language: str, publisher: str) -> None:
    assert found((text, NOTE), language=language) == {"syndication.original_publisher": publisher}
    assert found((text, P), language=language) == {}


@pytest.mark.parametrize(("text", "label", "more", "expected"), [
    (f"NEW YORK, May 5, 2026 /PRNewswire/ -- {TEXT}", P, {}, {"syndication.agency": "PR Newswire", "press_release": True}),
    ("First published at https://ashford.example/clock", NOTE, {}, {"syndication.original_url": "https://ashford.example/clock"}),
    ("First published in The Ashford Post", NOTE, {"rule": "residue.headline-echo"}, {}),
    ("First published in The Ashford Post", NOTE, {"site": "THE ASHFORD POST"}, {}),
    ("First published in The Ashford Post", NOTE, {"site": "Harbour Post"}, {"syndication.original_publisher": "The Ashford Post"}),
], ids=["wire for press releases", "URL", "headline beside a prompt", "the site itself", "another site"])  # fmt: skip
def test_where_a_text_was_first(text: str, label: Label, more: dict[str, str], expected: object) -> None:
    assert found((text, label), **more) == expected


@pytest.mark.parametrize(("text", "source"), [
    ("Based on a report in The Ashford Post", DerivedFrom(publisher="The Ashford Post")),
    ("Based on https://ashford.example/clock", DerivedFrom(url="https://ashford.example/clock")),
])  # fmt: skip
def test_what_a_piece_is_based_on(text: str, source: DerivedFrom) -> None:
    assert found((text, NOTE)).get("derived_from") == source
    # a source between paragraphs is that of a table, a picture or a quotation
    prose = [(f"{number} {TEXT} {TEXT}", P) for number in range(4)]
    assert found(*prose[:2], (text, NOTE), *prose[2:]).get("derived_from") in (None, [None])
    assert found(*prose, (text, NOTE)).get("derived_from") == source
    assert found((text, NOTE), *prose).get("derived_from") == source
    # what a text speaks of
    assert "derived_from" not in found((f"A film, {text[0].lower()}{text[1:]}", NOTE))


@pytest.mark.parametrize(("text", "label", "is_mark"), [
    ("For immediate release", P, True), ("FOR IMMEDIATE RELEASE: 3 May 2026", P, True),
    ("Press release", Label.TAGS, True),
    ("For immediate release of the hostages, she pleaded.", P, False),
    ("They spoke for immediate release", P, False), ("For immediate release", Label.NAV, False),
    ("For immediate release", Label.RELATED, False), (f"For immediate release. {TEXT}", P, False),
])  # fmt: skip
def test_a_press_release_has_a_mark_of_its_own(text: str, label: Label, *, is_mark: bool) -> None:
    assert ("press_release" in found((text, label), (TEXT, P))) == is_mark


@pytest.mark.parametrize(("labels", "is_sponsored"), [
    ([("Clock", TITLE), ("Sponsored content", Label.AD), (TEXT, P)], True),
    ([("Clock", TITLE), (TEXT, P), ("Sponsored content", Label.AD), (TEXT, P)], True),
    ([("Sponsored content", Label.AD), (TEXT, P)], True),
    # above the headline, or further down: it labels something else
    ([("Sponsored content", Label.AD), ("Clock", TITLE), (TEXT, P)], False),
    ([("Clock", TITLE), (TEXT, P), (TEXT, P), ("Sponsored content", Label.AD)], False),
    ([("Clock", TITLE), ("Sponsored content", Label.NAV), (TEXT, P)], False),
    ([("Clock", TITLE), ("The content was sponsored", P), (TEXT, P)], False),
])  # fmt: skip
def test_the_place_of_a_sponsors_line(labels: list[tuple[str, Label]], *, is_sponsored: bool) -> None:
    assert (found(*labels) == {"sponsored": True}) == is_sponsored


def test_a_page_without_blocks_has_no_origin() -> None:
    assert find_origins((), metadata=Metadata(), language="und") == ()


def test_a_source_that_is_the_site_itself_or_a_pictures_is_none_of_the_text() -> None:
    note = lines("Source: Harbour")[0]
    in_gallery = note.replace(path=(PathStep(1, "div", "gallery-text"),))

    def fields(block: Block, site: str) -> list[str]:
        url = f"https://www.{site}.example/news/1"
        metadata = Metadata({"canonical_url": (Candidate(url, "link:canonical"),)})
        note = Labelled(block, (Verdict(NOTE, "", ""),))
        return [finding.field for finding in find_origins([note], metadata=metadata, language="en")]

    assert fields(note, "mirror") == ["derived_from"]
    assert fields(note, "harbour") == fields(in_gallery, "mirror") == []


@pytest.mark.parametrize("text", [
    "(Source: The Ashford Post)", "© Source: The Ashford Post", "via Wikimedia Commons", "Source: Getty Images",
])  # fmt: skip
def test_what_names_a_picture_is_no_source_of_the_text(text: str) -> None:
    assert "derived_from" not in found((TEXT, P), (text, NOTE))
