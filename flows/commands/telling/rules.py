"""``copydesk rules``: every rule with its reason, the cases that say what it means, how often it was applied, and how
often it was right on real pages.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import tomli
from msgspec import Struct

from copydesk.cleaners.judge.judgement import PACKAGED
from copydesk.cleaners.markup import script_article
from copydesk.cleaners.page_kind import main_content, page_type
from copydesk.cleaners.rules.catalogue import DROP, KEEP, RULES
from copydesk.cleaners.rules.user_rules import PREFIX
from copydesk.cleaners.types import KEPT, Label, UserRule
from copydesk.flows.commands.telling.talk import warn
from copydesk.flows.errors import SettingsError
from copydesk.flows.sinks.catalogue import store_at
from copydesk.flows.sinks.record_lines import decoded
from copydesk.flows.sinks.store_backend import StoreBackend
from copydesk.flows.suggestions import alike

# asked of the package, so that it works from a wheel as from a checkout
CASES = resources.files("copydesk.cleaners.rules") / "cases"
"""A file of cases a rule, named by its id."""
FIGURES = resources.files("copydesk.cleaners.rules") / "figures.toml"
"""How often each rule was right on real pages, as ``benchmarks.rule_record`` measured it."""


# set by hand: as many as a family has whose names are much alike
_CLOSE = 3


class ShownRule(Struct, frozen=True):
    """A rule as it is listed; ``how`` says what an own rule looks for, ``cases`` are those of the data."""

    id: str
    label: str
    why: str
    how: Mapping[str, Any]
    cases: Sequence[Mapping[str, Any]]


# a rule has one label; the learned judgement gives each block the likeliest of all
_LEARNED = {KEEP.id: "any label of text that is kept", DROP.id: "any label of text that is removed"}
_LEARNED_HOW = {
    "what it does": ("gives every block its first verdict, which the other rules overrule",),
    "its evidence": ("what moved the judgement most; copydesk explain shows it for each block",),
    "figures": ("none of its own: what it is worth, those of the whole text tell (docs/figures.md)",),
}


class Applied(Struct, frozen=True):
    """How often rules were applied in what was written: blocks and records by rule, and all records."""

    blocks: Mapping[str, int]
    records: Mapping[str, int]
    of: int


class Sides(Struct, frozen=True, forbid_unknown_fields=True):
    """Blocks, and their words, of which a rule was right and wrong."""

    right: int
    wrong: int
    words_right: int
    words_wrong: int


class Pages(Struct, frozen=True, forbid_unknown_fields=True):
    """Pages whose text is better and worse with a rule than without; ``f1``: their F1 with it less that without, as
    a sum.
    """

    better: int
    worse: int
    f1: float


class RuleFigures(Struct, frozen=True, forbid_unknown_fields=True):
    """The record of one rule: what it removed, kept and named otherwise than the verdict before; None: nothing."""

    pages: Pages
    removed: Sides | None = None
    kept: Sides | None = None
    named: Sides | None = None


class Figures(Struct, frozen=True, forbid_unknown_fields=True):
    """The records of all rules that were met on ``pages`` (by the name of their set) on a day."""

    measured: date
    pages: Mapping[str, int]
    never_met: tuple[str, ...]
    rules: Mapping[str, RuleFigures]


def read_figures() -> Figures:
    """The figures of this version."""
    return msgspec.convert(tomli.loads(FIGURES.read_text("utf-8")), Figures)


def all_rules(own: Sequence[UserRule]) -> tuple[ShownRule, ...]:
    """A user's own rules first, as they are asked first; then rules of blocks, then those that speak of whole pages."""
    return (
        *(ShownRule(PREFIX + rule.name, rule.label, rule.reason, _how(rule), ()) for rule in own),
        *(
            ShownRule(
                rule.id, rule.label, rule.why, _LEARNED_HOW if rule.id in _LEARNED else {}, _cases(rule.id)
            )
            for rule in RULES
        ),
        *(
            ShownRule(rule_id, label, page_type.WHY, {}, _cases(rule_id))
            for rule_id, label in page_type.VERDICTS.items()
        ),
        *(
            ShownRule(rule_id, Label.PARAGRAPH, why, {}, _cases(rule_id))
            for rule_id, why in main_content.KEEPING.items()
        ),
        ShownRule(
            script_article.RULE_ID, Label.DUPLICATE, script_article.WHY, {}, _cases(script_article.RULE_ID)
        ),
    )


