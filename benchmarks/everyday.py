"""How pages come out that a media monitor meets first: ``python -m benchmarks.everyday [composed] [real]``.

``composed``: articles of one paragraph to twelve, cards of other articles around them, in eight languages and many
shapes; front pages of the same cards. ``real``: articles of the sets cut short amid their page, first those labelled
block by block: the other truths leave out much that stands on a page, which counts more the less is left of it. For
claims on ``real``: ``--extractors copydesk-unseen,trafilatura``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import fmean
from typing import Any

import click

from benchmarks.cleaning import explained
from benchmarks.everyday_cuts import Cut, Why, cut_short
from benchmarks.everyday_pages import Page, composed_pages, read_markup
from benchmarks.extractors import MEANS
from benchmarks.measures import Measure, Outcome, Share
from benchmarks.quality import show
from benchmarks.runner import done, run_all, shared
from benchmarks.scoring import faults_as_text, judge, score_text, table
from benchmarks.sets import Case, load, pick
from benchmarks.words import without_leading, words

PARTS = ("composed", "real")
CUT_SETS = ("blocks", "wcxb", "fundus")
COLUMNS = ("pages", "number", "right", "words lost a page", "words let in a page", "wrong status")
_SHOWN_CHARS = 100


@dataclass(frozen=True, slots=True)
class Composed:
    """What became of a composed page. ``lost`` are paragraphs that are not whole in the text, ``let_in`` texts of cards
    that are; both also counted in words, whatever they belong to.
    """

    page: Page
    status: str
    lost: tuple[str, ...]
    let_in: tuple[str, ...]
    words_lost: int
    words_let_in: int

    @property
    def is_wrong_status(self) -> bool:
        """Whether an article is rejected, or a front page passes for one."""
        return self.status == ("ok" if self.page.is_front else "rejected")

    @property
    def is_right(self) -> bool:
        """Whether all is as it should be."""
        if self.page.is_front:
            return not self.is_wrong_status
        return self.status == "ok" and not self.lost and not self.let_in


def outcome(page: Page, text: str, status: str | None) -> Composed:
    """Judges the text that was made of a page; without a status a text is ``ok``, and none is a rejected page."""
    text = without_leading(text, page.title)
    found, truth = words(text), words("\n".join(page.paragraphs))
    run = f" {' '.join(found)} "
    return Composed(
        page,
        status or ("ok" if found else "rejected"),
        lost=tuple(one for one in page.paragraphs if not _holds(run, one)),
        let_in=tuple(one for one in page.cards if _holds(run, one)),
        words_lost=(Counter(truth) - Counter(found)).total(),
        words_let_in=(Counter(found) - Counter(truth)).total(),
    )


def _holds(run: str, text: str) -> bool:
    return f" {' '.join(words(text))} " in run


@click.command()
@click.argument("parts", nargs=-1, metavar="[PART]...", type=click.Choice(PARTS))
@click.option(
    "--extractors", default="copydesk,trafilatura", show_default=True, help="Names parted by commas."
)
@click.option("--show", "shown", default=0, help="The N worst pages of the first extractor.")
@click.option(
    "--write", "folder", type=click.Path(path_type=Path), help="Write each page as HTML to this folder."
)
@shared
def main(parts: tuple[str, ...], *, extractors: str, shown: int, folder: Path | None, **given: Any) -> None:
    """Clean composed pages and real ones cut short; PARTS: both unless one is named."""
    names = list(chain.from_iterable(MEANS.get(name, (name,)) for name in extractors.split(",")))
    if "composed" in (parts or PARTS):
        pages = _chosen(given)
        _write([page.as_case() for page in pages], folder)
        found = composed_outcomes(pages, names, given)
        click.echo(f"Each figure: {' / '.join(names)}\n\n{table(COLUMNS, _composed_rows(found))}")
        click.echo("\n".join([*_in_words(found[names[0]])][:shown]))
    for set_name in CUT_SETS if "real" in (parts or PARTS) else ():
        tried = done(
            cut_short, pick(load(set_name, given["data"]), given["sample"], seed=given["seed"]), given
        )
        for why, number in Counter(cut for _, cut in tried if isinstance(cut, Why)).most_common():
            click.echo(f"left out: {number} of {len(tried)}: {why}")
        cases = [cut.case for _, cut in tried if isinstance(cut, Cut)]
        _write(cases, folder)
        show(set_name, cases, names, given, by="group", worst_count=shown)


def _chosen(given: Mapping[str, Any]) -> list[Page]:
    """The composed pages; of a ``sample`` every so-manieth, so that it has all languages."""
    pages = list(composed_pages(given["seed"]))
    return pages[:: max(1, len(pages) // (given["sample"] or len(pages)))]


def composed_outcomes(
    pages: Sequence[Page], names: Sequence[str], given: Mapping[str, Any]
) -> dict[str, list[Composed]]:
    """What became of each page, by extractor."""
    by_id = {page.id: page for page in pages}
    cases = [page.as_case() for page in pages]
    runs = run_all(cases, names, jobs=given["jobs"], timeout_seconds=given["timeout_seconds"])
    click.echo(faults_as_text(judge(cases, runs)), err=True, nl=False)
    found: dict[str, list[Composed]] = {name: [] for name in names}
    for run in runs:
        found[run.extractor].append(outcome(by_id[run.case_id], run.found.text, run.found.status))
    return found


GROUPINGS: Mapping[str, Callable[[Page], str]] = {
    "language": lambda page: page.language,
    "paragraphs": lambda page: f"{page.layout.paragraphs:2}",
    "cards": lambda page: f"{page.layout.cards:2}",
    "sentences a card": lambda page: str(page.layout.sentences),
    "container": lambda page: page.layout.container,
    "place": lambda page: page.layout.place,
    "named": lambda page: "marked" if page.layout.is_marked else "bare",
    "metadata": lambda page: page.layout.metadata,
    "byline": lambda page: "with" if page.layout.has_byline else "without",
    "shape": lambda page: str(read_markup()["shapes"][page.layout.shape]["name"]),
}
"""What articles are broken down by. All but the first two and the shape's own say something of cards alone."""


