"""Which labels make up the text of a record: the usual ones, with what options put in and take out."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from copydesk.cleaners.types import KEPT, OPTIONAL, Label, Labelled, Options


def labels_in_text(options: Options) -> frozenset[Label]:
    """The labels whose blocks are in the text.

    Raises ValueError where ``options.keep`` or ``options.drop`` names a label that has no choice, or both name one.
    """
    keep, drop = _optional("keep", options.keep), _optional("drop", options.drop)
    if both := keep & drop:
        raise ValueError(f"keep and drop: {min(both)!s} is in both")
    return (KEPT | keep) - drop


def _optional(name: str, labels: Collection[str]) -> frozenset[Label]:
    for label in labels:
        if label not in OPTIONAL:
            raise ValueError(f"{name}: {label!r} is no label with a choice; these are {', '.join(OPTIONAL)}")
    return frozenset(map(Label, labels))


def with_policy(labelled: Sequence[Labelled], policy: frozenset[Label]) -> tuple[Labelled, ...]:
    """The same blocks with the same verdicts, those of ``policy`` in the text."""
    return tuple(labelled) if policy == KEPT else tuple(replace(item, policy=policy) for item in labelled)
