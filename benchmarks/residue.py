"""Is what machines and sites left in an article taken out, and what only looks like it left in:
``python -m benchmarks.residue``.

Each labelled block is set into a short article of its language, below its headline and between the neighbours it was
labelled with, as a paragraph without any class: at the start or the end where it has no neighbour there.

A dateline is part of the text by the contract and is not by the labels of the set: kept or removed, it counts as
right, and its label is what is checked.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

import click
import numpy as np
import tomli
from msgspec.structs import replace

from benchmarks.arguments import data_option
from benchmarks.floors import Check, compare_with_floors
from benchmarks.report import markdown, plain
from benchmarks.sets import KEPT_LABELS, MissingDataError
from copydesk.cleaners.judge.judgement import PACKAGED, Judge
from copydesk.cleaners.pipeline.cleaning import explain
from copydesk.cleaners.wording.classifier import TextClassifier, read_classifier

SETS = ("ai_residue", "boilerplate")
DATELINE = "dateline"
_SAME = {"tags": "nav"}  # the set has one label for what the contract distinguishes
ARTICLES = Path(__file__).resolve().parents[1] / "tests" / "articles.toml"


@dataclass(frozen=True, slots=True)
class Item:
    """A labelled block with its neighbours; ``""`` is the start or end of the text."""

    id: str
    language: str
    text: str
    before: str
    after: str
    label: str
    vendor: str | None = None
    model: str | None = None
    role: str | None = None
    medium: str | None = None

    @property
    def is_body(self) -> bool:
        """Whether the block belongs to the article; all of these are traps."""
        return self.label == "body"

    @property
    def is_open(self) -> bool:
        """Whether the item may be read to learn from; the others are only counted."""
        return sha256(self.id.encode()).digest()[0] % 2 == 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a block: whether it is in the text, its label and rule, and the uses of AI the record admits."""

    item: Item
    is_kept: bool
    label: str
    rule: str
    uses: tuple[tuple[str | None, str, str | None, str | None], ...] = ()

    @property
    def is_exact(self) -> bool:
        """Whether the label is the reader's; any label of the text will do for the article's blocks."""
        return self.is_kept if self.item.is_body else _SAME.get(self.label, self.label) == self.item.label

    @property
    def is_removed(self) -> bool:
        """Whether the block is out of the text, or may stay in it as what it is."""
        return not self.is_kept or self.item.label == DATELINE

    @property
    def is_use_exact(self) -> bool:
        """Whether vendor and role are those of the item, in one of the uses admitted. An item without a role
        (the set names none for pictures and sounds) leaves it open: any will do.
        """
        return any(
            self.item.role in (None, role) and _name(vendor) == _name(self.item.vendor)
            for role, _, vendor, _ in self.uses
        )


def _name(name: str | None) -> str | None:
    return name.casefold() if name else None


def read_items(name: str, data: Path) -> tuple[Item, ...]:
    """All items of a set. Raises MissingDataError where there is none."""
    file = data / "labelled" / f"{name}.jsonl"
    if not file.exists():
        raise MissingDataError(f"{file} is missing; name the data folder with --data")
    return tuple(_item(json.loads(line)) for line in file.read_text("utf-8").splitlines() if line)


def _item(row: dict[str, Any]) -> Item:
    return Item(
        id=row["id"],
        language=row["language"],
        text=row["text"],
        before=row["context_before"],
        after=row["context_after"],
        label=row["label"],
        vendor=row.get("vendor"),
        model=row.get("model"),
        role=row.get("role"),
        medium=row.get("medium"),
    )


def set_in(item: Item, article: Mapping[str, Any]) -> list[str]:
    """The paragraphs of the article the item is in, itself among them."""
    first, second, third = article["paragraphs"]
    before = [first, second, item.before] if item.before else []
    after = [item.after, third] if item.after else []
    if not before:
        return [item.text, *after, first, second]
    return [*before, item.text, *after] if after else [*before, third, item.text]


def as_html(title: str, paragraphs: Iterable[str]) -> str:
    """A page of paragraphs without any class."""
    return html_page(title, (f"<p>{escape(text).replace(chr(10), '<br>')}</p>" for text in paragraphs))


def html_page(title: str, elements: Iterable[str]) -> str:
    """A page with these elements, given as HTML, as its article."""
    head = f"<head><title>{escape(title)}</title></head>"
    article = f"<article><h1>{escape(title)}</h1>{''.join(elements)}</article>"
    return f"<!DOCTYPE html><html>{head}<body>{article}</body></html>"


def as_lines(title: str, paragraphs: Iterable[str]) -> str:
    """The same as flattened text."""
    return "\n\n".join((title, *paragraphs))


SETTINGS: dict[str, Callable[[str, Iterable[str]], str]] = {"html": as_html, "text": as_lines}


def judge(item: Item, article: Mapping[str, Any], *, setting: str, judge_: Judge = PACKAGED) -> Outcome:
    """What becomes of the item in the article."""
    from copydesk import Page

    body = SETTINGS[setting](article["title"], set_in(item, article))
    explanation = explain(Page(body=body, media=setting), judge=judge_)
    uses = tuple((use.role, use.medium, use.vendor, use.model) for use in explanation.record.provenance.ai)
    wanted = _letters(item.text)
    for labelled in explanation.labelled:
        found = _letters(labelled.block.text)
        if wanted and (wanted in found or (found and found in wanted and 2 * len(found) > len(wanted))):
            return Outcome(item, labelled.label in KEPT_LABELS, labelled.label, labelled.verdict.rule, uses)
    return Outcome(item, False, "nothing", "", uses)


