"""Flattened pages whose text is interrupted, or in pieces: what is added is labelled, and all else stays."""

from __future__ import annotations

import pytest
from made_examples import kept, made_example

from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import Kind, Label
from training.everyday_pages import Story
from training.pages import Example
from training.pointers import headlines_by_language, headlines_for, with_pointers
from training.short_paragraphs import in_short_paragraphs

SENTENCES = (
    "The ferry sailed at noon with the whole band on board. Nobody on the quay had paid for a ticket.",
    "It came back at six, said the harbour master. The same band was on it, and a goat.",
    "The goat has since been given to the lighthouse. There it keeps the grass short.",
    "The band has asked for it back. None of the songs sounds right without a bell.",
)
HEADLINES = tuple(f"Mill number {number} sold to its bakers" for number in range(50))
SEEDS = tuple(f"page {number}" for number in range(12))


def page(name: str) -> Example:
    body = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
    labels = [("nav", "News"), *(("paragraph", sentence) for sentence in SENTENCES), ("copyright", "© Quay")]
    return made_example(
        name, "quay.example", f"<nav><a href='/'>News</a></nav>{body}<footer>© Quay</footer>", labels
    )


@pytest.mark.parametrize("name", SEEDS)
def test_pointers_stand_between_paragraphs_and_lead_to_other_articles(name: str) -> None:
    plain, pointed = page(name), with_pointers(page(name), HEADLINES, language="en", purpose="test")
    assert kept(pointed) == kept(plain)
    assert [block.index for block in pointed.blocks] == list(range(len(pointed.blocks)))
    own = {block.text for block in plain.blocks}
    added = [at for at, block in enumerate(pointed.blocks) if block.text not in own]
    assert added
    assert {(pointed.labels[at], pointed.keep[at]) for at in added} == {(Label.RELATED, False)}
    first, last = pointed.keep.index(True), len(pointed.keep) - 1 - pointed.keep[::-1].index(True)
    assert all(first < at < last for at in added)


def test_a_page_that_links_nowhere_has_no_headline_without_a_word_or_a_sign() -> None:
    for name in SEEDS:
        plain = page(name)
        bare = [block.replace(link_chars=0, link_url="") for block in plain.blocks]
        pointed = with_pointers(
            Example(name, plain.set_name, plain.site, tuple(bare), plain.labels, plain.keep),
            HEADLINES,
            language="en",
            purpose="test",
        )
        texts = [block.text for block in pointed.blocks]
        headlines = [at for at, text in enumerate(texts) if text in HEADLINES]
        # a line of its own above says what they are
        assert all(texts[at - 1] not in SENTENCES for at in headlines)


@pytest.mark.parametrize("name", SEEDS)
def test_a_text_in_short_paragraphs_is_whole_and_its_other_lines_are_kept(name: str) -> None:
    plain, short = page(name), in_short_paragraphs(page(name), purpose="test")
    pieces = [
        block.raw
        for block, label, keep in zip(short.blocks, short.labels, short.keep, strict=True)
        if keep and label is Label.PARAGRAPH and not block.raw.endswith("?")
    ]
    assert letters("".join(pieces)) == letters("".join(kept(plain)))
    others = [block.text for block, keep in zip(plain.blocks, plain.keep, strict=True) if not keep]
    assert [block.text for block, keep in zip(short.blocks, short.keep, strict=True) if not keep] == others
    assert {block.kind for block, keep in zip(short.blocks, short.keep, strict=True) if keep} == {
        Kind.PARAGRAPH
    }


def test_headlines_are_of_the_fold_and_composed_ones_where_it_has_few() -> None:
    def story(title: str) -> Story:
        return Story("quay.example", "en", title, ("A paragraph.",), (), ())

    known = headlines_by_language({1: [story("Of the fold")]}, [story("Composed")])
    assert headlines_for(known, 1, "en") == ["Of the fold", "Composed"]
    assert headlines_for(known, 2, "en") == ["Composed"]
    assert headlines_for(known, 1, "fi") == []
    many = headlines_by_language({1: [story(title) for title in HEADLINES]}, [story("Composed")])
    assert headlines_for(many, 1, "en") == list(HEADLINES)
