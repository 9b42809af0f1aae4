"""Pages of the open web as the network for pages with tags reads them: that for flattened text learns from these too.

The tags of a block show more surely than its words what it is. So a page of which nobody knows the truth, judged
with tags and flattened then, is one more page to learn from, in any language (docs/decisions/0021-taught-by-tags.md).
"""

from __future__ import annotations

from dataclasses import replace

from copydesk.cleaners.judge.judgement import Judge
from copydesk.cleaners.pipeline.cleaning import explain
from copydesk.cleaners.types import KEPT, Page
from training.pages import Raw


def as_taught(raw: Raw, judge: Judge) -> Raw | None:
    """The page with the label that each of its blocks gets, rules included; None where it is no whole article.

    It goes by the custom of labels given by hand, as the network does when it runs.
    """
    explanation = explain(Page(body=raw.body, url=f"https://{raw.site}/"), judge=judge)
    if explanation.record.status != "ok":
        return None
    labels = tuple((one.label.value, one.block.text) for one in explanation.labelled if one.block.text)
    truth = "\n".join(one.block.text for one in explanation.labelled if one.block.text and one.label in KEPT)
    return replace(raw, set_name="blocks", truth=truth, labels=labels)
