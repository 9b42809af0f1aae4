"""``copydesk explain``: what became of every block of a page, and why; and where the page comes from, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Set

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table
from rich.text import Text

from copydesk.cleaners import Explanation, explain
from copydesk.cleaners.judge.judgement import PACKAGED, moved_by
from copydesk.cleaners.lexicon.vendors import find_vendors
from copydesk.cleaners.lexicon.words import matcher
from copydesk.cleaners.provenance.narrate import describe_provenance
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import KEPT, Label, Labelled, Options, Verdict
from copydesk.cleaners.wording.cues import THING, codes_for, finder
from copydesk.cleaners.wording.sentences import sentences
from copydesk.flows.commands.advice import line_about
from copydesk.flows.commands.named.named_pages import HowToRead, NamedPages
from copydesk.flows.commands.telling.brief import show_briefly
from copydesk.flows.commands.telling.talk import Talk
from copydesk.flows.config.override_file import Overrides, with_overrides
from copydesk.flows.exit_codes import NO_ARTICLE, OK, SOME_FAILED
from copydesk.flows.sinks.reservations import is_reserved, without_content
from copydesk.flows.sources.catalogue import Unreadable
from copydesk.flows.terminal import console, echo
from copydesk.flows.workers.pool import unread

# neither kept in the article's text (green) nor lost (red): they are shown in cyan
FIELDS = {Label.TITLE, Label.CAPTION, Label.BYLINE, Label.TAGS, Label.COMMENT}
"""Labels whose text has a field of its own."""
LEFT_OUT = {"text", "markdown", "removed", "field_origins", "provenance"}
"""Fields that are shown otherwise: by the blocks, and in sentences below."""
# set by hand: more fills the page with cues that name no rule, less hides those of longer notes
SHORT_CHARS = 300
"""Blocks shorter than this are shown with their cues: notes, labels and small talk; longer ones are articles mostly."""


class Shape(Struct, frozen=True):
    """What is shown of a page. ``is_whole``: every block in order, with its evidence, instead of a screen in words;
    ``with_cues``: also the cues and phrases of the language files found in each short block.
    """

    is_whole: bool = False
    with_cues: bool = False
    talk: Talk = Talk.USUAL


def run_explain(name: str, options: Options, how: HowToRead, shape: Shape, overrides: Overrides) -> int:
    """Explains the pages that a name stands for, with what persons decided of them; returns the exit code.

    Raises as ``NamedPages`` does.
    """
    # else rich colours numbers and quotations of the page as if they meant something
    screen = console(highlight=False)
    code: int | None = None
    pages = NamedPages((name,), how)
    for item in pages:
        page = with_overrides(item, overrides)
        code = OK if code is None else code
        is_of_the_web = pages.of_the_web.popleft()
        if isinstance(page, Unreadable):
            echo(line_about(unread(page)) or "", err=True)
            code = SOME_FAILED if page.status == "failed" else code or NO_ARTICLE
            continue
        explanation = explain(page, options)
        record = explanation.record
        if is_of_the_web and is_reserved(record):
            record = without_content(record)
        else:
            _show(screen, explanation, shape)
        if (line := _about_sites(record, options)) and shape.talk is not Talk.QUIET:
            echo(line, err=True)
        if line := line_about(record):
            if shape.talk is not Talk.QUIET:
                echo(line, err=True)
            # a page that could not be read weighs more than one without an article
            code = code or NO_ARTICLE
    if code is None:
        echo("no pages found", err=True)
        return NO_ARTICLE
    return code


def _about_sites(record: Record, options: Options) -> str | None:
    """What to do where rules for certain sites could not be asked."""
    skipped = [rule.name for rule in options.user_rules if rule.sites]
    # of a page that says its address, it was seen whether rules for its site apply
    if not skipped or record.url or record.canonical_url:
        return None
    return (
        f"{record.source.name}: rules for certain sites were left out ({', '.join(skipped)}): "
        "the page does not say its address; give it with --url"
    )


def _show(console: Console, explanation: Explanation, shape: Shape) -> None:
    record = explanation.record
    console.rule(f"{record.source.name}: {record.status}")
    if record.reason:  # a line of its own: a rule is cut where it is longer than the screen
        console.print(Text(record.reason), soft_wrap=True)
    if shape.is_whole or shape.with_cues:
        _show_whole(console, explanation, with_cues=shape.with_cues)
    else:
        show_briefly(console, explanation)


def _show_whole(console: Console, explanation: Explanation, *, with_cues: bool) -> None:
    record = explanation.record
    moved = moved_by(explanation.seen.page, PACKAGED) if explanation.seen else {}
    for labelled in explanation.labelled:
        text = labelled.block.text
        # as Text, for `[b]` in a page is no markup of ours; soft_wrap keeps a block on one line for grep
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
    """(id, phrase) of what is said in the text's own words, then of what stands in its quotations too."""
    cues = finder(code)
    said = [cue for part in sentences(text, code) for cue in part.cues]
    said += cues.find(cues.fold(text), clause_starts=frozenset())
    return ((cue.id, cue.phrase) for cue in said if cue.id != THING)


def _heading(labelled: Labelled) -> Text:
    """Number, label, rule and evidence; then what was overruled, latest first."""
    line = Text(f"{labelled.block.index:>4} ")
    line.append(labelled.label, style=f"bold {_colour(labelled.label, labelled.policy)}")
    if labelled.is_kept != (labelled.label in KEPT):
        line.append(", put into the text" if labelled.is_kept else ", left out of the text")
    line.append(_why(labelled.verdict))
    # the last verdict holds and is told above
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
        # 0 and false are shown: they say something, empty values do not
        if field not in LEFT_OUT and value not in (None, "", [], (), {}):
            yield field, value if isinstance(value, str) else msgspec.json.encode(value).decode()
