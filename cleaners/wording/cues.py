"""Cues: the words that, several together, tell a page's talk about itself from the article.

A cue is a phrase of a language file under an id that starts with ``cue.`` or ``residue.``. Where
``PhraseMatcher`` says *whether* a rule's phrase is in a block, a `CueFinder` says *where every* cue
is in a sentence, overlaps included: a rule that weighs cues against each other needs all. A star
at the end of a word (``translat*``) represents the rest of the word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property

from msgspec import Struct

from copydesk.cleaners.language.detection import detect, may_score
from copydesk.cleaners.lexicon.cue_phrases import (
    INDIC_LETTERS,
    LETTERS,
    CuePhrase,
    fold_as,
    is_unspaced,
    is_written_together,
    phrase_of,
    read_phrases,
)
from copydesk.cleaners.lexicon.string_index import StringIndex, WordIndex
from copydesk.cleaners.lexicon.vendors import tool_names
from copydesk.cleaners.lexicon.words import (
    Lexicon,
    fold,
    languages,
    lexicon,
    lexicon_without_tables,
    small_letters,
)
from copydesk.cleaners.memoization import lru_cache_short_text
from copydesk.cleaners.wording.headlines import has_letters_of, language_of_script, primary

VENDOR = "vendor"
MAX_CHARS = 1_500
"""Longer blocks are articles, whatever words are in them."""
TRIGGERS = frozenset(
    {
        "cue.ai", "cue.ai-sure", "residue.ai-disclaimer", "cue.order", "cue.order-translation", "cue.order-summary",
        "cue.persona", "cue.constraint", "residue.chatbot-meta", "cue.opener", "cue.offer", "cue.ask", "cue.draft",
        "cue.origin-published", "cue.origin-based", "cue.translator", "cue.press-release", "cue.sponsored",
    }
)  # fmt: skip
"""Cues without which no rule need look closer."""
_WHOLE_WORDS = ("cue.chat-", "cue.prompt-")
_NONE: frozenset[str] = frozenset()
THING = "cue.thing"
"""What names a page where its clause starts ("Article: …") is elsewhere just a word for such a thing."""
# set by hand, no figure on record, where none is named; longer looks cost time in every block
_LOOK_CHARS = 100  # by which a block is seen to be in the page's language
_MIN_FOREIGN_WORDS = 8  # fewer often have no frequent word in any language
NATIVE_SHARE = 0.16
"""The most of a foreign block's words (0 to 1) that may be frequent ones of the page's language."""
# answers at 0.9 and more were right at every length (`python -m benchmarks.language`)
_SURELY_FOREIGN = 0.9
_MAX_FOREIGN_CHARS = 400  # longer ones are paragraphs of the article, or prompts that English cues tell
_HEAD = 6  # letters by which the cheap look-up knows a word
_SHORT_HEAD = 4
# what is written together with the word that follows: "and", "with", "like", "for", the article
_ARABIC_PREFIX = re.compile(r"(?:^|\s)[وف]?[بكلس]?(?:ال|ل)?$")


class Cue(Struct, frozen=True):
    """A cue found in a folded sentence: its id, the phrase, and where it is (characters)."""

    id: str
    phrase: str
    start: int
    end: int


class CueFinder:
    """Finds every cue of one language in a folded sentence.

    Words of scripts with spaces match as words or stems; in Han, kana and Hangul a phrase matches
    anywhere, only that a Latin part of it must not cut a longer Latin word; in Arabic it may follow
    what is written together with it. ``start`` phrases count where a sentence or clause begins,
    ``whole`` ones where they are all of it.
    """

    def __init__(self, entry: Lexicon) -> None:
        self.code = entry.code
        # vowel signs are no letters to `re`: a Hindi word would fall apart at each
        self._letters = LETTERS if "Deva" not in entry.scripts else INDIC_LETTERS
        self.function_words = entry.function_words
        self.grammar = entry.grammar
        self.is_unspaced = is_unspaced(entry)
        self.is_anywhere = is_written_together(entry)
        self._phrases = tuple(read_phrases(entry))
        self._by_id: dict[str, list[CuePhrase]] = {}
        for phrase in self._phrases:
            self._by_id.setdefault(phrase.id, []).append(phrase)
        self._triggers = tuple(phrase for phrase in self._phrases if phrase.id in TRIGGERS)
        self._heads: dict[str, tuple[CuePhrase, ...]] = {}
        self._short_heads: dict[str, tuple[CuePhrase, ...]] = {}
        if not self.is_anywhere:
            for phrase in self._triggers:
                self._know(phrase)
            # tools are in no language file, but the cheap look must not pass over a block that names one
            for name in tool_names():
                self._know(
                    phrase_of(
                        VENDOR,
                        "contains",
                        tuple((word, False) for word in fold(name).split()),
                        is_glued=False,
                    )
                )

    def _know(self, phrase: CuePhrase) -> None:
        """Files a phrase under the beginning of its longest word, for the cheap look."""
        # the longest word is the rarest: "of" would make every block a suspect
        word, is_stem = max(phrase.words, key=lambda pair: len(pair[0]))
        letters = self._letters.findall(word)
        if letters:
            word = max(letters, key=len)
            # "robot*" has no six letters to be filed under: of "robots" and "robotic" four are compared
            if is_stem and len(word) < _HEAD:
                heads, head = self._short_heads, word[:_SHORT_HEAD]
            else:
                heads, head = self._heads, word[:_HEAD]
            # tuples: the garbage collector would look through thousands of lists, again and again
            heads[head] = (*heads.get(head, ()), phrase)

    def candidate_cues(self, text: str) -> frozenset[str]:
        """Which of the TRIGGERS may be in ``text``. Cheap; their positions are not determined."""
        if self.is_anywhere:
            folded = self.fold(text)
            found = {phrase.id for phrase in self._triggers if phrase.text in folded}
            # tools are in no file of phrases: their names are looked for as written, in small letters
            lowered = text.lower()
            return frozenset(found | {VENDOR} if any(name in lowered for name in tool_names()) else found)
        words = set(self._letters.findall(small_letters(text)))
        heads = {word[:_HEAD] for word in words}
        known = heads & self._heads.keys()
        if self._short_heads:
            known |= {head for head in heads if head[:_SHORT_HEAD] in self._short_heads}
        if not known:
            return _NONE
        filed = (
            phrase
            for head in known
            for phrase in (*self._heads.get(head, ()), *self._short_heads.get(head[:_SHORT_HEAD], ()))
        )
        # sets of words first: folding costs more, and nearly no block comes to it
        phrases = [phrase for phrase in filed if words.issuperset(phrase.exact)]
        if not phrases:
            return _NONE
        # spaces at both ends, so that a probe with its spaces is found at the ends too
        padded = f" {fold(text)} "
        return frozenset(phrase.id for phrase in phrases if phrase.probe in padded)

    def mentions(self, text: str, *ids: str) -> bool:
        """Whether a phrase of these cues may be in the text, wherever it is: cheap like `candidate_cues`."""
        padded = f" {self.fold(text)} "
        return any(phrase.probe in padded for cue_id in ids for phrase in self._by_id.get(cue_id, ()))

    @property
    def ids(self) -> frozenset[str]:
        """The cues there are phrases of."""
        return frozenset(self._by_id)

    def entries(self, cue_id: str) -> tuple[CuePhrase, ...]:
        """The phrases of a cue as they are compared."""
        return tuple(self._by_id.get(cue_id, ()))

    def phrases(self, cue_id: str) -> frozenset[str]:
        """The phrases of a cue, folded."""
        return self._texts.get(cue_id, _NONE)

    @cached_property
    def _texts(self) -> Mapping[str, frozenset[str]]:
        return {cue_id: frozenset(one.text for one in some) for cue_id, some in self._by_id.items()}

    def anywhere(self, cue_id: str) -> frozenset[str]:
        """Those of a cue's phrases, folded, that count wherever they stand."""
        return frozenset(phrase.text for phrase in self._by_id.get(cue_id, ()) if phrase.mode == "contains")

    def fold(self, text: str) -> str:
        """The form in which this language's phrases are compared (see `copydesk.cleaners.lexicon.words.fold`)."""
        return fold_as(text, self.code)

    def find(self, folded: str, *, clause_starts: frozenset[int]) -> Iterator[Cue]:
        """Every cue in ``folded``; ``clause_starts`` are the places where a clause begins."""
        for phrase, at, end in self._find_unspaced(folded) if self.is_anywhere else self._find_spaced(folded):
            if cue_id := _placed(phrase, at, end, folded, clause_starts):
                yield Cue(cue_id, folded[at:end], at, end)

    def _find_spaced(self, folded: str) -> Iterator[tuple[CuePhrase, int, int]]:
        """The phrases in a text whose words are parted by spaces, and where they begin and end."""
        phrases, words = self._word_index
        for start, number, end in words.places(folded):
            yield phrases[number], start, end

    @cached_property
    def _word_index(self) -> tuple[Sequence[CuePhrase], WordIndex]:
        # at one place those that open with a whole word come first, as it says more than a stem
        phrases = tuple(sorted(self._phrases, key=lambda phrase: phrase.words[0][1]))
        return phrases, WordIndex([phrase.words for phrase in phrases])

    def _find_unspaced(self, folded: str) -> Iterator[tuple[CuePhrase, int, int]]:
        """The phrases in a text whose words are written together, and where they begin and end."""
        for number, at in sorted((number, at) for at, number in self._string_index.places(folded)):
            phrase = self._phrases[number]
            size = len(phrase.text)
            if _is_free(folded, at, size) if self.is_unspaced else _is_arabic_word(phrase, folded, at):
                yield phrase, at, at + size

    @cached_property
    def _string_index(self) -> StringIndex:
        return StringIndex(phrase.text for phrase in self._phrases)


