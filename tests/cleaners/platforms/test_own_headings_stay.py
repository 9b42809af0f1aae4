"""Ids that headings have of their own words, and sections below an element, are no platform's parts."""

import pytest

from copydesk.cleaners import clean

PROSE = "".join(
    f"<p>The mill on the hill has ground flour for the bakers of the {town} since the flood, and it will go on as long as"
    " the river carries water enough for its wheel.</p>"
    for town in ("town", "valley", "islands", "harbour")
)


def page(head: str, body: str) -> str:
    return (
        f"<html><head><title>The mill</title>{head}</head><body><article><h1>The mill</h1>{PROSE}{body}{PROSE}"
        "</article></body></html>"
    )


@pytest.mark.parametrize(("generator", "id_", "text"), [
    ("MediaWiki 1.42", "Metadata", "Metadata"), ("MediaWiki 1.42", "Reference", "Reference"),
    ("Drupal 10", "pager", "Pager and telephone"), ("Substack", "paywall", "Paywall or not"),
    ("WordPress 6.6", "tag-links", "Tag links of the mill"), ("Blogger", "post-labels", "Post labels"),
])  # fmt: skip
def test_a_heading_keeps_its_id_and_its_place(generator: str, id_: str, text: str) -> None:
    head = f'<meta name="generator" content="{generator}"><link rel=stylesheet href="https://substackcdn.com/a.css">'
    record = clean(page(head, f'<h2 id="{id_}">{text}</h2>'))
    assert f"\n{text}\n" in record.text


@pytest.mark.parametrize(("generator", "name"), [
    ("Drupal 10", "links"), ("blogger", "profile"), ("WordPress 6.6", "nav-links"),
    ("WordPress 6.6", "wp-block-premium-content-container"),
])  # fmt: skip
def test_names_that_say_little_take_no_prose(generator: str, name: str) -> None:
    text = "The keeper says that the wheel has turned every day of the year, and that it will turn tomorrow as well."
    record = clean(
        page(f'<meta name="generator" content="{generator}">', f'<div class="{name}"><p>{text}</p></div>')
    )
    removed = [one for one in record.removed if one.rule.startswith("platform.")]
    assert removed == []


def test_a_section_below_the_element_of_the_text_stays() -> None:
    head = '<meta name="generator" content="WordPress 6.6">'
    more = f"<h2>What comes next</h2>{PROSE}"
    body = f'<article><h1>The mill</h1><div class="entry-content">{PROSE}{PROSE}</div><div class="builder">{more}</div></article>'
    record = clean(f"<html><head><title>The mill</title>{head}</head><body>{body}</body></html>")
    assert [one for one in record.removed if one.rule.startswith("platform.")] == []
