"""What a reader can check of a learned verdict: its probabilities, and what the page itself says for it."""

from __future__ import annotations

from collections.abc import Mapping

from copydesk.cleaners.judge.element_kinds import KINDS, QUOTED_FROM, kinds_of, name_of_kind
from copydesk.cleaners.judge.features import PAGE_TAGS
from copydesk.cleaners.lexicon.words import PhraseHit
from copydesk.cleaners.types import KEPT, Block, Label

# elements that say what they hold: https://html.spec.whatwg.org/multipage/sections.html
_SPEAKING_TAGS = frozenset({"nav", "aside", "footer", "header", "form", "figcaption", "button", "dialog"})
_NEAREST = 4  # elements around a block whose names are quoted; further out they hold most of the page
_MOSTLY = 0.5  # share of links from which it is reported


def evidence_of(
    block: Block, label: Label, shares: tuple[float, float], phrases: Mapping[str, PhraseHit]
) -> str:
    """``shares``: the probability that the block belongs to the article, and that of its label among the labels of its
    side; ``phrases``: those found in it, by rule.
    """
    keep, share = shares
    likely = f"{keep:.2f} for keeping, {share:.2f} for {label}"
    if label in KEPT:
        return likely
    facts = _elements(block)
    if phrases and (hit := phrases.get(f"wording.{label.replace('_', '-')}")):
        facts.insert(0, f"phrase “{hit.phrase}”")
    if block.link_chars:
        links = block.link_chars / max(1, len(block.text))
        if links > _MOSTLY:
            facts.append(f"{min(1.0, links):.0%} links")
    return f"{likely}: {'; '.join(facts)}" if facts else likely


def _elements(block: Block) -> list[str]:
    """The nearest element whose name, and the nearest whose tag says what it holds."""
    found = []
    around = [step for step in reversed(block.path[-_NEAREST:]) if step.tag not in PAGE_TAGS]
    for step in around:
        if step.words and (kinds := kinds_of(step.words[:QUOTED_FROM])):
            found.append(f"element “{name_of_kind(step.words, KINDS[kinds[0]])}”")
            break
    for step in around:
        if step.tag in _SPEAKING_TAGS:
            found.append(f"in <{step.tag}>")
            break
    return found
