"""What is beside residue and of one piece with it: labels of an interface, paragraphs of a prompt."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from conftest import lines, rule_context
from msgspec.structs import replace

from copydesk.cleaners.residue.chatbots.interface import crumb
from copydesk.cleaners.residue.prompt_lines import read_prompt
from copydesk.cleaners.rules.disclosures.adjacent import adjacent_prompts, adjacent_ui_labels
from copydesk.cleaners.rules.disclosures.assessment import Disclosure
from copydesk.cleaners.types import Block, Kind, Label

PROMPT = "Rewrite the following article in your own words and keep it under 300 words."
ORDER = "Use short sentences and a neutral tone."


def crumbs(blocks: Sequence[Block], *given: int) -> list[int]:
    """The numbers of the labels in a row with those that are given."""
    judged = rule_context(blocks).judged
    found = {}
    for at in given:
        line = crumb(blocks[at].text, "en")
        assert line is not None
        found[at] = Disclosure(blocks[at], "en", lines=(line,), label=Label.CHATBOT_META)
    beside = adjacent_ui_labels(found, judged)
    assert all(one.label is Label.CHATBOT_META and one.is_continuation for one in beside.values())
    return sorted(beside)


@pytest.mark.parametrize(
    ("raws", "given", "beside"),
    [
        (("Copy", "Copy code", "Edit"), 1, [0, 2]),
        (("Noon", "Copy", "Copy code", "Edit", "Noon"), 2, [1, 3]),
        # the first line that is none ends the row
        (("Copy", "Noon", "Copy code"), 2, []),
        (("Copy code", "Noon"), 0, []),
        (("Copy code", *["Copy"] * 12), 0, list(range(1, 9))),
        ((*["Copy"] * 12, "Copy code"), 12, list(range(4, 12))),
    ],
)
def test_labels_in_a_row_with_one_that_is_sure(raws: tuple[str, ...], given: int, beside: list[int]) -> None:
    assert crumbs(lines(*raws), given) == beside


@pytest.mark.parametrize("change", [{"kind": Kind.CODE}, {"kind": Kind.CONTROL}, {"raw": f"Copy{' ' * 60}"}])
def test_code_controls_and_long_lines_are_no_labels(change: dict[str, object]) -> None:
    one, two = lines("Copy code", "Copy")
    assert crumbs([one, replace(two, **change)], 0) == []


def orders(
    blocks: Sequence[Block], *, keep: float = 0.5, label: Label | None = Label.LEAKED_PROMPT
) -> list[int]:
    judged = rule_context(blocks, keep=[keep] * len(blocks)).judged
    at = next(block.index for block in blocks if block.text == PROMPT)
    prompt = read_prompt(PROMPT, "en")
    assert prompt is not None
    beside = adjacent_prompts({at: Disclosure(blocks[at], "en", prompt=prompt, label=label)}, judged)
    assert all(one.label is Label.LEAKED_PROMPT and one.is_continuation for one in beside.values())
    return sorted(beside)


@pytest.mark.parametrize(
    ("raws", "beside"),
    [
        ((PROMPT, ORDER), [1]),
        ((ORDER, PROMPT, ORDER, "The clock struck noon."), [0, 2]),
        ((PROMPT, "The clock struck noon.", ORDER), []),
        ((PROMPT, *[ORDER] * 12), list(range(1, 9))),
    ],
)
def test_paragraphs_that_order_alone_beside_a_prompt(raws: tuple[str, ...], beside: list[int]) -> None:
    assert orders(lines(*raws)) == beside


def test_sure_hidden_and_other_blocks_are_no_orders() -> None:
    prompt, order = lines(PROMPT, ORDER)
    assert orders([prompt, replace(order, is_hidden=True)]) == []
    assert orders([prompt, replace(order, kind=Kind.CODE)]) == []
    assert orders([prompt, replace(order, raw=f"{ORDER} " * 60)]) == []
    assert orders([prompt, order], label=None) == []
