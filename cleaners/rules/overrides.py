"""Manual decisions on blocks of a page. They overrule every rule, also a user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast, get_args

from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import KEPT, OPTIONAL, SHAPES, Block, Decision, Kind, Label, Override, Verdict
from copydesk.cleaners.user_tables import BadKey, check_keys, read_label

RULE: Final = "override.person"
"""The rule id of manual decisions in records."""
# in the order in which an error message lists them
KEYS = ("text", "decision", "label", "note")


def read_override(data: Mapping[str, Any]) -> Override:
    """Parses a decision. Raises BadKey, with a suggestion if a word resembles a known one."""
    check_keys(data, KEYS, required=("text", "decision"))
    for key, value in data.items():
        if not isinstance(value, str):
            raise BadKey(key, "expected a text")
    if not letters(data["text"]):
        raise BadKey("text", "has no letter to look for")
    if data["decision"] not in get_args(Decision):
        raise BadKey("decision", f"expected {' or '.join(get_args(Decision))}, not {data['decision']!r}")
    decision = cast("Decision", data["decision"])
    label = _label(data["label"], decision) if "label" in data else None
    return Override(data["text"], decision, label, data.get("note", ""))


def _label(name: str, decision: Decision) -> Label:
    label = read_label(name)
    # options decide about these labels after all verdicts
    if label in OPTIONAL:
        raise BadKey("label", f"{name} is a label with a choice: --keep and --drop decide on it")
    if (label in KEPT) != (decision == "keep"):
        side = "in" if label in KEPT else "outside"
        raise BadKey("label", f"{name} is always {side} the text, and the decision is {decision}")
    return label


def find_overridden(
    overrides: Sequence[Override], blocks: Sequence[Block], texts: Sequence[str]
) -> dict[int, Verdict]:
    """Block number to the verdict of the last decision on it. ``texts``: the letters of each block."""
    verdicts: dict[int, Verdict] = {}
    for override in overrides:
        evidence = f"a person decided: {override.note}" if override.note else "a person decided"
        for at in matching_blocks(override, blocks, texts):
            shape = SHAPES.get(blocks[at].kind, Label.PARAGRAPH)
            default = shape if override.decision == "keep" else Label.OTHER
            verdicts[at] = Verdict(override.label or default, RULE, evidence)
    return verdicts


def matching_blocks(override: Override, blocks: Sequence[Block], texts: Sequence[str]) -> tuple[int, ...]:
    """The numbers of the blocks whose text a decision quotes, at every place of the page.

    The title of the head matches only if no other block does. ``texts``: the letters of each block.
    """
    quoted = letters(override.text)
    runs = [run for start in range(len(texts)) if (run := _matching_run(quoted, texts, start))]
    shown = [run for run in runs if blocks[run[0]].kind is not Kind.TITLE]
    return tuple(dict.fromkeys(at for run in shown or runs for at in run))


def _matching_run(quoted: str, texts: Sequence[str], start: int) -> tuple[int, ...]:
    """The blocks from ``start`` on whose joined text is exactly the quoted one; empty if they differ."""
    found = []
    for at in range(start, len(texts)):
        if not quoted.startswith(texts[at]):
            return ()
        quoted = quoted.removeprefix(texts[at])
        # blocks without letters are skipped, and no run begins with one
        if texts[at]:
            found.append(at)
        elif not found:
            return ()
        if not quoted:
            return tuple(found)
    return ()
