"""A run's sources in words: those with trouble first, those that yielded nothing with the reason, the usual
ones in short.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from shlex import quote

from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.run.summary import cell, one_line
from copydesk.flows.sinks.files.scanned_files import count_broken_lines
from copydesk.flows.sinks.journal import stores_with_journals
from copydesk.flows.sinks.output_folder import BROKEN, is_of_a_store, sink_errors
from copydesk.flows.sources.source_tally import LEFT_OUT, SourceTally

# set by hand: more bury the counts of the run in a log, fewer hide which sources need care
SHOWN_SOURCES = 20
"""Up to so many sources have a line each in a log; of more, so many with trouble and so many reasons for
nothing: two screens at most.
"""
WARNING = "warning: "
"""What a line begins with that is to be seen."""
# set by hand: more would not fit on a line, fewer say little of what sources have in common
_SHOWN_NAMES = _SHOWN_REASONS = 5
# set by hand: what servers answer may be long; less would cut off what to do, at the end
_REMARK_CHARS = 300
# `12`, `1,200`, `2026-11-01 06:00`: reasons that differ in numbers alone are told as one
_NUMBERS = re.compile(r"[0-9][0-9,:. -]*")
_HEADS = ("source", "kind", "listed", "asked for", "read", "new", "changed", "unchanged", "left out", "rejected", "failed", "remark")  # fmt: skip


def as_lines(sources: Iterable[SourceTally], *, ended_by: str) -> list[str]:
    """All sources, a line each; of more than ``SHOWN_SOURCES`` those that are as usual in one. ``ended_by``:
    what ended the run, where it ended early.
    """
    troubled, silent, usual = _sorted_out(sources)
    if len(troubled) + len(silent) + len(usual) <= SHOWN_SOURCES:
        return [_line(one, ended_by) for one in (*troubled, *silent, *usual)]
    return [*_troubled(troubled, ended_by), *_silent(silent, ended_by), *_usual(usual)]


def as_markdown(sources: Iterable[SourceTally], *, ended_by: str) -> str:
    """All sources as a Markdown table, in the order of ``as_lines``; empty where there are none."""
    rows = [_row(one, ended_by) for one in in_order(sources)]
    if not rows:
        return ""
    # the nine counts, columns 2 to 10, are aligned right
    heads = [" | ".join(_HEADS), " | ".join("---:" if 1 < at < 11 else "---" for at in range(len(_HEADS)))]
    return "\n".join(["## Sources", "", *(f"| {row} |" for row in (*heads, *rows))]) + "\n"


def in_order(sources: Iterable[SourceTally]) -> list[SourceTally]:
    """Those that have trouble, those that yielded nothing, the others."""
    return [one for some in _sorted_out(sources) for one in some]


def _sorted_out(
    sources: Iterable[SourceTally],
) -> tuple[list[SourceTally], list[SourceTally], list[SourceTally]]:
    """Those that have trouble, those that yielded nothing, the others."""
    troubled, silent, usual = list[SourceTally](), list[SourceTally](), list[SourceTally]()
    for one in sources:
        # trouble before silence: a list that could not be read yields nothing as well, and says why
        has_trouble = one.failed > 0 or one.list_problem is not None
        (troubled if has_trouble else silent if _is_silent(one) else usual).append(one)
    return troubled, silent, usual


def _is_silent(one: SourceTally) -> bool:
    """Whether it yields nothing where something might be expected."""
    return one.read == 0 and not (one.may_be_empty or one.has_nothing_new)


def _troubled(sources: Sequence[SourceTally], ended_by: str) -> Iterator[str]:
    yield from (_line(one, ended_by) for one in sources[:SHOWN_SOURCES])
    if (further := len(sources) - SHOWN_SOURCES) > 0:
        yield f"{WARNING}{further:,} further sources with failures; the table of sources names them"


def _silent(sources: Sequence[SourceTally], ended_by: str) -> Iterator[str]:
    """A line for each source, or for each reason where there are many."""
    if len(sources) <= SHOWN_SOURCES:
        yield from (_line(one, ended_by) for one in sources)
        return

    def reason(one: SourceTally) -> str:
        return _NUMBERS.sub("… ", _said(one, ended_by)).strip()

    # sorted first: groupby joins neighbours alone
    groups = [(why, list(some)) for why, some in groupby(sorted(sources, key=reason), key=reason)]
    # most sources first; the sort is stable, so equal ones stay in the order of their reasons
    groups.sort(key=lambda group: -len(group[1]))
    for why, some in groups[:SHOWN_SOURCES]:
        yield f"{WARNING}nothing from {_names(some)}: {why}"
    if left := sum(len(some) for _, some in groups[SHOWN_SOURCES:]):
        yield f"{WARNING}nothing from {left:,} further sources; the table of sources names them"


def _names(sources: Sequence[SourceTally]) -> str:
    named = ", ".join(map(name_of, sources[:_SHOWN_NAMES]))
    further = len(sources) - _SHOWN_NAMES
    return f"{named} and {further:,} more" if further > 0 else named


def _usual(sources: Sequence[SourceTally]) -> Iterator[str]:
    if sources:
        total = SourceTally("", "")
        for one in sources:
            total.add(one)
        yield f"sources as usual: {len(sources):,}: {_counts(total) or 'nothing'}"


def _line(one: SourceTally, ended_by: str) -> str:
    name = f"{name_of(one)} ({one.kind})"
    before = f"{WARNING}nothing from" if _is_silent(one) else "source"
    return f"{before} {name}: {_said(one, ended_by)}"


def name_of(one: SourceTally) -> str:
    """What a source is called, on one line and without secrets."""
    # a source given by its address is called by it, token and all
    return without_secrets(one_line(one.name))


def _said(one: SourceTally, ended_by: str) -> str:
    """What became of all there was, else why there is nothing."""
    return "; ".join(filter(None, (_counts(one), remark_on(one, ended_by)))) or _why_nothing(one)


def _why_nothing(one: SourceTally) -> str:
    if one.lists_unchanged:
        return "nothing that it lists has changed" if one.lists_read else "its list has not changed"
    return "its list holds no page" if one.lists_read else "it holds no page"


def remark_on(one: SourceTally, ended_by: str) -> str:
    """What there is to know beside the counts."""
    if not one.is_begun:
        return f"not read, as {ended_by} before"
    problem = one.list_problem and without_secrets(one_line(one.list_problem, most=_REMARK_CHARS))
    end = None if one.is_ended else f"not read further, as {ended_by}"
    return "; ".join(filter(None, (problem, one.remark, end)))


def _counts(one: SourceTally) -> str:
    """``25 listed, 5 asked for, 4 read, 20 left out (20 known), 3 new, 1 changed, 1 unchanged``: what is none is not
    said. The last three are of records.
    """
    parts = (
        (one.listed, "listed", ()),
        (one.asked, "asked for", ()),
        (one.read, "read", ()),
        (one.left_out.total(), "left out", _left_out(one)),
        (one.rejected, "rejected", _most_common(one.rejected_for)),
        (one.failed, "failed", _most_common(one.failed_for)),
        (one.became["new"], "new", ()),
        (one.became["changed"], "changed", ()),
        (one.unchanged, "unchanged", ()),
    )
    return ", ".join(f"{count:,} {what}{_in_brackets(of)}" for count, what, of in parts if count)


def _left_out(one: SourceTally) -> list[tuple[int, str]]:
    return [(count, LEFT_OUT[why]) for why, count in one.left_out.items()]


def _most_common(reasons: Counter[str]) -> list[tuple[int, str]]:
    return [(count, why) for why, count in reasons.most_common(_SHOWN_REASONS)]


def _in_brackets(counts: Iterable[tuple[int, str]]) -> str:
    said = ", ".join(f"{count:,} {what}" for count, what in counts if count)
    return f" ({said})" if said else ""


def _row(one: SourceTally, ended_by: str) -> str:
    counts = (
        one.listed, one.asked, one.read, one.became["new"], one.became["changed"], one.unchanged, one.left_out.total(),
        one.rejected, one.failed,
    )  # fmt: skip
    is_without_counts = not any(counts)
    remark = told_beside(one, ended_by) or (_why_nothing(one) if is_without_counts else "")
    numbers = (f"{count:,}" if count else "" for count in counts)
    return " | ".join((cell(name_of(one)), one.kind, *numbers, cell(remark)))


def told_beside(one: SourceTally, ended_by: str) -> str:
    """What the numbers of a row do not say: why pages were left out, rejected or failed, and the remark."""
    counts = (*_left_out(one), *_most_common(one.rejected_for), *_most_common(one.failed_for))
    said = ", ".join(f"{count:,} {what}" for count, what in counts)
    return "; ".join(filter(None, (said, remark_on(one, ended_by))))


def failed_shown_by(store: str, database: str | None) -> str:
    """The command that shows the failed records of a store; empty where it is one that others brought. ``database``: as
    the option names it, where it is one.
    """
    if database is None and not is_of_a_store(Path(store).name):
        return ""
    # of parts it is a folder
    if database is None and store.endswith(".jsonl") and Path(store).is_file():
        return f"jq 'select(.status == \"failed\")' {quote(store)}"
    where = f"--output {quote(store)}" if database is None else f"--database {quote(database)}"
    return f"copydesk export {where} --format jsonl --to - --where \"status = 'failed'\""


def brought_in(count: int) -> tuple[str, ...]:
    """That records of an earlier run came into the store, where some did."""
    told = "brought in 1 record" if count == 1 else f"brought in {count:,} records"
    return (f"{told} of a run that was cut short",) if count else ()


def set_aside(output: Path, old_state: str | None) -> tuple[str, ...]:
    """That lines of stores in the output folder were no records, until somebody has seen to them; that this run has
    begun the state anew, and where the old one is. Raises SinkError.
    """
    file = output / BROKEN
    with sink_errors(output, "cannot be read"):
        count = count_broken_lines(output)
    lines = (
        "1 line of the store that was no record is"
        if count == 1
        else f"{count:,} lines of the store that were no records are"
    )
    told = [f"{WARNING}{lines} in {file}: see what was damaged, and move the file away"] if count else []
    if old_state is not None:
        told.append(f"{WARNING}{begun_anew(old_state)}")
    return tuple(told)


def begun_anew(old_state: str) -> str:
    """That the state of an earlier copydesk was set aside, and where it is."""
    anew = "the state was an earlier copydesk's, and is begun anew: pages are read once more, records stay"
    return f"{anew}; the old one is in {old_state}"


def waiting(output: Path) -> tuple[str, ...]:
    """What the user is to know of runs into other stores that never came to their end."""
    # of a database the name goes on with a digest of its address
    names = dict.fromkeys(name.partition("-")[0] for name in stores_with_journals(output))
    told = "records of a run that did not end wait for the next one with --sink"
    return tuple(f"{WARNING}{told} {name}" for name in names)
