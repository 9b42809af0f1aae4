"""Decisions of people on blocks of one page: what they say holds against every rule, a user's own too."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast, get_args

from copydesk.cleaners.errors import CopydeskError
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import KEPT, OPTIONAL, SHAPES, Block, Decision, Kind, Label, Override, Verdict

RULE: Final = "override.person"
"""Named in records where a person decided."""
# in the order in which they are listed to whoever wrote an unknown one
KEYS = ("text", "decision", "label", "note")


class BadOverrideError(CopydeskError):
    """A decision is wrong; ``key`` is the key at fault, or None where one is missing."""

    def __init__(self, key: str | None, problem: str) -> None:
        super().__init__(problem if key is None else f"{key}: {problem}")
        self.key = key


def read_override(data: Mapping[str, Any]) -> Override:
    """A decision from a table. Raises BadOverrideError, with a suggestion where a word is close to a known one."""
    # unknown keys first: with a misspelt "txet" the message is not that the text is missing
    for key in data:
        if key not in KEYS:
            raise BadOverrideError(key, f"unknown key; {_suggestion(key, KEYS)}")
    for key in ("text", "decision"):
        if key not in data:
            raise BadOverrideError(None, f"{key} is missing")
    for key, value in data.items():
        if not isinstance(value, str):
            raise BadOverrideError(key, "expected a text")
    if not letters(data["text"]):
        raise BadOverrideError("text", "has no letter to look for")
    if data["decision"] not in get_args(Decision):
        raise BadOverrideError(
            "decision", f"expected {' or '.join(get_args(Decision))}, not {data['decision']!r}"
        )
    decision = cast("Decision", data["decision"])
    label = _label(data["label"], decision) if "label" in data else None
    return Override(data["text"], decision, label, data.get("note", ""))


def _label(name: str, decision: Decision) -> Label:
    try:
        label = Label(name)
    except ValueError as error:
        raise BadOverrideError(
            "label", f"unknown label {name!r}; {_suggestion(name, list(Label))}"
        ) from error
    # what an option puts in or takes out no decision can hold in its place
    if label in OPTIONAL:
        raise BadOverrideError("label", f"{name} is a label with a choice: --keep and --drop decide on it")
    if (label in KEPT) != (decision == "keep"):
        side = "in" if label in KEPT else "outside"
        raise BadOverrideError("label", f"{name} is always {side} the text, and the decision is {decision}")
    return label


def _suggestion(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"


def find_overridden(
    overrides: Sequence[Override], blocks: Sequence[Block], words: Sequence[str]
) -> dict[int, Verdict]:
    """The verdicts of people on a page, by number of the block; of two on one block the later one's.

    ``words``: the letters of each block.
    """
    verdicts: dict[int, Verdict] = {}
    for override in overrides:
        evidence = f"a person decided: {override.note}" if override.note else "a person decided"
        for at in blocks_meant(override, blocks, words):
            label = override.label or _usual_label(override, blocks[at])
            verdicts[at] = Verdict(label, RULE, evidence)
    return verdicts


def _usual_label(override: Override, block: Block) -> Label:
    return SHAPES.get(block.kind, Label.PARAGRAPH) if override.decision == "keep" else Label.OTHER


def blocks_meant(override: Override, blocks: Sequence[Block], words: Sequence[str]) -> tuple[int, ...]:
    """The numbers of the blocks that a decision quotes, wherever its words stand on the page.

    A headline that the page shows is meant, and not the same words in its head.
    """
    quoted = letters(override.text)
    runs = [run for start in range(len(words)) if (run := _run_of(quoted, words, start))]
    shown = [run for run in runs if blocks[run[0]].kind is not Kind.TITLE]
    return tuple(dict.fromkeys(at for run in shown or runs for at in run))


def _run_of(quoted: str, words: Sequence[str], start: int) -> tuple[int, ...]:
    """The blocks from one on that say together what is quoted; none where they say anything else."""
    found = []
    for at in range(start, len(words)):
        if not quoted.startswith(words[at]):
            return ()
        quoted = quoted.removeprefix(words[at])
        # what has no letters says nothing: a run neither begins with it nor ends in it
        if words[at]:
            found.append(at)
        elif not found:
            return ()
        if not quoted:
            return tuple(found)
    return ()
