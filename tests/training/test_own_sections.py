"""Pages with their own later paragraphs in boxes, to learn from: nothing is lost, and all of it stays kept."""

from __future__ import annotations

from enclosing_elements import assert_elements_enclose_their_blocks
from made_examples import made_example

from copydesk.cleaners.types import KEPT, Kind, Label
from training.own_sections import with_own_sections
from training.pages import Example

SENTENCES = (
    "The night market of {0} opened with eleven stalls, two of which sold nothing but lamps.",
    "By midnight the lamps of {0} were gone, and the sellers sat in the dark and counted.",
    "A third seller had come for the first time and had brought umbrellas, since it was dry.",
    "Nobody in {0} bought one until the fire brigade tried its new pump on the square.",
    "The council wants to repeat all of it in autumn, the pump included, said the mayor of {0}.",
)
NAMES = [f"town {number}" for number in range(40)]
"""Names of pages, for each of which other choices are made."""


def page(name: str, *, sentences: int = len(SENTENCES)) -> Example:
    texts = [sentence.format(name) for sentence in SENTENCES[:sentences]]
    body = (
        f"<html><body><nav><a href='/'>Home</a></nav><main><h1>{name}</h1>"
        f"{''.join(f'<p>{text}</p>' for text in texts)}</main>"
        "<aside><h3>More</h3></aside></body></html>"
    )
    labels = [("nav", "Home"), ("title", name), *(("paragraph", text) for text in texts), ("related", "More")]
    return made_example(name, f"{name}.example", body, labels)


def judged_texts(example: Example) -> list[tuple[str, Label | None, bool | None]]:
    triples = zip(example.blocks, example.labels, example.keep, strict=True)
    return [(block.text, label, keep) for block, label, keep in triples]


def test_all_of_the_page_is_there_in_its_order_and_elements_enclose_their_blocks() -> None:
    for own in map(page, NAMES):
        changed = with_own_sections(own)
        found = iter(judged_texts(changed))
        assert all(block in found for block in judged_texts(own))
        assert [block.index for block in changed.blocks] == list(range(len(changed.labels)))
        assert_elements_enclose_their_blocks(changed)


def test_later_paragraphs_are_below_their_question_or_time() -> None:
    kinds, tags = set(), set()
    for own in map(page, NAMES):
        changed = with_own_sections(own)
        added = [at for at, block in enumerate(changed.blocks) if block.path[-1].number >= 60_000_000]
        assert len(added) == len(SENTENCES) - len(SENTENCES) // 2
        for at in added:
            head, below = changed.blocks[at], changed.blocks[at + 1]
            assert below.kind is Kind.PARAGRAPH
            assert changed.labels[at + 1] in KEPT
            assert head.path[:-1] == below.path[:-1]  # in the same entry
            is_question = head.text.endswith("?")
            # whether a time belongs to the article, sites see differently: nothing is learned of it
            assert changed.keep[at] is (True if is_question else None)
            kinds.add("question" if is_question else "time")
            tags.add(below.path[-2].tag)
    assert kinds == {"question", "time"}
    assert len(tags) > 2


def test_a_page_of_few_paragraphs_stays_as_it_is() -> None:
    short = page("village", sentences=3)
    assert with_own_sections(short) is short
