"""Trains the networks: ``python -m training.train [--data FOLDER] [--folds FOLDER] [--kinds html,lines] [--seeds 0]``.

Without ``--folds`` it writes ``cleaners/judge/labels_html.npz`` and ``cleaners/judge/labels_lines.npz`` from all pages;
the second learns from what the first makes of pages of the open web, too (``training.taught``). With it, five networks
a kind are written to the folder, each trained without a fifth of the *sites*: what a benchmark needs to judge pages the
network has never seen; for more than one seed, all of them once more by each (``training.folds``). Same data, versions
and kind of processor, same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from copydesk.cleaners.judge.element_kinds import KINDS
from copydesk.cleaners.judge.features import NAMES, PHRASE_RULES, Measures, measure
from copydesk.cleaners.judge.judgement import PACKAGED, Judge
from copydesk.cleaners.judge.network import Vocabulary, judge
from copydesk.cleaners.judge.network import read as read_network
from copydesk.cleaners.language.detection import detect
from copydesk.cleaners.lexicon.block_phrases import SAMPLE_CHARS, find_phrases, language_sample
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import PARTS, Label
from training.bare_articles import bare_articles, brief_page
from training.batches import (
    Batch,
    Measured,
    Words,
    batch_of,
    element_words_of,
    join,
    languages_of,
    normalised,
    own_words_of,
)
from training.everyday_pages import Story, by_language, composed_stories, everyday_page, story_of
from training.folds import fold_path, judge_without
from training.foreign_text import with_second_article, with_small_print
from training.model import Model, as_arrays
from training.own_sections import with_own_sections
from training.pages import (
    FOLDS,
    OTHER_KINDS,
    SETS,
    Example,
    Raw,
    as_html,
    as_lines,
    fold_of,
    joined,
    read,
    read_other_kinds,
    read_unlabelled,
    spaced,
    wrapped,
)
from training.taught import as_taught
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

PAGES_A_STEP = 16
THREADS = 1  # two trainings side by side are done sooner than one on two processors
RATE = 2e-3
DECAY = 1e-2
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
NAMELESS = 0.25  # share of pages judged without the words of elements
FEWEST_OTHERS = 3  # pages in the language of a page, below which it borrows from any of its fold
COMPARED = 8  # pages on which the network as it runs is held against the one that was trained
MOST_APART = 0.02  # of a probability: weights are kept in half precision
INFERRED_WEIGHT = 0.5  # truths of other sets than `blocks` are inferred and follow other customs
COMPOSED_WEIGHT = 0.5  # of pages composed: 1 costs real pages .001 of F1
LABEL_WEIGHT = 1.0
FIRST_WEIGHT = 0.5  # of the judgement after the first look beside the last one
RARE_LABELS = 0.4  # 0: every block counts alike for the labels; 1: every label


@dataclass(frozen=True, slots=True)
class Course:
    """How a network is trained: ``epochs``; ``wordless``, the share of pages judged without the words of their
    text; and ``seed``, that of the packaged network.
    """

    epochs: int
    wordless: float
    seed: int


COURSES = {"html": Course(epochs=12, wordless=1.0, seed=0), "lines": Course(epochs=10, wordless=0.4, seed=1)}
"""One for each kind of page; with tags, words of the text gained nothing (decision 19). Of lines, the
network of seed 0 read fewer composed notes on AI exactly (0.54 of them instead of 0.58).
"""
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
_NAMED = slice(NAMES.index(f"holder_{KINDS[0]}"), None)  # the kinds of elements come last
_PHRASES = [NAMES.index(name) for name in PHRASE_RULES]
PHRASE_SCALE = 2.0  # by their spread, rare as they are, all ways of holding a phrase would look alike
ROOT = Path(__file__).parent.parent


def main() -> None:
    """Reads the data, trains, writes the arrays."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--folds", type=Path, help="write networks of five folds to this folder instead")
    parser.add_argument("--kinds", default="html,lines", help="only these kinds of page")
    parser.add_argument("--seeds", default="0", help="of the networks of folds, parted by commas")
    arguments = parser.parse_args()
    raws = [*read(arguments.data), *read_other_kinds(arguments.data)]
    unlabelled = list(read_unlabelled(arguments.data))
    for kind in arguments.kinds.split(","):
        digest = _digest(raws if kind == "html" else [*raws, *unlabelled])
        with ProcessPoolExecutor(2) as pool:
            everyday = _everyday_pages(list(filter(None, pool.map(_story, raws, chunksize=16))))
            groups = _groups(raws, everyday)
            pages = list(chain.from_iterable(pool.map(partial(_measured, kind), groups, chunksize=4)))
            pages += pool.map(partial(_measured_alone, kind), everyday, chunksize=16)
        if arguments.folds is None:
            path, seed = ROOT / "cleaners" / "judge" / f"labels_{kind}.npz", COURSES[kind].seed
            _write(path, [*pages, *_taught(kind, unlabelled, PACKAGED)], kind, digest, seed=seed)
            continue
        for fold in range(FOLDS):
            seen = [page for page in pages if fold_of(page.site) != fold]
            others = [raw for raw in unlabelled if fold_of(raw.site) != fold]
            seen += _taught(kind, others, judge_without(fold, folder=arguments.folds))
            for seed in map(int, arguments.seeds.split(",")):
                path = fold_path(arguments.folds, kind, fold, seed)
                path.parent.mkdir(parents=True, exist_ok=True)
                _write(path, seen, kind, digest, seed=seed)


