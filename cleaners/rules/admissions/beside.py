"""What stands beside a block that surely is residue and is of one piece with it: labels of an interface, the
other paragraphs of a prompt.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import pairwise, takewhile

from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.residue.chatbots.interface import interface_labels
from copydesk.cleaners.residue.prompt_lines import orders_alone
from copydesk.cleaners.rules.admissions.passages import MAX_CHARS, NEVER
from copydesk.cleaners.rules.admissions.weighing import Admission
from copydesk.cleaners.types import Block, Label
from copydesk.cleaners.wording.headlines import primary

_MAX_LABEL_CHARS = 40  # "Copy", "Regenerate response": set by hand, longer ones are sentences
_MAX_CRUMBS = 8  # labels of an interface in a row
_MAX_ORDERS = 8  # paragraphs of a prompt beside one of them
_MAX_TURN_BLOCKS = 8  # paragraphs between "You said:" and "ChatGPT said:"


def crumbs_beside(found: Mapping[int, Admission], context: JudgedPage) -> dict[int, Admission]:
    """The labels of an interface that stand in a row with one that is surely a chatbot's."""
    beside: set[int] = set()
    for at, admission in found.items():
        # only beside labels: a chatbot's sentence may stand above any list of short lines
        if not admission.lines or any(line.kind != "crumb" for line in admission.lines):
            continue
        is_label = partial(_is_label, code=admission.code)
        above, below = (
            context.page.blocks[max(0, at - _MAX_CRUMBS) : at],
            context.page.blocks[at + 1 : at + 1 + _MAX_CRUMBS],
        )
        # outwards, and only as far as labels go: the first line that is none ends the row
        beside.update(block.index for block in takewhile(is_label, reversed(above)))
        beside.update(block.index for block in takewhile(is_label, below))
    code = primary(context.page.language)
    return {
        at: Admission(context.page.blocks[at], code, label=Label.CHATBOT_META, is_continuation=True)
        for at in beside - found.keys()
    }


def orders_beside(found: Mapping[int, Admission], context: JudgedPage) -> dict[int, Admission]:
    """The paragraphs of a prompt that stand beside one of them by which it was told, and order alone."""
    beside: dict[int, Admission] = {}
    for at, admission in found.items():
        if admission.label is not Label.LEAKED_PROMPT or admission.prompt is None:
            continue
        is_continuation = partial(_orders_on, code=admission.code, context=context)
        above, below = (
            context.page.blocks[max(0, at - _MAX_ORDERS) : at],
            context.page.blocks[at + 1 : at + 1 + _MAX_ORDERS],
        )
        # outwards, and only as far as orders go
        for block in (*takewhile(is_continuation, reversed(above)), *takewhile(is_continuation, below)):
            beside[block.index] = Admission(
                block, admission.code, label=Label.LEAKED_PROMPT, is_continuation=True
            )
    return {at: admission for at, admission in beside.items() if at not in found}


def turns_in(found: Mapping[int, Admission]) -> dict[int, bool]:
    """The blocks that say whose turn it is in a chat: True where it is the user's, False where it is the model's."""
    return {
        at: line.is_users
        for at, admission in found.items()
        for line in admission.lines
        if line.kind == "turn" and not line.is_faint
    }


def prompts_between_turns(found: Mapping[int, Admission], context: JudgedPage) -> dict[int, Admission]:
    """The blocks between the user's turn and the model's: what a chat's page copies below "You said:"."""
    between = [
        block
        for (at, is_users), (until, is_next_users) in pairwise(sorted(turns_in(found).items()))
        if is_users and not is_next_users and until - at - 1 <= _MAX_TURN_BLOCKS
        for block in context.page.blocks[at + 1 : until]
    ]
    code = primary(context.page.language)
    return {
        block.index: Admission(block, code, label=Label.LEAKED_PROMPT, is_continuation=True)
        for block in between
        if block.index not in found
        and block.kind not in NEVER
        and not block.is_hidden
        and len(block.raw) <= MAX_CHARS
    }


def _orders_on(block: Block, code: str, context: JudgedPage) -> bool:
    return (
        block.kind not in NEVER
        and not block.is_hidden
        and len(block.raw) <= MAX_CHARS
        and not context.is_sure_of(block)
        and orders_alone(block.text, code)
    )


def _is_label(block: Block, code: str) -> bool:
    return (
        block.kind not in NEVER
        and len(block.raw) <= _MAX_LABEL_CHARS
        and bool(interface_labels(block.text, code))
    )
