"""Lines of flattened text that are teasers above the headline, or comments below the text."""

from __future__ import annotations

from collections.abc import Mapping

from copydesk.cleaners.facts.line_runs import comment_run, teasers_above
from copydesk.cleaners.rules.rule import RuleContext, page_rule
from copydesk.cleaners.sentence_ends import ends_with_terminal
from copydesk.cleaners.types import KEPT, Label
from copydesk.cleaners.word_count import count_words

_MIN_WORDS_BELOW = 60  # of kept text below the headline, set by hand


@page_rule(
    "shape.before-headline",
    Label.RELATED,
    "Headlines glued to their openings, above a headline with a date, are of other articles.",
    over=KEPT,
)
def before_headline(context: RuleContext) -> Mapping[int, str]:
    """Kept lines above such a headline, if half of them are glued so, and a text follows it."""
    found, kept = context.page.memoized(teasers_above), context.kept_in_order
    if found is None:
        return {}
    above = [at for at in kept if at < found.headline]
    words = sum(count_words(context.page.blocks[at].raw) for at in kept if at > found.headline)
    if words < _MIN_WORDS_BELOW or len(above) > 2 * len(found.glued):
        return {}
    headline = context.page.blocks[found.headline].text
    return dict.fromkeys(above, f"above the headline “{headline}”, as headlines glued to their openings")


@page_rule(
    "shape.comments",
    Label.COMMENT,
    "Lines below the text that repeat a name, a count and a sentence are readers' comments.",
    over=frozenset(Label) - {Label.COPYRIGHT, Label.COMMENT},
)
def comments(context: RuleContext) -> Mapping[int, str]:
    """Such lines with what heads them, where kept text stands above and no kept sentence follows."""
    run = context.page.memoized(comment_run)
    if run is None:
        return {}
    blocks, lines = context.page.blocks, run.lines
    others = [at for at in context.kept_by_now if at not in lines and ends_with_terminal(blocks[at].text)]
    if not others or max(others) > lines.start:
        return {}
    return dict.fromkeys(
        lines, f"{len(run.counts)} times {run.period} lines, with “{blocks[run.counts[0]].text}”"
    )


CONTEXT = (before_headline, comments)
"""Lines of flattened text that are none of the article."""
