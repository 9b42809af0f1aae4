"""What is read as one: lines of a paragraph in plain text, parted where a sentence ends."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from conftest import lines
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.pipeline.cleaning import clean_page
from copydesk.cleaners.rules.disclosures.passages import Passage, passages
from copydesk.cleaners.types import Block, Page

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


@given(
    st.lists(
        st.tuples(st.text(alphabet="aB .時", min_size=1, max_size=40).filter(str.strip), st.integers(0, 1)),
        max_size=24,
    )
)
def test_every_line_is_read_once_and_found_in_its_passage(outline: list[tuple[str, int]]) -> None:
    blocks = [
        block.replace(gap=gap)
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