def _letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum()) or "".join(text.split())


def judge_without(language: str, folder: Path) -> Judge:
    """The judgement that has learned from nothing composed in a language. A usage error where it is not made."""
    file = folder / f"wordings_without_{language}.npz"
    if not file.exists():
        raise click.UsageError(
            f"{file}: make it with python -m training.wordings --without {language} --to {folder}"
        )
    return replace(PACKAGED, classifier=partial(_classifier, file))


@cache
def _classifier(file: Path) -> TextClassifier:
    with np.load(file, allow_pickle=False) as arrays:
        return read_classifier(arrays, where=file.name)


def figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """F1 of removing what is not the article's, share of traps kept, labels exact, vendor and role exact."""
    hits = sum(one.is_removed and not one.item.is_body for one in outcomes)
    removed = sum(one.is_removed for one in outcomes)
    residue = sum(not one.item.is_body for one in outcomes)
    notes = [one for one in outcomes if one.item.label == "ai_disclaimer"]
    return {
        "f1": 2 * hits / (removed + residue) if removed + residue else 1.0,
        "traps_kept": _share(one.is_kept for one in outcomes if one.item.is_body),
        "exact": _share(one.is_exact for one in outcomes),
        "exact_residue": _share(one.is_exact for one in outcomes if not one.item.is_body),
        "use_exact": _share(one.is_use_exact for one in notes),
    }


def _share(flags: Iterable[bool]) -> float:
    all_ = list(flags)
    return sum(all_) / len(all_) if all_ else 0.0


@click.command()
@data_option
@click.option(
    "--without",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Judge each item by weights that have learned from no text of its language.",
)
@click.option("--by", type=click.Choice(["language", "label"]), help="A row for each.")
@click.option("--missed", "is_missed", is_flag=True, help="List what was judged wrongly, of the open half.")
@click.option("--markdown", "style", flag_value="markdown", help="Tables as Markdown.")
@click.option("--check", "is_check", is_flag=True, help="Against floors.toml; exit code 1 below a floor.")
def main(*, data: Path, without: Path | None, is_check: bool, **shown: Any) -> None:
    """Set every labelled block into an article, as HTML and as text, and count what becomes of it."""
    try:
        by_setting = _by_setting([_outcome(case, without) for case in _cases(data)])
    except MissingDataError as error:
        raise click.UsageError(str(error)) from error
    if is_check:
        sys.exit(_check(by_setting))
    head = ("set", "as", "of", "items", "F1", "traps kept", "exact", "exact residue", "vendor and role")
    click.echo(
        (markdown if shown["style"] else plain)(
            head, [row for key in by_setting for row in _rows(key, by_setting[key], shown["by"])]
        )
    )
    if shown["is_missed"]:
        for key, outcomes in by_setting.items():
            click.echo("\n" + " ".join(key))
            click.echo("\n".join(_missed(outcomes)))


_Key = tuple[str, str]
"""A set, and as what its items are set into articles."""


def _cases(data: Path) -> list[tuple[_Key, Item]]:
    return [
        ((name, setting), item) for name in SETS for item in read_items(name, data) for setting in SETTINGS
    ]


def _outcome(case: tuple[_Key, Item], without: Path | None = None) -> tuple[_Key, Outcome]:
    (name, setting), item = case
    chosen = judge_without(item.language, without) if without else PACKAGED
    return (name, setting), judge(item, composed_articles()[item.language], setting=setting, judge_=chosen)


@cache
def composed_articles() -> Mapping[str, Any]:
    """The articles that blocks are set into, by language."""
    return tomli.loads(ARTICLES.read_text("utf-8"))


def _by_setting(outcomes: Iterable[tuple[_Key, Outcome]]) -> dict[_Key, list[Outcome]]:
    by_setting: dict[_Key, list[Outcome]] = {}
    for key, outcome in outcomes:
        by_setting.setdefault(key, []).append(outcome)
    return by_setting


def _check(by_setting: Mapping[_Key, Sequence[Outcome]]) -> int:
    """Compare with the floors; 0 where all are kept, 1 where one is not."""
    below = [
        compare_with_floors(f"residue.{name}.{setting}", figures(outcomes))
        for (name, setting), outcomes in by_setting.items()
    ]
    return max(below)


CHECK = Check(_cases, _outcome, lambda outcomes: _check(_by_setting(outcomes)))


def _rows(key: tuple[str, str], outcomes: Sequence[Outcome], by: str | None) -> Iterable[tuple[str, ...]]:
    yield _row(key, "all", outcomes)
    yield _row(key, "closed half", [one for one in outcomes if not one.item.is_open])
    if by:
        for value in sorted({getattr(one.item, by) for one in outcomes}):
            yield _row(key, value, [one for one in outcomes if getattr(one.item, by) == value])


def _row(key: tuple[str, str], of: str, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    found = figures(outcomes)
    names = ("f1", "traps_kept", "exact", "exact_residue", "use_exact")
    return (*key, of, str(len(outcomes)), *(f"{found[name]:.3f}" for name in names))


def _missed(outcomes: Sequence[Outcome]) -> Iterable[str]:
    for one in outcomes:
        wrong_use = one.item.label == "ai_disclaimer" and not one.is_use_exact
        if one.item.is_open and (not one.is_exact or wrong_use):
            verdict = "kept" if one.is_kept else f"{one.label} by {one.rule}"
            yield f"{one.item.id} {one.item.language} {one.item.label} → {verdict} {one.uses} {one.item.text!r}"


if __name__ == "__main__":
    main()
