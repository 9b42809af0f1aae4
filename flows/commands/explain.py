"""``copydesk explain``: a page on a screen, or every block with its verdicts and evidence."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence, Set
from pathlib import Path

import click
import msgspec
import wcwidth

from copydesk.cleaners import Explanation, explain
from copydesk.cleaners.confidence.calibration import doubts
from copydesk.cleaners.judge.judgement import PACKAGED, moved_by
from copydesk.cleaners.lexicon.vendors import find_vendors
from copydesk.cleaners.lexicon.words import matcher
from copydesk.cleaners.metadata.selected import FIELDS as FIELD_KEYS
from copydesk.cleaners.options import Options
from copydesk.cleaners.provenance.narrate import describe_provenance
from copydesk.cleaners.rules.catalogue import DROP
from copydesk.cleaners.rules.user_rules import PREFIX, rules_of
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import KEPT, Block, Kind, Label, Labelled, Verdict
from copydesk.cleaners.word_count import count_words
from copydesk.cleaners.wording.cues import THING, codes_for, finder
from copydesk.cleaners.wording.sentences import sentences
from copydesk.flows.commands.advice import line_about
from copydesk.flows.commands.named_pages import HowToRead, NamedPages
from copydesk.flows.commands.streams import Verbosity
from copydesk.flows.config.override_file import read_overrides, with_overrides
from copydesk.flows.review.cut_page import in_words
from copydesk.flows.shortening import counted
from copydesk.flows.sources.catalogue import Unreadable
from copydesk.flows.stored_content import is_reserved, without_content
from copydesk.flows.terminal import echo, shown, styled, tell
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
# set by hand: words of a block, and its probability of being kept, from which it is never folded
_PROSE_WORDS, _DOUBTFUL = 8, 0.2
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


class ExplainOptions(HowToRead, frozen=True, kw_only=True):
    """The command's options. ``is_whole``: every block in order, with evidence, instead of a summary; ``cues``: also
    the cues and phrases of the language files in each short block.
    """

    is_whole: bool = False
    cues: bool = False


def run_explain(name: str, how: ExplainOptions) -> int:
    """Explains the pages of an input; returns the exit code. Raises as ``NamedPages`` does."""
    options = how.cleaning
    overrides = read_overrides(how.overrides, Path.cwd())
    width, is_told = shutil.get_terminal_size().columns, how.verbosity is not Verbosity.QUIET
    seen = usable = failed = 0
    pages = NamedPages((name,), how)
    pages.begin()
    for item in pages:
        page = with_overrides(item, overrides)
        seen += 1
        is_of_the_web = pages.of_the_web.popleft()
        if isinstance(page, Unreadable):
            tell(line_about(unread(page)) or "")
            failed += page.status == "failed"
            continue
        explanation = explain(page, options)
        record = explanation.record
        if is_of_the_web and is_reserved(record):
            record = without_content(record)
        else:
            head = wcwidth.center(styled(f" {record.source.name}: {record.status} "), width, "─")
            is_whole = how.is_whole or how.cues
            body = _whole(explanation, with_cues=how.cues) if is_whole else summary(explanation, width)
            why = [styled(record.reason)] if record.reason else []
            echo("\n".join((head, *why, *body)), keeps_colour=True)
        usable += record.status in ("ok", "partial")
        for line in _remarks(explanation, record, options) if is_told else ():
            tell(line)
    return pages.end(seen=seen, usable=usable, failed=failed)


def _remarks(explanation: Explanation, record: Record, options: Options) -> Iterator[str]:
    """What to do about the page, and where rules for it were skipped or find nothing."""
    name, skipped = record.source.name, [rule.name for rule in options.user_rules if rule.sites]
    # with a URL, the rules for its site were applied
    if skipped and not (record.url or record.canonical_url):
        more = f" and {len(skipped) - _NAMED_RULES:,} more" if len(skipped) > _NAMED_RULES else ""
        yield (
            f"{name}: rules for certain sites were skipped ({', '.join(skipped[:_NAMED_RULES])}{more}): "
            "the page does not declare its URL; give it with --url"
        )
    if explanation.missed:
        yield (
            f"{name}: the content that your rules name ({', '.join(explanation.missed)}) is not on the page: "
            "cleaned as without it"
        )
    # selectors are for tags
    if explanation.seen is not None and explanation.seen.page.is_html:
        rules, missed = rules_of(options.user_rules, record.url or record.canonical_url), []
        for key, field in FIELD_KEYS.items():
            names = [rule.name for rule in rules if getattr(rule, key)]
            # of several rules the first that finds one counts
            if names and not any(one.origin.startswith(PREFIX) for one in explanation.metadata.all(field)):
                missed.append(f"{key} ({', '.join(names)})")
        if missed:
            yield f"{name}: your rules find nothing for {', '.join(missed)}: read as without them"
    if line := line_about(record):
        yield line


def _whole(explanation: Explanation, *, with_cues: bool) -> Iterator[str]:
    record = explanation.record
    moved = moved_by(explanation.seen.page, PACKAGED) if explanation.seen else {}
    for labelled in explanation.labelled:
        text = labelled.block.text
        yield _heading(labelled)
        yield styled(f"    {text}")
        yield from (styled(f"     {said}", fg="yellow") for said in _disclosed(explanation, labelled))
        if with_cues and len(text) < SHORT_CHARS:
            found = ", ".join(_found(text, record.language)) or "no cue, no phrase"
            yield styled(f"     {found}", fg="magenta")
        if why := moved.get(labelled.block.index):
            yield styled(f"     the network: {why}", dim=True)
    yield ""
    yield from _fields(record)
    for why in doubts(explanation.measures) if explanation.measures else ():
        yield styled(f"confidence: {why}", fg="yellow")
    yield ""
    yield from map(styled, describe_provenance(record))


def _disclosed(explanation: Explanation, one: Labelled) -> Iterator[str]:
    """What a block discloses that its label does not say."""
    disclosure = explanation.disclosures.get(one.block.index)
    if disclosure is not None and one.label is not disclosure.label:
        yield disclosure.evidence()


def _found(text: str, language: str) -> Iterator[str]:
    """The ids of the cues and rules whose phrases are in a text, each with its phrases; then the AI tools it names."""
    for code in codes_for(text, language):
        phrases: dict[str, list[str]] = {}
        cues = finder(code)
        # of the text's own words, then also of those in quotations
        own = [cue for part in sentences(text, code) for cue in part.cues]
        for cue in (*own, *cues.find(cues.fold(text), clause_starts=frozenset())):
            if cue.id != THING:
                phrases.setdefault(cue.id, []).append(f"“{cue.phrase}”")
        for rule_id, hit in matcher(code).find(text).items():
            phrases.setdefault(rule_id, []).append(f"“{hit.phrase}” ({hit.mode})")
        for id_, found in phrases.items():
            # each phrase once, in the order in which they were found
            yield f"{code} {id_} {' '.join(dict.fromkeys(found))}"
    for tool in find_vendors(text):
        yield f"tool “{tool.quote}”"


def _heading(labelled: Labelled) -> str:
    """Number, label, rule and evidence; then what was overruled, latest first."""
    label = click.style(labelled.label, fg=_colour(labelled.label, labelled.policy), bold=True)
    put = ""
    if labelled.is_kept != (labelled.label in KEPT):
        put = ", put into the text" if labelled.is_kept else ", left out of the text"
    lines = [f"{labelled.block.index:>4} {label}{put}{_why(labelled.verdict)}"]
    # the last verdict is shown above
    for overruled in labelled.verdicts[-2::-1]:
        label = click.style(overruled.label, fg=_colour(overruled.label, labelled.policy), dim=True)
        lines.append(f"{styled('     overruled ', dim=True)}{label}{styled(_why(overruled), dim=True)}")
    return "\n".join(lines)


def _why(verdict: Verdict) -> str:
    return shown(f"  {verdict.rule}" + (f": {verdict.evidence}" if verdict.evidence else ""))


def _colour(label: Label, policy: Set[Label]) -> str:
    if label in policy:
        return "green"
    return "cyan" if label in FIELDS else "red"


def _fields(record: Record) -> Iterator[str]:
    """The record's fields that hold anything, and where each was found."""
    rows = [("field", "found in", "value")]
    for field, value in msgspec.to_builtins(record).items():
        # 0 and false are information, empty values are not
        if field not in LEFT_OUT and value not in (None, "", [], (), {}):
            text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
            rows.append((field, record.field_origins.get(field, ""), text))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for field, origin, value in rows:
        yield f"{field:<{widths[0]}}  {styled(f'{origin:<{widths[1]}}', dim=True)}  {styled(value)}"


