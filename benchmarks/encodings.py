"""How well legacy encodings are told, by ours and by each detector alone: ``python -m benchmarks.encodings``.

Texts are those of real pages (Fundus, 30 countries), encoded into every legacy codec that copydesk knows and that
holds the text, and cut at 60, 200 and 1,000 characters, or whole. Typographic signs that a codec lacks become the
plain ones, as authors of its time wrote them. Codecs of Chinese, Japanese and Korean take texts in these alone. A
reading counts as right where it gives the text back, whatever its name; codecs that give the same bytes count once.
Nothing is declared. Detectors that are not installed are passed over; chardet 7 wants an environment of its own, as
readability-lxml, to which others are compared, wants an older one.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import click

from benchmarks.arguments import data_option
from benchmarks.report import markdown
from benchmarks.sets import json_lines, load
from copydesk.cleaners.decode.encoding import decode
from copydesk.cleaners.errors import BadPage
from copydesk.cleaners.types import Page

LENGTHS = (60, 200, 1000, None)
"""In characters; None: whole."""
WEB = (
    *(
        "cp1252",
        "cp1251",
        "cp1250",
        "cp1253",
        "cp1254",
        "cp1255",
        "cp1256",
        "cp1257",
        "cp1258",
        "cp874",
        "koi8-u",
    ),
    *("iso8859-2", "iso8859-4", "iso8859-5", "iso8859-7", "iso8859-13", "iso8859-15", "iso8859-16", "cp866"),
    *("mac-roman", "mac-cyrillic"),
)
"""Of the list of browsers (WHATWG), those of one byte a letter that copydesk tries."""
EASTERN = ("gb2312", "big5", "cp932", "euc_jp", "iso2022_jp", "cp949")
DOS = ("cp437", "cp775", "cp850", "cp852", "cp857")
_PLAIN = str.maketrans({
    "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‚": "'", "–": "-", "—": "-", "…": "...",
    "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u200b": None, "\u200e": None, "\u200f": None, "\ufeff": None, "\u00ad": None,
})  # fmt: skip
Detector = Callable[[bytes], str | None]
"""The text of bytes, None where it cannot be read."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text and its bytes; ``is_dos``: in no codec of browsers."""

    text: str
    body: bytes
    is_dos: bool


def _ours(body: bytes) -> str | None:
    try:
        return decode(Page(body)).text
    except BadPage:
        return None


def _chardet(body: bytes) -> str | None:
    import chardet

    return _read(body, chardet.detect(body)["encoding"])


def _charset_normalizer(body: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(body).best()
    return _read(body, best.encoding if best else None)


def _read(body: bytes, encoding: str | None) -> str | None:
    try:
        return body.decode(encoding) if encoding else None
    except (LookupError, UnicodeDecodeError):
        return None


DETECTORS: dict[str, Detector] = {
    "copydesk": _ours,
    **({"chardet": _chardet} if find_spec("chardet") else {}),
    **({"charset-normalizer": _charset_normalizer} if find_spec("charset_normalizer") else {}),
}


def texts(data: Path) -> list[str]:
    """Of the pages of Fundus, whole, those that are not ASCII alone."""
    found = ["\n".join(one["paragraphs"]) for one in json_lines(data / "fundus" / "truth.jsonl")]
    return [text for text in found if not text.isascii()]


def encoded(text: str) -> Iterator[Encoded]:
    """The text in every codec that holds it, once for the same bytes."""
    seen: set[bytes] = set()
    east = sum(char > "\u2e7f" for char in text)
    for codec in EASTERN if east > len(text) / 4 else (*WEB, *DOS):
        for written in (text, text.translate(_PLAIN)):
            try:
                body = written.encode(codec)
            except UnicodeEncodeError:
                continue
            if body not in seen and not written.isascii():
                seen.add(body)
                yield Encoded(written, body, codec in DOS)
            break


def cut_at(text: str, length: int | None) -> str:
    """So many characters, from 20 before the first that is beyond ASCII in every codec: no sign with a plain one."""
    if length is None:
        return text
    first = next(place for place, char in enumerate(text) if not char.translate(_PLAIN).isascii())
    return text[max(0, first - 20) :][:length]


def accuracy(pieces: list[Encoded], detector: Detector) -> tuple[dict[bool, float], float]:
    """The share that is read rightly, in codecs of browsers and of DOS (True), and milliseconds a text."""
    right: defaultdict[bool, list[bool]] = defaultdict(list)
    began = time.perf_counter()
    for piece in pieces:
        right[piece.is_dos].append(detector(piece.body) == piece.text)
    spent = (time.perf_counter() - began) / len(pieces) * 1000
    return {is_dos: sum(found) / len(found) for is_dos, found in right.items()}, spent


def as_they_came(data: Path) -> dict[str, str]:
    """Of the real pages that are no UTF-8, how many each detector reads as we do with what their pages declare."""
    bodies = [case.read() for name in ("fundus", "wcxb") for case in load(name, data)]
    legacy = [(body, _ours(body)) for body in bodies if _read(body, "utf-8") is None]
    return {
        name: f"{sum(detector(body) == text for body, text in legacy)} of {len(legacy)} (of {len(bodies)} pages)"
        for name, detector in DETECTORS.items()
    }


@click.command(help=__doc__)
@data_option
@click.option("--every", default=1, show_default=True, help="Of the texts, each so-manieth.")
def main(data: Path, every: int) -> None:
    """Prints a table for each length."""
    chosen = [text for text in texts(data)[::every] if not text.translate(_PLAIN).isascii()]
    for length in LENGTHS:
        pieces = [piece for text in chosen for piece in encoded(cut_at(text, length))]
        rows = []
        for name, detector in DETECTORS.items():
            shares, milliseconds = accuracy(pieces, detector)
            rows.append((name, f"{shares[False]:.3f}", f"{shares[True]:.3f}", f"{milliseconds:.2f}"))
        click.echo(f"\n{length or 'all'} characters: {len(pieces):,} of {len(chosen)} texts")
        click.echo(markdown(("detector", "of browsers", "of DOS", "ms"), rows))
    for name, line in as_they_came(data).items():
        click.echo(f"{name}: no UTF-8, read as with all that is declared: {line}")


if __name__ == "__main__":
    main()
