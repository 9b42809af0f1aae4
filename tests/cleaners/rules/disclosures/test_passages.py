"""What is read as one: lines of a paragraph in plain text, parted where a sentence ends."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from conftest import lines
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from copydesk.cleaners.pipeline.cleaning import clean_page
from copydesk.cleaners.rules.disclosures.passages import MAX_CHARS, Passage, passage_of, passages
from copydesk.cleaners.types import Block, Kind, Page

WRAPPED = "The clock of the town hall struck noon on Friday"


def read(blocks: Sequence[Block]) -> list[Passage]:
    return list(passages((block, [f"w{block.index}"]) for block in blocks))


@pytest.mark.parametrize(
    ("raws", "text"),
    [
        ((WRAPPED, "for the first time."), f"{WRAPPED} for the first time."),
        ((WRAPPED, "Two apprentices had mended it."), f"{WRAPPED} Two apprentices had mended it."),
        ((f"{WRAPPED}.", "for the first time."), f"{WRAPPED}.\nfor the first time."),
        (("Noon.", "At last"), "Noon.\nAt last"),
        (("Noon", "at last"), "Noon at last"),
        # scripts without spaces have none at a break, Korean has
        (("時計台の鐘が十一年ぶりに正午を打ち、", "広場に人が集まった。"), "時計台の鐘が十一年ぶりに正午を打ち、広場に人が集まった。"),
        (("시청 시계가 십일 년 만에 정오를 알렸고", "사람들이 모였다."), "시청 시계가 십일 년 만에 정오를 알렸고 사람들이 모였다."),
    ],
)  # fmt: skip
def test_a_sentence_goes_on_in_the_next_line(raws: tuple[str, ...], text: str) -> None:
    (passage,) = read(lines(*raws))
    assert passage.block.raw == text
    assert [member.raw for member in passage.members] == list(raws)
    assert passage.words == ["w0", "w1"]
    assert passage.ends[-1] == len(text)
    assert (passage.first, passage.last) == (0, 1)


def parted(*blocks: Block) -> list[list[int]]:
    return [[member.index for member in passage.members] for passage in read(blocks)]


def test_a_blank_line_and_another_kind_of_line_end_a_paragraph() -> None:
    one, two, three = lines(WRAPPED, "for the first time", "in eleven years.")
    assert parted(one, two, three) == [[0, 1, 2]]
    assert parted(one, replace(two, gap=1), three) == [[0], [1, 2]]
    assert parted(replace(one, kind=Kind.HEADING), two, three) == [[0], [1, 2]]
    assert parted(one, replace(two, kind=Kind.LIST_ITEM), three) == [[0], [1, 2]]
    assert parted(one, replace(two, kind=Kind.QUOTE), three) == [[0], [1, 2]]
    assert parted(*(replace(block, kind=Kind.QUOTE) for block in (one, two, three))) == [[0, 1, 2]]
    # a block between them was left out
    assert parted(one, three) == [[0], [2]]
    assert parted() == []


def test_a_long_paragraph_is_read_sentence_by_sentence() -> None:
    sentence = [WRAPPED, "for the first time."]
    assert [len(run) for run in parted(*lines(*sentence * 9))] == [2] * 9
    assert [len(run) for run in parted(*lines(*[WRAPPED] * 16))] == [16]
    assert [len(run) for run in parted(*lines(*[WRAPPED] * 40))] == [16, 16, 8]
    long = WRAPPED * (MAX_CHARS // len(WRAPPED) + 1)
    assert parted(*lines(f"{long}.", "Noon.")) == [[0], [1]]


def test_lines_too_long_to_be_wrapped_are_paragraphs() -> None:
    paragraph = f"{WRAPPED} for the first time in eleven years, and most of the town stood in the square to hear it strike, the mayor said."
    assert parted(*lines("Asked", WRAPPED, paragraph)) == [[0], [1], [2]]
    assert parted(*lines(paragraph[:100], paragraph[:99], WRAPPED)) == [[0, 1, 2]]
    # what stood between tags is a line of its own, and goes on; a link, where the line behind it does
    assert parted(*lines(paragraph, "Read", "the letter", ", and answer.")) == [[0], [1, 2, 3]]
    link = "The letter was written with the help of"
    assert parted(*lines(paragraph, link, "A Model", "and was checked.")) == [[0], [1, 2, 3]]
    assert parted(*lines(paragraph, link, "A Model", "Noon.")) == [[0], [1], [2], [3]]
    # an address has no place to be wrapped at
    first, *others = lines("Noon", "Asked", f"https://courier.example/{'noon/' * 40}")
    assert parted(first, replace(others[0], gap=1), others[1]) == [[0], [1, 2]]


def test_lines_that_are_not_full_are_paragraphs_where_no_blank_line_parts_them() -> None:
    first, *others = lines(
        "The new clock", "Asked", "It was mended.", "Two apprentices had learned it in the spring."
    )
    assert parted(first, *others) == [[0], [1], [2], [3]]
    assert parted(first, replace(others[0], gap=1), *others[1:]) == [[0], [1, 2, 3]]
    # Thai has no spaces: the next line's first letter would have had a place
    assert parted(*lines("ระฆังหอนาฬิกา", "ระฆังดังอีกครั้งในรอบสิบเอ็ดปี", "ชาวเมืองมารวมกันที่จัตุรัสกลาง")) == [
        [0],
        [1],
        [2],
    ]


def test_labels_and_pieces_of_sentences_between_paragraphs_are_known() -> None:
    paragraph = f"{WRAPPED} {WRAPPED} {WRAPPED}"
    found = read(lines(paragraph, "The mayor:", "I heard it.", "Noon"))
    assert [passage.is_piece for passage in found] == [True, True, False, True]
    assert not any(passage.is_piece for passage in read(lines(WRAPPED, "for the first time")))
    assert not any(passage.is_piece for passage in read(lines(paragraph)))


@pytest.mark.parametrize(
    ("spans", "groups"),
    [
        ([(0, 3)], [[0]]),
        ([(5, 6)], [[1]]),
        ([(2, 6)], [[0, 1]]),
        ([(0, 1), (9, 10)], [[0], [2]]),
        ([(0, 1), (5, 6)], [[0, 1]]),
        ([(0, 99)], [[0, 1, 2]]),
        ([(3, 3)], []),
        ([], []),
    ],
)
def test_the_lines_in_which_a_part_of_the_text_is(
    spans: list[tuple[int, int]], groups: list[list[int]]
) -> None:
    passage = passage_of([(block, []) for block in lines("abc", "def", "ghi")])
    assert [[block.index for block in group] for group in passage.among(spans)] == groups


@given(
    st.lists(
        st.tuples(st.text(alphabet="aB .時", min_size=1, max_size=40).filter(str.strip), st.integers(0, 1)),
        max_size=24,
    )
)
def test_every_line_is_read_once_and_found_in_its_passage(outline: list[tuple[str, int]]) -> None:
    blocks = [
        replace(block, gap=gap)
        for block, (_, gap) in zip(lines(*(raw for raw, _ in outline)), outline, strict=True)
    ]
    found = read(blocks)
    assert [member for passage in found for member in passage.members] == blocks
    for passage in found:
        starts = (0, *passage.ends[:-1])
        for member, start, end in zip(passage.members, starts, passage.ends, strict=True):
            assert passage.among([(start, end)])[0] == (member,) or start == end
            assert passage.block.text[start:end].strip() == member.text


def test_a_note_below_the_headline_of_flattened_text_takes_no_line_with_it() -> None:
    paragraphs = [
        "시계탑의 종이 열한 해 만에 다시 울려 많은 주민이 광장에 모였다.",
        "지난겨울 학교의 견습생 두 명이 부품을 모두 새로 만들었다고 한다.",
        "시장은 다음 달부터 토요일마다 탑을 열겠다고 말했다.",
    ]
    text = "\n".join(["시계탑의 새 종", "이 기사는 AI가 작성했습니다.", *paragraphs])
    record = clean_page(Page(body=text, media="text"))
    assert [one for one in paragraphs if one not in record.text] == []
    assert [one.label for one in record.removed if "AI가" in one.text] == ["ai_disclaimer"]
