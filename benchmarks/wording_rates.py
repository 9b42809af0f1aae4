"""What the judgement of wording takes, by how sure it must be: ``python -m benchmarks.wording_rates``.

Every block that the network of the page keeps is read, on pages whose site neither has seen (``--folds`` of
``training.train`` and ``training.wordings``), but for paragraphs the network is sure of. A row moves all
thresholds of ``cleaners/rules/classifier_rules.py`` together. What it takes from articles is the rate of false
alarms; what a reader leaves out and it takes, the recall.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click
from msgspec import structs

from benchmarks.arguments import data_option
from benchmarks.report import markdown, plain
from benchmarks.runner import in_workers
from copydesk.cleaners.facts.page_facts import facts_of
from copydesk.cleaners.judge.judged_page import JudgedPage, Learned
from copydesk.cleaners.judge.judgement import judge_blocks
from copydesk.cleaners.language.detection import detect
from copydesk.cleaners.lexicon.block_phrases import language_sample
from copydesk.cleaners.rules.classifier_rules import REMOVED_FROM, margins
from copydesk.cleaners.types import KEPT, Label
from training.folds import judge_of
from training.pages import FOLDS, Raw, as_html, fold_of, read

STEPS = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0)
COLUMNS = ("log-odds", "taken of the article", "of", "one in", "taken of what is left out", "of")


class Read(NamedTuple):
    """A block the network keeps: whether it is the article's, and how far its words go beyond what takes it
    out; None where they are not used, or find that it is the article's.
    """

    is_article: bool
    beyond: float | None


def read_page(raw: Raw) -> list[Read]:
    """The blocks of a page that the network keeps and of which the truth is known."""
    page = as_html(raw)
    if page is None:
        return []
    judge = judge_of(raw.site)
    language = detect(language_sample(page.blocks)).language
    blocks = tuple(structs.replace(block, index=at) for at, block in enumerate(page.blocks))
    facts = facts_of(blocks, language=language, is_html=True)
    keep = tuple(opinion.keep for opinion in judge_blocks(blocks, facts.phrased, judge.html()))
    learned = tuple(Learned(Label.PARAGRAPH, 1.0, "") for _ in keep)
    judged = JudgedPage(facts, keep, learned, classifier=judge.classifier)
    far = margins(judged)
    truths = page.labels if raw.labels else page.keep
    return [
        Read(truth is True or truth in KEPT, far.get(at))
        for at, truth in enumerate(truths)
        if truth is not None and keep[at] >= judged.keep_at and (raw.labels or truth is True)
    ]


def rows_of(blocks: Sequence[Read]) -> list[tuple[str, ...]]:
    """A row for each threshold."""
    articles = sum(block.is_article for block in blocks)
    rows: list[tuple[str, ...]] = []
    for step in STEPS:
        taken = [block for block in blocks if block.beyond is not None and block.beyond >= step]
        false = sum(block.is_article for block in taken)
        share = f"{articles / false:,.0f}" if false else "-"
        right = str(len(taken) - false)
        rows.append(
            (
                f"{REMOVED_FROM + step:.1f}",
                str(false),
                str(articles),
                share,
                right,
                str(len(blocks) - articles),
            )
        )
    return rows


@click.command()
@data_option
@click.option(
    "--fold", "folds", type=click.IntRange(0, FOLDS - 1), multiple=True, help="Only these folds of sites."
)
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True, help="Worker processes.")
@click.option("--markdown", "style", flag_value="markdown", help="The table as Markdown.")
def main(*, data: Path, folds: tuple[int, ...], jobs: int, style: str | None) -> None:
    """Read the kept blocks of blocks, wcxb and fundus and count what each threshold would take."""
    raws = [raw for raw in read(data) if not folds or fold_of(raw.site) in folds]
    results = in_workers(read_page, [(raw,) for raw in raws], jobs=jobs, timeout_seconds=60.0)
    blocks = []
    for raw, result in zip(raws, results, strict=True):
        if isinstance(result, str):
            click.echo(f"{raw.name}: {result}", err=True)
        else:
            blocks += result
    click.echo((markdown if style else plain)(COLUMNS, rows_of(blocks)))


if __name__ == "__main__":
    main()
