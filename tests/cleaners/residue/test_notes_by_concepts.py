"""Notes below an article in languages that have no grammar of notes: what leaves and is claimed, and what stays."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli
from each_case import hold

from copydesk import Page, Record, clean_page
from copydesk.cleaners.residue.note_words import note_languages
from copydesk.cleaners.residue.reading.vocabulary import languages

SAMPLES = {
    path.stem: tomli.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parent / "notes_by_concepts").glob("*.toml"))
}


def test_the_languages_have_words_for_concepts_and_no_grammar() -> None:
    assert languages() - note_languages() >= SAMPLES.keys()


def _below_the_article(code: str, text: str, media: str) -> Record:
    title, paragraphs = SAMPLES[code]["title"], (*SAMPLES[code]["paragraphs"], text)
    body = "\n\n".join((title, *paragraphs))
    if media == "html":
        elements = "".join(f"<p>{one}</p>" for one in paragraphs)
        body = f"<html lang='{code}'><article><h1>{title}</h1>{elements}</article></html>"
    record = clean_page(Page(body, media=media))
    assert [one for one in paragraphs[:-1] if one not in record.text] == []
    return record


@pytest.mark.parametrize("media", ["html", "text"])
@pytest.mark.parametrize("code", SAMPLES)
def test_a_note_leaves_and_is_claimed(code: str, media: str) -> None:
    hold(leaves_and_is_claimed, ((code, one["text"], media, one["role"]) for one in SAMPLES[code]["note"]))


def leaves_and_is_claimed(code: str, text: str, media: str, role: str) -> None:
    record = _below_the_article(code, text, media)
    assert text not in record.text
    assert [(use.role, use.medium) for use in record.provenance.ai] == [(role, "text")]


@pytest.mark.parametrize("media", ["html", "text"])
@pytest.mark.parametrize("code", SAMPLES)
def test_a_denial_and_what_only_has_the_words_of_a_note_stay(code: str, media: str) -> None:
    named = (*SAMPLES[code]["denial"], *SAMPLES[code]["trap"])
    hold(stays_unclaimed, ((code, one["text"], media) for one in named))


@pytest.mark.parametrize("code", SAMPLES)
def test_an_ordinary_sentence_with_the_same_words_stays(code: str) -> None:
    hold(stays_unclaimed, ((code, text, "html") for text in SAMPLES[code]["plain"]))


def stays_unclaimed(code: str, text: str, media: str) -> None:
    record = _below_the_article(code, text, media)
    assert text in record.text
    assert not record.provenance.ai