def _is_arabic_word(phrase: CuePhrase, folded: str, at: int) -> bool:
    """Whether an Arabic phrase is here as words, whatever is written together with the first; those of chats and
    prompts end where a word ends, unless a star says that more may follow: orders and nouns begin alike.
    """
    if not _ARABIC_PREFIX.search(folded[:at]):
        return False
    is_open = phrase.words[-1][1] or not phrase.id.startswith(_WHOLE_WORDS)
    return is_open or folded[at + len(phrase.text) : at + len(phrase.text) + 1] in ("", " ")


def _placed(phrase: CuePhrase, at: int, end: int, folded: str, clause_starts: frozenset[int]) -> str | None:
    """The cue that the phrase is at this place; None where it counts for nothing."""
    if phrase.mode == "whole":
        return phrase.id if at == 0 and end == len(folded) else None
    if phrase.mode == "contains" or at in clause_starts:
        return phrase.id
    # inside a clause "article" names no page, but still the kind of thing that was made
    return THING if phrase.id == "cue.self" else None


def _is_free(folded: str, at: int, length: int) -> bool:
    """Whether no Latin word is cut by the phrase: ``ai`` is in ``由ai生成``, not in ``openair``."""
    before, after = folded[at - 1 : at] if at else "", folded[at + length : at + length + 1]
    cut_before = folded[at].isascii() and before.isascii() and before.isalpha()
    cut_after = folded[at + length - 1].isascii() and after.isascii() and after.isalpha()
    return not (cut_before or cut_after)


