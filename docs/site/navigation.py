"""In which order the site shows the documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

FIRST = "README"
CHAPTERS: Mapping[str, Sequence[str]] = {
    "Begin": ("docs/overview", "docs/tutorial", "docs/install", "docs/gallery", "docs/peers"),
    "Clean and look": (
        *("docs/try", "docs/command_line", "docs/explain", "docs/review"),
        *("docs/rules", "docs/provenance"),
    ),
    "Run on a schedule": ("docs/sources", "docs/schedules", "docs/stores", "docs/export"),
    "From programs": ("docs/python", "docs/api", "docs/large_runs", "docs/adapters", "docs/retrieval"),
    "Reference": (
        "docs/records",
        "docs/reference/commands",
        "docs/reference/settings",
        "docs/reference/fields",
        "docs/reference/labels",
        "docs/reference/rules",
        "docs/reference/python",
        "docs/ai_notes",
        "docs/chatbot_lines",
        "docs/cues",
    ),
    "Figures": ("docs/figures", "benchmarks/README", "training/README"),
    "The project": (
        *("ARCHITECTURE", "CONTRIBUTING", "docs/decisions/README", "docs/decisions/what-was-tried"),
        *("seeds/README", "CHANGELOG"),
    ),
}
"""By chapter, the documents without ``.md``; one that stands nowhere fails the build."""


DECISIONS = "docs/decisions/README"


def contents_of(document: str) -> str:
    """The table of contents at the end of a document: all chapters in the first one, all decisions in theirs."""
    if document == DECISIONS:
        return "\n".join(_table(":glob:", ["docs/decisions/0*"]))
    if document == FIRST:
        chapters = (_table(f":hidden:\n:caption: {title}", named) for title, named in CHAPTERS.items())
        return "\n".join(line for chapter in chapters for line in chapter)
    return ""


def _table(options: str, documents: Sequence[str]) -> Iterator[str]:
    yield from ("", "```{toctree}", options, "", *(f"/{one}" for one in documents), "```", "")
