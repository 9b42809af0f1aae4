"""A run's sources in words: those with failures first, those that yielded nothing with the reason, all others in short;
and what there is to know of its store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from shlex import quote

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.io.output_folder import BROKEN, count_broken_lines, sink_errors
from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.run.reporting.text import cell, one_line, table
from copydesk.flows.source_tally import LEFT_OUT, SourceTally

# set by hand: more bury the counts of the run in a log, fewer hide which sources need care
SHOWN_SOURCES = 20
"""Up to so many sources have a line each in a log; of more, so many with trouble and so many reasons for
nothing: two screens at most.
"""
WARNING = "warning: "
"""Begins each line that is a warning."""
# set by hand: more would not fit on a line, fewer show little of what sources have in common
_SHOWN_NAMES = _SHOWN_REASONS = 5
# set by hand: what servers answer may be long; less would cut off what to do, at the end
_REMARK_CHARS = 300
# `12`, `1,200`, `2026-11-01 06:00`: reasons that differ in numbers alone share a line
_NUMBERS = lazy_pattern(r"[0-9][0-9,:. -]*")
_HEADS = ("source", "kind", "listed", "requested", "read", "new", "changed", "unchanged", "left out", "rejected", "failed", "remark")  # fmt: skip


def as_lines(sources: Iterable[SourceTally], *, ended_by: str) -> list[str]:
    """All sources, a line each; of more than ``SHOWN_SOURCES`` those that are as usual in one. ``ended_by``:
    what ended the run, where it ended early.
    """
    failing, silent, usual = _sorted_out(sources)
    if len(failing) + len(silent) + len(usual) <= SHOWN_SOURCES:
        return [_line(one, ended_by) for one in (*failing, *silent, *usual)]
    lines = [_line(one, ended_by) for one in failing[:SHOWN_SOURCES]]
    if (further := len(failing) - SHOWN_SOURCES) > 0:
        lines.append(f"{WARNING}{further:,} further sources with failures; the table of sources names them")
    lines += _silent_lines(silent, ended_by)
    if usual:
        total = SourceTally("", "")
        for one in usual:
            total.add(one)
        lines.append(f"sources as usual: {len(usual):,}: {_counts(total) or 'nothing'}")
    return lines


def as_markdown(sources: Iterable[SourceTally], *, ended_by: str) -> str:
    """All sources as a Markdown table, in the order of ``as_lines``; empty where there are none."""
    rows = [_row(one, ended_by) for one in in_order(sources)]
    # the nine counts, columns 2 to 10, are aligned right
    return f"## Sources\n\n{table(_HEADS, rows, numbers=range(2, 11))}\n" if rows else ""


def in_order(sources: Iterable[SourceTally]) -> list[SourceTally]:
    """Those with failures, those that yielded nothing, the others."""
    return [one for some in _sorted_out(sources) for one in some]


def _sorted_out(
    sources: Iterable[SourceTally],
) -> tuple[list[SourceTally], list[SourceTally], list[SourceTally]]:
    failing, silent, usual = list[SourceTally](), list[SourceTally](), list[SourceTally]()
    for one in sources:
        # failures before silence: a list that could not be read yields nothing as well, and has the reason
        (failing if one.has_failures else silent if _is_silent(one) else usual).append(one)
    return failing, silent, usual


def _is_silent(one: SourceTally) -> bool:
    """Whether it yields nothing where something might be expected."""
    return one.read == 0 and not (one.may_be_empty or one.has_nothing_new)


def _silent_lines(sources: Sequence[SourceTally], ended_by: str) -> Iterator[str]:
    """A line for each source, or for each reason where there are many."""
    if len(sources) <= SHOWN_SOURCES:
        yield from (_line(one, ended_by) for one in sources)
        return
    groups: dict[str, list[SourceTally]] = {}
    for one in sources:
        groups.setdefault(_NUMBERS.sub("… ", _outcome(one, ended_by)).strip(), []).append(one)
    # most sources first, equal ones in the order of their reasons
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    for reason, some in ordered[:SHOWN_SOURCES]:
        names = ", ".join(map(name_of, some[:_SHOWN_NAMES]))
        more = f" and {len(some) - _SHOWN_NAMES:,} more" if len(some) > _SHOWN_NAMES else ""
        yield f"{WARNING}nothing from {names}{more}: {reason}"
    if left := sum(len(some) for _, some in ordered[SHOWN_SOURCES:]):
        yield f"{WARNING}nothing from {left:,} further sources; the table of sources names them"


def _line(one: SourceTally, ended_by: str) -> str:
    before = f"{WARNING}nothing from" if _is_silent(one) else "source"
    return f"{before} {name_of(one)} ({one.kind}): {_outcome(one, ended_by)}"


def name_of(one: SourceTally) -> str:
    """What a source is called, on one line and without secrets."""
    # a source given by its URL is called by it, token and all
    return without_secrets(one_line(one.name))


def _outcome(one: SourceTally, ended_by: str) -> str:
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
    """``25 listed, 5 requested, 4 read, 20 left out (20 known), 3 new, 1 changed, 1 unchanged``, without those that are
    0. The last three are of records.
    """
    parts = (
        (one.listed, "listed", ()),
        (one.sent, "requested", ()),
        (one.read, "read", ()),
        (one.left_out.total(), "left out", _left_out(one)),
        (one.rejected, "rejected", one.rejected_for.most_common(_SHOWN_REASONS)),
        (one.failed, "failed", one.failed_for.most_common(_SHOWN_REASONS)),
        (one.became["new"], "new", ()),
        (one.became["changed"], "changed", ()),
        (one.unchanged, "unchanged", ()),
    )
    return ", ".join(
        f"{count:,} {what}" + (f" ({_in_a_row(reasons)})" if any(n for _, n in reasons) else "")
        for count, what, reasons in parts
        if count
    )


def _left_out(one: SourceTally) -> list[tuple[str, int]]:
    return [(LEFT_OUT[why], count) for why, count in one.left_out.items()]


def _in_a_row(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in counts if count)


def _row(one: SourceTally, ended_by: str) -> tuple[str, ...]:
    counts = (
        one.listed, one.sent, one.read, one.became["new"], one.became["changed"], one.unchanged,
        one.left_out.total(), one.rejected, one.failed,
    )  # fmt: skip
    remark = reasons_of(one, ended_by) or ("" if any(counts) else _why_nothing(one))
    return (cell(name_of(one)), one.kind, *(f"{count:,}" if count else "" for count in counts), cell(remark))


def reasons_of(one: SourceTally, ended_by: str) -> str:
    """What the numbers of a row do not show: why pages were left out, rejected or failed, and the remark."""
    reasons = (one.rejected_for.most_common(_SHOWN_REASONS), one.failed_for.most_common(_SHOWN_REASONS))
    counts = _in_a_row((*_left_out(one), *reasons[0], *reasons[1]))
    return "; ".join(filter(None, (counts, remark_on(one, ended_by))))


def show_failed_command(output: Path, database: str | None) -> str:
    """The command that shows the failed records of a run. ``database``: as the option names it, where it is one."""
    where = f"--output {quote(str(output))}" if database is None else f"--database {quote(database)}"
    return f"copydesk export {where} --format jsonl --all --to - --where \"status = 'failed'\""


def damaged_lines(output: Path) -> tuple[str, ...]:
    """That lines of stores in the output folder were no records, until somebody has seen to them. Raises SinkError."""
    with sink_errors(output, "cannot be read"):
        count = count_broken_lines(output)
    if not count:
        return ()
    lines = (
        "1 line of the store that was no record is"
        if count == 1
        else f"{count:,} lines of the store that were no records are"
    )
    return (f"{WARNING}{lines} in {output / BROKEN}: see what was damaged, and move the file away",)