@cache
def finder(code: str) -> CueFinder:
    """The finder for one language there is a file for."""
    return CueFinder(lexicon(code))


@lru_cache_short_text(maxsize=1024)
def codes_for(text: str, language: str) -> tuple[str, ...]:
    """The languages whose cues are looked for in a block: the page's, English, and its own where it is surely
    in another.

    Where the page's language is unknown or we have no words of it, the block's script may say which.
    """
    code = primary(language)
    if code not in languages():
        code = language_of_script(text) or "en"
        # English everywhere: templates and tools leave English words in pages of any language
        return (code, "en") if code != "en" else ("en",)
    return tuple(dict.fromkeys((*_own_language(text, code), code, "en")))


def _own_language(text: str, code: str) -> tuple[str, ...]:
    """The language of a block that is surely in another than ``code`` and English; it is detected only where the script
    is another, or few words are such as running text in these languages is full of.
    """
    by_script = language_of_script(text)
    if by_script == code or len(text) > _MAX_FOREIGN_CHARS:
        return ()
    begun = text[:_LOOK_CHARS]
    # cheapest question first: nearly all blocks are in the page's language and end here
    if by_script is None:
        if has_letters_of(begun, code):
            return ()
        words = LETTERS.findall(begun.lower())
        native = len(native_words(code).intersection(words))
        if len(words) < _MIN_FOREIGN_WORDS or native > NATIVE_SHARE * len(words):
            return ()
        # a list of products has hardly a frequent word of any language; what is foreign has some, or other letters
        if "".join(words).isascii() and len(_frequent_words().intersection(words)) <= 2 * native:
            return ()
    if not may_score(text, _SURELY_FOREIGN):  # as lists of names, of which there are many
        return ()
    guess = detect(text)
    is_sure = guess.language in languages() and (guess.score or 0.0) >= _SURELY_FOREIGN
    return (guess.language,) if is_sure else ()


@cache
def native_words(code: str) -> frozenset[str]:
    """The frequent words of a language, and of English, in which templates are often left."""
    return lexicon(code).function_words | lexicon("en").function_words


@cache
def _frequent_words() -> frozenset[str]:
    return frozenset().union(*(lexicon_without_tables(code).function_words for code in languages()))


@lru_cache_short_text(maxsize=1024)
def candidate_cues(text: str, language: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """For each language to read a block in: the TRIGGERS that may be in it (see `CueFinder.candidate_cues`).

    Languages without any are left out, so that for almost every block of an article this is empty.
    Remembered, since every rule asks about every block.
    """
    # without this a hostile page of megabytes would be folded once for each language
    if len(text) > MAX_CHARS:
        return ()
    found = []
    for code in codes_for(text, language):
        ids = finder(code).candidate_cues(text)
        if ids:
            found.append((code, ids))
    return tuple(found)
