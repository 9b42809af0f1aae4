"""What rules of wording and residue take from true articles: ``python -m benchmarks.eaten``.

Every block of an article that its truth holds and that such a rule removed is listed, judged by models that have
not seen the page's site.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import click

from benchmarks.arguments import cases_of, shared
from benchmarks.runner import in_workers
from benchmarks.sets import Case
from benchmarks.unseen import explain_unseen

SETS = ("wcxb", "fundus")
FAMILIES = ("residue.", "worded.")


@dataclass(frozen=True, slots=True)
class Eaten:
    """A block of the truth that was removed: by which rule, as what, on what evidence."""

    page: str
    rule: str
    evidence: str
    text: str


def eat_page(case: Case) -> tuple[int, list[Eaten]]:
    """How many of a page's blocks are true, and which of them such rules removed."""
    from copydesk import Page
    from training.pages import holds

    labelled = explain_unseen(
        Page(body=case.read(), url=case.url, content_type=case.media), name=case.id
    ).labelled
    truths = holds(case.truth, [item.block for item in labelled])
    eaten = [
        Eaten(case.id, item.verdict.rule, item.verdict.evidence, item.block.text)
        for item, is_true in zip(labelled, truths, strict=True)
        if is_true and not item.is_kept and item.verdict.rule.startswith(FAMILIES)
    ]
    return sum(truths), eaten


@click.command()
@shared
def main(**given: Any) -> None:
    """Clean every article of wcxb and fundus and list what the rules took from its truth."""
    where = {key: given[key] for key in ("data", "limit", "sample", "seed")}
    cases = [case for name in SETS for case in cases_of(name, **where)]
    results = in_workers(
        eat_page, [(case,) for case in cases], jobs=given["jobs"], timeout_seconds=given["timeout_seconds"]
    )
    read = [result for result in results if not isinstance(result, str)]
    for case, result in zip(cases, results, strict=True):
        if isinstance(result, str):
            click.echo(f"{case.id}: {result}", err=True)
    true = sum(count for count, _ in read)
    eaten = [one for _, found in read for one in found]
    click.echo("\n".join(_lines(eaten)))
    click.echo(
        f"{len(eaten)} of {true} true blocks on {len(read)} pages: one in {true / max(1, len(eaten)):,.0f}"
    )


def _lines(eaten: Sequence[Eaten]) -> Iterator[str]:
    for one in sorted(eaten, key=lambda one: one.rule):
        yield f"{one.rule} {one.page} {one.text[:200]!r} ({one.evidence})"


if __name__ == "__main__":
    main()