def rules_for(rules: Sequence[ShownRule], label: str) -> tuple[ShownRule, ...]:
    """The rules that give a label; the learned judgement where it has learned it. Raises SettingsError where there is
    no such label.
    """
    if label not in {*Label}:
        close = alike(label, [*Label], most=_CLOSE)
        meant = f"did you mean {' or '.join(close)}?" if close else "docs/records.md lists all"
        raise SettingsError(f"there is no label {label!r}; {meant}")
    learned = (KEEP if label in KEPT else DROP).id if label in PACKAGED.html().labels else None
    return tuple(
        msgspec.structs.replace(rule, label=label)
        for rule in rules
        if learned == rule.id or (rule.label == label and rule.id not in _LEARNED)
    )


def named_rule(rules: Sequence[ShownRule], rule_id: str) -> ShownRule:
    """The rule of this id. Raises SettingsError where there is none, with what may be meant."""
    known = {rule.id: rule for rule in rules}
    if rule_id not in known:
        families = {name.partition(".")[0] for name in known}
        close = alike(rule_id, [*known, *sorted(families)], most=_CLOSE)
        told = (
            f"did you mean {' or '.join(close)}?" if close else f"families are {', '.join(sorted(families))};"
        )
        raise SettingsError(f"there is no rule {rule_id!r}; {told} copydesk rules lists all")
    return known[rule_id]


def _how(rule: UserRule) -> Mapping[str, Any]:
    given = msgspec.structs.asdict(rule)
    # what is shown beside it, and keys that were left out, say nothing of how it looks
    return {key: value for key, value in given.items() if key not in ("name", "label", "reason") and value}


def _cases(rule_id: str) -> list[dict[str, Any]]:
    file = CASES / f"{rule_id}.toml"
    if not file.is_file():
        # a rule is listed though nobody has written cases for it
        return []
    return list(tomli.loads(file.read_text("utf-8")).get("case", []))


def count_applied(place: Path) -> Applied:
    """Counts, in a file of records or the folder of a run, the blocks each rule removed.

    Raises SettingsError where there are no records; of lines that are none it is told.
    """
    backend = store_at(place)
    # any other file of records, as `copydesk clean` writes it
    if backend is None and not place.is_file():
        raise SettingsError(f"{place}: no such file, or no store in it; name records or the folder of a run")
    where = backend.where if backend is not None else str(place)
    blocks: Counter[str] = Counter()
    records: Counter[str] = Counter()
    of = 0
    decode = msgspec.json.Decoder(_Counted).decode
    # line by line: a file of records may be larger than memory
    with contextlib.closing(_lines_of(backend, place)) as lines:
        for record in decoded(lines, decode, where, warn):
            of += 1
            # records of `--removed counts` know labels alone
            rules = [removal.rule for removal in record.removed if removal.rule]
            blocks.update(rules)
            # a record counts once, however many of its blocks the rule removed
            records.update(set(rules))
    return Applied(blocks, records, of)


def _lines_of(backend: StoreBackend | None, file: Path) -> Generator[bytes, None, None]:
    if backend is not None:
        yield from backend.lines()
        return
    with file.open("rb") as lines:
        yield from lines


class _Removed(Struct, frozen=True):
    rule: str


# records with the one field that is counted: msgspec skips the others undecoded
class _Counted(Struct, frozen=True):
    removed: tuple[_Removed, ...]


def rules_as_json(rules: Sequence[ShownRule], applied: Applied | None, figures: Figures | None = None) -> str:
    """All rules in the order they are asked, with their cases as they stand in the data."""
    return json.dumps([_plain(rule, applied, figures) for rule in rules], indent=2, ensure_ascii=False)


def _plain(rule: ShownRule, applied: Applied | None, figures: Figures | None) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": rule.id, "label": rule.label, "why": rule.why}
    if rule.how:
        shown["how"] = rule.how
    if applied is not None:
        shown |= {"blocks": applied.blocks.get(rule.id, 0), "records": applied.records.get(rule.id, 0)}
    if figures is not None:
        shown["figures"] = msgspec.to_builtins(figures.rules.get(rule.id))
    return shown | {"cases": rule.cases}


def rules_as_text(rules: Sequence[ShownRule]) -> str:
    """The same for people, with the number of rules at the end."""
    own = sum(rule.id.startswith(PREFIX) for rule in rules)
    total = f"{len(rules)} rules, {own} of your own"
    return "\n\n".join((*("\n".join(_lines(rule)) for rule in rules), total))


