"""How pages come out that a media monitor meets first: ``python -m benchmarks.everyday``.

Articles of one paragraph to twelve, cards of other articles around them, in eight languages and many shapes; front
pages of the same cards; with tags or, by ``--form``, flattened or in Markdown. Articles of the sets cut short amid
their page are the set ``blocks-cut`` of ``benchmarks.quality``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from itertools import chain
from statistics import fmean
from typing import Any, NamedTuple

import click
from lxml.html import document_fromstring, fragment_fromstring, tostring

from benchmarks.cleaning import explained
from benchmarks.everyday_pages import Page, composed_pages, read_markup, read_texts
from benchmarks.extractors import MEANS
from benchmarks.measures import Measure, Outcome, Share
from benchmarks.runner import run_all, shared
from benchmarks.same_records import flattened
from benchmarks.scoring import faults_as_text, judge, table
from benchmarks.sets import Case, in_markdown
from benchmarks.words import without_leading, words

_SHOWN_CHARS = 100


class Composed(NamedTuple):
    """What became of a composed page. ``lost`` are paragraphs that are not whole in the text, ``let_in`` texts of cards
    that are.
    """

    page: Page
    status: str
    lost: Sequence[str]
    let_in: Sequence[str]

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

    def __str__(self) -> str:
        layout, signed = self.page.layout, (("-", self.lost), ("+", self.let_in))
        shown = [f"  {sign} {text[:_SHOWN_CHARS]}" for sign, texts in signed for text in texts]
        return "\n".join([f"{self.page.id}  {self.status}  {_shape(self.page)}  {layout}", *shown])


def outcome(page: Page, text: str, status: str | None) -> Composed:
    """Judges the text that was made of a page; without a status a text is ``ok``, and none is a rejected page."""
    found = words(without_leading(text, page.title))
    run = f" {' '.join(found)} "
    lost = [one for one in page.paragraphs if f" {' '.join(words(one))} " not in run]
    let_in = [one for one in page.cards if f" {' '.join(words(one))} " in run]
    return Composed(page, status or ("ok" if found else "rejected"), lost, let_in)


def _shape(page: Page) -> str:
    return str(read_markup()["shapes"][page.layout.shape]["name"])


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
    "shape": _shape,
}
"""What articles are broken down by. All but the first two and the shape's own say something of cards alone."""


def as_lines(case: Case) -> Case:
    """The page as flattened text; of every other one without the head's title, as browsers give it (``innerText``)."""
    text = flattened(case.read())
    if int(case.id[-1]) % 2:
        text = text.partition("\n")[2]
    return replace(case, body=text, media="text/plain")


def as_markdown(case: Case) -> Case:
    """The page in Markdown."""
    return replace(case, body=in_markdown(case.read()), media="text/plain")


FORMS: dict[str, Callable[[Case], Case]] = {"lines": as_lines, "markdown": as_markdown}
"""How a page is written without its tags."""


@click.command()
@click.option(
    "--extractors", default="copydesk,trafilatura", show_default=True, help="Names parted by commas."
)
@click.option("--form", type=click.Choice(["html", *FORMS]), default="html", show_default=True)
@shared
def main(extractors: str, *, form: str, **given: Any) -> None:
    """Print the share of pages that come out exactly right. A sample has every so-manieth page, so all languages."""
    names = list(chain.from_iterable(MEANS.get(name, (name,)) for name in extractors.split(",")))
    pages = list(composed_pages(given["seed"]))
    pages = pages[:: max(1, len(pages) // (given["sample"] or len(pages)))]
    cases, by_id = [page.as_case() for page in pages], {page.id: page for page in pages}
    cases = [*map(FORMS[form], cases)] if form in FORMS else cases
    runs = run_all(cases, names, jobs=given["jobs"], timeout_seconds=given["timeout_seconds"])
    click.echo(faults_as_text(judge(cases, runs)), err=True, nl=False)
    found: dict[str, list[Composed]] = {name: [] for name in names}
    for run in runs:
        found[run.extractor].append(outcome(by_id[run.case_id], run.found.text, run.found.status))
    click.echo(table(("pages exactly right", "number", *names), _rows(found)))


def _rows(found: Mapping[str, Sequence[Composed]]) -> Iterator[tuple[str, ...]]:
    """All articles, all front pages, then the articles by each of the GROUPINGS."""
    fronts = {name: [one for one in some if one.page.is_front] for name, some in found.items()}
    articles = {name: [one for one in some if not one.page.is_front] for name, some in found.items()}
    groups = {"articles": articles, "front pages": fronts}
    for by, group_of in GROUPINGS.items():
        for name, some in articles.items():
            for one in sorted(some, key=lambda one: group_of(one.page)):
                of_group = groups.setdefault(f"{by} {group_of(one.page).strip()}", {})
                of_group.setdefault(name, []).append(one)
    for group, by_name in groups.items():
        shares = [f"{fmean(one.is_right for one in some):.3f}" for some in by_name.values() if some]
        yield group, str(len(next(iter(by_name.values())))), *shares


def interrupted(page: Page) -> Case | None:
    """The page with a line that leads to another article below every other paragraph of its text but the last; None
    where its paragraphs are no elements, or there is one.
    """
    texts, root = read_texts(page.language), document_fromstring(page.html)
    headlines = [headline for headline, *_ in texts["cards"]]
    pointer = next((one for one in headlines if one not in page.cards), headlines[0])
    line = (
        f"<p><strong><a href='/pointer'>{texts['pointer'].format(headline=escape(pointer))}</a></strong></p>"
    )
    around = [one for one in root.iter("p", "div") if (one.text or "").strip() in page.paragraphs]
    for element in around[:-1:2]:
        element.addnext(fragment_fromstring(line))
    if len(around) <= 1:
        return None
    return replace(page.as_case(), body=tostring(root, encoding="unicode", doctype="<!DOCTYPE html>"))


def _outcomes(page: Page) -> list[Outcome]:
    case = page.as_case()
    outcomes = [
        _outcome("composed", page, case),
        _outcome("flattened", page, as_lines(case)),
        _outcome("markdown", page, as_markdown(case)),
    ]
    pointed = interrupted(page)
    if pointed:
        outcomes += [_left_whole(form, page, write(pointed)) for form, write in FORMS.items()]
    return outcomes


def _left_whole(form: str, page: Page, case: Case) -> Outcome:
    """Whether no paragraph of an interrupted text is lost, whatever is let in."""
    record = explained(case).record
    one = outcome(page, record.text, record.status)
    shares: dict[str, Share] = {form: (not one.lost, 1)}
    return Outcome("everyday.interrupted", shares, (page.language,), [str(one)] if one.lost else [])


def _outcome(name: str, page: Page, case: Case) -> Outcome:
    record = explained(case).record
    one = outcome(page, record.text, record.status)
    shares: dict[str, Share] = (
        {"front_pages": (one.is_right, 1)}
        if page.is_front
        else {"right": (one.is_right, 1), "articles_not_rejected": (not one.is_wrong_status, 1)}
    )
    return Outcome(f"everyday.{name}", shares, (page.language,), [] if one.is_right else [str(one)])


MEASURE = Measure(lambda _, __: list(composed_pages()), _outcomes)


if __name__ == "__main__":
    main()
