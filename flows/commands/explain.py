"""``copydesk explain``: a page on a screen, or every block with its verdicts and evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from itertools import groupby
from pathlib import Path

import msgspec
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from copydesk.cleaners import Explanation, explain
from copydesk.cleaners.confidence.calibration import doubts
from copydesk.cleaners.judge.judgement import PACKAGED, moved_by
from copydesk.cleaners.lexicon.vendors import find_vendors
from copydesk.cleaners.lexicon.words import matcher
from copydesk.cleaners.metadata.selected import FIELDS as FIELD_KEYS
from copydesk.cleaners.provenance.narrate import describe_provenance
from copydesk.cleaners.rules.user_rules import PREFIX, rules_of
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import KEPT, Block, Kind, Label, Labelled, Options, Verdict
from copydesk.cleaners.word_count import count_words
from copydesk.cleaners.wording.cues import THING, codes_for, finder
from copydesk.cleaners.wording.sentences import sentences
from copydesk.flows.commands.advice import line_about
from copydesk.flows.commands.named_pages import CleaningOptions, NamedPages
from copydesk.flows.commands.streams import Verbosity
from copydesk.flows.config.override_file import read_overrides, with_overrides
from copydesk.flows.config.settings_tables import cleaning_options
from copydesk.flows.exit_codes import NO_ARTICLE, exit_code
from copydesk.flows.review.cut_page import in_words
from copydesk.flows.shortening import counted
from copydesk.flows.sources.catalogue import Unreadable
from copydesk.flows.stored_content import is_reserved, without_content
from copydesk.flows.terminal import console, echo
from copydesk.flows.workers.pool import unread

# shown in cyan: neither in the article's text (green) nor removed (red)
FIELDS = {Label.TITLE, Label.CAPTION, Label.BYLINE, Label.TAGS, Label.COMMENT}
"""Labels whose text has a field of its own."""
LEFT_OUT = {"text", "markdown", "removed", "field_origins", "provenance"}
"""Fields that are shown by the blocks, and in sentences below."""
# set by hand: more fills the page with cues that name no rule, less hides those of longer notes
SHORT_CHARS = 300
"""Blocks shorter than this are shown with their cues: notes, labels and small talk; longer ones are articles mostly."""


_FOLDED = frozenset({Label.NAV, Label.RELATED, Label.SOCIAL, Label.TAGS, Label.COMMENT, Label.DUPLICATE})
"""Labels whose blocks are bulk: menus and lists of links."""
# set by hand: more blocks of a label are folded into a line, too
_MOST_OF_A_LABEL = 3
# set by hand: enough for a glance
_SAMPLES = 3
_SAMPLE_CELLS = 24
# set by hand: thousands of rules may be imported
_NAMED_RULES = 5
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


class ExplainOptions(CleaningOptions, frozen=True, kw_only=True):
    """The command's options. ``is_whole``: every block in order, with evidence, instead of a summary; ``cues``: also
    the cues and phrases of the language files in each short block.
    """

    is_whole: bool = False
    cues: bool = False


def run_explain(name: str, how: ExplainOptions) -> int:
    """Explains the pages of an input; returns the exit code. Raises as ``NamedPages`` does."""
    cleaning = {option: getattr(how, option) for option in ("keep", "drop", "pages", "favor", "max_bytes")}
    options = cleaning_options(Path.cwd(), **cleaning)
    overrides = read_overrides(how.overrides, Path.cwd())
    # else rich colours numbers and quotations of the page
    screen = console(highlight=False)
    seen = usable = failed = 0
    pages = NamedPages((name,), how)
    for item in pages:
        page = with_overrides(item, overrides)
        seen += 1
        is_of_the_web = pages.of_the_web.popleft()
        if isinstance(page, Unreadable):
            echo(line_about(unread(page)) or "", err=True)
            failed += page.status == "failed"
            continue
        explanation = explain(page, options)
        record = explanation.record
        if is_of_the_web and is_reserved(record):
            record = without_content(record)
        else:
            _show(screen, explanation, how)
        if (line := _about_sites(record, options)) and how.verbosity is not Verbosity.QUIET:
            echo(line, err=True)
        if explanation.missed and how.verbosity is not Verbosity.QUIET:
            names = ", ".join(explanation.missed)
            echo(
                f"{record.source.name}: the content that your rules name ({names}) is not on the page: "
                "cleaned as without it",
                err=True,
            )
        if (line := _about_fields(explanation, options)) and how.verbosity is not Verbosity.QUIET:
            echo(line, err=True)
        usable += record.status in ("ok", "partial")
        if (line := line_about(record)) and how.verbosity is not Verbosity.QUIET:
            echo(line, err=True)
    for notice in pages.closing_notices() if how.verbosity is not Verbosity.QUIET else ():
        echo(notice, err=True)
    if not seen:
        echo("no pages found", err=True)
        return NO_ARTICLE
    return exit_code(usable=usable, failed=failed, pages=seen)


def _about_sites(record: Record, options: Options) -> str | None:
    """What to do if rules for certain sites were skipped."""
    skipped = [rule.name for rule in options.user_rules if rule.sites]
    # with a URL, the rules for its site were applied
    if not skipped or record.url or record.canonical_url:
        return None
    more = f" and {len(skipped) - _NAMED_RULES:,} more" if len(skipped) > _NAMED_RULES else ""
    return (
        f"{record.source.name}: rules for certain sites were skipped ({', '.join(skipped[:_NAMED_RULES])}{more}): "
        "the page does not declare its URL; give it with --url"
    )


def _about_fields(explanation: Explanation, options: Options) -> str | None:
    """The fields for which the rules that name them find nothing. Of several rules the first that finds one counts."""
    record, missed = explanation.record, []
    rules = rules_of(options.user_rules, record.url or record.canonical_url)
    for key, field in FIELD_KEYS.items():
        names = [rule.name for rule in rules if getattr(rule, key)]
        if names and not any(one.origin.startswith(PREFIX) for one in explanation.metadata.all(field)):
            missed.append(f"{key} ({', '.join(names)})")
    # selectors are for tags
    if not missed or explanation.seen is None or not explanation.seen.page.is_html:
        return None
    return f"{record.source.name}: your rules find nothing for {', '.join(missed)}: read as without them"


def _show(console: Console, explanation: Explanation, how: ExplainOptions) -> None:
    record = explanation.record
    console.rule(f"{record.source.name}: {record.status}")
    if record.reason:  # a line of its own: a rule is cut where it is longer than the screen
        console.print(Text(record.reason), soft_wrap=True)
    if how.is_whole or how.cues:
        _show_whole(console, explanation, with_cues=how.cues)
    else:
        show_briefly(console, explanation)


def _show_whole(console: Console, explanation: Explanation, *, with_cues: bool) -> None:
    record = explanation.record
    moved = moved_by(explanation.seen.page, PACKAGED) if explanation.seen else {}
    for labelled in explanation.labelled:
        text = labelled.block.text
        # as Text, because `[b]` in a page is not rich's markup; soft_wrap keeps a block on one line for grep
        console.print(_heading(labelled), Text(f"    {text}"), sep="\n", soft_wrap=True)
        disclosure = explanation.disclosures.get(labelled.block.index)
        if disclosure is not None and labelled.label is not disclosure.label:
            console.print(Text(f"     {disclosure.evidence()}", style="yellow"), soft_wrap=True)
        if with_cues and len(text) < SHORT_CHARS:
            found = ", ".join(_found(text, record.language)) or "no cue, no phrase"
            console.print(Text(f"     {found}", style="magenta"), soft_wrap=True)
        if why := moved.get(labelled.block.index):
            console.print(Text(f"     the network: {why}", style="dim"), soft_wrap=True)
    console.print()
    console.print(_fields(record))
    for why in doubts(explanation.measures) if explanation.measures else ():
        console.print(Text(f"confidence: {why}", style="yellow"), soft_wrap=True)
    console.print()
    for sentence in describe_provenance(record):
        console.print(Text(sentence), soft_wrap=True)


def _found(text: str, language: str) -> Iterator[str]:
    """The ids of the cues and rules whose phrases are in a text, each with its phrases; then the AI tools it names."""
    for code in codes_for(text, language):
        phrases: dict[str, list[str]] = {}
        for cue_id, phrase in _cues(text, code):
            phrases.setdefault(cue_id, []).append(f"“{phrase}”")
        for rule_id, hit in matcher(code).find(text).items():
            phrases.setdefault(rule_id, []).append(f"“{hit.phrase}” ({hit.mode})")
        for id_, found in phrases.items():
            # each phrase once, in the order in which they were found
            yield f"{code} {id_} {' '.join(dict.fromkeys(found))}"
    for tool in find_vendors(text):
        yield f"tool “{tool.quote}”"


def _cues(text: str, code: str) -> Iterator[tuple[str, str]]:
    """(id, phrase) of the cues in the text's own words, then also of those in quotations."""
    cues = finder(code)
    found = [cue for part in sentences(text, code) for cue in part.cues]
    found += cues.find(cues.fold(text), clause_starts=frozenset())
    return ((cue.id, cue.phrase) for cue in found if cue.id != THING)


