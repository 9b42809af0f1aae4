"""Calls of Python functions a page takes, which are the same on every machine: ``python -m benchmarks.calls``.

Where they are made: the functions called most, with ``--top``.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, FrameType

import click

from benchmarks.pages import pages_for_timing
from benchmarks.runner import data_option
from copydesk.cleaners.pipeline.cleaning import clean_page
from copydesk.cleaners.types import Page

_WARMING = 5  # pages before counting: tables are read and caches filled once a process
_ROOT = Path(__file__).resolve().parents[1]


@click.command()
@data_option
@click.option("--pages", default=60, show_default=True, help="How many.")
@click.option("--top", default=0, help="List so many functions, by calls a page.")
def main(data: Path, pages: int, top: int) -> None:
    """Print the calls a page."""
    cases, name = pages_for_timing(data, count=pages)
    calls = count_calls([case.read() for case in cases])
    click.echo(f"{sum(calls.values()) / len(cases):,.0f} calls a page ({len(cases)} pages of {name})")
    for code, count in calls.most_common(top):
        click.echo(f"{count / len(cases):10,.1f}  {_place(code)}")


def count_calls(bodies: Sequence[bytes]) -> Counter[CodeType]:
    """How often each function is called while these pages are cleaned."""
    for body in bodies[:_WARMING]:
        clean_page(Page(body=body, media="html"))
    calls: Counter[CodeType] = Counter()

    def count(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            calls[frame.f_code] += 1

    sys.setprofile(count)
    try:
        for body in bodies:
            clean_page(Page(body=body, media="html"))
    finally:
        sys.setprofile(None)
    return calls


def _place(code: CodeType) -> str:
    file = Path(code.co_filename)
    return f"{file.relative_to(_ROOT) if file.is_relative_to(_ROOT) else file.name}:{code.co_firstlineno} {code.co_qualname}"


if __name__ == "__main__":
    main()
