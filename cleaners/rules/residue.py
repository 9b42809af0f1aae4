"""Rules for what machines left in a page that is told by other things than its wording."""

from __future__ import annotations

import re
from collections.abc import Collection

from copydesk.cleaners.headline import is_foreign, is_same_headline, primary
from copydesk.cleaners.prompt_source import source_title
from copydesk.cleaners.rules.rule import Context, Rule
from copydesk.cleaners.types import Block, Kind, Label

_MAX_PROMPTED_TITLES = 8
_ECHO_CHARS = 250
_MAX_MARKED_CHARS = 5_000
_MAX_BESIDE_MARKS = 0.25  # share of a block that may be something else
_NEVER = frozenset({Kind.CODE, Kind.TITLE, Kind.TABLE_ROW})
# what chatbot interfaces put into copied text: citation marks, footnote links
_MARKS = re.compile(
    r":?contentReference\[oaicite:\d{1,4}\]\{index=\d{1,4}\}|\[?oai_citation:\d{1,4}‡[^\]\s]{0,200}\]?(?:\([^)\s]{0,500}\))?"
    r"|【\d{1,4}(?::\d{1,4})?†[^】]{0,200}】|\ue200?cite\ue202?(?:turn\d{1,4}[a-z]{1,12}\d{1,4}\W?)+"
    r"|\b(?:cite)?turn\d{1,4}(?:search|view|news|fetch|file)\d{1,4}"
)


def find_citation_mark(block: Block, _context: Context) -> str | None:
    """A chatbot's citation marks and next to nothing else."""
    marks = _MARKS.findall(block.text)
    rest = _MARKS.sub("", block.text).strip(" .,;[]()")
    return (
        f"interface mark of a chatbot: {marks[0]}"
        if marks and len(rest) < _MAX_BESIDE_MARKS * len(block.text)
        else None
    )


def _with_marks(context: Context) -> Collection[int]:
    return [
        block.index
        for block in context.blocks
        if block.kind not in _NEVER and len(block.raw) <= _MAX_MARKED_CHARS and _may_have_marks(block.raw)
    ]


def _may_have_marks(text: str) -> bool:
    return "oai" in text or "†" in text or ("turn" in text and "0" in text)


def find_headline_echo(block: Block, context: Context) -> str | None:
    """A line that repeats the headline quoted in a leaked prompt, in another language than the page's."""
    text = block.text
    if not 4 <= len(text) <= _ECHO_CHARS:
        return None
    titles = context.once(_prompted_titles)
    if any(is_same_headline(title, text) for title in titles) and is_foreign(text, primary(context.language)):
        return "the headline quoted in the prompt, in its own language"
    return None


def _prompted_titles(context: Context) -> tuple[str, ...]:
    """The headlines quoted in the page's prompts, each once; a page has one or two, a hostile one thousands."""
    prompts = (
        block.text
        for block, verdict in zip(context.blocks, context.verdicts, strict=True)
        if verdict.label is Label.LEAKED_PROMPT
    )
    titles = dict.fromkeys(filter(None, map(source_title, prompts)))
    return tuple(titles)[:_MAX_PROMPTED_TITLES]


def _beside_prompts(context: Context) -> Collection[int]:
    return range(len(context.blocks)) if Label.LEAKED_PROMPT in context.labels else ()


ANYWHERE: tuple[Rule, ...] = (
    Rule(
        "residue.citation-mark",
        Label.CHATBOT_META,
        "Citation marks of a chatbot's interface lead nowhere outside it.",
        find_citation_mark,
        _with_marks,
    ),
)
"""Asked of every block."""

CONTEXT: tuple[Rule, ...] = (
    Rule(
        "residue.headline-echo",
        Label.SOURCE_NOTE,
        "The source's headline, left beside the prompt that quotes it, is not a line of this article.",
        find_headline_echo,
        _beside_prompts,
    ),
)
"""Judged in the second pass, when the prompts of the page are known."""