def _heading(labelled: Labelled) -> Text:
    """Number, label, rule and evidence; then what was overruled, latest first."""
    line = Text(f"{labelled.block.index:>4} ")
    line.append(labelled.label, style=f"bold {_colour(labelled.label, labelled.policy)}")
    if labelled.is_kept != (labelled.label in KEPT):
        line.append(", put into the text" if labelled.is_kept else ", left out of the text")
    line.append(_why(labelled.verdict))
    # the last verdict is shown above
    for overruled in labelled.verdicts[-2::-1]:
        line.append("\n     overruled ", style="dim")
        line.append(overruled.label, style=f"dim {_colour(overruled.label, labelled.policy)}")
        line.append(_why(overruled), style="dim")
    return line


def _why(verdict: Verdict) -> str:
    return f"  {verdict.rule}" + (f": {verdict.evidence}" if verdict.evidence else "")


def _colour(label: Label, policy: Set[Label]) -> str:
    if label in policy:
        return "green"
    return "cyan" if label in FIELDS else "red"


def _fields(record: Record) -> Table:
    """The record's fields that hold anything, and where each was found."""
    table = Table("field", "value", "found in", box=None, pad_edge=False)
    for field, value in _known(record):
        origin = record.field_origins.get(field, "")
        table.add_row(field, Text(value), Text(origin, style="dim"))
    return table


