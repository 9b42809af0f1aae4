"""What a page lays over its text: dialogs and boxes of consent."""

from __future__ import annotations

from collections.abc import Mapping

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.parts.elements import (
    CONSENT,
    CONSENT_SUBSTRINGS,
    WHOLE_PAGE,
    small_elements,
    small_parts,
)
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.types import Label
from copydesk.cleaners.word_count import count_words

# "dialog-off-canvas-main-canvas" is around every page of Drupal
_OVERLAY = lazy_pattern(rf"(?<!\S)(?:alert)?dialog(?!\S)|{CONSENT.pattern}")
_OVERLAY_SUBSTRINGS = (*CONSENT_SUBSTRINGS, "dialog")
_MIN_SAID_WORDS = 8  # of a sentence of a notice; its buttons, purposes and vendors have fewer (set by hand)


@rule(
    "structure.overlay", Label.OTHER, "What a page lays over its text, such as a consent box, is none of it."
)
def overlays(context: RuleContext) -> Mapping[int, str]:
    """Kept tables, lists and lines in dialogs and boxes of consent of which no sentence is kept, and all that is beside
    a button of consent.
    """
    judged, table = context.judged, context.page.table
    boxes = small_parts(judged, _is_overlay, _OVERLAY_SUBSTRINGS) if context.page.is_html else frozenset()
    found: dict[int, str] = {}
    asking = _boxes_that_ask(context)
    for number in small_elements(judged, asking):
        evidence = f"beside a button of consent: {asking[number]!r}"
        found |= dict.fromkeys(judged.kept.intersection(table.spans[number]), evidence)
    for number in sorted(set(table.outermost(boxes).values())):
        inside = set(table.spans[number])
        kept = inside & judged.kept
        said = [at for at in inside & table.sentences if count_words(table.raws[at]) >= _MIN_SAID_WORDS]
        if kept and said and kept.isdisjoint(said):
            words = " ".join(table.element(number).words.split())
            found |= dict.fromkeys(kept, f"in what is laid over the page: {words!r}")
    return found


def _boxes_that_ask(context: RuleContext) -> dict[int, str]:
    """The elements with a sentence around buttons of consent, each the innermost, with the button's words."""
    table = context.page.table
    found: dict[int, str] = {}
    for at in context.page.hits.get("wording.cookie", {}):
        path = table.blocks[at].path
        if True not in [step.tag == "button" for step in path]:
            continue
        box = next(
            (step for step in reversed(path) if not table.sentences.isdisjoint(table.spans[step.number])),
            None,
        )
        if box is not None and box.tag not in WHOLE_PAGE:
            found[box.number] = table.texts[at]
    return found


def _is_overlay(words: str, tag: str) -> bool:
    return tag == "dialog" or (tag not in WHOLE_PAGE and _OVERLAY.search(words) is not None)
