"""Sentences that share the words of notes on AI and claim nothing, by how they are built, and true twins of each:
``python -m benchmarks.claim_traps``.

`benchmarks/claim_traps/xx.toml` holds, for each of 14 structures, sentences of which none may make a record claim AI
(``traps``) and notes built alike that must (``notes``); all composed by us. Each is cleaned as a paragraph of an
article. Rules and words may be mended with the `READ` structures in view; the others are counted and not read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
import tomli

from benchmarks.floors import compare_with_floors
from benchmarks.report import plain
from copydesk import clean

FOLDER = Path(__file__).with_name("claim_traps")
ARTICLES = Path(__file__).resolve().parents[1] / "tests" / "articles.toml"
READ = ("opinion", "contrast", "subject", "tool", "purpose", "question", "condition")
COUNTED = ("myth", "report", "relative", "quotation", "negation", "advertisement", "history")


class Outcome(NamedTuple):
    """One sentence in its article: whether the record claims AI, and whether the sentence left the text."""

    language: str
    structure: str
    is_note: bool
    text: str
    is_claimed: bool
    is_out: bool


@click.command()
@click.option("--show", is_flag=True, help="List what goes wrong in the structures that may be read.")
@click.option("--by", type=click.Choice(["structure", "language"]), default="structure", show_default=True)
@click.option("--check", is_flag=True, help="Against floors.toml; exit code 1 below a floor.")
def main(*, show: bool, by: str, check: bool) -> None:
    """Clean each sentence in an article of its language, and count the claims."""
    outcomes = list(measure())
    if check:
        tables = [(f"claim_traps.{half}", _figures(of, outcomes)) for half, of in _HALVES.items()]
        sys.exit(max(compare_with_floors(name, figures) for name, figures in tables))
    head = (by, "half", "traps claimed", "traps out of the text", "notes claimed")
    click.echo(plain(head, list(_rows(by, outcomes))))
    for one in outcomes if show else ():
        if one.structure in READ and one.is_claimed != one.is_note:
            fault = "not claimed" if one.is_note else "claimed"
            click.echo(f"{fault}  {one.language}  {one.structure}  {one.text}")


_HALVES = {"read": READ, "counted": COUNTED}


def measure() -> Iterator[Outcome]:
    """Every sentence, by language and structure."""
    articles = tomli.loads(ARTICLES.read_text("utf-8"))
    for file in sorted(FOLDER.glob("*.toml")):
        for structure, sentences in tomli.loads(file.read_text("utf-8")).items():
            for kind in ("traps", "notes"):
                for text in sentences[kind]:
                    yield _clean_in(articles[file.stem], file.stem, structure, text, is_note=kind == "notes")


def _clean_in(article: Any, language: str, structure: str, text: str, *, is_note: bool) -> Outcome:
    first, second, third = article["paragraphs"]
    body = "".join(f"<p>{one}</p>" for one in (first, second, text, third))
    page = f"<html lang={language}><article><h1>{article['title']}</h1>{body}</article></html>"
    record = clean(page)
    is_claimed = bool(record.provenance.ai or record.provenance.digital_source_type)
    return Outcome(language, structure, is_note, text, is_claimed, text not in record.text)


def _figures(structures: Sequence[str], outcomes: Iterable[Outcome]) -> dict[str, float]:
    own = [one for one in outcomes if one.structure in structures]
    return {
        "traps_unclaimed": _share(not one.is_claimed for one in own if not one.is_note),
        "traps_kept": _share(not one.is_out for one in own if not one.is_note),
        "notes_claimed": _share(one.is_claimed for one in own if one.is_note),
    }


def _share(flags: Iterable[bool]) -> float:
    all_ = list(flags)
    return sum(all_) / len(all_)


def _rows(by: str, outcomes: Sequence[Outcome]) -> Iterator[tuple[str, ...]]:
    for half, structures in _HALVES.items():
        own = [one for one in outcomes if one.structure in structures]
        names = structures if by == "structure" else sorted({one.language for one in own})
        for name in names:
            yield _row(name, half, [one for one in own if getattr(one, by) == name])
        yield _row("all", half, own)


def _row(name: str, half: str, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    traps = [one for one in outcomes if not one.is_note]
    notes = [one for one in outcomes if one.is_note]
    return (
        name,
        half,
        _count([one.is_claimed for one in traps]),
        _count([one.is_out for one in traps]),
        _count([one.is_claimed for one in notes]),
    )


def _count(flags: Sequence[bool]) -> str:
    return f"{sum(flags)} ({sum(flags) / len(flags):.1%}) of {len(flags)}"


if __name__ == "__main__":
    main()
