"""What is on many pages of a site is the site's, not the article's: known by counting, and moved to the removals.

Counting is for whoever knows many pages; here is what is counted (``blocks_of``), when a count is enough
(``is_recurring``), and what a record becomes (``without_recurring``). Blocks are compared by their letters and digits
alone. Digits count: "Attendance: 12,345." is another line on another page.
"""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.record.records import content_hash
from copydesk.cleaners.record.text_blocks import shifted
from copydesk.cleaners.schema import Record, Removed, TextBlock
from copydesk.cleaners.sentence_ends import ends_in_full_stop
from copydesk.cleaners.sites import bare
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import Label
from copydesk.cleaners.word_count import count_words

RULE = "recurring"
"""Named in removals, as the ids of rules are."""
DIGEST_BYTES = 8
"""Length of a block's digest: of a thousand million blocks, two share one with a chance of 3 %."""
# set by hand (docs/decisions/0014): shorter ones are refrains, headings and names
MIN_WORDS = 3
# set by hand: longer ones are articles that are printed again
MAX_CHARS = 2_000
# set by hand: chance and one busy series reach fewer
MIN_PAGES = 5
# set by hand: of fewer pages, a share says nothing
MIN_PAGES_OF_SITE = 10
# set by hand: far above what a series has among the pages of a site (the standfirst of one: 6 of 500)
MIN_SHARE = 0.3
# set by hand: headings, bylines and datelines are shorter, and end in no full stop
MAX_WORDS_OF_HEADINGS = 8


class Sightings(Struct, frozen=True):
    """What is known of a site's blocks. ``pages``: articles that were counted; ``holding``: by the digests of blocks,
    how many of these hold one. Copies of one article are one.
    """

    site: str
    pages: int
    holding: Mapping[bytes, int]

    def evidence(self, digest: bytes) -> str:
        """The count, in words."""
        return f"on {self.holding[digest]} of {self.pages} pages of {self.site}"


def is_recurring(holding: int, pages: int) -> bool:
    """Whether a block that so many of a site's pages hold is the site's."""
    return pages >= MIN_PAGES_OF_SITE and holding >= MIN_PAGES and holding >= MIN_SHARE * pages


def digest_of(block: str) -> bytes:
    """The same for all blocks of the same letters and digits."""
    return hashlib.blake2b(bare(block).encode("utf-8", "replace"), digest_size=DIGEST_BYTES).digest()


def blocks_of(text: str) -> frozenset[bytes]:
    """The digests of the blocks of a record's ``text`` that may be the site's, each ``DIGEST_BYTES`` long."""
    return frozenset(digest_of(block) for block in _blocks(text) if _is_of_size(block))


def without_recurring(record: Record, sightings: Sightings) -> Record:
    """The record without the plain paragraphs that recur on its site: each is in ``removed``, with its count.

    The same record where nothing recurs, or nothing else would be left. Never moved: what Markdown writes as anything
    but a paragraph (headings, quotations, items, tables, code), what names an author, and short lines without a full
    stop, but at the end of the text.
    """
    # of a text that stood in a script the page's removals are no evidence
    if "text" in record.field_origins:
        return record
    blocks = _blocks(record.text)
    # what an override keeps stays, on however many pages it is
    overridden = {one.content_hash for one in record.processing.overrides if one.decision == "keep"}
    digests = {at: digest_of(block) for at, block in enumerate(blocks) if _is_of_size(block)}
    recurring = {
        at: digest
        for at, digest in digests.items()
        if is_recurring(sightings.holding.get(digest, 0), sightings.pages)
        and not (overridden and content_hash(blocks[at]) in overridden)
    }
    if not recurring:
        return record
    paragraphs = _paragraphs(record.markdown)
    recurs = [at in recurring for at in range(len(blocks))]
    moved = _movable(record, blocks, recurs, Counter(written for written, _ in paragraphs))
    kept = [block for block, is_moved in zip(blocks, moved, strict=True) if not is_moved]
    if len(kept) == len(blocks) or not any(map(_is_of_size, kept)):
        return record
    gone = {at: sightings.evidence(digest) for at, digest in recurring.items() if moved[at]}
    text = "\n\n".join(kept)
    words = {letters(blocks[number]) for number in gone}
    lines = [(at, line) for at, block in enumerate(blocks) for line in block.split("\n") if line.strip()]
    joined = (
        replace(one, after=sum(at not in gone for at, _ in lines[: one.after])) for one in record.joined_pages
    )
    return replace(
        record,
        text=text,
        markdown=_without_lines(record.markdown, [span for written, span in paragraphs if written in words]),
        removed=_removals(record, lines, gone),
        blocks=tuple(_still_there(record, blocks, moved)),
        joined_pages=tuple(joined),
        content_hash=content_hash(text),
    )


