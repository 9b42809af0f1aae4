"""How pages come out that a media monitor meets first: ``python -m benchmarks.everyday [composed] [real]``.

``composed``: articles of one paragraph to twelve, cards of other articles around them, in eight languages and many
shapes; front pages of the same cards. ``real``: articles of the sets cut short amid their page, first those labelled
block by block: the other truths leave out much that stands on a page, which counts more the less is left of it. For
claims on ``real``: ``--extractors copydesk-unseen,trafilatura``.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import fmean
from typing import Any

import click

from benchmarks.arguments import cases_of, shared
from benchmarks.everyday_cuts import Cut, cut_short
from benchmarks.everyday_pages import Page, composed_pages, read_markup
from benchmarks.explained import explained
from benchmarks.extractors import MEANS
from benchmarks.floors import Check, compare_with_floors
from benchmarks.intervals import mean
from benchmarks.report import COLUMNS, cells, faults_as_text, markdown, plain, worst_as_text
from benchmarks.runner import in_workers, run_all
from benchmarks.scoring import REFERENCE, Scored, judge, score_text, tabulate, worst
from benchmarks.sets import Case, load
from benchmarks.words import without_leading, words

PARTS = ("composed", "real")
CUT_SETS = ("blocks", "wcxb", "fundus")
_SHOWN_CHARS = 100


@dataclass(frozen=True, slots=True)
class Outcome:
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


def outcome(page: Page, text: str, status: str | None) -> Outcome:
    """Judges the text that was made of a page; without a status a text is ``ok``, and none is a rejected page."""
    text = without_leading(text, page.title)
    found, truth = words(text), words("\n".join(page.paragraphs))
    run = f" {' '.join(found)} "
    return Outcome(
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
@click.option("--show", type=click.IntRange(min=1), help="The N worst pages of the first extractor.")
@click.option(
    "--write",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write each page as HTML to this folder.",
)
@click.option("--markdown", "style", flag_value="markdown", help="Tables as Markdown.")
@click.option(
    "--check", "is_check", is_flag=True, help="Only copydesk, against floors.toml; exit code 1 below a floor."
)
@shared
def main(*, parts: tuple[str, ...], extractors: str, is_check: bool, **given: Any) -> None:
    """Clean composed pages and real ones cut short; PARTS: both unless one is named."""
    names = list(chain.from_iterable(MEANS.get(name, (name,)) for name in extractors.split(",")))
    if is_check:
        sys.exit(max(_check(part, given) for part in parts or PARTS))
    for part in parts or PARTS:
        click.echo(f"\n{part}\n")
        (_show_composed if part == "composed" else _show_real)(names, given)


def _chosen(given: Mapping[str, Any]) -> list[Page]:
    """The composed pages; of a ``sample`` every so-manieth, so that it has all languages."""
    pages = list(composed_pages(given["seed"]))
    step = max(1, len(pages) // (given["sample"] or len(pages)))
    return pages[::step][: given["limit"]]


def _show_composed(names: Sequence[str], given: Mapping[str, Any]) -> None:
    pages = {page.id: page for page in _chosen(given)}
    cases = [page.as_case() for page in pages.values()]
    _write(cases, given["write"])
    runs = run_all(cases, names, jobs=given["jobs"], timeout_seconds=given["timeout_seconds"])
    click.echo(faults_as_text(judge(cases, runs)), err=True, nl=False)
    found: dict[str, list[Outcome]] = {name: [] for name in names}
    for run in runs:
        found[run.extractor].append(outcome(pages[run.case_id], run.found.text, run.found.status))
    table = markdown if given["style"] else plain
    columns = ("right", "words lost a page", "words let in a page", "wrong status")
    click.echo(f"Each figure: {' / '.join(names)}")
    click.echo(table(("pages", "number", *columns), _composed_rows(found)))
    for page in list(_in_words(found[names[0]]))[: given["show"] or 0]:
        click.echo(page)


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


def _composed_rows(found: Mapping[str, Sequence[Outcome]]) -> Iterator[tuple[str, ...]]:
    """All articles, all front pages, then the articles by each of the GROUPINGS."""
    for name, is_front in (("articles", False), ("front pages", True)):
        yield _row(name, [[one for one in some if one.page.is_front == is_front] for some in found.values()])
    articles = [[one for one in some if not one.page.is_front] for some in found.values()]
    for by, group_of in GROUPINGS.items():
        for group in sorted({group_of(one.page) for one in articles[0]}):
            mine = [[one for one in some if group_of(one.page) == group] for some in articles]
            yield _row(f"{by} {group.strip()}", mine)


def _row(name: str, found: Sequence[Sequence[Outcome]]) -> tuple[str, ...]:
    if not found[0]:
        return (name, "0", "", "", "", "")
    return (
        name,
        str(len(found[0])),
        " / ".join(f"{fmean(one.is_right for one in some):.3f}" for some in found),
        " / ".join(f"{fmean(one.words_lost for one in some):.1f}" for some in found),
        " / ".join(f"{fmean(one.words_let_in for one in some):.1f}" for some in found),
        " / ".join(f"{fmean(one.is_wrong_status for one in some):.3f}" for some in found),
    )


def _in_words(found: Sequence[Outcome]) -> Iterator[str]:
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


def _show_real(names: Sequence[str], given: Mapping[str, Any]) -> None:
    for set_name in CUT_SETS:
        click.echo(f"{set_name}\n")
        _show_cut(set_name, names, given)


def _show_cut(set_name: str, names: Sequence[str], given: Mapping[str, Any]) -> None:
    limits = {name: given[name] for name in ("jobs", "timeout_seconds")}
    where = {name: given[name] for name in ("data", "limit", "sample", "seed")}
    tried = in_workers(cut_short, [(case,) for case in cases_of(set_name, **where)], **limits)
    cuts = [one for one in tried if isinstance(one, Cut)]
    for why, number in Counter(str(one) for one in tried if not isinstance(one, Cut)).most_common():
        click.echo(f"left out: {number} of {len(tried)}: {why}")
    cases = [cut.case for cut in cuts]
    _write(cases, given["write"])
    scored = judge(cases, run_all(cases, names, **limits))
    table = markdown if given["style"] else plain
    click.echo(table(COLUMNS, map(cells, tabulate(scored, reference=REFERENCE))))
    click.echo(table(("paragraphs", "pages", *_real_columns(names)), _real_rows(cuts, scored, names)))
    click.echo(faults_as_text(scored), err=True, nl=False)
    if given["show"]:
        click.echo(worst_as_text(worst(scored, extractor=names[0], count=given["show"])))


def _real_columns(names: Sequence[str]) -> list[str]:
    return [f"{name}: F1, rejected" for name in names]


def _real_rows(
    cuts: Sequence[Cut], scored: Sequence[Scored], names: Sequence[str]
) -> Iterator[tuple[str, ...]]:
    """F1 and the share of pages without a text, by how many paragraphs were left."""
    kept = {cut.case.id: cut.paragraphs for cut in cuts}
    for paragraphs in sorted(set(kept.values())):
        mine = [item for item in scored if kept[item.case.id] == paragraphs]
        by_name = [[item for item in mine if item.run.extractor == name] for name in names]
        figures = (
            f"{mean([item.score.f1 for item in some])}, {fmean(not item.run.found.text for item in some):.3f}"
            for some in by_name
        )
        yield (str(paragraphs), str(len(by_name[0])), *figures)


def _check(part: str, given: Mapping[str, Any]) -> int:
    check = CHECKS[f"everyday_{part}"]
    tasks = [(case,) for case in check.cases(given["data"])]
    results = in_workers(check.measure, tasks, jobs=given["jobs"], timeout_seconds=given["timeout_seconds"])
    return check.verdict([one for one in results if not isinstance(one, str)])


def _outcome_of(page: Page) -> Outcome:
    record = explained(page.as_case()).record
    return outcome(page, record.text, record.status)


def _check_composed(found: Sequence[Outcome]) -> int:
    """Compare the composed pages with their floors; 0 where all are kept, 1 where one is not."""
    articles = [one for one in found if not one.page.is_front]
    fronts = [one for one in found if one.page.is_front]
    figures = {
        "right": fmean(one.is_right for one in articles),
        "articles_not_rejected": fmean(not one.is_wrong_status for one in articles),
        "front_pages": fmean(one.is_right for one in fronts),
    }
    return compare_with_floors("everyday.composed", figures)


def _cut_f1(case: Case) -> float | None:
    """F1 of a page that is cut short; None where it cannot be."""
    cut = cut_short(case)
    return score_text(cut.case, explained(cut.case).record.text).f1 if isinstance(cut, Cut) else None


def _check_real(found: Sequence[float | None]) -> int:
    """Compare the pages cut short with their floor; 0 where it is kept, 1 where not."""
    return compare_with_floors("everyday.real", {"f1": fmean(one for one in found if one is not None)})


CHECKS = {
    "everyday_composed": Check(lambda _: list(composed_pages()), _outcome_of, _check_composed),
    "everyday_real": Check(lambda data: load(CUT_SETS[0], data), _cut_f1, _check_real),
}


if __name__ == "__main__":
    main()
