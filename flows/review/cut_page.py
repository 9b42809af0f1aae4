"""Renders a record as its page for the review: kept and removed blocks in order, with rules and evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.provenance.narrate import describe_provenance
from copydesk.cleaners.record.records import content_hash
from copydesk.cleaners.rules.overrides import RULE
from copydesk.cleaners.schema import Record, Removed
from copydesk.cleaners.text_forms import letters

_HEADING = lazy_pattern(r"\A(#{1,6}) (.+)")
_ITEM = lazy_pattern(r"\A\s*(?:[-*+]|\d+[.)]) (.+)")
_ROW = lazy_pattern(r"\A\| (.+) \|\Z")
# `[words](url)`: only the words are in the text
_LINK = lazy_pattern(r"\[([^\[\]]*)\]\([^()\s]*\)")
_SIGNS = lazy_pattern(r"[\\*_`]")
# bars separate cells; a bar within a cell is escaped
_ROW_SIGNS = lazy_pattern(r"(?<!\\)\||[\\*_`]")
_SHAPES = ((_HEADING, "h", _SIGNS), (_ITEM, "li", _SIGNS), (_ROW, "row", _ROW_SIGNS))
# blocks with these differ from the page, so a decision could not quote them
_MASKS = ("[email]", "[phone]")

_LEARNED = lazy_pattern(r"(?P<share>[\d.]+) for keeping, [\d.]+ for \w+(?:: (?P<facts>.*))?", re.DOTALL)
_PHRASE = lazy_pattern(r"(?P<mode>whole|lead|start|contains) \(\w+\): (?P<phrase>'.*')")
_BY_WORDS = lazy_pattern(
    r"by its words (?:\((?P<words>.*)\) )?(?P<what>(?:no )?part of the article) \((?:log-odds )?[\d.]+\)"
)
_MODES = {"whole": "is nothing but", "lead": "is led by", "start": "begins with", "contains": "contains"}

Block = dict[str, Any]
"""``text``, and if they apply: ``as`` (a heading ``h`` or an item ``li``), ``rows`` (of a table, each a list of cells),
``label``, ``rule`` and ``evidence`` of a removal, ``person`` (the note of a manual decision), ``fixed`` (it cannot be
corrected).
"""


def cut_page(record: Record) -> dict[str, Any]:
    """The blocks of a record in the order of the page, its fields, and why its blocks cannot be corrected, if so."""
    return {
        "blocks": list(_blocks(record)),
        "facts": list(_facts(record)),
        "origin": list(describe_provenance(record)),
        "fixed": _why_fixed(record),
    }


def _why_fixed(record: Record) -> str | None:
    if "text" in record.field_origins:
        return "Its text is from a script of the page, so that nothing was removed from it."
    if record.status not in ("ok", "partial"):
        return "It is not an article and has no text; copydesk explain shows why."
    return None


def _blocks(record: Record) -> Iterator[Block]:
    """Kept text and removals in the order of the page, as in ``restore``."""
    shapes = _shapes(record.markdown)
    notes = {
        one.content_hash: one.note or "" for one in record.processing.overrides if one.decision == "keep"
    }
    lines = [
        (part, line)
        for part, lines in enumerate(record.text.split("\n\n"))
        for line in lines.split("\n")
        if line.strip()
    ]
    # a text from a script is not on the page, so the whole page was removed
    is_from_script = "text" in record.field_origins
    done = 0
    for removed in record.removed:
        end = len(lines) if is_from_script else removed.after
        yield from _kept(lines[done:end], shapes, notes)
        done = max(done, end)
        # counts in place of texts (--removed counts) have no position
        if removed.text:
            yield _removed(removed)
    yield from _kept(lines[done:], shapes, notes)


def _kept(
    lines: list[tuple[int, str]], shapes: dict[str, str], notes: dict[str | None, str]
) -> Iterator[Block]:
    """The kept blocks between two removals; ``lines``: each with the number of its block."""
    for _, group in groupby(lines, key=lambda one: one[0]):
        rows = [line for _, line in group]
        text = "\n".join(rows)
        block: Block = {"text": text}
        if all(shapes.get(letters(row)) == "row" for row in rows):
            block["rows"] = [row.split("\t") for row in rows]
        elif shape := shapes.get(letters(text)):
            block["as"] = shape
        if notes and (note := notes.get(content_hash(text))) is not None:
            block["person"] = note
        yield _with_fixed(block)


def in_words(evidence: str) -> str:
    """Evidence in words, as part of a sentence."""
    if found := _LEARNED.fullmatch(evidence):
        why = f"; {found['facts']}" if found["facts"] else ""
        return f"{round(100 * float(found['share']))} % likely to be the article's{why}"
    if found := _PHRASE.fullmatch(evidence):
        return f"{_MODES[found['mode']]} {found['phrase']}"
    if found := _BY_WORDS.fullmatch(evidence):
        return f"{found['what']}, by its words" + (f": {found['words']}" if found["words"] else "")
    return evidence or "by its rule"


def _removed(removed: Removed) -> Block:
    block: Block = {
        "text": removed.text,
        "label": removed.label,
        "rule": removed.rule,
        "evidence": in_words(removed.evidence),
    }
    if removed.rule == RULE:
        block["person"] = ""
    return _with_fixed(block)


def _with_fixed(block: Block) -> Block:
    if any(mask in block["text"] for mask in _MASKS):
        block["fixed"] = True
    return block


def _shapes(markdown: str) -> dict[str, str]:
    """Which lines are headings, items or rows of a table, by their letters; the plain text does not show that."""
    found = {}
    for line in markdown.split("\n"):
        for pattern, shape, signs in _SHAPES:
            if match := pattern.match(line):
                words = signs.sub("", _LINK.sub(r"\1", match.group(match.lastindex or 0)))
                found[letters(words)] = shape
    return found


def _facts(record: Record) -> Iterator[tuple[str, str]]:
    """The most important fields, if they are known."""
    fields = {
        "status": record.status + (f": {record.reason}" if record.reason else ""),
        "URL": record.url or record.canonical_url,
        "source": f"{record.source.name} ({record.source.kind})",
        "site": record.site_name,
        "authors": ", ".join(author.name for author in record.authors),
        "published": record.date_published,
        "modified": record.date_modified,
        "fetched": record.fetched_at,
        "language": record.language if record.language != "und" else None,
        "copy of": record.duplicate_of,
        "version": str(record.version) if record.version > 1 else None,
        "id": record.id,
    }
    yield from ((name, value) for name, value in fields.items() if value)