def _known(record: Record) -> Iterator[tuple[str, str]]:
    for field, value in msgspec.to_builtins(record).items():
        # 0 and false are information, empty values are not
        if field not in LEFT_OUT and value not in (None, "", [], (), {}):
            yield field, value if isinstance(value, str) else msgspec.json.encode(value).decode()


def show_briefly(console: Console, explanation: Explanation) -> None:
    """Prints the summary, in lines as wide as the console."""
    for line in _summary(explanation, console.width):
        # one line stays one line, for grep; it was shortened where needed
        console.print(line, soft_wrap=True)


def _summary(explanation: Explanation, width: int) -> Iterator[Text]:
    kept = [one for one in explanation.labelled if one.is_kept]
    cut = [one for one in explanation.labelled if not one.is_kept]
    yield Text(f"Kept: {_blocks(kept)}, {_words(kept)}", style="bold")
    for one in kept:
        yield _kept_line(one, width)
        disclosure = explanation.disclosures.get(one.block.index)
        if disclosure is not None and one.label is not disclosure.label:
            yield Text(f"    {disclosure.evidence()}", style="yellow")
    yield Text()
    hint = " (--all shows every block in full)" if explanation.labelled else ""
    yield Text(f"Cut: {_blocks(cut)}, {_words(cut)}", style="bold").append(hint, style="not bold dim")
    yield from _cut_lines(cut, width)
    yield Text()
    yield from _confidence(explanation)
    yield from _short_fields(explanation.record)
    yield from map(Text, describe_provenance(explanation.record))


