"""Text of strangers in logs and in Markdown: shown as it is, and linked only where it leads to the web."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlsplit

from copydesk.cleaners.patterns import lazy_pattern

NAME_CHARS = 100
# controls could clear the terminal (`\x1b[2J`); U+2028 and U+2029 end a line for some readers
UNPRINTABLE = lazy_pattern(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# set by hand: whole headlines, and no page that is one
TEXT_CHARS = 200
# what all browsers take; what is longer is no URL that anybody follows
_MOST_URL_CHARS = 2_000

# what has a meaning within a line and a cell (CommonMark, GFM), and no more: Prefect's pages show escapes in links
_MARKS = lazy_pattern(
    r"""[\\`*\[\]|~]"""
    # within a word it is a letter
    r"""|(?<![^\W_])_|_(?![^\W_])"""
)
_ENTITY = lazy_pattern(r"&(?=#?\w+;)")
# bare URLs, of which some readers make links: `https://`, `www.`, `name@host` (GFM, Autolinks)
_ADDRESSES = lazy_pattern(r"(?i):(?=//)|(?<=www)\.|@")
# overrides of direction could turn the rest of a row around (Unicode, Bidirectional Algorithm, 2.1 to 2.5)
_DIRECTIONS = lazy_pattern("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
# what ends neither a link's URL, nor a cell of a table, nor begins an entity; the rest is percent-encoded
_SAFE_IN_URLS = "%/:=?~#+!$,;@*'"


def one_line(text: str, *, most: int = NAME_CHARS) -> str:
    """A text of strangers on one line of bounded length."""
    line = UNPRINTABLE.sub(" ", text)
    return line if len(line) <= most else line[: most - 1] + "…"


def escaped(text: str, *, most: int = TEXT_CHARS) -> str:
    """A text on one line of bounded length, in which no character has a meaning; not for the beginning of a line."""
    return _ADDRESSES.sub(r"\\\g<0>", _without_marks(text, most))


def linked(text: str, url: str | None, *, most: int = TEXT_CHARS) -> str:
    """A text linked to a URL of http or https; the text alone where the URL is none."""
    if not url or not is_linkable(url):
        return escaped(text, most=most) or escaped(url or "", most=most) or "—"
    # links cannot nest: what looks like a URL need not be escaped
    shown = _without_marks(text, most) or _without_marks(url, most)
    parts = (quote(part, safe=_SAFE_IN_URLS, errors="replace") for part in url.split("&"))
    return f"[{shown}]({'&amp;'.join(parts)})"


def _without_marks(text: str, most: int) -> str:
    line = one_line(_DIRECTIONS.sub("", text), most=most).strip()
    return _MARKS.sub(r"\\\g<0>", _ENTITY.sub("&amp;", line)).replace("<", "&lt;")


def is_linkable(url: str) -> bool:
    """Whether a URL leads to the web, and nowhere else."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and len(url) <= _MOST_URL_CHARS
    except ValueError:  # "http://[half"
        return False


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Iterable[int] = ()) -> str:
    """A table of cells that are Markdown already; ``numbers``: the columns that are set to the right, from 0."""
    right = frozenset(numbers)
    marks = ["---:" if at in right else "---" for at in range(len(heads))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, marks, *rows))


def cell(text: str) -> str:
    """Text of strangers as a code span, in which nothing has a meaning but these two characters."""
    return f"`{text.replace('`', chr(39)).replace('|', '¦')}`" if text else ""
