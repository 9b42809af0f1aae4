"""A page on a screen: what is kept, a line a block; what was cut, with the reason in words; what the record says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from copydesk.cleaners import Explanation
from copydesk.cleaners.provenance.narrate import describe_provenance
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Block, Kind, Label, Labelled, Verdict

_FOLDED = frozenset({Label.NAV, Label.RELATED, Label.SOCIAL, Label.TAGS, Label.COMMENT, Label.DUPLICATE})
"""Labels whose blocks nobody reads one by one: menus and lists of links."""
# set by hand: blocks of one label beyond which they are folded into a line too
_MOST_OF_A_LABEL = 3
# set by hand: as much as one glance takes
_SAMPLES = 3
_SAMPLE_CELLS = 24
_LEARNED = re.compile(r"(?P<share>[\d.]+) for keeping, [\d.]+ for \w+(?:: (?P<facts>.*))?", re.DOTALL)
_PHRASE = re.compile(r"(?P<mode>whole|lead|start|contains) \(\w+\): (?P<phrase>'.*')")
_BY_WORDS = re.compile(r"by its words \((?P<words>.*)\) (?P<what>.*?)(?: \(log-odds [^)]*\))?")
_MODES = {"whole": "is nothing but", "lead": "is led by", "start": "begins with", "contains": "says"}
_SHOWN_FIELDS = (
    "title",
    "authors",
    "date_published",
    "date_modified",
    "site_name",
    "canonical_url",
    "language",
    "license",
    "is_accessible_for_free",
)
"""Of the record, where they hold anything; ``--all`` has every one."""


def show_briefly(console: Console, explanation: Explanation) -> None:
    """Prints it, in lines as wide as the console."""
    kept = [one for one in explanation.labelled if one.is_kept]
    cut = [one for one in explanation.labelled if not one.is_kept]
    console.print(Text(f"Kept: {_blocks(kept)}, {_words(kept)}", style="bold"))
    for one in kept:
        _print(console, _kept_line(one, console.width))
        disclosure = explanation.disclosures.get(one.block.index)
        if disclosure is not None and one.label is not disclosure.label:
            _print(console, Text(f"    {disclosure.evidence()}", style="yellow"))
    console.print()
    hint = " (--all shows every block in full)" if explanation.labelled else ""
    _print(
        console, Text(f"Cut: {_blocks(cut)}, {_words(cut)}", style="bold").append(hint, style="not bold dim")
    )
    for line in _cut_lines(cut, console.width):
        _print(console, line)
    console.print()
    for line in _fields(explanation.record):
        _print(console, line)
    for sentence in describe_provenance(explanation.record):
        _print(console, Text(sentence))


def _print(console: Console, line: Text) -> None:
    # what is one line stays one, for grep; it was cut where it had to be
    console.print(line, soft_wrap=True)


def _kept_line(one: Labelled, width: int) -> Text:
    text = " ".join(one.block.text.split())
    if one.label is Label.HEADING:
        return Text("  ").append(_cut_to(text, width - 2), style="bold")
    mark = "- " if one.block.kind is Kind.LIST_ITEM else ""
    if one.label not in (Label.PARAGRAPH, Label.LIST_ITEM):
        mark = f"{one.label}: "
    line = f"{mark}{text}"
    # told of what is not seen: where there is little more, the words themselves
    total = f" … ({len(text.split()):,} words)"
    if cell_len(line) <= width - 2:
        return Text(f"  {line}")
    return Text("  ").append(_cells(line, width - 2 - len(total))).append(total, style="dim")


def _cut_lines(cut: Sequence[Labelled], width: int) -> Iterator[Text]:
    """A line or two for what was cut, label after label as they come first on the page."""
    # stable: blocks of a label stay in their order
    first = {label: at for at, label in reversed([*enumerate(one.label for one in cut)])}
    in_order = sorted(cut, key=lambda one: first[one.label])
    for label, group in groupby(in_order, key=lambda one: one.label):
        blocks = [*group]
        if label in _FOLDED or len(blocks) > _MOST_OF_A_LABEL:
            yield _folded(label, blocks, width)
            continue
        for one in blocks:
            text = in_entries(one.block)
            head = Text(f"  {label}: ", style="red")
            yield head.append(f"“{_cut_to(text, width - len(head) - 2)}”", style="default")
            yield Text(f"    {in_words(one.verdict)} [{one.verdict.rule}]", style="dim")


def _folded(label: Label, blocks: Sequence[Labelled], width: int) -> Text:
    texts = [in_entries(one.block) for one in blocks]
    samples = [f"“{_cut_to(text, _SAMPLE_CELLS)}”" for text in texts[:_SAMPLES]]
    more = ", …" if len(texts) > _SAMPLES else ""
    line = Text(f"  {label}: ", style="red").append(f"{_blocks(blocks)}, {_words(blocks)}", style="default")
    return line.append(
        _cut_to(f"  {', '.join(samples)}{more}", max(0, width - cell_len(line.plain))), style="dim"
    )


def in_entries(block: Block) -> str:
    """The text of a block in a line, with a dot between links that nothing parts: styles part the entries of a menu."""
    parts, links, ended, last = [], [], -1, 0
    for at, mark in block.marks:
        if mark is not None:
            links.append(mark.tag == "a")
            if mark.tag == "a" and at == ended:
                parts.append("".join(block.pieces[last:at]))
                last = at
        # of an element that began before the block only its end is seen
        elif links and links.pop():
            ended = at
    if not parts:
        return " ".join(block.text.split())
    parts.append("".join(block.pieces[last:]))
    return " ".join(" · ".join(filter(str.strip, parts)).split())


def in_words(verdict: Verdict) -> str:
    """The evidence of a verdict as a sentence's part, without figures of the learned judgement."""
    evidence = verdict.evidence
    if found := _LEARNED.fullmatch(evidence):
        why = f"; {found['facts']}" if found["facts"] else ""
        return f"{round(100 * float(found['share']))} % likely to be the article's{why}"
    if found := _PHRASE.fullmatch(evidence):
        return f"{_MODES[found['mode']]} {found['phrase']}"
    if found := _BY_WORDS.fullmatch(evidence):
        return f"{found['what']}, by its words: {found['words']}"
    return evidence or "by its rule"


def _fields(record: Record) -> Iterator[Text]:
    for field in _SHOWN_FIELDS:
        value = getattr(record, field)
        if value in (None, "", ()):
            continue
        if field == "authors":
            value = ", ".join(author.name for author in value)
        origin = "; ".join(filter(None, (record.field_origins.get(field), _left_out(record, field))))
        line = Text(f"{field}: ").append(str(value), style="green")
        yield line.append(f"  ({origin})", style="dim") if origin else line


def _left_out(record: Record, field: str) -> str:
    """What a date says that is not in the record, and why."""
    return "; ".join(
        f"{one.why}: “{one.value}” is left out"
        for one in record.processing.rejected_dates
        if one.field == field and one.why != "impossible"
    )


def _blocks(blocks: Sequence[Labelled]) -> str:
    return f"{len(blocks):,} block{'s' * (len(blocks) != 1)}"


def _words(blocks: Sequence[Labelled]) -> str:
    words = sum(len(one.block.text.split()) for one in blocks)
    return f"{words:,} word{'s' * (words != 1)}"


def _cut_to(text: str, cells: int) -> str:
    return text if cell_len(text) <= cells else f"{_cells(text, cells - 1)}…"


def _cells(text: str, cells: int) -> str:
    """As much of the beginning as takes so many cells of a terminal."""
    return set_cell_size(text, max(1, cells)).rstrip()