def summary(explanation: Explanation, width: int) -> Iterator[str]:
    """What is kept and cut, and the fields, in lines of at most ``width`` cells of a terminal where they quote."""
    kept = [one for one in explanation.labelled if one.is_kept]
    cut = [one for one in explanation.labelled if not one.is_kept]
    yield click.style(f"Kept: {_size(kept)}", bold=True)
    for one in kept:
        yield _kept_line(one, width)
        yield from (styled(f"    {said}", fg="yellow") for said in _disclosed(explanation, one))
    yield ""
    hint = click.style(" (--all shows every block in full)", dim=True) if explanation.labelled else ""
    yield click.style(f"Cut: {_size(cut)}", bold=True) + hint
    yield from _cut_lines(cut, width)
    yield ""
    if explanation.measures is not None:
        figure = click.style(f"{explanation.record.confidence:.2f}", fg="green")
        yield f"confidence: {figure}{click.style('  (expected F1 of the text)', dim=True)}"
        yield from (styled(f"  {why}", fg="yellow") for why in doubts(explanation.measures))
    yield from _short_fields(explanation.record)
    yield from map(styled, describe_provenance(explanation.record))


def _kept_line(one: Labelled, width: int) -> str:
    text = " ".join(one.block.text.split())
    if one.label is Label.HEADING:
        return f"  {styled(_cut_to(text, width - 2), bold=True)}"
    mark = "- " if one.block.kind is Kind.LIST_ITEM else ""
    if one.label not in (Label.PARAGRAPH, Label.LIST_ITEM):
        mark = f"{one.label}: "
    line = f"{mark}{text}"
    total = f" … ({counted(count_words(text), 'word')})"
    if wcwidth.width(line) <= width - 2:
        return styled(f"  {line}")
    return styled(f"  {_clipped(line, width - 2 - len(total))}") + click.style(total, dim=True)


