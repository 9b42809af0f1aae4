"""Names that stand by themselves, rows whose cells were glued, and excerpts that break off."""

from __future__ import annotations

import pytest
from conftest import lines, rule_context
from msgspec.structs import replace

from copydesk.cleaners.rules.lines.glued_rows import find_glued_row, find_stray_after_table, glued_run
from copydesk.cleaners.rules.lines.names import (
    find_bio_after_name,
    find_doubled_name,
    is_name,
    is_persons_name,
)
from copydesk.cleaners.rules.lines.teasers import find_teaser, kept_or_of_persons
from copydesk.cleaners.types import Block, Kind, Label, Verdict

TEXT = "The clock of the town hall struck noon on Friday for the first time in eleven years."
BIO = "Una Platt has sold bread below the tower for thirty years."


@pytest.mark.parametrize(
    "text",
    [
        "Una Platt",
        "J. K. Moss",
        "Ludwig van der Berg",
        "Una Maria Platt Finn Ode",
        "Анна Берг",
        "Élodie Übel",
    ],
)
def test_the_shape_of_a_name(text: str) -> None:
    assert is_name(text)


@pytest.mark.parametrize(
    "text",
    ["Una", "una platt", "Una platt", "Una Platt!", "Una Platt, Carl Ode", "Una Platt 2", "3 Platt", "Una Platt Finn Ode Berg Moss",
     "山田太郎", "ليلى حداد", "", "Una-" * 20 + " Platt"],
)  # fmt: skip
def test_what_has_not_the_shape_of_a_name(text: str) -> None:
    assert not is_name(text)


def test_function_words_are_in_no_persons_name() -> None:
    assert is_persons_name("Una Platt", "en")
    assert is_name("Goats of the Lighthouse")
    assert not is_persons_name("Goats of the Lighthouse", "en")


def doubled(*raws: str, labels: list[Label] | None = None, gap: int = 0) -> list[int]:
    blocks = list(lines(*raws))
    if len(blocks) > 2:
        blocks[2] = replace(blocks[2], gap=gap)
    context = rule_context(blocks, labels, is_html=False)
    return [block.index for block in blocks if find_doubled_name(block, context) is not None]


@pytest.mark.parametrize(
    ("raws", "numbers"),
    [
        (("Una Platt", "Una Platt", BIO), [0, 1]),
        (("Una Platt", " Una\u200b Platt", BIO), [0, 1]),
        (("Una Platt", "Carl Ode", BIO), []),
        (("Una Platt", "Una Platt"), []),
        (("Una Platt", "Una Platt", BIO.rstrip(".")), []),
        (("Una Platt", "Una Platt", TEXT), []),
        (("Goats of the Lighthouse", "Goats of the Lighthouse", "Goats keep the grass short."), []),
        (("Sport", "Sport", "Sport is on page two."), []),
    ],
)
def test_a_name_twice_above_a_sentence_on_its_bearer(raws: tuple[str, ...], numbers: list[int]) -> None:
    assert doubled(*raws) == numbers


def test_a_blank_line_parts_a_name_from_what_is_below() -> None:
    assert doubled("Una Platt", "Una Platt", BIO, gap=1) == []


def test_a_text_in_the_first_person_is_a_box_only_at_the_end_of_the_article() -> None:
    mine = "I have sold bread below the tower for thirty years."
    person = [Label.OTHER, Label.OTHER, Label.AUTHOR_BIO]
    assert doubled("Una Platt", "Una Platt", mine, labels=person) == [0, 1]
    assert doubled("Una Platt", "Una Platt", mine, labels=[Label.OTHER] * 3) == []
    assert doubled("Una Platt", "Una Platt", mine, TEXT, labels=[*person, Label.PARAGRAPH]) == []
    # below the comments' heading it is a reader's
    comments = "Leave a comment"
    assert doubled(comments, "Una Platt", "Una Platt", mine, labels=[Label.COMMENT_FORM, *person]) == []


def test_what_stands_below_a_doubled_name_is_about_its_bearer() -> None:
    context = rule_context(lines("Una Platt", "Una Platt", BIO, "Una Platt of Chur", BIO), is_html=False)
    rules = ["shape.doubled-name", "shape.doubled-name", "learned", "shape.doubled-name", "learned"]
    context = context.next([Verdict(Label.BYLINE, rule, "") for rule in rules])
    assert [find_bio_after_name(block, context) is not None for block in context.page.blocks] == [
        *(False, False, True, False, False)
    ]
    short = rule_context(lines("Una Platt", "Una Platt", "Carl Ode"), is_html=False).next(
        context.verdicts[:3]
    )
    assert find_bio_after_name(short.page.blocks[2], short) is None
    gap = rule_context(
        [*lines("Una Platt", "Una Platt"), Block(2, Kind.PARAGRAPH, BIO, gap=1)], is_html=False
    )
    assert find_bio_after_name(gap.page.blocks[2], gap.next(context.verdicts[:3])) is None