def _composed_rows(found: Mapping[str, Sequence[Composed]]) -> Iterator[tuple[str, ...]]:
    """All articles, all front pages, then the articles by each of the GROUPINGS."""
    for name, is_front in (("articles", False), ("front pages", True)):
        mine = [[one for one in some if one.page.is_front == is_front] for some in found.values()]
        if mine[0]:
            yield _row(name, mine)
    articles = [[one for one in some if not one.page.is_front] for some in found.values()]
    for by, group_of in GROUPINGS.items():
        for group in sorted({group_of(one.page) for one in articles[0]}):
            mine = [[one for one in some if group_of(one.page) == group] for some in articles]
            yield _row(f"{by} {group.strip()}", mine)


def _row(name: str, found: Sequence[Sequence[Composed]]) -> tuple[str, ...]:
    rows = (
        [f"{fmean(one.is_right for one in some):.3f}" for some in found],
        [f"{fmean(one.words_lost for one in some):.1f}" for some in found],
        [f"{fmean(one.words_let_in for one in some):.1f}" for some in found],
        [f"{fmean(one.is_wrong_status for one in some):.3f}" for some in found],
    )
    return (name, str(len(found[0])), *(" / ".join(row) for row in rows))


def _in_words(found: Sequence[Composed]) -> Iterator[str]:
    """A page that is not right in a few lines, the worst first."""
    wrong = [one for one in found if not one.is_right]
    for one in sorted(wrong, key=lambda one: (-one.words_lost - one.words_let_in, one.page.id)):
        layout = one.page.layout
        shape = read_markup()["shapes"][layout.shape]["name"]
        shown = (
            f"  {sign} {text[:_SHOWN_CHARS]}"
            for sign, of in (("-", one.lost), ("+", one.let_in))
            for text in of
        )
        yield "\n".join([f"{one.page.id}  {one.status}  {shape}  {layout}", *shown])


def _write(cases: Sequence[Case], folder: Path | None) -> None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for case in cases:
            (folder / f"{case.id.replace('/', '-')}.html").write_bytes(case.read())


def _composed(page: Page) -> list[Outcome]:
    record = explained(page.as_case()).record
    one = outcome(page, record.text, record.status)
    shares: dict[str, Share] = (
        {"front_pages": (one.is_right, 1)}
        if page.is_front
        else {"right": (one.is_right, 1), "articles_not_rejected": (not one.is_wrong_status, 1)}
    )
    return [
        Outcome("everyday.composed", shares, (page.language,), [] if one.is_right else list(_in_words([one])))
    ]


def _real(case: Case) -> list[Outcome]:
    cut = cut_short(case)
    if not isinstance(cut, Cut):
        return []
    f1 = score_text(cut.case, explained(cut.case).record.text).f1
    return [Outcome("everyday.real", {"f1": (f1, 1)}, (cut.case.group,))]


COMPOSED = Measure(lambda _, __: list(composed_pages()), _composed)
REAL = Measure(lambda data, sample: pick(load(CUT_SETS[0], data), sample), _real)


if __name__ == "__main__":
    main()
