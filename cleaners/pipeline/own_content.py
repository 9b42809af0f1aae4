"""What a user decides on a page: the verdicts of rules and of manual decisions, and the content that a rule names, in
which paragraphs are kept, and outside of which what would be kept is removed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.judge.judged_page import JudgedPage, judged_again
from copydesk.cleaners.judge.judgement import Opinions
from copydesk.cleaners.options import Options
from copydesk.cleaners.page_kind.page_evidence import is_prose
from copydesk.cleaners.page_kind.page_type import LISTS, PageType
from copydesk.cleaners.pipeline.reading import ReadPage
from copydesk.cleaners.rules.overrides import RULE, find_overridden
from copydesk.cleaners.rules.user_content import Content, find_content
from copydesk.cleaners.rules.user_rules import PREFIX, find_own
from copydesk.cleaners.types import Kind, Labelled, Page, Verdict

_NO_PARAGRAPHS = frozenset({Kind.TITLE, Kind.CONTROL, Kind.CAPTION})
_MOSTLY_LINKS = 0.5  # share of a block's characters


class Decided(Struct, frozen=True):
    """What a user decides on a page. ``verdicts``: by number of the block; ``content``: None if no rule finds one;
    ``missed``: the names of the rules whose content is not on the page.
    """

    verdicts: Mapping[int, Verdict] = {}
    content: Content | None = None
    missed: tuple[str, ...] = ()

    @property
    def inside(self) -> frozenset[int] | None:
        """The numbers of the blocks in the content, if a rule finds one."""
        return self.content.inside if self.content else None


def find_decided(page: Page, read: ReadPage, options: Options, letters: Sequence[str]) -> Decided:
    """What the user's rules and manual decisions find on a page; ``letters``: of each block.

    Raises BadKey if a path of a rule cannot be evaluated on this page.
    """
    found = find_own(options.user_rules, read.table.blocks, root=read.root, url=read.address)
    # a manual decision on this very page overrules the user's rules for many
    found |= find_overridden(page.overrides, read.table.blocks, letters)
    content, missed = find_content(options.user_rules, read.table.blocks, read.root, read.address)
    return Decided(found, content, missed)


def with_content_kept(judged: JudgedPage, opinions: Opinions, content: Content | None) -> JudgedPage:
    """The page judged again where the network would remove paragraphs of the content, and short lines where it would
    leave nothing else: menus, buttons and hidden text inside are judged as ever, and rules may remove the paragraphs.
    """
    blocks = judged.page.table.blocks
    texts = [
        at
        for at in sorted(content.inside if content else ())
        if blocks[at].kind not in _NO_PARAGRAPHS
        and not blocks[at].is_hidden
        and blocks[at].link_chars < _MOSTLY_LINKS * len(blocks[at].raw)
    ]
    # a notice or a poem has no paragraphs
    paragraphs = [at for at in texts if at in judged.kept or is_prose(blocks[at].raw)] or texts
    missed = [at for at in paragraphs if at not in judged.kept]
    if content is None or not missed:
        return judged
    keep = [*judged.keep]
    for at in missed:
        keep[at] = 1.0
    again = judged_again(judged, opinions, keep)
    where = f"inside of {content.selector} ({content.verdict.rule})"
    whys = {at: f"{judged.keep[at]:.2f} for keeping, and {where}" for at in missed}
    return replace(again, whys={**again.whys, **whys})


def wanted_for_content(found: PageType, labelled: Sequence[Labelled], content: Content | None) -> PageType:
    """The type of a page, whose text is wanted though it is a list or short, where the content has any."""
    if content is None or not (found.is_article or found.kind in LISTS):
        return found
    has_text = any(
        item.is_kept and item.block.index in content.inside and item.block.kind not in _NO_PARAGRAPHS
        for item in labelled
    )
    return replace(found, is_wanted=True) if has_text else found


def without_outside(labelled: Sequence[Labelled], content: Content | None) -> tuple[Labelled, ...]:
    """The blocks, those removed that are kept outside of the content, but for what the user keeps there."""
    if content is None:
        return tuple(labelled)
    return tuple(
        item.with_verdict(content.verdict)
        if item.is_kept
        and item.block.index not in content.inside
        and not item.verdict.rule.startswith((PREFIX, RULE))
        else item
        for item in labelled
    )
