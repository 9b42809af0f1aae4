"""Pages as the networks learn from them: as they are, changed, composed, flattened; each block as numbers.

Which copies of a page are made follows from its name, so that the same data gives the same examples.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache, partial
from itertools import chain
from pathlib import Path

import numpy as np

from copydesk.cleaners.judge.features import measure
from copydesk.cleaners.judge.judgement import Judge
from copydesk.cleaners.language.detection import detect
from copydesk.cleaners.lexicon.block_phrases import SAMPLE_CHARS, find_phrases, language_sample
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import PARTS, Label
from training.bare_articles import bare_articles, brief_page
from training.batches import Measured
from training.everyday_pages import Story, by_language, composed_stories, everyday_page, story_of
from training.foreign_text import with_second_article, with_small_print
from training.own_sections import with_own_sections
from training.pages import (
    LABELLED,
    OTHER_KINDS,
    Example,
    Form,
    Raw,
    as_html,
    as_lines,
    as_markdown,
    fold_of,
    joined,
    spaced,
    wrapped,
)
from training.pointers import Headlines, headlines_by_language, headlines_for, with_pointers
from training.short_paragraphs import in_short_paragraphs
from training.taught import as_taught, with_labels
from training.variants import (
    as_brief,
    boxes_first,
    boxes_within,
    cut_short,
    seeded,
    with_cards,
    with_comments,
    with_residue,
)

CHANGED = 0.4  # share of pages of which a changed copy is learned from too
WAYS = (3, 2, 3, 4)  # how often each way
# share of pages of which a copy has text of another page below the article; with 0.4 half as much more of it is let in,
# and pages untouched fare the same (docs/decisions/0018-whose-text-it-is.md)
FOREIGN = 0.8
OWN_SECTIONS = 0.4  # share of pages of which the copy has its own paragraphs in boxes
SECOND_ARTICLES = 0.6  # share of these with an article; the others have small print
BRIEF = 0.4  # share of pages of which a copy is cut to a brief
CARDED = 0.35  # share of pages of which a copy has composed cards below its article
EVERYDAY = 2  # pages composed of each story
INJECTED = 0.4  # share of pages of which the copy has residue among its paragraphs
BARE_INJECTED = 0.5  # the same of texts that are else only an article
# share of flattened copies with pointers between their paragraphs, with boxes of the page there, in short paragraphs
POINTED, BOXED, SHORT = 0.25, 0.3, 0.12
FEWEST_OTHERS = 3  # pages in the language of a page, below which it borrows from any of its fold
INFERRED_WEIGHT = 0.5  # truths of other sets than `blocks` are inferred and follow other customs
COMPOSED_WEIGHT = 0.5  # of pages composed: 1 costs real pages .001 of F1
LABELS = tuple(
    label
    for label in Label
    if label
    not in {
        Label.DATELINE,
        Label.AI_DISCLAIMER,
        Label.LEAKED_PROMPT,
        Label.CHATBOT_META,
        Label.RECURRING,
        *PARTS,
    }
)
"""Labels one can learn: of the others there are too few on the pages, or one page does not show them."""
COMPOSED = Path(__file__).parent / "composed"
_BARS = (" | ", " ", " · ", "  ")


def examples(raws: Sequence[Raw], kind: str) -> list[Measured]:
    """Every page of the sets with its copies, and the pages composed of their texts; ``kind``: ``html``, ``lines``."""
    with ProcessPoolExecutor(2) as pool:
        stories = _by_fold(filter(None, pool.map(_story, raws, chunksize=16)))
        everyday = _everyday_pages(stories)
        groups = _groups(raws, everyday)
        headlines = headlines_by_language(stories, _composed_stories())
        pages = list(chain.from_iterable(pool.map(partial(_measured, kind, headlines), groups, chunksize=16)))
        composed = pool.map(partial(_measured_alone, kind, headlines), everyday, chunksize=64)
        return [*pages, *chain.from_iterable(composed)]


def untold_examples(raws: Sequence[Raw]) -> list[Measured]:
    """Pages with tags of whose blocks nothing is known: what they are is for the teachers to say."""
    with ProcessPoolExecutor(2) as pool:
        return list(chain.from_iterable(pool.map(_measured_untold, raws, chunksize=4)))


def taught_examples(raws: Sequence[Raw], judge: Judge) -> list[Measured]:
    """Pages of which no truth is known but what their tags show, flattened."""
    measured = partial(_measured_as_taught, judge, headlines_by_language({}, _composed_stories()))
    with ProcessPoolExecutor(2) as pool:
        return list(chain.from_iterable(pool.map(measured, raws, chunksize=16)))


def labelled_by(judge: Judge, raws: Sequence[Raw]) -> list[Raw]:
    """The pages, of which those whose text alone is known have the labels that ``judge`` gives with their tags."""
    with ProcessPoolExecutor(2) as pool:
        return list(pool.map(partial(with_labels, judge=judge), raws, chunksize=8))


def _measured_untold(raw: Raw) -> list[Measured]:
    page = as_html(replace(raw, set_name=LABELLED))
    if page is None:
        return []
    unknown = (None,) * len(page.blocks)
    return [_as_numbers(replace(page, labels=unknown, keep=unknown), weight=INFERRED_WEIGHT)]


def _measured_as_taught(judge: Judge, headlines: Headlines, raw: Raw) -> list[Measured]:
    page = as_taught(raw, judge)
    return [] if page is None else [_as_numbers(one) for one in _line_examples(page, headlines)]


def _story(raw: Raw) -> Story | None:
    page = as_html(raw) if raw.set_name != OTHER_KINDS else None
    return None if page is None else story_of(page, _language(page))


def _by_fold(stories: Iterable[Story]) -> Mapping[int, list[Story]]:
    folds: dict[int, list[Story]] = defaultdict(list)
    for story in stories:
        folds[fold_of(story.site)].append(story)
    return folds


@cache
def _composed_stories() -> Sequence[Story]:
    return list(composed_stories(COMPOSED))


def _everyday_pages(folds: Mapping[int, Sequence[Story]]) -> list[Raw]:
    """Pages composed of the stories, each of those of one fold."""
    return [
        everyday_page(story, by_language(stories, _composed_stories(), story), number)
        for stories in folds.values()
        for story in stories
        for number in range(EVERYDAY)
    ]


def _groups(raws: Sequence[Raw], everyday: Sequence[Raw]) -> Iterator[tuple[Raw, Raw, Raw, Raw]]:
    """Each page with three of the same fold from which its copies may borrow: one that is labelled, any article in
    its language, and a composed page with cards.
    """
    composed: dict[int, list[Raw]] = defaultdict(list)
    for page in everyday:
        composed[fold_of(page.site)].append(page)
    labelled: dict[object, list[Raw]] = defaultdict(list)
    articles: dict[object, list[Raw]] = defaultdict(list)
    homes = [(fold_of(raw.site), detect(raw.truth[:SAMPLE_CHARS], None).language) for raw in raws]
    for raw, home in zip(raws, homes, strict=True):
        for key in (home, home[0]):
            labelled[key] += [raw] * bool(raw.labels)
            articles[key] += [raw] * (raw.set_name != OTHER_KINDS)
    for raw, home in zip(raws, homes, strict=True):
        cards = composed[home[0]] or [raw]
        yield (
            raw,
            _other(raw, home, labelled),
            _other(raw, home, articles),
            cards[_digest_of(raw.name) % len(cards)],
        )


def _other(raw: Raw, home: tuple[int, str], groups: Mapping[object, Sequence[Raw]]) -> Raw:
    """A page of another site in the same fold and language, or in the fold where there are too few."""
    for key in (home, home[0]):
        others = [other for other in groups[key] if other.site != raw.site]
        if len(others) >= FEWEST_OTHERS:
            return others[_digest_of(raw.name) % len(others)]
    return raw


def _measured_alone(kind: str, headlines: Headlines, raw: Raw) -> list[Measured]:
    """A composed page as it is; or flattened, with the head's title, in another form without, and one in two in
    Markdown, some interrupted.
    """
    if kind == "html":
        pages = [as_html(raw)]
    else:
        style = joined if _digest_of(raw.name) % 2 else spaced
        pages = [as_lines(raw, form) for form in (Form(style, has_head_title=True), _form_of(raw.name))]
        pages += [_in_markdown(raw)] if _digest_of(raw.name) // 2 % 2 else []
    found = [page for page in pages if page]
    if len(found) < len(pages):
        raise ValueError(f"{raw.name}: composed without a text")
    if kind != "html":
        found = _interrupted(found, headlines)
    return [_as_numbers(page, weight=COMPOSED_WEIGHT) for page in found]


def _measured(kind: str, headlines: Headlines, pages: tuple[Raw, Raw, Raw, Raw]) -> list[Measured]:
    examples = _html_examples(*pages) if kind == "html" else _line_examples(pages[0], headlines)
    return [_as_numbers(page) for page in examples]


def _html_examples(raw: Raw, labelled: Raw, article: Raw, composed: Raw) -> list[Example]:
    """The page, for two articles in three the same changed in one way or two, for most with foreign text, for some
    with boxes of its own text, and for some cut to a brief, with more cards than it has.
    """
    page = as_html(raw)
    if page is None:
        return []
    # what is put beside an article as residue may be the main content here: comments of a forum, cards of a listing
    if page.set_name == OTHER_KINDS:
        return [page]
    other = as_html(labelled) or page
    copies = (
        _changed(page, other),
        _with_foreign_text(page, other, article),
        _with_own_sections(page),
        _brief(page, as_html(composed) or page),
    )
    return [page, *(one for one in copies if one is not page)]


def _brief(page: Example, composed: Example) -> Example:
    chance = seeded(page, "brief among cards")
    brief = as_brief(page) if chance.random() < BRIEF else page
    return with_cards(brief, composed) if chance.random() < CARDED else brief


def _changed(page: Example, other: Example) -> Example:
    chance = seeded(page, "variant")
    changed = page
    if chance.random() < CHANGED:
        ways = (cut_short, boxes_first, partial(with_comments, other=other), boxes_within)
        changed = chance.choices(ways, WAYS)[0](page)
    if chance.random() < INJECTED:
        changed = with_residue(changed, language=_language(page))
    return changed


def _with_foreign_text(page: Example, other: Example, article: Raw) -> Example:
    chance = seeded(page, "foreign text")
    if chance.random() >= FOREIGN:
        return page
    if chance.random() < SECOND_ARTICLES:
        return with_second_article(page, as_html(article) or page)
    return with_small_print(page, other)


def _with_own_sections(page: Example) -> Example:
    """With boxes of the page's site among those of its own text: a box is not the article's for being one."""
    return with_own_sections(boxes_within(page)) if seeded(page, "boxes").random() < OWN_SECTIONS else page


def _line_examples(raw: Raw, headlines: Headlines) -> list[Example]:
    """The page in Markdown and flattened in three ways or four; an article also with residue among its lines, and
    alone. Some of an article's are interrupted.
    """
    forms = (_in_markdown(raw), *(as_lines(raw, form) for form in _forms(raw.name)))
    pages = [page for page in forms if page is not None]
    if raw.set_name == OTHER_KINDS:
        return pages
    if pages and _digest_of(raw.name) % 2:
        pages[-1] = with_residue(pages[-1], language=_language(pages[-1]))
    return _interrupted([*pages, *_bare_examples(raw)], headlines)


def _interrupted(pages: Sequence[Example], headlines: Headlines) -> list[Example]:
    """The copies of a page, of which some are in short paragraphs, and some have what sites put between paragraphs."""
    if not pages:
        return []
    language = _language(pages[0])
    known = headlines_for(headlines, fold_of(pages[0].site), language)
    found = []
    for number, page in enumerate(pages):
        chance, changed = seeded(page, f"interrupted {number}"), page
        if chance.random() < SHORT:
            changed = in_short_paragraphs(changed, purpose=str(number))
        if chance.random() < BOXED:
            changed = boxes_within(changed)
        if chance.random() < POINTED:
            changed = with_pointers(changed, known, language=language, purpose=str(number))
        found.append(changed)
    return found


def _forms(name: str) -> list[Form]:
    """The forms in which a page is learned from: a line a block with the head's title, a paragraph a block without,
    one in three wrapped; and one that differs from page to page, as the tools do that flatten pages.
    """
    forms = [Form(joined, has_head_title=True), Form(spaced)]
    return [*forms, *([Form(wrapped)] if _digest_of(name) % 3 == 0 else []), _form_of(name)]


def _in_markdown(raw: Raw) -> Example | None:
    number = _digest_of(raw.name) // 12
    return as_markdown(raw, has_head_title=number % 2 == 0, has_hidden=number // 2 % 2 == 0)


def _form_of(name: str) -> Form:
    number = _digest_of(name) // 6
    style = joined if number % 2 else spaced
    return Form(style, has_marks=number // 2 % 3 == 0, bar=_bar(number // 6))


def _bar(number: int) -> str | None:
    """What menus are joined by; in two of three pages each link has a line of its own."""
    return _BARS[number // 3 % len(_BARS)] if number % 3 == 0 else None


def _bare_examples(raw: Raw) -> list[Example]:
    """The article of the page alone, in several forms, of which for one page in two the last has residue
    among its lines; and a brief with some of the page around it.
    """
    page = as_html(raw)
    pages = [] if page is None else list(bare_articles(page))
    if pages and seeded(pages[-1], "bare residue").random() < BARE_INJECTED:
        pages[-1] = with_residue(pages[-1], language=_language(pages[-1]))
    brief = None if page is None else brief_page(page)
    return pages if brief is None else [*pages, brief]


def _digest_of(name: str) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest(), 16)


def _language(page: Example) -> str:
    return detect(language_sample(page.blocks), None).language


def _as_numbers(page: Example, *, weight: float | None = None) -> Measured:
    measures = measure(PageTable(page.blocks), find_phrases(page.blocks, language := _language(page)))
    places = {label: number for number, label in enumerate(LABELS)}
    return Measured(
        page.set_name,
        page.site,
        language,
        measures.rows,
        measures.layout,
        measures.groups,
        tuple(map(tuple, measures.words)),
        np.array([places.get(label, -1) if label else -1 for label in page.labels]),
        np.array([-1.0 if keep is None else float(keep) for keep in page.keep], dtype=np.float32),
        weight or (1.0 if page.set_name == LABELLED else INFERRED_WEIGHT),
    )
