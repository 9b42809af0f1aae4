"""Blocks that continue the residue beside them: interface labels, further paragraphs of a prompt, lists of what is
offered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import pairwise, takewhile

from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.residue.chatbots.interface import interface_labels
from copydesk.cleaners.residue.prompt_lines import orders_alone
from copydesk.cleaners.rules.disclosures.assessment import Disclosure, continued, is_boilerplate
from copydesk.cleaners.rules.disclosures.passages import MAX_CHARS, SKIPPED_KINDS
from copydesk.cleaners.types import Block, Kind, Label

_MAX_LABEL_CHARS = 40  # "Copy", "Regenerate response"; set by hand: longer ones are sentences
_MAX_ADJACENT = 8  # labels in a row, paragraphs of a prompt on each side or between two turns
_MAX_OFFERED = 8  # entries of a list; set by hand: of 16 published answers with one none has more than four
_OFFER_CONCEPTS = frozenset({"offer", "if_you"})


def adjacent_ui_labels(found: Mapping[int, Disclosure], judged: JudgedPage) -> dict[int, Disclosure]:
    """Interface labels in a row with one that is certain."""
    # not beside other chatbot lines, which may be above any list of short lines
    labels = [one for one in found.values() if one.lines and all(line.kind == "crumb" for line in one.lines)]
    return _adjacent(labels, found, judged, _is_ui_label, Label.CHATBOT_META)


def adjacent_prompts(found: Mapping[int, Disclosure], judged: JudgedPage) -> dict[int, Disclosure]:
    """Paragraphs beside a leaked prompt that have nothing but instructions."""
    prompts = [one for one in found.values() if one.label is Label.LEAKED_PROMPT and one.prompt is not None]
    return _adjacent(prompts, found, judged, _is_order, Label.LEAKED_PROMPT)


def turns_in(found: Mapping[int, Disclosure]) -> dict[int, bool]:
    """Removed blocks that announce a turn of a chat: True for the user's, False for the model's."""
    return {
        at: line.is_users
        for at, disclosure in found.items()
        if disclosure.label is not None and not disclosure.is_shown
        for line in disclosure.lines
        if line.kind == "turn" and not line.is_faint
    }


def prompts_between_turns(found: Mapping[int, Disclosure], judged: JudgedPage) -> dict[int, Disclosure]:
    """Blocks between the user's turn and the model's: the prompt below "You said:"."""
    between = [
        block
        for (at, is_users), (until, is_next_users) in pairwise(sorted(turns_in(found).items()))
        if is_users and not is_next_users and until - at - 1 <= _MAX_ADJACENT
        for block in judged.page.table.blocks[at + 1 : until]
    ]
    code = primary(judged.page.language)
    return {
        block.index: continued(block, code, Label.LEAKED_PROMPT, "between the user's turn and the model's")
        for block in between
        if block.index not in found and _may_be_prompt(block) and not is_boilerplate((block,), judged)
    }


def offered_lists(found: Mapping[int, Disclosure], judged: JudgedPage) -> dict[int, Disclosure]:
    """The list below a chatbot's offer that announces it: "If you like, I can:"."""
    blocks = judged.page.table.blocks
    listed: dict[int, Disclosure] = {}
    for offer in filter(_is_offer, found.values()):
        last = offer.block.index
        # a wrapped line goes on
        while (below := found.get(last + 1)) is not None and below.is_continuation:
            last += 1
        entries = _entries_below(blocks[last], judged) if blocks[last].text.endswith((":", "：")) else []
        for entry in entries if len(entries) <= _MAX_OFFERED else ():
            if entry.index not in found:
                place = "listed by the offer above"
                listed[entry.index] = continued(entry, offer.code, Label.CHATBOT_META, place)
    return listed


def _is_offer(disclosure: Disclosure) -> bool:
    if disclosure.label is not Label.CHATBOT_META or disclosure.is_continuation:
        return False
    reading = disclosure.reading
    concepts = {concept for concept, _ in reading.key_sentence()[1]} if reading else set()
    # what "here is" announces is the article
    return "here_is" not in concepts and (
        any(line.kind == "offer" for line in disclosure.lines) or not concepts.isdisjoint(_OFFER_CONCEPTS)
    )


def _entries_below(above: Block, judged: JudgedPage) -> list[Block]:
    """The kept entries of the one list right below a block, up to one more than may leave."""
    below = judged.page.table.blocks[above.index + 1 : above.index + 2 + _MAX_OFFERED]
    entries = [*takewhile(lambda one: _is_entry(one) and judged.keep[one.index] >= judged.keep_at, below)]
    if not entries:
        return []
    first, *others = entries

    def is_of_the_first(one: Block) -> bool:
        # another list is another element or, in plain text, has more space before it
        return (_list_of(one, above), bool(one.ordinal)) == (
            _list_of(first, above),
            bool(first.ordinal),
        ) and (one.gap <= others[0].gap)

    return [first, *takewhile(is_of_the_first, others)]


def _is_entry(block: Block) -> bool:
    return bool(block.item) or block.kind is Kind.LIST_ITEM


def _list_of(entry: Block, above: Block) -> int:
    """The number of the outermost list around an entry that is not around the block above it; 0 in plain text."""
    lists = (step.number for step in entry.path if step.tag in ("ul", "ol") and step not in above.path)
    return next(lists, 0)


def _adjacent(
    starts: Iterable[Disclosure],
    found: Mapping[int, Disclosure],
    judged: JudgedPage,
    is_part: Callable[[JudgedPage, str, Block], bool],
    label: Label,
) -> dict[int, Disclosure]:
    """The blocks above and below each start up to the first that is not a part of it."""
    blocks = judged.page.table.blocks
    adjacent: dict[int, Disclosure] = {}
    for start in starts:
        at = start.block.index
        above, below = blocks[max(0, at - _MAX_ADJACENT) : at], blocks[at + 1 : at + 1 + _MAX_ADJACENT]
        continues = partial(is_part, judged, start.code)
        for block in (*takewhile(continues, reversed(above)), *takewhile(continues, below)):
            if block.index not in found:
                adjacent[block.index] = continued(block, start.code, label)
    return adjacent


def _is_order(judged: JudgedPage, code: str, block: Block) -> bool:
    return _may_be_prompt(block) and block.index not in judged.sure and orders_alone(block.text, code)


def _may_be_prompt(block: Block) -> bool:
    return block.kind not in SKIPPED_KINDS and not block.is_hidden and len(block.raw) <= MAX_CHARS


def _is_ui_label(_judged: JudgedPage, code: str, block: Block) -> bool:
    return (
        block.kind not in SKIPPED_KINDS
        and len(block.raw) <= _MAX_LABEL_CHARS
        and bool(interface_labels(block.text, code))
    )
