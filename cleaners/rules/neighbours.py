"""Rules for repetitions on a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from copydesk._core.layout import common_words
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.types import Block, Kind, Label
from copydesk.cleaners.word_count import count_words

# set by hand: half of 358 labelled repetitions have at most 42 characters, but a smaller value
# removes refrains and repeated labels, a larger one keeps repeated standfirsts
_MIN_DUPLICATE_LETTERS = 40
# set by hand: letters of a quote, and its blocks; words of the line that says who is quoted; quotes of a page; blocks
# around one
_MIN_QUOTE_LETTERS, _MAX_QUOTE, _MAX_SPEAKER_WORDS, _MAX_QUOTES, _NEAR = 20, 10, 8, 20, 30
_PULL_QUOTE = lazy_pattern(r"pull[-_ ]?quote")
_CONTAINERS = frozenset({
    "article", "aside", "blockquote", "body", "center", "details", "dialog", "div", "fieldset", "figure", "footer",
    "form", "header", "main", "nav", "section",
})  # fmt: skip
_BOXES = frozenset({"aside", "div", "form", "section"})
# lines of a box to sign up; words of all such boxes of a page, and how many times as many the text has; set by hand
_MAX_PROMISES, _MAX_PROMISED, _SMALL_PART = 3, 60, 4
_MAX_TITLE_WORDS = 12  # set by hand: longer is a sentence
_BARE_CONTAINERS = frozenset({"center", "div"})  # used like <p> where they have a single block


@rule("neighbours.duplicate", Label.DUPLICATE, "The article has a text once that the page shows twice.")
def duplicates(context: RuleContext) -> Mapping[int, str]:
    """Repeated blocks in another type of container, and pull quotes. In one container, or in a series of like ones, the
    author repeats.

    A reader of 553 labelled pages calls these kept repetitions copies: 20 of 30 in another type of container (without
    tables of contents), 6 of 21 in another container of the same type, none of 9 in the same container.
    """
    table = context.page.table
    found: dict[int, str] = {}
    # flattened text has no containers that would tell the author's repetitions from the page's
    if not context.page.is_html:
        return found
    first: dict[str, int] = {}
    # removed blocks do not count: a teaser may repeat the headline
    for at in context.kept_in_order:
        letters = table.letters[at]
        before = first.setdefault(letters, at)
        if before == at or len(letters) < _MIN_DUPLICATE_LETTERS:
            continue
        kind = table.kinds[at]
        # code and tables repeat themselves: `}`, a result of 0:0 in two tables
        if kind in (Kind.CODE, Kind.TABLE_ROW):
            continue
        if kind is Kind.HEADING and table.kinds[before] is not Kind.HEADING:
            continue  # the earlier block is in a table of contents
        if _containers(table.blocks[before]) != _containers(table.blocks[at]):
            found[at] = f"repeats block {before}, in another container"
    return found | _pull_quotes(context)


def _pull_quotes(context: RuleContext) -> dict[int, str]:
    """The boxes that are named after pull quotes, or are quotes beside the text, and say what one paragraph near them
    says, too; but for a last short line that says who is quoted.
    """
    table, found = context.page.table, dict[int, str]()
    for box in _quote_boxes(context)[:_MAX_QUOTES]:
        if len(box) > _MAX_QUOTE:
            continue
        lines = [at for at in box if at in context.kept_by_now]
        speaker = lines[1:] and count_words(table.raws[lines[-1]]) <= _MAX_SPEAKER_WORDS
        said = [table.letters[at] for at in (lines[:-1] if speaker else lines)]
        near = (*range(box.start - 1, box.start - _NEAR, -1), *range(box.stop, box.stop + _NEAR))
        texts = [at for at in near if at in context.kept_by_now]
        whole = next((at for at in texts if all(one in table.letters[at] for one in said)), None)
        if whole is not None and sum(map(len, said)) >= _MIN_QUOTE_LETTERS:
            found |= dict.fromkeys(lines, f"quotes block {whole}")
    return found


def _quote_boxes(context: RuleContext) -> list[range]:
    """The blocks of each such element, as far as some are kept."""
    table = context.page.table
    numbers: dict[int, None] = {}
    for at in context.kept_in_order:
        path = table.blocks[at].path
        is_beside = any(step.tag == "aside" for step in path)
        for step in path:
            if _PULL_QUOTE.search(step.words) or (step.tag == "blockquote" and is_beside):
                numbers[step.number] = None
                break
    return [table.spans[number] for number in numbers]


def _containers(block: Block) -> list[tuple[str, str]]:
    """The types of the containers around a block, outermost first, without the element of this block alone."""
    return [
        (step.tag, common_words(step.words))
        for depth, step in enumerate(block.path, start=1)
        # a hyphen is in the names of custom elements (HTML Standard, 4.13), which are containers too
        if (step.tag in _CONTAINERS or "-" in step.tag)
        and not (depth == len(block.path) and step.tag in _BARE_CONTAINERS)
    ]


@rule(
    "neighbours.box-title",
    Label.NEWSLETTER,
    "The title of a box to sign up goes with it, and what it promises.",
    over=frozenset({Label.HEADING, Label.PARAGRAPH, Label.STANDFIRST}),
)
def titles_of_boxes(context: RuleContext) -> Mapping[int, str]:
    """Kept lines that open an element of which all else is a newsletter's, and the few ones above the button that ends
    a small element, one or two on a page.
    """
    if Label.NEWSLETTER not in context.labels and "wording.newsletter" not in context.page.hits:
        return {}
    table, kept = context.page.table, context.kept_by_now
    newsletters = {at for at, verdict in enumerate(context.verdicts) if verdict.label is Label.NEWSLETTER}
    signing = (newsletters | context.page.hits.get("wording.newsletter", {}).keys()) - kept
    found: dict[int, str] = {}
    promised: list[Sequence[int]] = []
    for span in (table.spans[number] for tag in _BOXES for number in table.elements_by_tag.get(tag, ())):
        if len(span) < 2:
            continue
        is_title = (
            span[0] in kept
            and span[0] + 1 in newsletters
            and newsletters.issuperset(span[1:])
            and count_words(table.raws[span[0]]) <= _MAX_TITLE_WORDS
        )
        if is_title:
            found[span[0]] = "the heading of a box in which all else is labelled newsletter"
        elif len(span) <= _MAX_PROMISES + 1 and table.kinds[span[-1]] is Kind.CONTROL and span[-1] in signing:
            promised.append([at for at in span if at not in signing])
    return {**found, **_promises(context, promised)}


def _promises(context: RuleContext, boxes: Sequence[Sequence[int]]) -> Mapping[int, str]:
    """The lines above the buttons, where all are kept and together a small part of the text."""
    kept, raws = context.kept_by_now, context.page.table.raws
    lines = {at for box in boxes if kept.issuperset(box) for at in box}
    words = sum(count_words(raws[at]) for at in lines)
    is_small = 0 < words <= _MAX_PROMISED and _SMALL_PART * words < sum(count_words(raws[at]) for at in kept)
    return dict.fromkeys(lines, "above the button of a box to sign up") if is_small else {}


CONTEXT = (duplicates, titles_of_boxes)
