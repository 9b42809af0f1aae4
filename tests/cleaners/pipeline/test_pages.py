"""A page is a test: every sample page is cleaned and compared with the table of its name in ``pages/``.

``kept`` must be in the text, each of ``removed`` under its label among the removals ("nav|social" where
careful readers would not agree), each of ``parts`` in the text, and in it no more once its label is dropped; what
else a table says of the record must be so.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
import tomli

from copydesk import Options, Page, Record, clean_page, restore

ROOT = Path(__file__).parents[3]
SEEDS = ROOT / "seeds" / "pages"
EXPECTED = {
    file.stem: tomli.loads(file.read_text("utf-8"))
    for file in (ROOT / "tests" / "cleaners" / "pipeline" / "pages").glob("*.toml")
}
SLUGS = sorted(EXPECTED)
FIELDS = ("title", "authors", "date_published", "site_name", "is_accessible_for_free")
MEDIA = {".html": "text/html", ".txt": "text/plain"}


def clean_sample(slug: str, options: Options | None = None) -> Record:
    file = SEEDS / EXPECTED[slug]["file"]
    return clean_page(Page(body=file.read_bytes(), content_type=MEDIA[file.suffix]), options)


cleaned = cache(clean_sample)


def one_line(text: str) -> str:
    return " ".join(text.split())


def without_spaces(text: str) -> str:
    return "".join(text.split())


def test_every_sample_page_has_an_expectation_and_the_reverse() -> None:
    samples = sorted(file.name for file in SEEDS.iterdir())
    assert sorted(expected["file"] for expected in EXPECTED.values()) == samples


@pytest.mark.parametrize("slug", SLUGS)
def test_a_record_is_what_its_page_says(slug: str) -> None:
    record, expected = cleaned(slug), EXPECTED[slug]
    assert record.status == expected.get("status", "ok"), record.reason
    assert record.language.split("-")[0] == expected["language"]
    text = one_line(record.text)
    assert [phrase for phrase in expected["kept"] if one_line(phrase) not in text] == []
    values = msgspec.to_builtins(record)
    values["authors"] = [author.name for author in record.authors]
    fields = {key: expected[key] for key in FIELDS if key in expected}
    assert {key: _comparable(values[key], fields[key]) for key in fields} == fields
    assert record.provenance.press_release is expected.get("press_release", False)
    assert [image.credit for image in record.images if image.credit] == expected.get("credits", [])
    pictures = [image.url for image in record.images]
    assert pictures == expected.get("pictures", pictures)
    if "processing" in expected:
        processing = record.processing
        assert (processing.encoding, processing.encoding_chosen_by) == (
            expected["processing"]["encoding"],
            "meta",
        )


def _comparable(value: Any, expected: Any) -> Any:
    """Dates may be more or less exact than in the table; everything else must be equal."""
    if isinstance(expected, str) and str(value).replace("Z", "+00:00").startswith(expected):
        return expected
    return list(value) if isinstance(value, (list, tuple)) else value


@pytest.mark.parametrize("slug", SLUGS)
def test_residue_is_removed_under_its_label(slug: str) -> None:
    record = cleaned(slug)
    removed = [(gone.label, one_line(gone.text)) for gone in record.removed]
    text = one_line(record.text)
    wrong = {}
    for label, phrase in EXPECTED[slug]["removed"]:
        labels = {str(found) for found, where in removed if one_line(phrase) in where}
        if labels.isdisjoint(label.split("|")):
            wrong[phrase] = (
                f"{label} expected, found {sorted(labels) or ('in the text' if phrase in text else 'nowhere')}"
            )
    assert wrong == {}


@pytest.mark.parametrize("slug", [slug for slug in SLUGS if "parts" in EXPECTED[slug]])
def test_parts_are_in_the_text_in_order_unless_they_are_dropped(slug: str) -> None:
    labels, phrases = zip(*EXPECTED[slug]["parts"], strict=True)
    text = one_line(cleaned(slug).text)
    places = [text.find(phrase) for phrase in phrases]
    assert places == sorted(places)
    assert min(places) >= 0
    dropped = clean_sample(slug, Options(drop=tuple(set(labels)))).removed
    found = {(str(gone.label), phrase) for gone in dropped for phrase in phrases if phrase in gone.text}
    assert sorted(found) == sorted(zip(labels, phrases, strict=True))


@pytest.mark.parametrize("slug", [slug for slug in SLUGS if "provenance" in EXPECTED[slug]])
def test_provenance(slug: str) -> None:
    provenance, expected = cleaned(slug).provenance, EXPECTED[slug]["provenance"]
    if "digital_source_type" in expected:
        assert provenance.digital_source_type == expected["digital_source_type"]
    assert [[use.role, use.vendor or "", use.model or ""] for use in provenance.ai] == expected["ai"]
    sources = [[source.publisher, source.title] for source in provenance.derived_from]
    assert [source for source in expected.get("derived_from", []) if source not in sources] == []


@pytest.mark.parametrize("slug", SLUGS)
def test_text_and_removals_give_the_page_back(slug: str) -> None:
    """Every letter of a plain page, in order; of a marked-up page, every phrase the table names."""
    file = SEEDS / EXPECTED[slug]["file"]
    restored = without_spaces(restore(cleaned(slug)))
    if file.suffix == ".txt" and "mojibake" not in slug:
        assert restored == without_spaces(file.read_text("utf-8"))
    phrases = [*EXPECTED[slug]["kept"], *(phrase for _, phrase in EXPECTED[slug]["removed"])]
    assert [phrase for phrase in phrases if without_spaces(phrase) not in restored] == []
