"""Pages in forms that nobody writes, cleaned: ``python -m benchmarks.hostile_pages FILE``.

A sample of the pages of the data folder is cleaned, each as it is and in some of ``FORMS``: cut anywhere, spliced,
nested 10,000 deep, with stray bytes, entities and namespaces. FILE gets a line for each: its name, and a digest of the
record. Who cleans them otherwise (``python -X dev``, another commit) compares two files.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import click
import msgspec

from benchmarks.runner import data_option
from benchmarks.same_records import digests_of, flattened, read_cases
from benchmarks.sets import pick
from copydesk import clean

Form = Callable[[random.Random, bytes, bytes], bytes | str]
"""A page made of a page: given what it is drawn with, the page and another one."""

_TAG = re.compile(rb"<(/?)[a-zA-Z][\w-]*")
_TAGS = tuple(
    b"a b blockquote br figure form frameset iframe img li math noscript o:p ol plaintext pre rt ruby select source svg "
    b"table td template textarea title tr video xmp".split()
)
_NAMESPACES = (
    b"<o:p>", b"</o:p>", b'<svg:g xlink:href="#a" xml:lang="de">', b'<p xmlns="u" xmlns:x="v" x:class="hidden">',
    b"<math><mi>", b"<svg><title>", b"<foreignObject><p>", b'<x:a x:href="b">',
)  # fmt: skip
_INSTRUCTIONS = (
    b"<?php echo '<p>' ?>", b"<?xml version='1.0'?>", b"<![CDATA[ <p> a ]]>", b"<!-- a --!>", b"<!--", b"<!-->", b"<!--->",
    b"<!doctype html [<!ENTITY a 'b'>]>", b"<!>", b"</>", b"<>", b"< p>",
)  # fmt: skip
_ENTITIES = (
    b"&#0;", b"&#xD800;", b"&#x110000;", b"&#xFFFE;", b"&#99999999999999999999;", b"&#x;", b"&unknown;", b"&amp", b"&copy",
    b"&nbsp;", b"&#128;", b"&#x1F600;", b"&#8205;",
)  # fmt: skip
_BYTES = (
    b"\0", b"\xff", b"\xed\xa0\x80", b"\xe2\x80", b"\xf4\x90\x80\x80", b"\xc0\x80", b"\x1b", b"\x85", b"\xef\xbb\xbf",
    b"\xe2\x80\xae", b"\xf3\xa0\x84\x81" * 20, b"\xcc\x81" * 50,
)  # fmt: skip
_CHARACTERS = "\ud800\udfff\0\U0010ffff\ufffe\u0130\u03a3\u1e9e\x1c\u2028"
EMPTY: Final[tuple[bytes | str, ...]] = (
    b"", b" ", b"\0", b"\xff", b"\xef\xbb\xbf", b"<", b"<>", b"</", b"<!", b"<!--", b"<!-- a -->", b"<?a?>", b"<a", b"<a href",
    b"&", b"&#0;", "", "\0", "\ud800",
    *(b"<%b>" % tag for tag in (b"html", b"p", b"frameset", *_TAGS)),
)  # fmt: skip
"""Pages of nothing, or of nearly nothing."""


def _at(page: bytes, draw: random.Random) -> int:
    return draw.randrange(len(page) + 1)


def _strewn(pieces: Sequence[bytes], number: int) -> Form:
    """Pieces put anywhere into the page."""

    def strewn(draw: random.Random, page: bytes, _other: bytes) -> bytes:
        places = [0, *sorted(_at(page, draw) for _ in range(number)), len(page)]
        parts = [page[start:end] for start, end in pairwise(places)]
        return b"".join([parts[0], *(draw.choice(pieces) + part for part in parts[1:])])

    return strewn


def _nested(opened: bytes, number: int) -> Form:
    """Elements opened anywhere and not closed."""

    def nested(draw: random.Random, page: bytes, _other: bytes) -> bytes:
        place = _at(page, draw)
        return page[:place] + opened * number + page[place:]

    return nested


def _noise(draw: random.Random, page: bytes, _other: bytes) -> bytes:
    changed = bytearray(page)
    for _ in range(len(page) // 200):
        changed[draw.randrange(len(page))] = draw.randrange(256)
    return bytes(changed)


def _other_tags(draw: random.Random, page: bytes, _other: bytes) -> bytes:
    return _TAG.sub(lambda tag: b"<" + tag[1] + draw.choice(_TAGS) if draw.random() < 0.15 else tag[0], page)


def _half_characters(draw: random.Random, page: bytes, _other: bytes) -> str:
    changed = list(page.decode("utf-8", "replace"))
    for _ in range(min(200, len(changed))):
        changed[draw.randrange(len(changed))] = draw.choice(_CHARACTERS)
    return "".join(changed)


def _huge_attributes(_draw: random.Random, page: bytes, _other: bytes) -> bytes:
    parts = (b"nav x" * 200_000, b"a:b;" * 50_000, b"t" * 500_000, b"x=1 " * 3_000)
    long = b'class="%b" style="%b" title="%b" %b' % parts
    return page.replace(b"<p", b"<p " + long, 1)


FORMS: Final[dict[str, Form]] = {
    "cut": lambda draw, page, _: page[: _at(page, draw)],
    "cut at its head": lambda draw, page, _: page[_at(page, draw) :],
    "spliced": lambda draw, page, other: page[: _at(page, draw)] + other[_at(other, draw) :],
    "two": lambda _, page, other: page + other,
    "nested": _nested(b"<div>", 10_000),
    "nested marks": _nested(b"<b><a href=a><ruby><rt>", 2_500),
    "nested tables": _nested(b"<table><tr><td>a<td>", 400),
    "nested lists": _nested(b"<blockquote><ul><li>", 3_300),
    "namespaces": _strewn(_NAMESPACES, 60),
    "XHTML": lambda _, page, __: (
        b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml" xmlns:x="a">' + page
    ),
    "instructions": _strewn(_INSTRUCTIONS, 40),
    "entities": _strewn(_ENTITIES, 300),
    "stray bytes": _strewn(_BYTES, 200),
    "noise": _noise,
    "other tags": _other_tags,
    "huge attributes": _huge_attributes,
    "huge text": lambda _, page, __: page.replace(b"<p", b"<p>" + "wörd ".encode() * 200_000 + b"<p", 1),
    "remarks at the root": lambda _, page, __: b"<!-- a --><?a b?>" + page + b"<!-- b --><p>after",
    "half characters": _half_characters,
    "UTF-16": lambda _, page, __: page.decode("utf-8", "replace").encode("utf-16", "replace"),
    "flattened": lambda _, page, __: flattened(page),
}
"""What is made of a page, by name."""


def pages(data: Path, *, sample: int, forms: int, seed: int) -> Iterator[tuple[str, bytes | str]]:
    """``EMPTY``; a sample of the pages of the data folder, each as it is and in so many forms. The same for a seed."""
    cases = pick(list(read_cases(data)), sample, seed=seed)
    for number, page in enumerate(EMPTY):
        yield f"empty {number}", page
    for place, case in enumerate(cases):
        page, other = case.read(), cases[place - 1].read()
        yield case.id, page
        draw = random.Random(f"{seed} {case.id}")  # noqa: S311 - no secret
        for form in draw.sample(tuple(FORMS), min(forms, len(FORMS))):
            yield f"{case.id} {form}", FORMS[form](draw, page, other)


def cleaned_pages(command: Callable[..., None]) -> Callable[..., None]:
    """Add --pages, --forms, --seed and --data."""
    number = click.IntRange(min=1)
    for option in (
        data_option,
        click.option("--seed", default=0, show_default=True, help="What pages and forms are drawn with."),
        click.option("--forms", type=number, default=5, show_default=True, help="Forms of each page."),
        click.option(
            "--pages", "sample", type=number, default=300, show_default=True, help="Pages of the data."
        ),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@cleaned_pages
def main(*, file: Path, data: Path, **which: int) -> None:
    """Clean pages in hostile forms and write a line for each to FILE: a digest of its record, and its name."""
    lines = 0
    with file.open("w", encoding="utf-8") as written:
        for name, page in pages(data, **which):
            print(name, end=" ", file=written, flush=True)  # of a crash the last line tells the page
            print("".join(digests_of(msgspec.to_builtins(clean(page))).values()), file=written)
            lines += 1
    click.echo(f"{lines:,} records; digests in {file}")


if __name__ == "__main__":
    main()