def _kept_line(one: Labelled, width: int) -> Text:
    text = " ".join(one.block.text.split())
    if one.label is Label.HEADING:
        return Text("  ").append(_cut_to(text, width - 2), style="bold")
    mark = "- " if one.block.kind is Kind.LIST_ITEM else ""
    if one.label not in (Label.PARAGRAPH, Label.LIST_ITEM):
        mark = f"{one.label}: "
    line = f"{mark}{text}"
    total = f" … ({count_words(text):,} words)"
    if cell_len(line) <= width - 2:
        return Text(f"  {line}")
    return Text("  ").append(_cells(line, width - 2 - len(total))).append(total, style="dim")


def _cut_lines(cut: Sequence[Labelled], width: int) -> Iterator[Text]:
    """A line or two per removed block, grouped by label in the order of the page."""
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
            yield Text(f"    {in_words(one.verdict.evidence)} [{one.verdict.rule}]", style="dim")


def _folded(label: Label, blocks: Sequence[Labelled], width: int) -> Text:
    texts = [in_entries(one.block) for one in blocks]
    samples = [f"“{_cut_to(text, _SAMPLE_CELLS)}”" for text in texts[:_SAMPLES]]
    more = ", …" if len(texts) > _SAMPLES else ""
    line = Text(f"  {label}: ", style="red").append(f"{_blocks(blocks)}, {_words(blocks)}", style="default")
    return line.append(
        _cut_to(f"  {', '.join(samples)}{more}", max(0, width - cell_len(line.plain))), style="dim"
    )


def in_entries(block: Block) -> str:
    """The text of a block in a line, with a dot between adjacent links, which only styles separate in a menu."""
    parts, links, ended, last = [], [], -1, 0
    for at, mark in block.marks:
        if mark is not None:
            links.append(mark.tag == "a")
            if mark.tag == "a" and at == ended:
                parts.append("".join(block.pieces[last:at]))
                last = at
        # the end of an element that began before the block
        elif links and links.pop():
            ended = at
    if not parts:
        return " ".join(block.text.split())
    parts.append("".join(block.pieces[last:]))
    return " ".join(" · ".join(filter(str.strip, parts)).split())


def _confidence(explanation: Explanation) -> Iterator[Text]:
    """The expected F1 of the text, and what makes it doubtful."""
    if explanation.measures is None:
        return
    line = Text("confidence: ").append(f"{explanation.record.confidence:.2f}", style="green")
    yield line.append("  (expected F1 of the text)", style="dim")
    yield from (Text(f"  {why}", style="yellow") for why in doubts(explanation.measures))


def _short_fields(record: Record) -> Iterator[Text]:
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
    """A date of the page that the record does not use, and why."""
    return "; ".join(
        f"{one.why}: “{one.value}” is not used"
        for one in record.processing.rejected_dates
        if one.field == field and one.why != "impossible"
    )


def _blocks(blocks: Sequence[Labelled]) -> str:
    return counted(len(blocks), "block")


def _words(blocks: Sequence[Labelled]) -> str:
    words = sum(count_words(one.block.text) for one in blocks)
    return counted(words, "word")


def _cut_to(text: str, cells: int) -> str:
    return text if cell_len(text) <= cells else f"{_cells(text, cells - 1)}…"


def _cells(text: str, cells: int) -> str:
    """As much of the beginning as takes so many cells of a terminal."""
    return set_cell_size(text, max(1, cells)).rstrip()