ROWS = ("TownLoss", "Bern12", "Basel7%Change")


def runs(*raws: str, gaps: dict[int, int] | None = None, is_html: bool = False) -> list[int]:
    blocks = [replace(block, gap=(gaps or {}).get(block.index, 0)) for block in lines(*raws)]
    context = rule_context(blocks, is_html=is_html)
    return [block.index for block in blocks if find_glued_row(block, context) is not None]


@pytest.mark.parametrize(
    ("raws", "numbers"),
    [
        (ROWS, [0, 1, 2]),
        ((TEXT, *ROWS, TEXT), [1, 2, 3]),
        (ROWS[:2], []),
        (("TeamPoints", "(W)Ashford", "34Ashford"), [0, 1, 2]),
        (("КомандаОчки", "Москва12", "Казань7"), [0, 1, 2]),
        (("YouTube", "Town", "Loss"), []),
        (("TownLoss", "Town Loss", "Bern12", "Basel7"), []),
        (("TownLoss.", "Bern12.", "Basel7."), []),
        (tuple(f"TownLoss {'x' * 200}" for _ in range(3)), []),
    ],
)
def test_neighbouring_lines_with_glued_cells_are_rows(raws: tuple[str, ...], numbers: list[int]) -> None:
    assert runs(*raws) == numbers


def test_a_blank_line_parts_tables_and_tags_tell_better() -> None:
    assert runs(*ROWS, *ROWS, gaps={3: 1}) == [0, 1, 2, 3, 4, 5]
    assert runs(*ROWS, gaps={1: 1}) == []
    assert runs(*ROWS, *ROWS[:2], gaps={3: 1}) == [0, 1, 2]
    assert runs(*ROWS, is_html=True) == []
    context = rule_context([*lines(*ROWS), *(replace(one, index=3 + one.index, gap=1 - min(one.index, 1)) for one in lines(*ROWS))], is_html=False)  # fmt: skip
    assert [glued_run(context.page, at) for at in (0, 5)] == [range(3), range(3, 6)]


@pytest.mark.parametrize(
    ("line", "gap", "is_one"),
    [
        ("Goat moves into the lighthouse", 0, True),
        ("Goat moves into the lighthouse", 1, False),
        ("Goat moves into the lighthouse.", 0, False),
        ("Goat moves in", 0, False),
        ("GoatMoves into the lighthouse", 0, False),
    ],
)
def test_a_headline_glued_below_a_table(line: str, gap: int, *, is_one: bool) -> None:
    blocks = [*lines(*ROWS), Block(3, Kind.PARAGRAPH, line, gap=gap), Block(4, Kind.PARAGRAPH, line)]
    context = rule_context(blocks, is_html=False)
    found = [find_stray_after_table(block, context) is not None for block in blocks]
    assert found == [False, False, False, is_one, False]
    alone = rule_context(blocks, is_html=False, is_article_alone=True)
    assert find_stray_after_table(blocks[3], alone) is None


CUT = "The clock of the town hall struck noon on …"
TEASERS = ("Clock strikes noon", CUT, "Goat moves in", "The goat has been given to [...]")


def excerpts(*raws: str, labels: list[Label] | None = None, **more: bool) -> list[int]:
    context = rule_context(lines(*raws), labels, **{"is_html": False, **more})
    return [block.index for block in context.page.blocks if find_teaser(block, context) is not None]


@pytest.mark.parametrize(
    ("raws", "numbers"),
    [
        (TEASERS, [0, 1, 2, 3]),
        ((*TEASERS, "Town"), [0, 1, 2, 3]),
        (TEASERS[:2], []),
        ((*TEASERS, TEXT, TEXT, TEXT), []),
        ((*TEASERS, TEXT, TEXT), [0, 1, 2, 3]),
        ((CUT, CUT), []),
        ((TEXT, CUT, TEXT, CUT), []),
    ],
)
def test_excerpts_that_break_off_below_headlines(raws: tuple[str, ...], numbers: list[int]) -> None:
    assert excerpts(*raws) == numbers


def test_verses_break_off_too() -> None:
    assert excerpts(*TEASERS, is_article_alone=True) == []
    # with tags a teaser leads somewhere
    assert excerpts(*TEASERS, is_html=True) == []
    linked = [replace(block, link_chars=5) for block in lines(*TEASERS)]
    context = rule_context(linked)
    assert [find_teaser(block, context) is not None for block in linked] == [True] * 4


def test_which_blocks_may_be_excerpts() -> None:
    labels = [Label.PARAGRAPH, Label.COMMENT, Label.NAV, Label.AUTHOR_BIO]
    blocks = lines(*"abcd")
    assert kept_or_of_persons(rule_context(blocks, labels, share=0.5, is_html=False)) == {0, 1, 3}
    assert kept_or_of_persons(rule_context(blocks, labels, share=0.9, is_html=False)) == {0}
    assert kept_or_of_persons(rule_context(blocks, labels, share=0.5)) == {0}
