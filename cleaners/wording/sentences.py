"""A block's sentences, quotations taken out, with the cues and AI products in each."""

from __future__ import annotations

import re

from msgspec import Struct

from copydesk.cleaners.language.names import language_places
from copydesk.cleaners.lexicon.vendors import VendorHit, find_vendors
from copydesk.cleaners.memoization import lru_cache_short_text, pattern_when_used
from copydesk.cleaners.sentence_ends import split_sentences
from copydesk.cleaners.wording.cues import VENDOR, Cue, CueFinder, candidate_cues, finder

# a quotation, or a title in brackets of its own; an apostrophe opens none
# at most so many characters: an opening mark that nothing closes must not take the page with it
# “English”, „German” or „Polish“, «French», »Danish«, "plain", 「Japanese」, 『in these』, 《a title》,
# ‘single’ (not don’t), ‚German‘, 'plain' (not rock 'n' roll's), ”Swedish”
_QUOTED = re.compile(
    r"“[^”]{1,600}”|„[^“”]{1,600}[“”]|«[^»]{1,600}»|»[^«]{1,600}«|\"[^\"]{1,600}\"|「[^」]{1,600}」|『[^』]{1,600}』"
    r"|《[^》]{1,200}》|(?<!\w)‘.{1,400}?’(?![A-Za-zÀ-ɏ])|‚[^‘’]{1,400}[‘’]|(?<!\w)'[^']{2,400}'(?!\w)|”[^”]{1,600}”"
)
_OPENED = re.compile(r"^\s*[“„«「『\"]")
# "In short: …", "Written by AI, edited …", "作成：AI", "Note – written by …" (not a hyphen)
_CLAUSE = re.compile(r"[,;:،؛、，：；(（]\s*|\s[–—-]\s")
_LETTER = re.compile(r"[^\W_]")
_DENSE = "[\u3040-\u9fff]"  # kana and Han
_WORD = re.compile(r"\S+")
# spaces and hiragana, which `_coverage` leaves out of both sides
_SILENT = re.compile("[ \u3040-\u309f]")


class Sentence(Struct, frozen=True):
    """A sentence with all cues and AI products in it; ``code`` is the language it was read as."""

    raw: str
    code: str
    cues: tuple[Cue, ...]
    vendors: tuple[VendorHit, ...]

    def has(self, *ids: str) -> bool:
        """Whether one of these cues is in the sentence."""
        return any(cue.id in ids for cue in self.cues)

    def first(self, *ids: str) -> Cue | None:
        """The leftmost of these cues, or None."""
        return next((cue for cue in self.cues if cue.id in ids), None)

    def phrases(self, *ids: str) -> frozenset[str]:
        """The different phrases found for these cues."""
        return frozenset(cue.phrase for cue in self.cues if cue.id in ids)

    @property
    def size(self) -> int:
        """Its length in words; three letters of an unspaced script count as one."""
        words = self.raw.split()
        if self.raw.isascii():
            return len(words)
        # a Latin name inside a run of Han ("由ChatGPT生成") is not counted by its letters
        return sum(
            max(
                1,
                sum(not char.isascii() for char in word) // 3
                if pattern_when_used(_DENSE).search(word)
                else 1,
            )
            for word in words
        )


def unquoted(text: str, gap: str = "…") -> str:
    """``text`` with ``gap`` for what it quotes; empty where it opens with a quotation it never closes."""
    bare = _QUOTED.sub(f" {gap} ", text)
    return "" if _OPENED.match(bare) else bare


def masked(text: str) -> str:
    """``text`` with letters of no word for what it quotes, of the same length; empty where it opens with a
    quotation it never closes: so a sentence keeps its place, and a quotation counts in it as what it is,
    somebody's words. Spaces stand for its marks: they part it from a word beside it.
    """
    bare = _QUOTED.sub(lambda quoted: f" {'q' * (len(quoted[0]) - 2)} ", text)
    return "" if _OPENED.match(bare) else bare


def quotations(text: str) -> tuple[str, ...]:
    """What the text quotes, in order, without the marks."""
    return tuple(match.group()[1:-1].strip() for match in _QUOTED.finditer(text))


@lru_cache_short_text(maxsize=64)
def sentences(text: str, code: str) -> tuple[Sentence, ...]:
    """The sentences of a block with their cues in the language ``code``, which must have a file.

    Remembered for the few blocks at hand, since several rules ask about the same block in turn.
    """
    has_names = any(VENDOR in ids for _, ids in candidate_cues(text, code))
    return sentences_with(text, finder(code), has_names=has_names)


def sentences_with(text: str, cues: CueFinder, *, has_names: bool) -> tuple[Sentence, ...]:
    """The sentences of a block with the cues of a finder; names of tools are looked for where it may have any."""
    parts = (part.strip() for part in split_sentences(unquoted(text)))
    return tuple(
        _read_sentence(part, cues, has_names=has_names) for part in parts if part and _LETTER.search(part)
    )


def _read_sentence(raw: str, cues: CueFinder, *, has_names: bool) -> Sentence:
    folded = cues.fold(raw)
    starts = _clause_starts(raw, cues)
    # by place, the longer first: `Sentence.first` gives the leftmost, and of those the longest
    found = tuple(sorted(cues.find(folded, clause_starts=starts), key=lambda cue: (cue.start, -cue.end)))
    vendors = find_vendors(raw) if has_names else ()
    return Sentence(raw, cues.code, found, vendors)


def _clause_starts(raw: str, cues: CueFinder) -> frozenset[int]:
    """Offsets, in the folded sentence, at which its clauses begin."""
    starts = {0}
    length = at = 0
    for clause in _CLAUSE.finditer(raw):
        # folding goes word by word, and clauses part words
        length += len(cues.fold(raw[at : clause.end()])) + (at > 0)
        at = clause.end()
        starts |= {length, length + 1}  # scripts without spaces keep none after a comma
    return frozenset(starts)


def coverage(sentence: Sentence) -> float:
    """The share of a sentence's letters (0 to 1) that belong to cues, product names, digits or function words. Prose
    about the world is covered to a third or so, a label entirely.
    """
    cues = finder(sentence.code)
    folded = cues.fold(sentence.raw)
    # a byte a letter: cues overlap, and a letter must count once
    covered = bytearray(len(folded))
    spans = [(cue.start, cue.end) for cue in sentence.cues]
    for vendor in sentence.vendors:
        phrase = cues.fold(vendor.quote)
        at = folded.find(phrase)
        if at >= 0:
            spans.append((at, at + len(phrase)))
    spans += [word.span() for word in _WORD.finditer(folded) if _is_light(word.group(), cues)]
    if any(cue.id == "cue.translated" for cue in sentence.cues):
        # "translated from German": the language's name is part of the note, elsewhere a word of the story
        spans += language_places(folded, cues.code)
    if cues.is_unspaced:
        spans += [(at, at + 1) for at, char in enumerate(folded) if char in cues.function_words]
    for start, end in spans:
        covered[start:end] = b"\1" * (end - start)
    # hiragana are the grammar of a Japanese sentence: they say nothing of its subject, for or against
    silent = [match.start() for match in _SILENT.finditer(folded)]
    letters = len(folded) - len(silent)
    return (sum(covered) - sum(map(covered.__getitem__, silent))) / letters if letters else 0.0


def _is_light(word: str, cues: CueFinder) -> bool:
    return word in cues.function_words or not word.strip("#")
