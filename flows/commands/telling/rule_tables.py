"""Rules on a screen: the families of all, the rules of a family, and one rule in a few lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from copydesk.cleaners.rules.user_rules import PREFIX
from copydesk.flows.commands.telling.rules import Figures, ShownRule, heading, record_in_words

FAMILIES: Mapping[str, str] = {
    PREFIX.rstrip("."): "your own, in the settings file",
    "learned": "the network that gives every block its first label",
    "structure": "what elements and their attributes say",
    "wording": "phrases that tell a rule by themselves",
    "worded": "words, by a learned reading of them",
    "shape": "what lines look like",
    "neighbours": "what stands around a block",
    "residue": "what machines left behind",
    "faq": "sections of questions and answers",
    "live": "entries of live blogs",
    "sidebar": "boxes beside the text",
    "page": "pages of one kind, such as shops and threads",
    "script": "articles that a page keeps in a script",
}
"""What the rules of a family look at, by what their ids begin with."""
# set by hand: with the family's name and counts a line of 80 characters
_LABELS_CHARS = 24
_MORE = (
    "copydesk rules FAMILY lists the rules of a family, copydesk rules RULE tells one,\n"
    "copydesk rules --all shows every rule with its cases"
)


def families_as_text(rules: Sequence[ShownRule]) -> str:
    """A line for each family, in the order in which they come first; then how many rules there are."""
    counts = Counter(map(family_of, rules))
    rows = [("family", "rules", "look at", "labels")]
    for family in counts:
        labels = Counter(rule.label for rule in rules if family_of(rule) == family)
        shown = _listed([label for label, _ in labels.most_common()])
        rows.append((family, str(counts[family]), FAMILIES.get(family, ""), shown))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = (
        f"{name:{widths[0]}}  {count:>{widths[1]}}  {what:{widths[2]}}  {labels}".rstrip()
        for name, count, what, labels in rows
    )
    own = counts.get(PREFIX.rstrip("."), 0)
    return "\n".join((*table, "", f"{len(rules)} rules, {own} of your own", _MORE))


def family_as_text(rules: Sequence[ShownRule]) -> str:
    """Rules by label."""
    width = max((len(rule.id) for rule in rules), default=0)
    by_label = sorted(rules, key=lambda rule: rule.label)
    return "\n".join(
        line
        for label, group in groupby(by_label, key=lambda rule: rule.label)
        for line in (f"{label}:", *(f"  {rule.id:{width}}  {rule.why}" for rule in group))
    )


def rule_in_short(rule: ShownRule, figures: Figures) -> str:
    """One rule: its label, its reason, what it looks for where it is a user's own, its cases' count, its figures."""
    return "\n".join(_told(rule, figures))


def family_of(rule: ShownRule) -> str:
    """What its id begins with."""
    return rule.id.partition(".")[0]


def _told(rule: ShownRule, figures: Figures) -> Iterator[str]:
    yield heading(rule)
    yield f"  {rule.why}"
    for key, value in rule.how.items():
        yield f"  {key}: {', '.join(value)}"
    expected = Counter(case["expect"] for case in rule.cases)
    if expected:
        shown = (
            f"{expected['fires']} where it fires, {len(rule.cases) - expected['fires']} where it stays silent"
        )
        yield f"  cases: {shown} (--all shows them)"
    if told := record_in_words(rule, figures):
        yield f"  {told}"


def _listed(labels: Sequence[str]) -> str:
    """As many labels as there is room for, then how many more."""
    shown = list(labels)
    while len(shown) > 1 and len(", ".join(shown)) > _LABELS_CHARS:
        shown.pop()
    more = len(labels) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