def _still_there(record: Record, blocks: Sequence[str], moved: Sequence[bool]) -> Iterator[TextBlock]:
    """The record's blocks in what is left of its text."""
    at = gone = 0
    waiting = deque(record.blocks)
    for block, is_moved in zip(blocks, moved, strict=True):
        at += len(block) + len("\n\n")
        of_block = [waiting.popleft() for _ in range(sum(one.start < at for one in waiting))]
        if is_moved:
            gone += len(block) + len("\n\n")
        else:
            yield from shifted(of_block, -gone)


def _blocks(text: str) -> list[str]:
    return text.split("\n\n") if text else []


def _is_of_size(block: str) -> bool:
    return len(block) <= MAX_CHARS and count_words(block) >= MIN_WORDS


def _movable(
    record: Record, blocks: Sequence[str], recurs: Sequence[bool], paragraphs: Mapping[str, int]
) -> list[bool]:
    """Of each block, whether it recurs and is nothing but a paragraph."""
    forms = [letters(block) if recurring else "" for block, recurring in zip(blocks, recurs, strict=True)]
    counts = Counter(forms)
    names = [name for author in record.authors if (name := bare(author.name))]
    moved = []
    is_at_end = True
    for block, form, recurring in reversed(list(zip(blocks, forms, recurs, strict=True))):
        is_moved = (
            recurring
            # in Markdown as often as in the text, or it is something else in one of its places
            and paragraphs.get(form, 0) == counts[form]
            and not any(name in bare(block) for name in names)
            # headings ask ("What happened?") and labels end in colons, as boxes do, too
            and (is_at_end or count_words(block) > MAX_WORDS_OF_HEADINGS or ends_in_full_stop(block))
        )
        moved.append(is_moved)
        is_at_end = is_at_end and is_moved
    moved.reverse()
    # a repeated one is moved in both places or in none: in Markdown they look the same
    stays = {form for form, is_moved in zip(forms, moved, strict=True) if not is_moved}
    return [is_moved and form not in stays for form, is_moved in zip(forms, moved, strict=True)]


def _removals(
    record: Record, lines: Sequence[tuple[int, str]], gone: Mapping[int, str]
) -> tuple[Removed, ...]:
    """The removals of before and those of blocks, in the page's order; all counted by the lines that are left.
    ``lines``: of the text, each with the number of its block; ``gone``: by these numbers the evidence.
    """
    found: list[Removed] = []
    waiting = list(reversed(record.removed))
    left = 0
    begun: int | None = None
    for at, (number, line) in enumerate(lines):
        while waiting and waiting[-1].after <= at:
            found.append(replace(waiting.pop(), after=left))
            # what was between the lines of a block is between its parts
            begun = None
        if number not in gone:
            left += 1
        elif number == begun:
            found[-1] = replace(found[-1], text=f"{found[-1].text}\n{line}")
            continue
        else:
            page = max(
                (one.page for one in record.joined_pages if one.page > 1 and one.after <= at), default=None
            )
            found.append(
                Removed(
                    after=left, label=Label.RECURRING, rule=RULE, evidence=gone[number], text=line, page=page
                )
            )
        begun = number
    found.extend(replace(one, after=left) for one in reversed(waiting))
    return tuple(found)


@cache
def _parsers() -> tuple[MarkdownIt, MarkdownIt]:
    """Of blocks, and of what is in them: inline marks are read of paragraphs alone, one by one."""
    return MarkdownIt("commonmark").enable("table").disable("inline"), MarkdownIt("commonmark")


def _paragraphs(markdown: str) -> list[tuple[str, tuple[int, int]]]:
    """The paragraphs that stand in nothing else: the letters a reader sees, and from which line to which they stand."""
    of_blocks, of_words = _parsers()
    tokens = of_blocks.parse(markdown)
    found = []
    for at, token in enumerate(tokens):
        if token.type != "paragraph_open" or token.level or token.map is None:
            continue
        content = tokens[at + 1].content
        # an address of a link may be longer than the words
        if len(content) <= 4 * MAX_CHARS:
            (inline,) = of_words.parseInline(content)
            shown = "".join(map(_shown_of, inline.children or ()))
            found.append((letters(shown), (token.map[0], token.map[1])))
    return found


def _shown_of(token: Token) -> str:
    if token.type == "image":
        return "".join(map(_shown_of, token.children or ()))
    return "" if token.type == "html_inline" else token.content


def _without_lines(markdown: str, spans: Sequence[tuple[int, int]]) -> str:
    """Markdown without some of its lines, and the empty ones that parted them from the next."""
    lines = markdown.split("\n")
    kept = []
    done = 0
    for begin, end in spans:
        kept += lines[done:begin]
        done = end
        while done < len(lines) and not lines[done].strip():
            done += 1
    kept += lines[done:]
    text = "\n".join(kept)
    return text.rstrip("\n") if done == len(lines) else text
