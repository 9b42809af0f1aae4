"""``copydesk rules``: families, rules with reasons and cases, how often they were applied, and right on real pages."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import tomli
from msgspec import Struct

from copydesk.cleaners.judge.judgement import PACKAGED
from copydesk.cleaners.markup import script_article
from copydesk.cleaners.page_kind import main_content, page_type
from copydesk.cleaners.platforms.platform_files import packaged
from copydesk.cleaners.rules.catalogue import DROP, KEEP, RULES
from copydesk.cleaners.rules.parts import platform_parts
from copydesk.cleaners.rules.user_rules import PREFIX
from copydesk.cleaners.suggestions import alike
from copydesk.cleaners.types import KEPT, Label, Platform, UserRule
from copydesk.flows.commands.streams import table
from copydesk.flows.errors import SettingsError
from copydesk.flows.library.reading import records_at
from copydesk.flows.library.records.record_lines import decoded
from copydesk.flows.shortening import counted
from copydesk.flows.terminal import tell

# from the package, so that it works from a wheel as from a checkout
CASES = resources.files("copydesk.cleaners.rules") / "cases"
"""A file of cases per rule, named by its id."""
FIGURES = resources.files("copydesk.cleaners.rules") / "figures.toml"
"""How often each rule was right on real pages, as ``benchmarks.rule_record`` measured it."""


# set by hand: as many as a family has whose names are much alike
_CLOSE = 3
FAMILIES: Mapping[str, str] = tomli.loads((Path(__file__).parent / "families.toml").read_text("utf-8"))
"""What the rules of a family look at, by the beginning of their ids."""
# set by hand: with the family's name and counts a line of 80 characters
_LABELS_CHARS = 24
_MORE = (
    "copydesk rules FAMILY lists the rules of a family, copydesk rules RULE shows a single rule,\n"
    "copydesk rules --all shows every rule with its cases"
)


class ShownRule(Struct, frozen=True):
    """A rule as it is listed; ``how`` are the keys of a user's own rule, ``cases`` those of the data."""

    id: str
    label: str
    why: str
    how: Mapping[str, Any]
    cases: Sequence[Mapping[str, Any]]


_SEVERAL = "several labels"
"""Of a platform, whose ``how`` has each of its labels."""
# a rule has one label; the learned judgement gives each block the likeliest of all
_LEARNED = {KEEP.id: "any label of text that is kept", DROP.id: "any label of text that is removed"}
_LEARNED_HOW = {
    "what it does": ("gives every block its first verdict, which the other rules overrule",),
    "its evidence": ("what moved the network most; copydesk explain shows it for each block",),
    "figures": ("none of its own: see the figures of the whole text (docs/figures.md)",),
}


class Applied(Struct, frozen=True):
    """How often rules were applied: blocks and records by rule, and the number of all records."""

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
    """Pages whose text is better and worse with a rule than without; ``f1``: the sum of the differences in F1."""

    better: int
    worse: int
    f1: float


class RuleFigures(Struct, frozen=True, forbid_unknown_fields=True):
    """The record of a rule: blocks it removed, kept and named otherwise than the verdict before; None: no block."""

    pages: Pages
    removed: Sides | None = None
    kept: Sides | None = None
    named: Sides | None = None


class Figures(Struct, frozen=True, forbid_unknown_fields=True):
    """The records of all rules that fired on ``pages`` (by the name of their set) on a day."""

    measured: date
    pages: Mapping[str, int]
    never_met: tuple[str, ...]
    rules: Mapping[str, RuleFigures]


def read_figures() -> Figures:
    """The figures of this version."""
    return msgspec.convert(tomli.loads(FIGURES.read_text("utf-8")), Figures)


def all_rules(own: Sequence[UserRule], platforms: Sequence[Platform] = ()) -> tuple[ShownRule, ...]:
    """A user's own rules first, as in a run; then rules of blocks, those of whole pages, and platforms."""
    ours = [
        *((rule.id, rule.label, rule.why) for rule in RULES),
        *((rule_id, label, page_type.WHY) for rule_id, label in page_type.VERDICTS.items()),
        *((rule_id, Label.PARAGRAPH, why) for rule_id, why in main_content.KEEPING.items()),
        *((rule_id, label, why) for rule_id, (label, why) in main_content.LEAVING_OUT.items()),
        (script_article.RULE_ID, Label.DUPLICATE, script_article.WHY),
    ]
    return (
        *(ShownRule(PREFIX + rule.name, rule.label, rule.reason, _how(rule), ()) for rule in own),
        *(
            ShownRule(rule_id, label, why, _LEARNED_HOW if rule_id in _LEARNED else {}, _cases(rule_id))
            for rule_id, label, why in ours
        ),
        *(
            ShownRule(platform_parts.PREFIX + one.name, _SEVERAL, platform_parts.WHY, dict(one.parts), ())
            for one in (*platforms, *packaged())
        ),
    )


