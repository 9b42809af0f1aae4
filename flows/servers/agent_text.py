"""Records as agents read them: Markdown that fits into a context, with a note on how to get the rest."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from copydesk.cleaners.provenance.narrate import describe_provenance
from copydesk.cleaners.schema import Record
from copydesk.cleaners.word_count import count_words
from copydesk.flows.exports.finding import Hit
from copydesk.flows.shortening import counted

MOST_CHARS = 12_000
"""Of an answer: some 3,000 tokens of English."""
# set by hand: enough to know a block again
_SAMPLE_CHARS = 120
# set by hand: nearly all are whole
_URL_CHARS = 500
_SAMPLES = 3


def part(text: str, start: int) -> str:
    """The part of an answer that begins at a character, and how to get what follows."""
    start = max(0, start)
    end = start + MOST_CHARS
    if end < len(text):
        return f"{text[start:end]}\n\n[{len(text) - end:,} more characters: call again with start={end}]"
    return text[start:] or f"[nothing from character {start} on: the answer has {len(text):,}]"


def article(record: Record, *, with_removed: bool, with_provenance: bool) -> str:
    """What is known of an article, and its text; removed blocks and the origin of the page on request."""
    parts = ["\n".join(_head(record)), record.markdown or "(no article)"]
    if with_provenance:
        parts.append("## Origin\n" + "\n".join(describe_provenance(record)))
    if with_removed:
        lines = (f"- {one.label} [{one.rule}: {one.evidence}]: {one.text}" for one in record.removed)
        parts.append("## Removed\n" + "\n".join(lines))
    elif record.removed:
        parts.append(f'[{len(record.removed):,} blocks were removed: include=["removed"] shows them]')
    return "\n\n".join(parts)


def explanation(record: Record) -> str:
    """What was kept, what was removed and by which rule, where each field was found, and where the page is from."""
    kept = [line for line in record.text.split("\n") if line.strip()]
    parts = [
        "\n".join(_head(record)),
        f"## Kept: {counted(len(kept), 'line')}, {counted(count_words(record.text), 'word')}\n"
        + "\n".join(map(_sample, kept[:_SAMPLES])),
        f"## Removed: {counted(len(record.removed), 'block')}\n" + "\n".join(_removed(record)),
        "## Fields\n" + "\n".join(f"- {field}: {origin}" for field, origin in record.field_origins.items()),
        "## Origin\n" + "\n".join(describe_provenance(record)),
    ]
    return "\n\n".join(parts)


def hits(found: list[Hit]) -> str:
    """Records that were found, a paragraph each."""
    return "\n\n".join(
        f"{number}. {_sample(hit.title or '(no title)')}\n"
        f"{' · '.join(filter(None, (f'id {hit.id}', hit.date, hit.language, (hit.url or '')[:_URL_CHARS])))}\n"
        f"{hit.snippet}"
        for number, hit in enumerate(found, start=1)
    )


def _head(record: Record) -> Iterator[str]:
    yield f"# {record.title or '(no title)'}"
    yield f"status: {record.status}{f' ({record.reason})' if record.reason else ''}"
    fields = {
        "id": record.id,
        "url": record.canonical_url or record.url,
        "site": record.site_name,
        "authors": ", ".join(author.name for author in record.authors),
        "published": record.date_published,
        "language": record.language,
    }
    yield from (f"{name}: {value}" for name, value in fields.items() if value)


def _removed(record: Record) -> Iterator[str]:
    for label, group in groupby(sorted(record.removed, key=lambda one: one.label), key=lambda one: one.label):
        blocks = [*group]
        yield f"- {label}: {len(blocks):,}"
        yield from (f"  - [{one.rule}: {one.evidence}] {_sample(one.text)}" for one in blocks[:_SAMPLES])


def _sample(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SAMPLE_CHARS else f"{line[:_SAMPLE_CHARS]}…"
