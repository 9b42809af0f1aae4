"""Real pages without truth, written before chatbots existed: what is claimed of them, and what rules of wording take.

No figure here shows that a page was read well; each counts how often something happened that hardly ever should.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.claims import Claim, claims_in
from benchmarks.incidents import Incident, Report, counted, share_without
from benchmarks.sets import KEPT_LABELS, Case, MissingDataError
from benchmarks.words import words
from copydesk.cleaners.types import Labelled

BY_MACHINES = ("ai_disclaimer", "leaked_prompt", "chatbot_meta")
NOTES = (*BY_MACHINES, "source_note")
OF_AI = ("ai", "digital_source_type")
OF_WORDS = ("worded.", "wording.", "residue.")
_KEEP = re.compile(r"(\d\.\d+) for keeping")


@dataclass(frozen=True, slots=True)
class TakenBlock:
    """A block that a rule of wording took or named.

    ``keep``: how likely (0 to 1) the network thought it the article's; ``first``: the label it gave.
    """

    label: str
    rule: str
    keep: float | None
    first: str
    words: int
    text: str
    evidence: str

    @property
    def is_taken(self) -> bool:
        """Whether it would be in the text but for a rule of wording."""
        return self.first in KEPT_LABELS and self.rule.startswith(OF_WORDS)


@dataclass(frozen=True, slots=True)
class PageSeen:
    """What became of one page. ``kept_first``: how many of its blocks the network alone keeps."""

    page: str
    status: str
    reason: str | None
    claims: tuple[Claim, ...]
    kept_first: int
    taken: tuple[TakenBlock, ...]


def read_pages(data: Path) -> tuple[Case, ...]:
    """All pages. Raises MissingDataError where there are none."""
    file = data / "openweb" / "pages.jsonl"
    if not file.exists():
        raise MissingDataError(f"{file} is missing; name the data folder with --data")
    rows = (json.loads(line) for line in file.read_text("utf-8").splitlines() if line)
    return tuple(
        Case(
            id=row["id"],
            file=data / "openweb" / "html" / f"{row['id']}.html.gz",
            truth="",
            url=row["url"],
            group=row["source"],
        )
        for row in rows
    )


def see_page(case: Case) -> PageSeen:
    """Cleans a page and lists what is claimed and what rules of wording took."""
    from copydesk import Page
    from copydesk.cleaners.pipeline.cleaning import explain

    found = explain(Page(body=case.read(), url=case.url, content_type=case.media))
    return PageSeen(
        page=case.id,
        status=found.record.status,
        reason=found.record.reason,
        claims=claims_in(found.record.provenance),
        kept_first=sum(item.verdicts[0].label in KEPT_LABELS for item in found.labelled),
        taken=tuple(_taken(found.labelled)),
    )


def _taken(labelled: Iterable[Labelled]) -> Iterator[TakenBlock]:
    for item in labelled:
        verdict, first = item.verdict, item.verdicts[0]
        by_rule = verdict.rule.startswith(OF_WORDS) and not item.is_kept
        if by_rule or verdict.label in NOTES:
            keep = _KEEP.match(first.evidence)
            text = item.block.text
            yield TakenBlock(
                label=str(verdict.label),
                rule=verdict.rule,
                keep=float(keep[1]) if keep else None,
                first=str(first.label),
                words=len(words(text)),
                text=text,
                evidence=verdict.evidence,
            )


def report(pages: Sequence[PageSeen], *, faults: int) -> Report:
    """Tables, figures and incidents of all pages; ``faults``: pages that crashed or hung."""
    return Report(
        head=("real pages", "pages", "blocks"),
        rows=[*_rows(pages, faults)],
        figures={"openweb.pages": figures(pages, faults=faults)},
        incidents=[one for page in pages for one in _incidents(page)],
    )


def figures(pages: Sequence[PageSeen], *, faults: int) -> dict[str, float]:
    """Shares of pages read, without any claim, without one of AI, without a block named as left by machines
    or as a note on sources; of the blocks the network keeps, those that no rule of wording takes.
    """
    taken = sum(block.is_taken for page in pages for block in page.taken)
    return {
        "read": share_without(faults, len(pages) + faults),
        "no_claim": share_without(sum(bool(page.claims) for page in pages), len(pages)),
        "no_ai_claim": share_without(len(_with_claim(pages, OF_AI)), len(pages)),
        "no_machine_note": share_without(len(_with_label(pages, BY_MACHINES)), len(pages)),
        "no_source_note": share_without(len(_with_label(pages, ("source_note",))), len(pages)),
        "blocks_left": share_without(taken, sum(page.kept_first for page in pages)),
    }


def _with_claim(pages: Iterable[PageSeen], fields: Sequence[str]) -> list[PageSeen]:
    return [page for page in pages if any(claim.field in fields for claim in page.claims)]


def _with_label(pages: Iterable[PageSeen], labels: Sequence[str]) -> list[PageSeen]:
    return [page for page in pages if any(block.label in labels for block in page.taken)]


def _rows(pages: Sequence[PageSeen], faults: int) -> Iterator[tuple[str, str, str]]:
    total = len(pages) + faults
    kept = sum(page.kept_first for page in pages)
    yield "all", str(total), str(kept)
    yield "crashed or hung", str(faults), ""
    for status in ("partial", "rejected"):
        yield status, counted(sum(page.status == status for page in pages), total), ""
    yield "with a claim that no mark declares", counted(sum(bool(page.claims) for page in pages), total), ""
    for fields in (OF_AI, ("derived_from",)):
        yield f"with a claim of {', '.join(fields)}", counted(len(_with_claim(pages, fields)), total), ""
    for label in NOTES:
        blocks = sum(block.label == label for page in pages for block in page.taken)
        yield f"labelled {label}", counted(len(_with_label(pages, (label,))), total), str(blocks)
    for families in (*((family,) for family in OF_WORDS), OF_WORDS):
        mine = [
            [block for block in page.taken if block.is_taken and block.rule.startswith(families)]
            for page in pages
        ]
        name = f"taken from the network's text by {', '.join(f'{family}*' for family in families)}"
        yield name, counted(sum(map(bool, mine)), total), counted(sum(map(len, mine)), kept)


def _incidents(page: PageSeen) -> Iterator[Incident]:
    if page.reason is not None:
        yield Incident(page.status, page.page, {"reason": page.reason})
    yield from (Incident("claim", page.page, asdict(claim)) for claim in page.claims)
    for block in page.taken:
        if block.label in NOTES:
            yield Incident("note", page.page, asdict(block))
        if block.rule.startswith(OF_WORDS):
            yield Incident("taken" if block.is_taken else "named", page.page, asdict(block))