def rules_for(rules: Sequence[ShownRule], label: str) -> tuple[ShownRule, ...]:
    """The rules that give a label, the network included if it can. Raises SettingsError for an unknown label."""
    if label not in {*Label}:
        close = alike(label, [*Label], most=_CLOSE)
        meant = f"did you mean {' or '.join(close)}?" if close else "docs/records.md lists all"
        raise SettingsError(f"there is no label {label!r}; {meant}")
    learned = (KEEP if label in KEPT else DROP).id if label in PACKAGED.html().labels else None
    return tuple(
        msgspec.structs.replace(rule, label=label)
        for rule in rules
        if learned == rule.id
        or (rule.label == label and rule.id not in _LEARNED)
        or (rule.label == _SEVERAL and label in rule.how)
    )


def named_rule(rules: Sequence[ShownRule], rule_id: str) -> ShownRule:
    """The rule with this id. Raises SettingsError with suggestions if there is none."""
    known = {rule.id: rule for rule in rules}
    if rule_id not in known:
        families = {name.partition(".")[0] for name in known}
        close = alike(rule_id, [*known, *sorted(families)], most=_CLOSE)
        hint = (
            f"did you mean {' or '.join(close)}?" if close else f"families are {', '.join(sorted(families))};"
        )
        raise SettingsError(f"there is no rule {rule_id!r}; {hint} copydesk rules lists all")
    return known[rule_id]


def _how(rule: UserRule) -> Mapping[str, Any]:
    given = msgspec.structs.asdict(rule)
    # without the keys that are shown anyway, and those that are missing
    return {key: value for key, value in given.items() if key not in ("name", "label", "reason") and value}


def _cases(rule_id: str) -> list[dict[str, Any]]:
    file = CASES / f"{rule_id}.toml"
    if not file.is_file():
        # a rule without cases is listed, too
        return []
    return list(tomli.loads(file.read_text("utf-8")).get("case", []))


class _Removed(Struct, frozen=True):
    rule: str


# the one field that is counted, so that whatever has it can be: `jq -c '{removed}'` writes such lines
class _Counted(Struct, frozen=True):
    removed: tuple[_Removed, ...]


def count_applied(place: Path) -> Applied:
    """Counts, in a file of records or the folder of a run, the blocks each rule removed.

    Raises SettingsError if there are no records; warns of lines that are none.
    """
    backend = records_at(place)
    # any other file of records, as `copydesk clean` writes it
    if backend is None and not place.is_file():
        raise SettingsError(f"{place}: no such file, or no store in it; name records or the folder of a run")
    where = backend.where if backend is not None else str(place)
    blocks, records, of = Counter[str](), Counter[str](), 0
    with contextlib.ExitStack() as opened:
        # line by line: a file of records may be larger than memory
        lines = backend.lines() if backend is not None else opened.enter_context(place.open("rb"))
        for record in decoded(lines, msgspec.json.Decoder(_Counted).decode, where, tell):
            of += 1
            # records of `--removed counts` know labels alone
            rules = [removal.rule for removal in record.removed if removal.rule]
            blocks.update(rules)
            # a record counts once, however many of its blocks the rule removed
            records.update(set(rules))
    return Applied(blocks, records, of)


def rules_as_json(rules: Sequence[ShownRule], applied: Applied | None, figures: Figures | None = None) -> str:
    """All rules in their order, with their cases as in the data."""
    listed = []
    for rule in rules:
        shown: dict[str, Any] = {"id": rule.id, "label": rule.label, "why": rule.why}
        if rule.how:
            shown["how"] = rule.how
        if applied is not None:
            shown |= {"blocks": applied.blocks.get(rule.id, 0), "records": applied.records.get(rule.id, 0)}
        if figures is not None:
            shown["figures"] = msgspec.to_builtins(figures.rules.get(rule.id))
        listed.append(shown | {"cases": rule.cases})
    return json.dumps(listed, indent=2, ensure_ascii=False)


def rules_as_text(rules: Sequence[ShownRule]) -> str:
    """The same for people, with the number of rules at the end."""
    own = sum(rule.id.startswith(PREFIX) for rule in rules)
    total = f"{len(rules)} rules, {own} of your own"
    return "\n\n".join((*("\n".join(_lines(rule)) for rule in rules), total))


def _head_lines(rule: ShownRule) -> Iterator[str]:
    yield f"{rule.id} → {_LEARNED.get(rule.id, rule.label)}"
    yield f"  {rule.why}"
    for key, value in rule.how.items():
        yield f"  {key}: {', '.join(value)}"


def _lines(rule: ShownRule) -> Iterator[str]:
    yield from _head_lines(rule)
    for case in rule.cases:
        rest = {key: value for key, value in case.items() if key != "text"}
        yield f"  {json.dumps(rest, ensure_ascii=False)} {case.get('text', '')!r}"


