"""Pages composed of the texts of others, to learn from: every text is there once, under its label."""

from __future__ import annotations

from collections import Counter

from made_examples import made_example

from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import KEPT, Kind, Label
from training.everyday_pages import Story, by_language, everyday_page, story_of
from training.pages import Example, as_html
from training.variants import as_brief, with_cards


def made_page(name: str) -> Example:
    texts = [
        f"The night market of {name} opened with eleven stalls, {at} of which sold nothing but lamps and string."
        for at in range(5)
    ]
    body = (
        f"<html><body><nav><a href='/'>Home</a></nav><main><h1>{name}</h1>"
        f"{''.join(f'<p>{text}</p>' for text in texts)}</main><aside><h3>More</h3></aside></body></html>"
    )
    labels = [("nav", "Home"), ("title", name), *(("paragraph", text) for text in texts), ("related", "More")]
    return made_example(name, f"{name}.example", body, labels)


def story(number: int, *, language: str = "en", paragraphs: int = 6) -> Story:
    texts = tuple(
        f"In town {number} the ferry of line {at} was late again, said harbour master {number * 31 + at}. "
        f"Nobody on quay {at} of town {number} had expected anything else on such a day."
        for at in range(paragraphs)
    )
    body = (("main", "page"), ("div", f"text-{number}"))
    cards = ((("ul", "teasers"), ("li", f"teaser-{number}"), ("h3", "title"), ("a", "")),)
    return Story(
        f"town{number}.example", language, f"Ferry of town {number} is late again", texts, body, cards
    )


OTHERS = [story(number) for number in range(1, 12)]


def test_all_text_of_a_page_is_labelled_in_its_order() -> None:
    unknown = blocks = 0
    for number in range(60):
        raw = everyday_page(story(0), OTHERS, number)
        page = as_html(raw)
        assert page is not None
        written = "".join(letters(text) for _, text in raw.labels)
        assert "".join(letters(block.raw) for block in page.blocks) == written
        # two texts in inline elements side by side are one block, of which nobody knows what it is
        unknown += page.labels.count(None)
        blocks += len(page.blocks)
    assert unknown < 0.05 * blocks


def test_articles_are_kept_and_cards_are_not() -> None:
    seen: Counter[str] = Counter()
    for number in range(60):
        page = as_html(everyday_page(story(0), OTHERS, number))
        assert page is not None
        own = [
            at
            for at, block in enumerate(page.blocks)
            if "town 0 " in block.text and block.kind is Kind.PARAGRAPH
        ]
        shown = [at for at in own if page.labels[at] is not Label.HIDDEN]
        seen["front"] += not any(page.keep)
        seen["article"] += bool(shown)
        seen["cards"] += Label.RELATED in page.labels
        for at, label in enumerate(page.labels):
            assert label is None or page.keep[at] == (label in KEPT)
            assert label is not Label.RELATED or "town 0 " not in page.blocks[at].text
    assert min(seen["front"], seen["article"], seen["cards"]) > 3


def test_the_same_page_comes_out_the_same_and_another_number_is_another_page() -> None:
    assert everyday_page(story(0), OTHERS, 1) == everyday_page(story(0), OTHERS, 1)
    assert everyday_page(story(0), OTHERS, 1).body != everyday_page(story(0), OTHERS, 2).body


def test_cards_are_of_other_sites_in_the_language_of_the_page_as_long_as_there_are_enough() -> None:
    many = [story(number) for number in range(50)] + [story(90, language="de")]
    own = by_language(many, [], story(0))
    assert {one.language for one in own} == {"en"}
    assert "town0.example" not in {one.site for one in own}
    assert len(by_language(many, [], story(91, language="de"))) > 40


def test_a_story_is_headline_paragraphs_and_the_elements_around_them() -> None:
    found = story_of(made_page("Night market of Ostmere"), "en")
    assert found is not None
    assert found.title == "Night market of Ostmere"
    assert len(found.paragraphs) == 5
    assert found.body == (("main", ""),)


def test_a_brief_is_the_beginning_of_the_article_and_all_else_of_its_page() -> None:
    page = made_page("Night market of Ostmere")
    brief = as_brief(page)
    kept = [block.text for block, keep in zip(page.blocks, page.keep, strict=True) if keep]
    left = [block.text for block, keep in zip(brief.blocks, brief.keep, strict=True) if keep]
    assert left == kept[: len(left)]
    assert 1 <= len(left) < len(kept)
    assert brief.keep.count(False) == page.keep.count(False)


def test_cards_of_a_composed_page_are_put_below_an_article() -> None:
    page, composed = made_page("Night market of Ostmere"), as_html(everyday_page(story(0), OTHERS, 3))
    assert composed is not None
    carded = with_cards(page, composed)
    added = min(60, composed.labels.count(Label.RELATED))
    assert added
    assert carded.labels.count(Label.RELATED) == page.labels.count(Label.RELATED) + added
