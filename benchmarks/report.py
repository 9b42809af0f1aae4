"""Figures and pages as text, Markdown or one HTML file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.scoring import Row, Scored
from benchmarks.words import unmatched

SHOWN_CHARS = 160
SHOWN_LINES = 15
SHOWN_PAGES = 3
COLUMNS = (
    "extractor",
    "pages",
    "F1 [95 %]",
    "precision",
    "recall",
    "against trafilatura",
    "pages/s",
    "faults",
)


def cells(row: Row) -> tuple[str, ...]:
    """One row of the table, as text."""
    return (
        row.extractor,
        str(row.pages),
        str(row.f1),
        f"{row.precision:.3f}",
        f"{row.recall:.3f}",
        row.difference.signed if row.difference else "-",
        f"{row.pages_per_second:.0f}",
        str(row.faults),
    )


def plain(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in columns of even width."""
    table = [tuple(head), *map(tuple, rows)]
    widths = [max(len(line[place]) for line in table) for place in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in table
    )


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as Markdown has it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def faults_as_text(items: Iterable[Scored]) -> str:
    """Return a line for each kind of fault: whose, what, on how many pages, the first of them."""
    pages: dict[tuple[str, str], list[str]] = {}
    for item in items:
        if item.run.fault:
            pages.setdefault((item.run.extractor, item.run.fault.partition("\n")[0]), []).append(item.case.id)
    return "".join(
        f"{extractor}: {fault}: {len(ids)} pages, first {', '.join(ids[:SHOWN_PAGES])}\n"
        for (extractor, fault), ids in pages.items()
    )


def worst_as_text(items: Iterable[Scored]) -> str:
    """Each page with the lines that are missing (-) and those that should not be there (+)."""
    return "\n\n".join("\n".join(_page_lines(item)) for item in items)


def _page_lines(item: Scored) -> Iterable[str]:
    yield _headline(item)
    truth, found = sides(item)
    for sign, lines in (("-", truth), ("+", found)):
        odd = [line for line, is_odd in lines if is_odd]
        yield from (f"  {sign} {line[:SHOWN_CHARS]}" for line in odd[:SHOWN_LINES])
        if len(odd) > SHOWN_LINES:
            yield f"  {sign} ... and {len(odd) - SHOWN_LINES} lines more"


def _headline(item: Scored) -> str:
    score = item.score
    fault = f" ({item.run.fault})" if item.run.fault else ""
    return f"{item.case.id}  F1 {score.f1:.3f}  P {score.precision:.3f}  R {score.recall:.3f}  {item.run.extractor}{fault}  {item.case.url or ''}"


def sides(item: Scored) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Return the lines of the truth and of what was found, each with whether the other side lacks it."""
    truth, found = item.case.truth, item.run.found.text
    return _marked(truth, found), _marked(found, truth)


def _marked(text: str, other: str) -> list[tuple[str, bool]]:
    lines = [line for line in text.split("\n") if line.strip()]
    return list(zip(lines, unmatched(lines, other=other), strict=True))