def _digest(raws: Sequence[Raw]) -> str:
    total = hashlib.sha256()
    for raw in raws:
        total.update(raw.name.encode())
        total.update(hashlib.sha256(raw.body).digest())
        total.update(raw.truth.encode())
        total.update("\n".join(label for label, _ in raw.labels).encode())
    return total.hexdigest()[:16]


def _taught(kind: str, unlabelled: Sequence[Raw], judge: Judge) -> list[Measured]:
    """Pages of which no truth is known but what their tags show; none for the network that reads the tags."""
    if kind == "html":
        return []
    with ProcessPoolExecutor(2) as pool:
        return list(
            chain.from_iterable(pool.map(partial(_measured_as_taught, judge), unlabelled, chunksize=4))
        )


def _measured_as_taught(judge: Judge, raw: Raw) -> list[Measured]:
    page = as_taught(raw, judge)
    return [] if page is None else [_as_numbers(one) for one in _line_examples(page)]


def _story(raw: Raw) -> Story | None:
    page = as_html(raw) if raw.set_name != OTHER_KINDS else None
    return None if page is None else story_of(page, _language(page))


def _everyday_pages(stories: Sequence[Story]) -> list[Raw]:
    """Pages composed of the stories, each of those of one fold."""
    composed = list(composed_stories(ROOT / "training" / "composed"))
    folds: dict[int, list[Story]] = defaultdict(list)
    for story in stories:
        folds[fold_of(story.site)].append(story)
    return [
        everyday_page(story, by_language(folds[fold_of(story.site)], composed, story), number)
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


def _measured_alone(kind: str, raw: Raw) -> Measured:
    """A composed page as it is, or flattened."""
    page = as_html(raw) if kind == "html" else as_lines(raw, joined if _digest_of(raw.name) % 2 else spaced)
    if page is None:
        raise ValueError(f"{raw.name}: composed without a text")
    return _as_numbers(page, weight=COMPOSED_WEIGHT)


def _measured(kind: str, pages: tuple[Raw, Raw, Raw, Raw]) -> list[Measured]:
    examples = _html_examples(*pages) if kind == "html" else _line_examples(pages[0])
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


def _line_examples(raw: Raw) -> list[Example]:
    """The page flattened in two ways or three; an article also with residue among its lines, and alone."""
    styles = (joined, spaced, wrapped) if _digest_of(raw.name) % 3 == 0 else (joined, spaced)
    flattened = (as_lines(raw, style, with_head_title=style is joined) for style in styles)
    pages = [page for page in flattened if page is not None]
    if raw.set_name == OTHER_KINDS:
        return pages
    if pages and _digest_of(raw.name) % 2:
        pages[-1] = with_residue(pages[-1], language=_language(pages[-1]))
    return pages + _bare_examples(raw)


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
        weight or (1.0 if page.set_name == "blocks" else INFERRED_WEIGHT),
    )


def _write(path: Path, pages: Sequence[Measured], kind: str, digest: str, *, seed: int) -> None:
    started = time.monotonic()
    arrays = train(pages, COURSES[kind], seed=seed)
    np.savez(path, digest=np.array(digest), **arrays)
    sites = len({page.site for page in pages})
    print(f"{path.name}: {len(pages)} pages of {sites} sites, {time.monotonic() - started:.0f} s", flush=True)