def heading(rule: ShownRule) -> str:
    """A rule's id and its label."""
    return f"{rule.id} → {_LEARNED.get(rule.id, rule.label)}"


def _lines(rule: ShownRule) -> Iterator[str]:
    yield heading(rule)
    yield f"  {rule.why}"
    for key, value in rule.how.items():
        yield f"  {key}: {', '.join(value)}"
    for case in rule.cases:
        rest = {key: value for key, value in case.items() if key != "text"}
        yield f"  {json.dumps(rest, ensure_ascii=False)} {case.get('text', '')!r}"


def counts_as_text(rules: Sequence[ShownRule], applied: Applied) -> str:
    """A line for each rule that removed anything, most blocks first; then how many removed nothing."""
    # by id where counts are equal, so that two lists can be compared
    most_first = sorted(applied.blocks, key=lambda rule_id: (-applied.blocks[rule_id], rule_id))
    lines = [
        f"{rule_id}: {_counted(applied.blocks[rule_id], 'block')} in {_counted(applied.records[rule_id], 'record')}"
        for rule_id in most_first
    ]
    idle = [rule.id for rule in rules if rule.id not in applied.blocks]
    # own ones by name: a phrase or selector with a typing error shows by removing nothing
    own = [rule_id for rule_id in idle if rule_id.startswith(PREFIX)]
    told = f"{_counted(len(idle), 'rule')} removed nothing from {_counted(applied.of, 'record')}"
    return "\n".join((*lines, f"{told}; of your own: {', '.join(own)}" if own else told))


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


_SETS = {"blocks": "labelled block by block"}
_COLUMNS = ("rule", "removed", "wrongly", "kept", "wrongly", "named", "wrongly", "better", "worse", "F1")


def figures_as_text(figures: Figures) -> str:
    """A line for each rule that was met, the one that gains most first; then on which pages, and which were not met."""
    gains = sorted(figures.rules.items(), key=lambda item: (-item[1].pages.f1, item[0]))
    rows = [_COLUMNS, *((rule_id, *_cells(record)) for rule_id, record in gains)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = (
        "  ".join((row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:]))).rstrip() for row in rows
    )
    return "\n".join((*table, "", _measured(figures), f"never met: {', '.join(figures.never_met)}"))


def _cells(record: RuleFigures) -> Iterator[str]:
    for sides in (record.removed, record.kept, record.named):
        # rightly and wrongly; a dot where there is nothing, so that figures stand out
        yield from (".", ".") if sides is None else (str(sides.right), str(sides.wrong))
    yield from (str(record.pages.better), str(record.pages.worse), f"{record.pages.f1:+.3f}")


def _measured(figures: Figures) -> str:
    sets = ", ".join(f"{count} {_SETS.get(name, f'of {name}')}" for name, count in figures.pages.items())
    return f"measured {figures.measured} on pages of sites unseen: {sets}"


def rule_as_text(rule: ShownRule, figures: Figures) -> str:
    """One rule for people, with its cases and its record on real pages."""
    shown, told = "\n".join(_lines(rule)), record_in_words(rule, figures)
    return f"{shown}\n  {told}" if told else shown


def record_in_words(rule: ShownRule, figures: Figures) -> str:
    """What a rule did on real pages; empty where nobody measured it."""
    record = figures.rules.get(rule.id)
    if record is None:
        return f"{_measured(figures)}: never met" if rule.id in figures.never_met else ""
    told = "; ".join(
        f"{change} {_counted(sides.right, 'block')} ({_counted(sides.words_right, 'word')}) rightly "
        f"and {sides.wrong:,} ({_counted(sides.words_wrong, 'word')}) wrongly"
        for change, sides in (("removed", record.removed), ("kept", record.kept), ("named", record.named))
        if sides is not None
    )
    # blocks of a few pages may be most of those that it is wrong about: the pages say what it is worth
    pages = (
        f"with it the text of {_counted(record.pages.better, 'page')} is better and of {record.pages.worse:,} worse"
        f" (F1 {record.pages.f1:+.3f}, summed over pages)"
    )
    overruled = (
        f"where it overruled another verdict, it {told}, as the pages' truths have it; " if told else ""
    )
    return f"{_measured(figures)}: {overruled}{pages}"
