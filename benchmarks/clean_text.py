"""Does clean text come back whole: true bodies of articles, and copydesk's own texts, cleaned as plain text.

A text has no title of its own: a first line that is taken for one is lost. With its title and a blank line
before it, the title is to be found, and the text is to be whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ftfy import fix_encoding

from benchmarks.explained import explained
from benchmarks.incidents import Incident, Report, counted, share_without
from benchmarks.sets import Case, load, pick
from benchmarks.text_loss import Loss, OtherTextError, letters, losses
from benchmarks.words import without_leading, words

SETS = ("wcxb", "fundus", "blocks")
TRUTHS = "wcxb"
WAYS = ("alone", "titled")
_ARTICLES = ("article", "unknown")  # of pages labelled block by block, most have no type


@dataclass(frozen=True, slots=True)
class Returned:
    """What came back of a text. ``lost``: its lines that are not whole, each with what it has lost;
    ``altered``: where it came back with other letters, which ones; what else it has lost is not reported then.
    """

    letters: int
    lost: tuple[tuple[str, Loss], ...]
    title_found: bool | None = None
    altered: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the text came back as it was."""
        return not self.lost and self.altered is None

    @property
    def letters_lost(self) -> int:
        """How many letters are out of the text."""
        return sum(loss.lost for _, loss in self.lost)


@dataclass(frozen=True, slots=True)
class TextOutcome:
    """One text, cleaned alone and, where it has a title, below its title."""

    page: str
    group: str
    alone: Returned | None
    titled: Returned | None = None


def read_articles(data: Path, *, sample: int | None) -> tuple[Case, ...]:
    """The articles of the sets, or ``sample`` of each. Raises MissingDataError where there are none."""
    return tuple(
        replace(case, id=f"{name}/{case.id}", group=name)
        for name in SETS
        for case in pick(tuple(_articles(name, data)), sample=sample)
    )


def _articles(name: str, data: Path) -> Iterator[Case]:
    return (case for case in load(name, data) if case.page_type in _ARTICLES)


def read_truths(data: Path, *, sample: int | None) -> tuple[Case, ...]:
    """The true bodies of WCXB's articles, without the title where they begin with it. Raises MissingDataError
    where there are none.

    A few were copied out with their letters garbled, which copydesk mends: they are mended before, for they
    are not clean.
    """
    return tuple(
        replace(case, id=f"{TRUTHS}/{case.id}", group=TRUTHS, truth=_clean_truth(case))
        for case in pick(load(TRUTHS, data), sample=sample)
    )


def _clean_truth(case: Case) -> str:
    body = without_leading(case.truth, case.title).strip()
    return "\n".join(fix_encoding(line) for line in body.split("\n"))


def clean_again(case: Case) -> TextOutcome:
    """Cleans a page, then its text, alone and below its title."""
    first = explained(case).record
    if not first.text:
        return TextOutcome(case.id, case.group, None)
    titled = give_back(first.text, title=first.title) if first.title else None
    return TextOutcome(case.id, case.group, give_back(first.text), titled)


def clean_truth(case: Case) -> TextOutcome:
    """Cleans the true body of a page."""
    return TextOutcome(case.id, case.group, give_back(case.truth))


def give_back(text: str, *, title: str | None = None) -> Returned:
    """Cleans a text as text/plain and reports what it has lost."""
    from copydesk import Page, clean_page

    lines = [line for line in text.split("\n") if line.strip()]
    above = [title] if title else []
    body = "\n\n".join((*above, text))
    record = clean_page(Page(body=body, content_type="text/plain; charset=utf-8"))
    is_title = _is_same(title, record.title) if title else None
    try:
        found = losses([*above, *lines], record)[len(above) :]
    except OtherTextError as error:
        return Returned(len(letters(text)), (), is_title, str(error))
    lost = tuple((line, loss) for line, loss in zip(lines, found, strict=True) if not loss.is_whole)
    return Returned(sum(loss.letters for loss in found), lost, is_title)


def _is_same(title: str, found: str | None) -> bool:
    return words(found or "") == words(title)


def report(outcomes: Sequence[TextOutcome], *, of: str) -> Report:
    """Tables, figures and incidents; ``of`` names the part in both: ``clean_text`` or ``truths``."""
    sets = dict.fromkeys(one.group for one in outcomes)
    groups = {"all": list(outcomes)}
    if len(sets) > 1:
        groups |= {name: [one for one in outcomes if one.group == name] for name in sets}
    found = {(name, way): _given(way, group) for name, group in groups.items() for way in WAYS}
    return Report(
        head=(of, "given", "texts", "whole", "letters lost", "lines lost", "line as title", "title found"),
        rows=[_row(*key, backs) for key, backs in found.items() if backs],
        figures={f"openweb.{of}.{way}": figures(found["all", way]) for way in WAYS if found["all", way]},
        incidents=[one for outcome in outcomes for one in _incidents(outcome, of)],
    )


def _given(way: str, outcomes: Sequence[TextOutcome]) -> list[Returned]:
    backs = (one.alone if way == WAYS[0] else one.titled for one in outcomes)
    return [back for back in backs if back is not None]


def figures(backs: Sequence[Returned]) -> dict[str, float]:
    """Shares of texts that come back whole, of their letters that do, and, below a title, of titles found."""
    found = {
        "whole": share_without(sum(not back.is_whole for back in backs), len(backs)),
        "letters": share_without(
            sum(back.letters_lost for back in backs), sum(back.letters for back in backs)
        ),
    }
    titles = [back.title_found for back in backs if back.title_found is not None]
    return found | ({"title_found": sum(titles) / len(titles)} if titles else {})


def _row(name: str, way: str, backs: Sequence[Returned]) -> tuple[str, ...]:
    total = len(backs)
    titles = [back.title_found for back in backs if back.title_found is not None]
    return (
        name,
        way,
        str(total),
        counted(sum(back.is_whole for back in backs), total),
        counted(sum(back.letters_lost for back in backs), sum(back.letters for back in backs)),
        str(sum(len(back.lost) for back in backs)),
        counted(sum(_is_headed(back) for back in backs), total),
        counted(sum(titles), len(titles)) if titles else "",
    )


def _is_headed(back: Returned) -> bool:
    """Whether a line of the text was taken for its title."""
    return any(loss.label == "title" for _, loss in back.lost)


def _incidents(outcome: TextOutcome, of: str) -> Iterator[Incident]:
    for way, back in zip(WAYS, (outcome.alone, outcome.titled), strict=True):
        if back is None:
            continue
        for line, loss in back.lost:
            details = {
                "given": way,
                "label": loss.label,
                "rule": loss.rule,
                "text": line,
                "evidence": loss.evidence,
            }
            yield Incident(f"{of}-line", outcome.page, details)
        if back.altered is not None:
            yield Incident(f"{of}-altered", outcome.page, {"given": way, "altered": back.altered})
        if back.title_found is False:
            yield Incident(f"{of}-title", outcome.page, {"given": way})