def train(pages: Sequence[Measured], course: Course, *, seed: int = 0) -> Mapping[str, np.ndarray[Any, Any]]:
    """The weights learned from the pages, as arrays by name."""
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    # memory is filled before it is written, a tenth of the time of a step; nothing here reads what was not written
    torch.utils.deterministic.fill_uninitialized_memory = False
    torch.set_num_threads(THREADS)
    element_words = element_words_of(pages)
    languages = languages_of(pages) if course.wordless < 1 else []
    own_words = own_words_of(pages, languages)
    everything = np.concatenate([page.rows for page in pages])
    mean, scale = everything.mean(axis=0), 1.0 / (everything.std(axis=0) + 1e-3)
    mean[_PHRASES], scale[_PHRASES] = 0.0, PHRASE_SCALE
    words = Words(
        Vocabulary(element_words), {word: row for row, word in enumerate(own_words)}, frozenset(languages)
    )
    batches = [batch_of(page, words, torch.from_numpy(mean), torch.from_numpy(scale)) for page in pages]
    model = Model(
        measures=len(NAMES),
        words=len(element_words),
        own_words=len(own_words),
        labels=len(LABELS),
        sets=len(SETS),
    )
    nothing = normalised(torch.zeros(len(NAMES)), torch.from_numpy(mean), torch.from_numpy(scale))[_NAMED]
    _fit(model, batches, nothing, _label_weights(pages), course)
    model.eval()
    arrays = {
        **as_arrays(model, set_number=0),
        "mean": mean,
        "scale": scale,
        "measures": np.array("\n".join(NAMES)),
        "labels": np.array("\n".join(LABELS)),
        "vocabulary": np.array("\n".join(element_words)),
        "own_languages": np.array("\n".join(languages)),
        "own_words": np.array("\n".join(own_words)),
    }
    _hold_together(model, arrays, pages[:COMPARED], batches[:COMPARED])
    return arrays


def _hold_together(
    model: Model,
    arrays: Mapping[str, np.ndarray[Any, Any]],
    pages: Sequence[Measured],
    batches: Sequence[Batch],
) -> None:
    """Raises ArithmeticError where the network as it runs gives other results than as it was trained, on pages end to
    end: the same sums are written twice, for PyTorch and for numpy.
    """
    network = read_network(arrays, where="the network just trained")
    ours = [
        judge(network, Measures(page.rows, page.layout, page.groups, page.words, page.language)).keep
        for page in pages
    ]
    whole = join(batches)
    with torch.no_grad():
        _, odds, _ = model(replace(whole, sets=torch.zeros_like(whole.sets)))
    apart = float(np.abs(np.concatenate(ours) - torch.sigmoid(odds).numpy()).max())
    if apart > MOST_APART:
        raise ArithmeticError(f"trained and running network are {apart:.3f} apart")


def _label_weights(pages: Sequence[Measured]) -> Tensor:
    """What a block of each label counts: rare ones more."""
    counted = Counter(chain.from_iterable(page.labels[page.labels >= 0].tolist() for page in pages))
    sizes = np.array([max(20, counted[number]) for number in range(len(LABELS))], dtype=np.float64)
    weights = (sizes.max() / sizes) ** RARE_LABELS
    return torch.from_numpy(weights.astype(np.float32)) / 4 + 0.2


def _fit(
    model: Model, batches: Sequence[Batch], nothing: Tensor, label_weights: Tensor, course: Course
) -> None:
    chance = random.Random(torch.initial_seed())  # noqa: S311 - an order of pages is no secret
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    steps = course.epochs * -(-len(batches) // PAGES_A_STEP)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.15)
    order = list(batches)
    model.train()
    for _ in range(course.epochs):
        chance.shuffle(order)
        for start in range(0, len(order), PAGES_A_STEP):
            some = order[start : start + PAGES_A_STEP]
            hidden = _without(some, NAMELESS, chance), _without(some, course.wordless, chance)
            loss = _loss(model, join(some), hidden, nothing, label_weights)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()


def _without(pages: Sequence[Batch], share: float, chance: random.Random) -> Tensor:
    """True for the blocks of a share of pages."""
    return torch.cat([torch.full((len(page.rows),), chance.random() < share) for page in pages])


def _loss(
    model: Model, batch: Batch, hidden: tuple[Tensor, Tensor], nothing: Tensor, label_weights: Tensor
) -> Tensor:
    """``hidden``: True for blocks judged without the words of elements, without their own."""
    nameless, wordless = hidden
    rows = batch.rows  # a fresh copy: pages were joined
    rows[:, _NAMED] = torch.where(nameless[:, None], nothing, rows[:, _NAMED])
    logits, odds, first_odds = model(batch, nameless=nameless, wordless=wordless)
    truth = batch.truth
    known = truth.keep >= 0
    right, weights = truth.keep[known], truth.weights[known]
    missed = functional.binary_cross_entropy_with_logits(odds[known], right, reduction="none")
    missed = missed + FIRST_WEIGHT * functional.binary_cross_entropy_with_logits(
        first_odds[known], right, reduction="none"
    )
    loss = 2 * (missed * weights).sum() / weights.sum().clamp(min=1.0)
    named = truth.labels >= 0
    if named.any():
        share = LABEL_WEIGHT * min(1.0, float(named.sum()) / 500)
        loss = loss + share * functional.cross_entropy(
            logits[named], truth.labels[named], weight=label_weights
        )
    return loss


if __name__ == "__main__":
    main()