def _cut_lines(cut: Sequence[Labelled], width: int) -> Iterator[str]:
    """A line or two per removed block, grouped by label in the order of the page; of bulk a line, and what of it might
    have been kept.
    """
    by_label: dict[Label, list[Labelled]] = {}
    for one in cut:
        by_label.setdefault(one.label, []).append(one)
    for label, blocks in by_label.items():
        is_folded = label in _FOLDED or len(blocks) > _MOST_OF_A_LABEL
        if is_folded:
            head, counts = f"  {label}: ", _size(blocks)
            quoted = [f"“{_cut_to(in_entries(one.block), _SAMPLE_CELLS)}”" for one in blocks[:_SAMPLES]]
            more = ", …" if len(blocks) > _SAMPLES else ""
            left = max(0, width - len(head) - len(counts))
            samples = styled(_cut_to(f"  {', '.join(quoted)}{more}", left), dim=True)
            yield f"{click.style(head, fg='red')}{counts}{samples}"
        for one in filter(_is_doubtful, blocks) if is_folded else blocks:
            head = f"  {label}: "
            text = _cut_to(in_entries(one.block), width - len(head) - 2)
            yield click.style(head, fg="red") + styled(f"“{text}”")
            yield styled(f"    {in_words(one.verdict.evidence)} [{one.verdict.rule}]", dim=True)


def _is_doubtful(one: Labelled) -> bool:
    """Whether a removed block is a sentence or two that might have been kept."""
    is_learned = one.verdict.rule == DROP.id and count_words(one.block.text) >= _PROSE_WORDS
    return is_learned and float(one.verdict.evidence.partition(" ")[0]) >= _DOUBTFUL


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


def _short_fields(record: Record) -> Iterator[str]:
    for field in _SHOWN_FIELDS:
        value = getattr(record, field)
        if value in (None, "", ()):
            continue
        if field == "authors":
            value = ", ".join(author.name for author in value)
        # dates of the page that the record does not use, and why
        others = (
            f"{one.why}: “{one.value}” is not used"
            for one in record.processing.rejected_dates
            if one.field == field and one.why != "impossible"
        )
        origin = "; ".join(filter(None, (record.field_origins.get(field), *others)))
        line = f"{field}: {styled(str(value), fg='green')}"
        yield line + styled(f"  ({origin})", dim=True) if origin else line


def _size(blocks: Sequence[Labelled]) -> str:
    words = sum(count_words(one.block.text) for one in blocks)
    return f"{counted(len(blocks), 'block')}, {counted(words, 'word')}"


def _cut_to(text: str, cells: int) -> str:
    return text if wcwidth.width(text) <= cells else f"{_clipped(text, cells - 1)}…"


def _clipped(text: str, cells: int) -> str:
    """As much of the beginning as takes so many cells of a terminal."""
    return wcwidth.clip(text, 0, max(1, cells)).rstrip()
