"""Whether readers must pay for a page, and whether its text ends at the wall."""

from __future__ import annotations

from collections.abc import Sequence

from copydesk.cleaners.types import Label, Labelled, Metadata


def is_cut_by_paywall(labelled: Sequence[Labelled], metadata: Metadata) -> bool:
    """Whether the page declares a paywall and shows one, or ends its text with one."""
    walls = [item.block.index for item in labelled if item.label is Label.PAYWALL]
    if not walls:
        return False
    declared = metadata.best("is_accessible_for_free")
    if declared is not None:
        # schema.org isAccessibleForFree, a boolean that pages write as "False" too
        return declared.value.lower() == "false"
    # paragraphs below the wall: it is a notice on the way, and the text is whole
    return not any(item.shape is Label.PARAGRAPH for item in labelled[walls[0] :])


def is_free(labelled: Sequence[Labelled], metadata: Metadata) -> bool | None:
    """What the page declares; else False where words say that readers must pay, and None where nothing is said."""
    declared = metadata.best("is_accessible_for_free")
    if declared is not None:
        return declared.value.lower() == "true"
    # only words that say so: the learned label alone is no ground to say that readers must pay
    says_so = any(item.label is Label.PAYWALL and item.verdict.rule == "wording.paywall" for item in labelled)
    return False if says_so else None
