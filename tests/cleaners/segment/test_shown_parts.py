"""What browsers show of a page though its markup keeps it apart."""

from __future__ import annotations

import pytest

from copydesk import clean, restore

_A = "<p>The reed cutters of Lower Hask went out on Tuesday before the ice on the lake was gone, as their fathers did.</p>"
_B = "<p>They sell the bundles to thatchers in three counties, who have waited for dry reed since the wet autumn.</p>"
_C = "<p>“A roof of reed lasts for forty years,” said Wenna Loft, “if nobody walks on it and the moss is kept away.”</p>"


def text_of(body: str) -> str:
    record = clean(f"<html lang=en><body><main>{body}</main></body></html>")
    assert "Lower Hask" in restore(record)
    return record.text


def test_a_shadow_root_is_shown_with_what_is_put_into_its_slots() -> None:
    text = text_of(
        f"<reed-story><template shadowrootmode=closed><article><h1>Reed</h1>{_A}<slot name=end>nothing</slot><slot></slot></article></template>{_B}<div slot=end>{_C}</div></reed-story>"
    )
    assert [line[:8] for line in text.split("\n\n")] == ["The reed", "“A roof ", "They sel"]


@pytest.mark.parametrize("markup", [
    f"<template>{_B}</template>", f"<template><b-b><template shadowrootmode=open>{_B}</template></b-b></template>",
    f"<ul><template shadowrootmode=open>{_B}</template></ul>", f"<noscript><iframe srcdoc='{_B}'></iframe></noscript>",
])  # fmt: skip
def test_what_no_browser_shows_is_no_text(markup: str) -> None:
    assert "thatchers" not in text_of(f"<article>{_A}{markup}{_C}</article>")


def test_the_document_of_a_frame_is_text() -> None:
    assert "thatchers" in text_of(f"{_A}<iframe srcdoc='<html><head><title>x</title></head><body>{_B}{_C}</body></html>'></iframe>")  # fmt: skip


@pytest.mark.parametrize("markup", [
    "<img src='data:,'><noscript><img src=/reed.jpg width=900></noscript>", "<figure><noscript><img src=/reed.jpg></noscript></figure>",
    "<picture><source data-srcset='/s.jpg 300w, /reed.jpg 1200w'><img src='data:,'></picture>", "<img src=/blank.gif data-hi-res-src=/reed.jpg>",
    "<amp-img src=/reed.jpg width=900 height=600></amp-img>", "<img src='data:,' data-media='{\"url\":\"\\/reed.jpg\"}'>",
])  # fmt: skip
def test_pictures_that_load_late(markup: str) -> None:
    record = clean(
        f"<html><body><article>{_A}<div>{markup}</div>{_B}{_C}</article></body></html>",
        "https://reed.example/a",
    )
    assert [image.url for image in record.images] == ["https://reed.example/reed.jpg"]


def test_a_counter_is_no_picture() -> None:
    record = clean(f"<html><body><article>{_A}<p><noscript><img src=/t.gif width=1 height=1></noscript></p>{_B}{_C}</article></body></html>", "https://reed.example/a")  # fmt: skip
    assert record.images == ()
