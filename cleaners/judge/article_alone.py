"""Is a plain text nothing but an article? Decided for the whole text, before any line of it is judged.

A page as a scraper flattened it has lines that are surely none of the article: menus, teasers, notices. A text that
has not one such line is an article alone, and its subheads, lists, verses and short sentences, which look like menus
one by one, are its own. So the line that the network is surest to leave out speaks for all: the less sure even
that is, the more likely all lines belong to the article. A headline is no sign: texts of both kinds begin with one.
A line that is a site's phrase and nothing else ("Subscribe") is a sure one: of copydesk's own texts of 1,484 articles
seven have such a line.

The two numbers were fitted on texts of sites the network had not seen: ``python -m training.article_alone``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from copydesk.cleaners.judge.features import PHRASE_RULES
from copydesk.cleaners.judge.judgement import Opinion
from copydesk.cleaners.lexicon.words import PhraseHit

MIDDLE, SLOPE = -3.5, 0.9
"""Log-odds of being kept of the surest removal at which a text is as likely an article alone as a page; and how fast
that changes with them.
"""
LIKELY = 0.5
"""Probability from which a text counts as an article alone."""
_LEAST = 1e-6
_LOOK_CHARS = 200
# four words in a row, or as many signs of a script that parts none
_PROSE = re.compile(r"(?:[^\W\d_]+[,;:]?\s+){3}[^\W\d_]+|[\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7a3]{4}")
_PROGRAM = re.compile(r"[{}=\\]|\w\(|\);|\w_\w")
_OF_SITES = frozenset(PHRASE_RULES) - {"wording.correction"}


def is_program(texts: Sequence[str]) -> bool:
    """Whether a text is a program, of which no line is plain words: among pages in a folder, no article."""
    heads = [text[:_LOOK_CHARS] for text in texts]  # a hostile line is a megabyte long
    signed = [head for head in heads if _PROGRAM.search(head)]
    return bool(signed) and not any(_PROSE.search(head) for head in heads if head not in signed)


def probability_alone(opinions: Sequence[Opinion], phrases: Sequence[Mapping[str, PhraseHit]]) -> float:
    """How likely (0 to 1) a plain text is an article and nothing else; ``phrases[i]``: rule ids to what line
    ``i`` says.
    """
    if any(map(_is_of_site, phrases)):
        return 0.0
    return 1.0 / (1.0 + math.exp(-SLOPE * (surest_removal(opinions) - MIDDLE)))


def _is_of_site(hits: Mapping[str, PhraseHit]) -> bool:
    return any(hit.mode == "whole" and rule in _OF_SITES for rule, hit in hits.items())


def surest_removal(opinions: Sequence[Opinion]) -> float:
    """The lowest log-odds of any line of being kept, or a headline."""
    least = min(opinion.keep + (1.0 - opinion.keep) * opinion.headline for opinion in opinions)
    least = min(max(least, _LEAST), 1.0 - _LEAST)
    return math.log(least / (1.0 - least))


def keep_within(opinions: Sequence[Opinion], alone: float) -> tuple[float, ...]:
    """The probability of each line that it is kept: it is where the text is an article alone, and else as judged."""
    return tuple([alone + (1.0 - alone) * opinion.keep for opinion in opinions])