def counts_as_text(rules: Sequence[ShownRule], applied: Applied) -> str:
    """A line for each rule that removed anything, most blocks first; then how many removed nothing."""
    # by id where counts are equal, so that two lists can be compared
    most_first = sorted(applied.blocks, key=lambda rule_id: (-applied.blocks[rule_id], rule_id))
    lines = [
        f"{rule_id}: {counted(applied.blocks[rule_id], 'block')} in {counted(applied.records[rule_id], 'record')}"
        for rule_id in most_first
    ]
    idle = [rule.id for rule in rules if rule.id not in applied.blocks]
    # own ones by name: a phrase or selector with a typing error shows by removing nothing
    own = [rule_id for rule_id in idle if rule_id.startswith(PREFIX)]
    last = f"{counted(len(idle), 'rule')} removed nothing from {counted(applied.of, 'record')}"
    return "\n".join((*lines, f"{last}; of your own: {', '.join(own)}" if own else last))


_SETS = {"blocks": "labelled block by block"}
_COLUMNS = ("rule", "removed", "wrongly", "kept", "wrongly", "named", "wrongly", "better", "worse", "F1")


def figures_as_text(figures: Figures) -> str:
    """A line per rule that fired, the largest gain first; then the pages, and the rules that never fired."""
    gains = sorted(figures.rules.items(), key=lambda item: (-item[1].pages.f1, item[0]))
    rows = [_COLUMNS, *((rule_id, *_cells(record)) for rule_id, record in gains)]
    lines = table(rows, right=range(1, len(_COLUMNS)))
    return "\n".join((*lines, "", _measured(figures), f"never met: {', '.join(figures.never_met)}"))


def _cells(record: RuleFigures) -> Iterator[str]:
    for sides in (record.removed, record.kept, record.named):
        # rightly and wrongly; a dot for nothing, so that figures are visible
        yield from (".", ".") if sides is None else (str(sides.right), str(sides.wrong))
    yield from (str(record.pages.better), str(record.pages.worse), f"{record.pages.f1:+.3f}")


def _measured(figures: Figures) -> str:
    sets = ", ".join(f"{count} {_SETS.get(name, f'of {name}')}" for name, count in figures.pages.items())
    return f"measured {figures.measured} on pages of unseen sites: {sets}"


def record_in_words(rule: ShownRule, figures: Figures) -> str:
    """The record of a rule on real pages; empty if it was not measured."""
    record = figures.rules.get(rule.id)
    if record is None:
        return f"{_measured(figures)}: never met" if rule.id in figures.never_met else ""
    changes = "; ".join(
        f"{change} {counted(sides.right, 'block')} ({counted(sides.words_right, 'word')}) rightly "
        f"and {sides.wrong:,} ({counted(sides.words_wrong, 'word')}) wrongly"
        for change, sides in (("removed", record.removed), ("kept", record.kept), ("named", record.named))
        if sides is not None
    )
    # most wrong blocks may be on a few pages, so the pages count as well
    pages = (
        f"with it the text of {counted(record.pages.better, 'page')} is better and of {record.pages.worse:,} worse"
        f" (F1 {record.pages.f1:+.3f}, summed over pages)"
    )
    overruled = (
        f"where it overruled another verdict, it {changes}, by the pages' ground truth; " if changes else ""
    )
    return f"{_measured(figures)}: {overruled}{pages}"


def families_as_text(rules: Sequence[ShownRule]) -> str:
    """A line for each family, in the order in which they come first; then how many rules there are."""
    counts = Counter(map(family_of, rules))
    rows = [("family", "rules", "look at", "labels")]
    for family in counts:
        labels = Counter(rule.label for rule in rules if family_of(rule) == family)
        shown = _listed([label for label, _ in labels.most_common()])
        rows.append((family, str(counts[family]), FAMILIES.get(family, ""), shown))
    own = counts.get(PREFIX.rstrip("."), 0)
    return "\n".join((*table(rows, right={1}), "", f"{len(rules)} rules, {own} of your own", _MORE))


def family_as_text(rules: Sequence[ShownRule]) -> str:
    """Rules by label."""
    width = max((len(rule.id) for rule in rules), default=0)
    by_label = sorted(rules, key=lambda rule: rule.label)
    return "\n".join(
        line
        for label, group in groupby(by_label, key=lambda rule: rule.label)
        for line in (f"{label}:", *(f"  {rule.id:{width}}  {rule.why}" for rule in group))
    )


def rule_as_text(rule: ShownRule, figures: Figures, *, is_whole: bool) -> str:
    """One rule: its label, its reason, the keys of a user's own, its figures, and its cases or their number."""
    lines = [*(_lines if is_whole else _head_lines)(rule)]
    if rule.cases and not is_whole:
        fires = sum(case["expect"] == "fires" for case in rule.cases)
        silent = len(rule.cases) - fires
        lines.append(f"  cases: {fires} where it fires, {silent} where it stays silent (--all shows them)")
    if record := record_in_words(rule, figures):
        lines.append(f"  {record}")
    return "\n".join(lines)


def family_of(rule: ShownRule) -> str:
    """The beginning of its id."""
    return rule.id.partition(".")[0]


def _listed(labels: Sequence[str]) -> str:
    """As many labels as fit, then the number of others."""
    shown = list(labels)
    while len(shown) > 1 and len(", ".join(shown)) > _LABELS_CHARS:
        shown.pop()
    more = len(labels) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
