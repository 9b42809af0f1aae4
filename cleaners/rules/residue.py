"""Rules for what the making of a page left in it: AI notes, prompts, chatbots' small talk, source lines.

None of them is a list of sentences. Each weighs cues found in one sentence against each other: who
speaks of whom (the page of itself, or the article of somebody), by what means, and how much else is
said. Quotations, reported speech, denials, laws and corrections speak for keeping.
"""

from __future__ import annotations

import re

from cleaners.cues import Sentence, sentences
from cleaners.disclosure import find_disclosure
from cleaners.headline import guess_language, is_same_headline
from cleaners.prompts import MIN_POINTS, MIN_POINTS_INSIDE, is_at_edge, prompt_points, source_title
from cleaners.rules.rule import Context, Rule
from cleaners.types import Block, Kind, Label

MAX_META_CHARS = 400
MAX_NOTE_CHARS = 260
_META_COVERAGE = 0.5
_ECHO_CHARS = 250

# what chatbot interfaces put into copied text: citation marks, footnote links
_TOKENS = re.compile(
    r":?contentReference\[oaicite:\d+\]\{index=\d+\}|\[?oai_citation:\d+‡[^\]\s]*\]?(?:\([^)\s]*\))?"
    r"|【\d+(?::\d+)?†[^】]*】|\ue200?cite\ue202?(?:turn\d+\w+\d+\W?)+|\b(?:cite)?turn\d+(?:search|view|news|fetch|file)\d+"
)
_COLON = re.compile(r"^[^::]{1,40}[::]")


def _has_cue(block: Block, context: Context) -> bool:
    """Cheap guard: almost no block of an article has a cue. Latin "AI" inside Han text has no word border."""
    if block.kind in (Kind.CODE, Kind.TITLE):
        return False
    return "AI" in block.raw or any(key.startswith(("cue.", "residue.")) for key in context.phrases[block.index])


def find_ai_disclaimer(block: Block, context: Context) -> str | None:
    """The page says of itself that AI made, translated, summarised or helped with it."""
    if not _has_cue(block, context):
        return None
    found = find_disclosure(block.text, context.language)
    if found is None:
        return None
    names = [hit.quote for hit in found.sentence.vendors] + sorted(found.sentence.phrases(*_DISCLOSING))
    return f"the page speaks of its own making: {', '.join(names)}"


_DISCLOSING = ("cue.ai", "cue.ai-sure", "cue.self", "cue.made", "cue.translated", "cue.summarised", "cue.assisted")


def find_leaked_prompt(block: Block, context: Context) -> str | None:
    """Orders with requirements on the output, addressed to whoever writes."""
    if not _has_cue(block, context):
        return None
    points, words = prompt_points(block.text, context.language)
    limit = MIN_POINTS if is_at_edge(block.index, len(context.blocks)) else MIN_POINTS_INSIDE
    return f"instruction to a writer: {words}" if points >= limit else None


def find_chatbot_meta(block: Block, context: Context) -> str | None:
    """What a chatbot says around its answer: openers, offers, limits of its knowledge, interface crumbs."""
    text = block.text
    if len(text) > MAX_META_CHARS:
        return None
    if "turn" in text or "oai" in text or "†" in text:
        rest = _TOKENS.sub("", text)
        if rest != text and len(rest.strip(" .,;[]()")) < len(text) / 4:
            return "interface mark of a chatbot"
    if not _has_cue(block, context):
        return None
    parts = sentences(text, context.language)
    if not parts or any(part.has("cue.report") for part in parts):
        return None
    return next((found for part in parts if (found := _small_talk(part))), None)


def _small_talk(part: Sentence) -> str | None:
    said = part.first("residue.chatbot-meta")
    if said:
        return f"a chatbot's words: {said.phrase}"
    if part.coverage < _META_COVERAGE or not part.has("cue.draft"):
        return None
    opener, offer, ask = part.first("cue.opener"), part.first("cue.offer"), part.first("cue.ask")
    if ask and ask.start <= 12:
        return f"a chatbot's offer: {ask.phrase} … {', '.join(sorted(part.phrases('cue.draft')))}"
    if opener and offer:
        return f"a chatbot's opening: {opener.phrase}, {offer.phrase}"
    if offer and offer.start == 0 and len(part.phrases("cue.draft")) >= 2:
        return f"a chatbot's opening: {offer.phrase} … {', '.join(sorted(part.phrases('cue.draft')))}"
    return None


def find_source_note(block: Block, context: Context) -> str | None:
    """Names where the piece comes from, and nothing else."""
    text = block.text
    if len(text) > MAX_NOTE_CHARS or block.kind is Kind.HEADING or not _has_cue(block, context):
        return None
    parts = sentences(text, context.language)
    if not parts or len(parts) > 3 or any(part.has("cue.correction") for part in parts):
        return None
    first = parts[0]
    published = first.first("cue.origin-published")
    if published and not first.has("cue.report") and _is_of_this_page(first, published.start):
        return f"says where it appeared: {published.phrase}"
    based = first.first("cue.origin-based")
    if based and based.start == 0 and _is_label(text, based.end):
        return f"names a source: {based.phrase}"
    return None


def _is_of_this_page(sentence: Sentence, at: int) -> bool:
    """Whether the piece that appeared elsewhere is this one, not a book the article speaks of."""
    own = sentence.first("cue.self")
    return at == 0 or (own is not None and own.start <= 4 and own.end <= at)


def _is_label(text: str, length: int) -> bool:
    """Whether the cue is the whole of what stands before a colon ("Source: Reuters")."""
    found = _COLON.match(text)
    return found is not None and len(found.group().strip(" ::")) <= length + 2 and len(text) > found.end()


def find_headline_echo(block: Block, context: Context) -> str | None:
    """A line that repeats the headline quoted in a leaked prompt, in another language than the page's."""
    text = block.text
    if not 4 <= len(text) <= _ECHO_CHARS or not context.verdicts:
        return None
    for prompt, verdict in zip(context.blocks, context.verdicts, strict=True):
        if verdict.label is not Label.LEAKED_PROMPT or prompt.index == block.index:
            continue
        title = source_title(prompt.text)
        if title and is_same_headline(title, text) and guess_language(text) not in (None, context.language[:2]):
            return "the headline quoted in the prompt, in its own language"
    return None


RULES: tuple[Rule, ...] = (
    Rule(
        "residue.leaked-prompt",
        Label.LEAKED_PROMPT,
        "Instructions to a model tell what a page was made from; they are nobody's reading matter.",
        find_leaked_prompt,
    ),
    Rule(
        "residue.chatbot-meta",
        Label.CHATBOT_META,
        "A chatbot's greetings, offers and excuses surround the article and are not part of it.",
        find_chatbot_meta,
    ),
    Rule(
        "residue.ai-disclaimer",
        Label.AI_DISCLAIMER,
        "What a page says of its own making belongs into the record, not between its sentences.",
        find_ai_disclaimer,
    ),
    Rule(
        "residue.source-note",
        Label.SOURCE_NOTE,
        "A line that only names where the piece comes from is provenance.",
        find_source_note,
    ),
)
"""Judged block by block."""

CONTEXT_RULES: tuple[Rule, ...] = (
    Rule(
        "residue.headline-echo",
        Label.SOURCE_NOTE,
        "The source's headline, left beside the prompt that quotes it, is not a line of this article.",
        find_headline_echo,
    ),
)
"""Judged in the second pass, when the prompts of the page are known."""
