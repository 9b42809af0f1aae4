"""Real sentences as pages of nothing else, with and without tags: each that is out of the text is a false alarm."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from benchmarks.claims import Claim, claims_in
from benchmarks.incidents import Incident, Report, counted, share_without
from benchmarks.sets import Case, MissingDataError, as_paragraphs, pick
from benchmarks.text_loss import Loss, losses

SENTENCES = 20  # a page
MEDIA = {"html": "text/html", "text": "text/plain"}


@dataclass(frozen=True, slots=True)
class PageOutcome:
    """What became of a page of sentences."""

    page: str
    language: str
    setting: str
    sentences: tuple[str, ...]
    losses: tuple[Loss, ...]
    claims: tuple[Claim, ...]

    @property
    def lost(self) -> list[tuple[str, Loss]]:
        """The sentences of which anything is out of the text."""
        pairs = zip(self.sentences, self.losses, strict=True)
        return [(sentence, loss) for sentence, loss in pairs if not loss.is_whole]


def read_prose(data: Path, *, sample: int | None) -> tuple[Case, ...]:
    """Pages of twenty sentences of one treebank in the order of the file, each once as HTML and once as text;
    ``sample`` of each language. What is left of a treebank, less than a page, is left out. Raises
    MissingDataError where there is none.
    """
    files = sorted((data / "prose").glob("*.jsonl"))
    if not files:
        raise MissingDataError(f"{data / 'prose'} has no sentences; name the data folder with --data")
    return tuple(
        page
        for file in files
        for one in pick(tuple(compose(_rows(file), language=file.stem)), sample=sample)
        for page in (one, _as_html(one))
    )


def _rows(file: Path) -> Iterator[dict[str, str]]:
    return (json.loads(line) for line in file.read_text("utf-8").split("\n") if line)


def compose(rows: Iterable[dict[str, str]], *, language: str) -> Iterator[Case]:
    """The pages as flattened text, sentences parted by a blank line."""
    for treebank, group in groupby(rows, key=lambda row: row["treebank"]):
        sentences = [" ".join(row["text"].split()) for row in group]
        for number in range(len(sentences) // SENTENCES):
            page = sentences[number * SENTENCES : (number + 1) * SENTENCES]
            yield Case(
                id=f"{language}/{treebank}/{number}/text",
                file=Path(),
                truth="\n".join(page),
                body="\n\n".join(page),
                media=MEDIA["text"],
                group=language,
            )


def _as_html(case: Case) -> Case:
    return Case(
        id=f"{case.id.removesuffix('/text')}/html",
        file=Path(),
        truth=case.truth,
        body=as_paragraphs(case.truth),
        media=MEDIA["html"],
        group=case.group,
    )


def read_back(case: Case) -> PageOutcome:
    """Cleans a page of sentences and reports what is lost of each."""
    from copydesk import Page, clean_page

    record = clean_page(Page(body=case.read(), content_type=f"{case.media}; charset=utf-8"))
    sentences = tuple(case.truth.split("\n"))
    return PageOutcome(
        page=case.id,
        language=case.group,
        setting=case.id.rpartition("/")[2],
        sentences=sentences,
        losses=tuple(losses(sentences, record)),
        claims=claims_in(record.provenance),
    )


def report(pages: Sequence[PageOutcome]) -> Report:
    """Tables, figures and incidents of all pages."""
    rows = [
        _row(
            language,
            setting,
            [page for page in pages if page.setting == setting and language in (page.language, "all")],
        )
        for setting in MEDIA
        for language in ("all", *sorted({page.language for page in pages}))
    ]
    return Report(
        head=("sentences of", "as", "pages", "sentences", "lost", "pages with a claim"),
        rows=rows,
        figures={
            f"openweb.prose.{setting}": figures([page for page in pages if page.setting == setting])
            for setting in MEDIA
        },
        incidents=[one for page in pages for one in _incidents(page)],
    )


def figures(pages: Sequence[PageOutcome]) -> dict[str, float]:
    """Share of the sentences that are whole in the text, and of the pages without a claim."""
    return {
        "sentences_kept": share_without(
            sum(len(page.lost) for page in pages), sum(len(page.sentences) for page in pages)
        ),
        "no_claim": share_without(sum(bool(page.claims) for page in pages), len(pages)),
    }


def _row(language: str, setting: str, pages: Sequence[PageOutcome]) -> tuple[str, ...]:
    sentences = sum(len(page.sentences) for page in pages)
    lost = sum(len(page.lost) for page in pages)
    claims = sum(bool(page.claims) for page in pages)
    return (
        language,
        setting,
        str(len(pages)),
        str(sentences),
        counted(lost, sentences),
        counted(claims, len(pages)),
    )


def _incidents(page: PageOutcome) -> Iterator[Incident]:
    for sentence, loss in page.lost:
        details = {"label": loss.label, "rule": loss.rule, "text": sentence, "evidence": loss.evidence}
        yield Incident("sentence", page.page, details)
    yield from (Incident("sentence-claim", page.page, asdict(claim)) for claim in page.claims)
