"""Pages as the network for pages with tags reads them: that for flattened text learns from these too.

The tags of a block show more surely than its words what it is. So a page of which nobody knows the truth, judged
with tags and flattened then, is one more page to learn from, in any language (docs/decisions/0021-taught-by-tags.md);
and a page of which only the text is known gets labels (docs/decisions/0033-labels-for-known-texts.md).
"""

from __future__ import annotations

from dataclasses import replace

from copydesk.cleaners.judge.judgement import Judge
from copydesk.cleaners.pipeline.cleaning import explain
from copydesk.cleaners.types import KEPT, Label, Page
from training.pages import LABELLED, OTHER_KINDS, Raw


def as_taught(raw: Raw, judge: Judge) -> Raw | None:
    """The page with the label that each of its blocks gets, rules included; None where it is no whole article.

    It goes by the custom of labels given by hand, as the network does when it runs.
    """
    labels = _labels(raw, judge)
    if not labels:
        return None
    truth = "\n".join(text for label, text in labels if label in KEPT)
    return replace(raw, set_name=LABELLED, truth=truth, labels=labels)


def with_labels(raw: Raw, judge: Judge) -> Raw:
    """The page with the label that each of its blocks gets, if only its text is known and it is a whole article."""
    return raw if raw.set_name in (LABELLED, OTHER_KINDS) else replace(raw, labels=_labels(raw, judge))


def _labels(raw: Raw, judge: Judge) -> tuple[tuple[Label, str], ...]:
    """Label and text of each block, rules included; none where the page is no whole article."""
    explanation = explain(Page(body=raw.body, url=f"https://{raw.site}/"), judge=judge)
    if explanation.record.status != "ok":
        return ()
    return tuple((one.label, one.block.text) for one in explanation.labelled if one.block.text)
