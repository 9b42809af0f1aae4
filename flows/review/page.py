"""The review itself: one HTML file that requests nothing from the network, made in one pass over a store."""

from __future__ import annotations

import base64
import hashlib
import heapq
from collections.abc import Iterable, Iterator
from importlib import resources
from itertools import chain
from operator import itemgetter
from typing import Any

import msgspec
from jinja2 import Environment, Template, select_autoescape
from markupsafe import Markup
from msgspec import Struct

from copydesk.cleaners import encode
from copydesk.cleaners.record.records import name_of
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import KEPT, OPTIONAL, Label
from copydesk.flows.config.override_file import FILE_NAME
from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.library.records.record_lines import decode_record
from copydesk.flows.review.counts import Counts, all_bars, discloses_ai, reason_code, site_of, timeline
from copydesk.flows.review.cut_page import cut_page

START = "<!doctype html><!-- copydesk review -->"
"""The first bytes of every review, by which one is recognised that may be replaced."""
# set by hand: a browser opens a file of so much in seconds
MOST_CHARS = 60_000_000
"""Characters of all records' blocks that the file holds; those of further records are left out."""
# labels of a name that share one colour
GROUPS = {
    "around": ("nav", "related", "social", "comment", "comment_form", "cookie"),
    "selling": ("ad", "newsletter", "paywall"),
    "about": ("title", "caption", "byline", "tags", "author_bio", "source_note", "copyright"),
    "machine": ("ai_disclaimer", "leaked_prompt", "chatbot_meta"),
}
"""What has a colour of its own; all other labels share one."""


# what may end a script element or open a comment in one, and what ends lines for some readers
_ESCAPES = [(sign, f"\\u{ord(sign):04x}") for sign in "<>&\u2028\u2029"]


class Written(Struct, frozen=True):
    """A review in parts of its text, which are made as they are read, and how many records are in it."""

    parts: Iterable[str]
    records: int
    shown: int
    without_blocks: int


def review_page(
    records: Iterable[Record], *, where: str, place: str, most: int, decided: str = ""
) -> Written:
    """The review of a store, of which at most ``most`` records are listed. Raises as ``records`` does.

    ``where``: the store's name; ``place``: its full path or URL; ``decided``: the file of decisions so far.
    """
    counts = Counts()
    newest = _newest(records, counts, most)
    rows, pages, without = _embedded(newest)
    # a browser keeps decisions by it, apart from those of other stores
    store = hashlib.sha256(without_secrets(place).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    data = {"rows": rows, "decided": decided, "file": FILE_NAME, "store": store} | label_names()
    style, script = part("review.css"), part("elements.js") + part("review.js")
    # in parts: one string would have some hundred megabytes
    parts = template("review.html.jinja").generate(
        policy=content_policy(style, script),
        style=Markup(style),  # noqa: S704 - our own
        script=Markup(script),  # noqa: S704 - our own
        data=as_json(data),
        pages=pages,
        where=where,
        counts=counts,
        shown=len(rows),
        without=without,
        timeline=timeline(counts),
        tables=list(all_bars(counts)),
        sources=sorted(counts.sources.items(), key=lambda one: (-one[1].total(), one[0])),
    )
    return Written(chain((START,), parts), counts.records, len(rows), without)


def _newest(records: Iterable[Record], counts: Counts, most: int) -> Iterator[Record]:
    """The newest records, at most so many; all of them are counted."""
    # as bytes: built records take five times the room
    numbered = (
        (_day(record), record.fetched_at or "", number, encode(record))
        for number, record in enumerate(records)
        if counts.add(record)
    )
    return (decode_record(line) for *_, line in heapq.nlargest(most, numbered, key=itemgetter(0, 1, 2)))


def _embedded(records: Iterable[Record]) -> tuple[list[dict[str, Any]], Iterator[Any], int]:
    """A row of the list for each record, the pages with their removals, and how many pages do not fit into the file."""
    rows, pages = [], []
    chars = without = 0
    for number, record in enumerate(records):
        cut = cut_page(record)
        size = len(as_json(cut))
        if chars + size > MOST_CHARS:
            without += 1
            cut |= {
                "blocks": [],
                "fixed": "Its blocks are left out, to keep this file small.",
            }
        else:
            chars += size
        rows.append(_row(record, cut["blocks"]))
        pages.append((number, as_json(cut)))
    return rows, iter(pages), without


def _day(record: Record) -> str:
    """When a page was fetched, else when it was published."""
    return (record.fetched_at or record.date_published or "")[:10]


def _row(record: Record, blocks: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {
        "page": name_of(record),
        "title": record.title or record.url or record.source.name,
        "site": site_of(record),
        "source": record.source.name,
        "day": _day(record),
        "language": record.language,
        "status": record.status,
        "reason": reason_code(record),
        "kept": len(record.text),
        "removed": sum(len(removed.text) for removed in record.removed),
        "labels": sorted({removed.label for removed in record.removed}),
        "ai": discloses_ai(record),
        "person": any("person" in block for block in blocks),
    }


def label_names() -> dict[str, Any]:
    """Labels as a script needs them: the colour of each, and those that a person may give."""
    return {
        "groups": {label: group for group, labels in GROUPS.items() for label in labels},
        "cuts": [label for label in Label if label not in KEPT and label not in OPTIONAL],
        "texts": [label for label in Label if label in KEPT and label not in OPTIONAL],
    }


def part(name: str, package: str = "copydesk.flows.review") -> str:
    """A file among the parts of a package's page."""
    return (resources.files(package) / "parts" / name).read_text("utf-8")


def template(name: str, package: str = "copydesk.flows.review") -> Template:
    """The template among them; what is put into it is escaped."""
    environment = Environment(
        autoescape=select_autoescape(default=True), trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(part(name, package))


def content_policy(style: str, script: str) -> str:
    """What a browser may do with the page: run this script and apply this style, request nothing."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def as_json(value: object) -> Markup:
    """JSON that cannot end the script element it is in."""
    written = msgspec.json.encode(value).decode()
    # one after the other is ten times as fast as translate
    for sign, escape in _ESCAPES:
        written = written.replace(sign, escape)
    return Markup(written)  # noqa: S704 - escaped above


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
