"""Pages made from pages to learn from: what changes, and that all else stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from gzip import compress
from pathlib import Path

import pytest
from enclosing_elements import assert_elements_enclose_their_blocks
from made_examples import kept, made_example

from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import KEPT, Label
from training.bare_articles import (
    CHANGES,
    LAYOUTS,
    Change,
    Layout,
    Part,
    article_of,
    bare_articles,
    brief_page,
    headline_of,
    text_page,
)
from training.pages import (
    OTHER_KINDS,
    Example,
    Form,
    Raw,
    as_html,
    as_lines,
    fold_of,
    joined,
    read,
    read_other_kinds,
    site_of,
    spaced,
    wrapped,
)
from training.variants import (
    boxes_first,
    boxes_within,
    cut_short,
    seeded,
    with_comments,
    with_residue,
)

SENTENCES = (
    "The ferry sailed at noon with the whole band on board, and nobody on the quay had paid for a ticket.",
    "It came back at six, said the harbour master, with the same band, a goat and two new songs.",
    "The goat has since been given to the lighthouse, where it keeps the grass short and the keeper awake.",
    "The band has asked for it back, since none of the songs sounds right without a bell that wanders about.",
)


def page(name: str = "ferry") -> Example:
    paragraphs = "".join(f"<p>{sentence} {name}</p>" for sentence in SENTENCES)
    body = (
        f"<html><body><nav class='menu'><a href='/'>Home</a></nav><article><h1>{name}</h1>{paragraphs}</article>"
        "<section id='comments'><p>Lovely goat.</p></section><aside><h3>More</h3></aside></body></html>"
    )
    labels = [("nav", "Home"), ("title", name)]
    labels += [("paragraph", f"{sentence} {name}") for sentence in SENTENCES]
    labels += [("comment", "Lovely goat."), ("related", "More")]
    return made_example(name, "example.org", body, labels)


VARIANTS: dict[str, Callable[[], Example]] = {
    "cut": lambda: cut_short(page()), "first": lambda: boxes_first(page()), "within": lambda: boxes_within(page()),
    "comments": lambda: with_comments(page(), page("tram")), "residue": lambda: with_residue(page(), language="de"),
}  # fmt: skip


@pytest.mark.parametrize("name", VARIANTS)
def test_labels_of_a_variant_follow_their_blocks_and_elements_enclose_them(name: str) -> None:
    variant = VARIANTS[name]()
    assert len(variant.blocks) == len(variant.labels) == len(variant.keep)
    assert [block.index for block in variant.blocks] == list(range(len(variant.blocks)))
    for label, keep in zip(variant.labels, variant.keep, strict=True):
        assert label is None or keep == (label in KEPT)
    assert_elements_enclose_their_blocks(variant)


def test_comments_of_another_page_are_comments_here() -> None:
    assert with_comments(page(), page("tram")).labels.count(Label.COMMENT) == 2


def test_boxes_first_moves_what_follows_the_article_before_it() -> None:
    moved = boxes_first(page())
    assert kept(moved) == kept(page())
    assert moved.labels.index(Label.RELATED) < moved.labels.index(Label.PARAGRAPH)


def test_boxes_within_are_between_paragraphs_in_their_container() -> None:
    within = boxes_within(page())
    assert kept(within) == kept(page())
    first, last = (within.keep.index(True), len(within.keep) - 1 - within.keep[::-1].index(True))
    inner = [at for at in range(first, last) if not within.keep[at]]
    assert inner
    (article,) = {step.number for step in within.blocks[first].path if step.tag == "article"}
    assert all(article in {step.number for step in within.blocks[at].path} for at in inner)


def test_residue_is_among_the_paragraphs_and_is_not_kept() -> None:
    salted = with_residue(page(), language="de")
    assert kept(salted) == kept(page())
    assert len(salted.blocks) > len(page().blocks)


@pytest.mark.parametrize("form", [
    *map(Form, (joined, spaced, wrapped)), Form(spaced, has_marks=True), Form(joined, bar=" | "),
])  # fmt: skip
def test_flattened_pages_keep_their_truth(form: Form) -> None:
    labels = tuple(("paragraph", sentence) for sentence in SENTENCES)
    body = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES).encode()
    flat = as_lines(Raw("flat", "blocks", "example.org", body, "\n".join(SENTENCES), labels), form)
    assert flat is not None
    assert " ".join(kept(flat)) == " ".join(SENTENCES)


def test_an_article_alone_has_nothing_to_remove_but_its_headline() -> None:
    texts = list(bare_articles(page()))
    assert len(texts) == 3
    for text in texts:
        assert all(not block.path for block in text.blocks)
        removed = [block.text for block, keep in zip(text.blocks, text.keep, strict=True) if not keep]
        assert removed in ([], ["ferry"])
    assert texts[0].labels == (Label.PARAGRAPH,) * 4
    assert texts[1].labels[0] is Label.TITLE


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_changed_article_is_kept_in_every_layout(change: Change, layout: Layout) -> None:
    ferry = page()
    named = Part("They sang of Anna and the goat.", Label.PARAGRAPH)
    parts = change([*article_of(ferry), named], seeded(ferry, "test"))
    text = text_page(ferry, parts, layout)
    assert text.blocks
    assert set(text.keep) == {True}
    texts = (block.raw for block in text.blocks), (part.text for part in parts)
    found, expected = (letters("".join(each)).replace("-", "") for each in texts)
    assert found == expected


def test_a_brief_is_between_what_its_page_has_around_it() -> None:
    text = brief_page(page())
    assert text is not None
    keep_of = {block.text: keep for block, keep in zip(text.blocks, text.keep, strict=True)}
    assert keep_of["ferry"] is False
    assert letters("".join(kept(text))).startswith(letters(SENTENCES[0]))
    assert keep_of["Lovely goat."] is False


def test_the_headline_is_the_heading_that_the_title_names_where_nobody_labelled_it() -> None:
    body = "<html><head><title>Goat joins band | Quay Times</title></head><body><h2>Weather</h2><h1>Goat joins band</h1><p>It did.</p>"
    made = as_html(Raw("goat", "wcxb", "example.org", body.encode(), "It did."))
    assert made is not None
    found = headline_of(made)
    assert found is not None
    assert (found.text, found.label, found.is_kept) == ("Goat joins band", Label.TITLE, False)


def test_a_flattened_page_may_lack_the_heads_title() -> None:
    body = b"<html><head><title>Goat joins band</title></head><body><p>It did.</p>"
    raw = Raw("goat", "wcxb", "example.org", body, "It did.")
    lines = [as_lines(raw, Form(joined, has_head_title=has_title)) for has_title in (True, False)]
    found = [[block.raw for block in page.blocks] for page in lines if page]
    assert found == [["Goat joins band", "It did."], ["It did."]]


def test_a_flattened_page_may_have_marks_and_menus_on_one_line() -> None:
    menu = "".join(f"<li><a href=/{name}>{name}</a>" for name in ("News", "Sport", "Weather"))
    body = f"<ul>{menu}</ul><h2>Goat joins band</h2><p>It did."
    raw = Raw("goat", "wcxb", "example.org", body.encode(), "It did.")
    pages = [as_lines(raw, form) for form in (Form(joined, has_marks=True), Form(joined, bar=" | "))]
    assert [[block.raw for block in page.blocks] for page in pages if page] == [
        ["* News", "* Sport", "* Weather", "## Goat joins band", "It did."],
        ["News | Sport | Weather", "Goat joins band", "It did."],
    ]


def test_a_site_is_the_last_two_parts_of_its_host_and_always_in_the_same_fold() -> None:
    assert site_of("https://news.example.org/a", "a") == site_of("http://example.org/b", "b") == "example.org"
    assert (fold_of("example.org"), fold_of("example.net")) == (3, 1)


def test_pages_that_are_no_article_are_a_set_of_their_own(tmp_path: Path) -> None:
    for folder in ("wcxb/html", "fundus", "blocks"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "fundus" / "truth.jsonl").touch()
    (tmp_path / "blocks" / "pages.jsonl.gz").write_bytes(compress(b""))
    with (tmp_path / "wcxb" / "truth.jsonl").open("w") as truths:
        for kind in ("article", "forum"):
            (tmp_path / "wcxb" / "html" / f"{kind}.html.gz").write_bytes(compress(SENTENCES[0].encode()))
            row = {"id": kind, "page_type": kind, "url": f"https://{kind}.example/", "text": SENTENCES[0]}
            truths.write(f"{json.dumps(row)}\n")
    assert [(raw.name, raw.set_name) for raw in read(tmp_path)] == [("article", "wcxb")]
    assert [(raw.name, raw.set_name) for raw in read_other_kinds(tmp_path)] == [("forum", OTHER_KINDS)]


def test_a_label_that_is_given_counts_only_where_the_known_text_agrees() -> None:
    known, left_out, other = SENTENCES[:3]
    body = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES[:3]).encode()
    given = (("paragraph", known), ("ad", left_out), ("paragraph", other))
    made = as_html(Raw("goat", "wcxb", "example.org", body, known, given))
    assert made is not None
    assert (made.labels, made.keep) == ((Label.PARAGRAPH, Label.AD, None), (True, False, False))
