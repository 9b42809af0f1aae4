"""What looking for what machines and sites left costs a page: ``python -m benchmarks.residue_cost``.

The processor time of these stages within whole runs, beside that of the whole page: so both meet the same state of the
machine. Each page is cleaned once, since what is remembered of its texts would make a second time cheaper; what is read
once a process (the words of each language) is read before.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import click

from benchmarks.arguments import data_option
from benchmarks.intervals import mean, ratio
from benchmarks.pages import pages_for_timing
from benchmarks.stages import Clock, Watched, watch_these
from copydesk.cleaners.facts.page_facts import facts_of
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.lexicon.phrase_gates import Folded
from copydesk.cleaners.lexicon.words import languages
from copydesk.cleaners.pipeline import assembly, cleaning
from copydesk.cleaners.pipeline.cleaning import clean_page
from copydesk.cleaners.residue import chatbot_lines, prompt_lines
from copydesk.cleaners.residue.ai_notes import read_notes
from copydesk.cleaners.residue.chatbots import cue_ids
from copydesk.cleaners.residue.reading.residue_reading import signed
from copydesk.cleaners.residue.reading.vocabulary import concepts_in
from copydesk.cleaners.residue.talk_words import talk_gate
from copydesk.cleaners.rules import classifier_rules
from copydesk.cleaners.rules.disclosures import block_disclosures
from copydesk.cleaners.types import Block, Kind, Page
from copydesk.cleaners.wording import cues
from copydesk.cleaners.wording.classifier import packaged_classifier

DISCLOSED, WORDED, CLAIMED = "what a page discloses", "learned words", "claims and sources"
STAGES = (
    Watched(DISCLOSED, block_disclosures, "_disclosures"),
    Watched(WORDED, classifier_rules, "_classified"),
    Watched(WORDED, classifier_rules, "own_shares"),
    Watched(CLAIMED, cleaning, "find_disclosed"),
    Watched(CLAIMED, assembly, "find_provenance"),
)
RESIDUE = (DISCLOSED, WORDED)
_NOTE = "Written by AI"  # is read in any language


@click.command()
@data_option
@click.option("--pages", "count", type=click.IntRange(min=5), default=200, show_default=True)
@click.option("--seed", default=0, show_default=True, help="Seed of the choice of pages.")
@click.option(
    "--at-most", type=float, help="Exit code 1 where looking for residue takes a larger share (0 to 1)."
)
def main(*, data: Path, count: int, seed: int, at_most: float | None) -> None:
    """Time whole records and these stages of them; the first fifth of the pages warms up."""
    cases, origin = pages_for_timing(data, count=count, seed=seed)
    pages = [Page(body=case.read(), url=case.url, content_type=case.media) for case in cases]
    warm_up(pages[: len(pages) // 5])
    whole, stages = time_stages(pages[len(pages) // 5 :])
    residue = [sum(times) for times in zip(*(stages[name] for name in RESIDUE), strict=True)]
    click.echo(f"{origin}, {len(whole)} timed, processor time")
    click.echo(f"the whole page: {mean(_milliseconds(whole))} ms")
    for name, times in (*stages.items(), (f"{' and '.join(RESIDUE)} together", residue)):
        click.echo(f"{name}: {mean(_milliseconds(times))} ms, {ratio(times, whole)} of the page")
    if at_most is not None and sum(residue) > at_most * sum(whole):
        sys.exit(1)


def warm_up(pages: Iterable[Page]) -> None:
    """Cleans pages, and reads what is read once a process: words and patterns of every language."""
    for page in pages:
        clean_page(page)
    for code in languages():
        facts = facts_of((Block(0, Kind.PARAGRAPH, _NOTE),), language=code, is_html=False)
        block_disclosures.disclosures(JudgedPage(facts, keep=(1.0,)))
        concepts_in(_NOTE, code)
        signed(Folded([_NOTE]), code)
        read_notes(_NOTE, code)
        talk_gate(code, cue_ids.LOOKED_FOR | prompt_lines.LOOKED_FOR)
        chatbot_lines.read_chatbot_lines(_NOTE, code)
        cues.finder(code)
        packaged_classifier().prefilter_weights(code)


def time_stages(pages: Sequence[Page]) -> tuple[list[float], Mapping[str, list[float]]]:
    """Seconds of each page, and of each stage in it."""
    whole: list[float] = []
    stages: dict[str, list[float]] = {watched.name: [] for watched in STAGES}
    clock = Clock(time.process_time)
    with watch_these(STAGES, clock):
        for page in pages:
            clock.seconds.clear()
            started = time.process_time()
            clean_page(page)
            whole.append(time.process_time() - started)
            for name, times in stages.items():
                times.append(clock.seconds.get(name, 0.0))
    return whole, stages


def _milliseconds(seconds: Sequence[float]) -> list[float]:
    return [1000 * one for one in seconds]


if __name__ == "__main__":
    main()
