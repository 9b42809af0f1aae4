"""Rules for what the making of a page left in it: AI notes, prompts, chatbots' small talk, source lines.

None of them is a list of sentences. Each weighs cues found in one sentence against each other: who
speaks of whom (the page of itself, or the article of somebody), by what means, and how much else is
said. Quotations, reported speech, denials, laws and corrections speak for keeping.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection

from cleaners.cues import suspects
from cleaners.disclosure import find_disclosure
from cleaners.headline import is_foreign, is_same_headline, primary
from cleaners.prompt_source import source_title
from cleaners.prompts import MIN_POINTS, MIN_POINTS_INSIDE, prompt_points
from cleaners.rules.rule import Context, Rule
from cleaners.small_talk import find_origin, find_small_talk, has_tokens
from cleaners.types import Block, Kind, Label

_MAX_PROMPTED_TITLES = 8
_SURE_KEEP = 0.97
_LONG_CHARS = 200
_MIN_EDGE = 3
_LINKS = frozenset({Label.RELATED, Label.TAGS, Label.SOCIAL})
_NEVER_KEEP = 0.01  # learned probability of what is surely of the site
_MIN_FOOTER_CHARS = 25  # notes on a site's footer are sentences
_MIN_RESIDUE_CHARS = 6  # "由AI生成" has six
_ECHO_CHARS = 250
_PROBABLE = 0.5
_EDGE_SHARE = 0.15  # of the text, at either end
_SURE_EDGE_SHARE = 0.15  # of the sure paragraphs, at either end
_HEAD_BLOCKS, _TAIL_BLOCKS = 2, 3
_NEVER = frozenset({Kind.CODE, Kind.TITLE, Kind.TABLE_ROW, Kind.CAPTION})
_DISCLOSING = (
    "cue.ai",
    "cue.ai-sure",
    "cue.self",
    "cue.made",
    "cue.translated",
    "cue.summarised",
    "cue.assisted",
)


def _says_enough(block: Block) -> bool:
    """Links and a word or two are menus; no residue is said in them."""
    return len(block.raw) >= _MIN_RESIDUE_CHARS and block.link_chars * 2 <= len(block.raw)


def _amid(context: Context) -> frozenset[int]:
    """Long paragraphs the learned judgement is sure of, but for the first and last few: an article says nothing
    of its own making there, and reading them for it would take most of the time.
    """
    if not context.is_html:
        return frozenset()
    sure = [
        block.index
        for block in context.blocks
        if context.keep[block.index] > _SURE_KEEP and len(block.raw) > _LONG_CHARS
    ]
    edge = max(_MIN_EDGE, round(len(sure) * _SURE_EDGE_SHARE))
    return frozenset(sure[edge:-edge])


def _is_menu(block: Block, context: Context) -> bool:
    """Surely of the site, and a link or too short for a note."""
    if context.keep[block.index] >= _NEVER_KEEP:
        return False
    return len(block.raw) < _MIN_FOOTER_CHARS or context.learned[block.index].label in _LINKS


def _suspects(context: Context) -> frozenset[int]:
    """The few blocks of a page in which there is anything to weigh."""
    amid = _amid(context)
    return frozenset(
        block.index
        for block in context.blocks
        if block.kind not in _NEVER
        and _says_enough(block)
        and block.index not in amid
        and not _is_menu(block, context)
        and (suspects(block.text, context.language) or has_tokens(block.text))
    )


def find_ai_disclaimer(block: Block, context: Context) -> str | None:
    """The page says of itself that AI made, translated, summarised or helped with it."""
    found = find_disclosure(block.text, context.language)
    if found is None or (block.kind is Kind.HEADING and not found.is_label):
        return None
    names = [hit.quote for hit in found.sentence.vendors] + sorted(found.sentence.phrases(*_DISCLOSING))
    return f"the page speaks of its own making: {', '.join(dict.fromkeys(names))}"


def find_leaked_prompt(block: Block, context: Context) -> str | None:
    """Orders with requirements on the output, addressed to whoever writes."""
    points = prompt_points(block.text, context.language)
    if points is None:
        return None
    limit = MIN_POINTS if _is_at_edge(block, context) else MIN_POINTS_INSIDE
    return f"instruction to a writer: {points.words}" if points.count >= limit else None


def find_chatbot_meta(block: Block, context: Context) -> str | None:
    """What a chatbot says around its answer: openers, offers, limits of its knowledge, interface crumbs."""
    return find_small_talk(block.text, context.language, is_last=_is_last(block, context))


def find_source_note(block: Block, context: Context) -> str | None:
    """Names where the piece comes from, and nothing else."""
    if block.kind is Kind.HEADING:
        return None
    return find_origin(block.text, context.language)


def _is_at_edge(block: Block, context: Context) -> bool:
    """Whether little of the article stands before or after the block: where prompts are left behind."""
    before, after = _sides(block, context)
    slack = _EDGE_SHARE * (before + after)
    return before <= max(_HEAD_BLOCKS, slack) or after <= max(_TAIL_BLOCKS, slack)


def _is_last(block: Block, context: Context) -> bool:
    before, after = _sides(block, context)
    return after == 0 and before > 0


def _sides(block: Block, context: Context) -> tuple[int, int]:
    """How many other blocks that probably belong to the article stand before and after this one."""
    probable = context.once(_probable)
    return bisect_left(probable, block.index), len(probable) - bisect_right(probable, block.index)


def _probable(context: Context) -> tuple[int, ...]:
    return tuple(number for number, keep in enumerate(context.keep) if keep >= _PROBABLE)


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


def _asked(context: Context) -> Collection[int]:
    return context.once(_suspects)


def _beside_prompts(context: Context) -> Collection[int]:
    return range(len(context.blocks)) if Label.LEAKED_PROMPT in context.labels else ()


RULES: tuple[Rule, ...] = (
    Rule(
        "residue.leaked-prompt",
        Label.LEAKED_PROMPT,
        "Instructions to a model tell what a page was made from; they are nobody's reading matter.",
        find_leaked_prompt,
        _asked,
    ),
    Rule(
        "residue.chatbot-meta",
        Label.CHATBOT_META,
        "A chatbot's greetings, offers and excuses surround the article and are not part of it.",
        find_chatbot_meta,
        _asked,
    ),
    Rule(
        "residue.ai-disclaimer",
        Label.AI_DISCLAIMER,
        "What a page says of its own making belongs into the record, not between its sentences.",
        find_ai_disclaimer,
        _asked,
    ),
    Rule(
        "residue.source-note",
        Label.SOURCE_NOTE,
        "A line that only names where the piece comes from is provenance.",
        find_source_note,
        _asked,
    ),
)
"""Judged block by block."""

CONTEXT_RULES: tuple[Rule, ...] = (
    Rule(
        "residue.headline-echo",
        Label.SOURCE_NOTE,
        "The source's headline, left beside the prompt that quotes it, is not a line of this article.",
        find_headline_echo,
        _beside_prompts,
    ),
)
"""Judged in the second pass, when the prompts of the page are known."""
