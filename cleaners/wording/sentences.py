"""The sentences of a block without its quotations, with the cues and AI products in each."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from copydesk.cleaners.language.names import language_places
from copydesk.cleaners.lexicon.vendors import VendorHit, find_vendors
from copydesk.cleaners.memoization import lru_cache_short_text
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sentence_ends import split_sentences
from copydesk.cleaners.wording.cues import VENDOR, Cue, CueFinder, candidate_cues, finder

# quotations and titles in quotation marks, but not apostrophes
# of limited length, because an opening mark may have no closing one
# “English”, „German” or „Polish“, «French», »Danish«, "plain", 「Japanese」, 『in these』, 《a title》,
# ‘single’ (not don’t), ‚German‘, 'plain' (not rock 'n' roll's), ”Swedish”
_QUOTED = lazy_pattern(
    r"“[^”]{1,600}”|„[^“”]{1,600}[“”]|«[^»]{1,600}»|»[^«]{1,600}«|\"[^\"]{1,600}\"|「[^」]{1,600}」|『[^』]{1,600}』"
    r"|《[^》]{1,200}》|(?<!\w)‘.{1,400}?’(?![A-Za-zÀ-ɏ])|‚[^‘’]{1,400}[‘’]|(?<!\w)'[^']{2,400}'(?!\w)|”[^”]{1,600}”"
)
# searched for first, in a tenth of the time: most texts have no quotation mark
_ANY_QUOTE = lazy_pattern("[“„«»\"「『《‘‚'”]")
_OPEN_QUOTE = lazy_pattern(r"^\s*[“„«「『\"]")
# "In short: …", "Written by AI, edited …", "作成：AI", "Note – written by …" (not a hyphen)
_CLAUSE = lazy_pattern(r"[,;:،؛、，：；(（]\s*|\s[–—-]\s")
_LETTER = lazy_pattern(r"[^\W_]")
_CJK = lazy_pattern("[\u3040-\u9fff]")  # kana and Han
_WORD = lazy_pattern(r"\S+")
# not counted by `coverage`
_SPACE_OR_HIRAGANA = lazy_pattern("[ \u3040-\u309f]")


class Sentence(Struct, frozen=True):
    """A sentence with all cues and AI products in it. ``code``: the language of the cues; ``firsts``: the leftmost
    cue of each id.
    """

    raw: str
    code: str
    cues: tuple[Cue, ...]
    vendors: tuple[VendorHit, ...]
    firsts: Mapping[str, Cue]

    def has(self, *ids: str) -> bool:
        """Whether one of these cues is in the sentence."""
        return not self.firsts.keys().isdisjoint(ids)

    def first(self, *ids: str) -> Cue | None:
        """The leftmost of these cues, or None."""
        there = [cue_id for cue_id in self.firsts if cue_id in ids]
        return self.firsts[there[0]] if there else None

    def phrases(self, *ids: str) -> frozenset[str]:
        """The different phrases found for these cues."""
        return frozenset(cue.phrase for cue in self.cues if cue.id in ids)

    @property
    def size(self) -> int:
        """Its length in words; three letters of an unspaced script count as one."""
        words = self.raw.split()
        is_dense = _CJK.search
        if not is_dense(self.raw):
            return len(words)
        # only letters that are not ASCII, because of Latin names in Han ("由ChatGPT生成")
        return sum(
            max(1, sum(not char.isascii() for char in word) // 3) if is_dense(word) else 1 for word in words
        )


def remove_quotations(text: str, gap: str = "…") -> str:
    """``text`` with ``gap`` for each quotation; empty if it begins with an unclosed one."""
    if not _ANY_QUOTE.search(text):
        return text
    bare = _QUOTED.sub(f" {gap} ", text)
    return "" if _OPEN_QUOTE.match(bare) else bare


def mask_quotations(text: str) -> str:
    """``text`` with each quotation replaced by as many letters ``q``, and its marks by spaces; empty if it begins with
    an unclosed one. So offsets stay, and a quotation is one unknown word.
    """
    if not _ANY_QUOTE.search(text):
        return text
    bare = _QUOTED.sub(lambda quoted: f" {'q' * (len(quoted[0]) - 2)} ", text)
    return "" if _OPEN_QUOTE.match(bare) else bare


def quotations(text: str) -> tuple[str, ...]:
    """The quotations of a text, in order, without their marks."""
    return tuple(match.group()[1:-1].strip() for match in _QUOTED.finditer(text))


@lru_cache_short_text(maxsize=64)
def sentences(text: str, code: str) -> tuple[Sentence, ...]:
    """The sentences of a block with their cues in the language ``code``, which must have a language file.

    Cached, because several rules ask about a block in turn.
    """
    has_names = True in [VENDOR in ids for _, ids in candidate_cues(text, code)]
    return sentences_with(text, finder(code), has_names=has_names)


def sentences_with(text: str, cues: CueFinder, *, has_names: bool) -> tuple[Sentence, ...]:
    """The sentences of a block with the cues of a finder. ``has_names``: whether it may have names of AI tools."""
    parts = split_sentences(remove_quotations(text))
    return tuple(
        [_read_sentence(part.strip(), cues, has_names=has_names) for part in parts if _LETTER.search(part)]
    )


def _read_sentence(raw: str, cues: CueFinder, *, has_names: bool) -> Sentence:
    folded = cues.fold(raw)
    starts = _clause_starts(raw, cues)
    # the longer first, so that `Sentence.first` gives the longest of those at the leftmost place
    found = cues.find(folded, clause_starts=starts)
    if len(found) > 1:
        found = sorted(found, key=lambda cue: (cue.start, -cue.end))
    vendors = find_vendors(raw) if has_names else ()
    firsts: dict[str, Cue] = {}
    for cue in found:
        firsts.setdefault(cue.id, cue)
    return Sentence(raw, cues.code, tuple(found), vendors, firsts)


def _clause_starts(raw: str, cues: CueFinder) -> frozenset[int]:
    """Offsets, in the folded sentence, at which its clauses begin."""
    starts = {0}
    length = at = 0
    for clause in _CLAUSE.finditer(raw):
        # each part is folded by itself, because clauses end between words
        length += len(cues.fold(raw[at : clause.end()])) + (at > 0)
        at = clause.end()
        starts |= {length, length + 1}  # with and without a space after the comma
    return frozenset(starts)


def coverage(sentence: Sentence) -> float:
    """The share (0 to 1) of a sentence's letters in cues, product names, numbers and function words: a third of prose,
    all of a label.
    """
    cues = finder(sentence.code)
    folded = cues.fold(sentence.raw)
    # a byte for each letter, because cues overlap
    covered = bytearray(len(folded))
    spans = [(cue.start, cue.end) for cue in sentence.cues]
    for vendor in sentence.vendors:
        phrase = cues.fold(vendor.quote)
        at = folded.find(phrase)
        if at >= 0:
            spans.append((at, at + len(phrase)))
    spans += [
        word.span()
        for word in _WORD.finditer(folded)
        if word.group() in cues.function_words or not word.group().strip("#")  # or a number
    ]
    if "cue.translated" in sentence.firsts:
        # "translated from German": elsewhere the name of a language is a word of the article
        spans += language_places(folded, cues.code)
    if cues.is_unspaced:
        spans += [(at, at + 1) for at, char in enumerate(folded) if char in cues.function_words]
    for start, end in spans:
        covered[start:end] = b"\1" * (end - start)
    # hiragana are mostly grammar and say nothing about the subject of a Japanese sentence
    ignored = [match.start() for match in _SPACE_OR_HIRAGANA.finditer(folded)]
    letters = len(folded) - len(ignored)
    return (sum(covered) - sum(map(covered.__getitem__, ignored))) / letters if letters else 0.0
