"""Pages with text of another page below their article, to learn from: where it is, and that it is not kept."""

from __future__ import annotations

from enclosing_elements import assert_elements_enclose_their_blocks
from made_examples import kept, made_example

from copydesk.cleaners.types import Kind, Label
from training.foreign_text import with_second_article, with_small_print
from training.pages import Example, Raw, as_html

SENTENCES = (
    "The {0} left at noon with the whole band on board, and nobody on the quay had paid for a ticket.",
    "The {0} came back at six, said the harbour master, with the same band, a goat and two new songs.",
    "The goat has since been given to the keeper of the {0}, where it keeps the grass short and people awake.",
    "The band has asked for it back, since none of the songs about the {0} sounds right without a goat.",
)
BIO = (
    "Ada Quill writes about ferries and the people on board; she has lived on three islands, and on none of them has "
    "she ever missed a boat."
)
NAMES = [f"ferry {number}" for number in range(40)]
"""Names of pages, for each of which other choices are made."""


def page(name: str) -> Example:
    texts = [sentence.format(name) for sentence in SENTENCES]
    body = (
        f"<html><head><title>{name}</title></head><body><nav><a href='https://www.{name[:4]}.example/'>Home</a></nav>"
        f"<div class='page'><header><h1>{name}</h1><p>By Ada Quill</p></header><div class='text'>"
        f"{''.join(f'<p>{text}</p>' for text in texts[:-1])}"
        f"<p><a href='https://www.{name[:4]}.example/more'>{texts[-1]}</a></p></div></div>"
        f"<aside class='about'><div class='author'><p>{BIO}</p></div></aside></body></html>"
    )
    labels = [("nav", "Home"), ("title", name), ("byline", "By Ada Quill")]
    labels += [*(("paragraph", text) for text in texts), ("author_bio", BIO)]
    return made_example(name, f"{name[:4]}.example", body, labels)


PAGES = [(page(name), page("tram")) for name in NAMES]


def test_the_article_stays_and_elements_enclose_their_blocks() -> None:
    for own, other in PAGES:
        for changed in (with_second_article(own, other), with_small_print(own, other)):
            assert kept(changed) == kept(own)
            assert [block.index for block in changed.blocks] == list(range(len(changed.labels)))
            assert_elements_enclose_their_blocks(changed)


def test_second_articles_are_wherever_sites_put_them() -> None:
    places = set()
    for own, other in PAGES:
        both = with_second_article(own, other)
        last = max(at for at, keep in enumerate(both.keep) if keep)
        new = [at for at, block in enumerate(both.blocks) if block not in own.blocks]
        added = [at for at in new if "tram" in both.blocks[at].text]
        assert min(added) > last
        assert {both.labels[at] for at in added} == {Label.RELATED}
        container = both.blocks[last].path[:-1]
        first, *_, end = (both.blocks[at] for at in added)
        tags = {step.tag for step in end.path}
        places |= {
            ("in the container", end.path[: len(container)] == container),
            ("headed", first.kind is Kind.HEADING),
            ("concealed", first.is_hidden),
            ("in an article element", "article" in tags),
        }
    assert len(places) == 8


def test_small_print_is_right_below_the_last_paragraph_under_its_own_label() -> None:
    deeper = set()
    for own, other in PAGES:
        changed = with_small_print(own, other)
        last = max(at for at, keep in enumerate(changed.keep) if keep)
        assert changed.blocks[last + 1].text == BIO
        assert changed.labels[last + 1] is Label.AUTHOR_BIO
        deeper.add(len(changed.blocks[last + 1].path) - len(changed.blocks[last].path))
    assert deeper == {0, 1}


def test_foreign_text_links_to_the_page_it_is_on() -> None:
    linked = {
        block.link_url
        for own, other in PAGES
        for block in with_second_article(own, other).blocks
        if "tram sounds right" in block.text
    }
    assert linked == {"/more"}


def test_a_page_without_an_article_stays_as_it_is_and_lends_nothing() -> None:
    bare = as_html(Raw("bare", "blocks", "bare.example", b"<html><body><p>Home</p></body></html>", ""))
    assert bare is not None
    own, _ = PAGES[0]
    assert with_second_article(bare, own) is bare
    assert with_second_article(own, bare) is own
    assert with_small_print(own, bare) is own
