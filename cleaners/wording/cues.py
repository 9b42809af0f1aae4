"""Finds cues: words that, several together, distinguish text about the page's own making from the article.

A cue is a phrase of a language file whose id starts with ``cue.`` or ``residue.``. A ``PhraseMatcher`` finds *whether*
a block has a phrase of a rule. A `CueFinder` finds *all* cues of a sentence with their positions, also overlapping
ones, for rules that weigh them. A star at the end of a word (``translat*``) is the rest of the word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cache, cached_property, lru_cache
from itertools import chain

from msgspec import Struct

from copydesk.cleaners.language.detection import detect, may_score
from copydesk.cleaners.lexicon.cue_phrases import (
    LETTERS,
    CuePhrase,
    fold_as,
    has_optional_marks,
    is_unspaced,
    is_written_together,
    read_phrases,
)
from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.lexicon.phrase_gates import Folded, PhraseGate
from copydesk.cleaners.lexicon.phrase_index import cuts_no_latin_word
from copydesk.cleaners.lexicon.string_index import StringIndex, WordIndex, longest_literal
from copydesk.cleaners.lexicon.vendors import tools_in
from copydesk.cleaners.lexicon.words import (
    Lexicon,
    languages,
    lexicon,
    lexicon_without_tables,
)
from copydesk.cleaners.memoization import lru_cache_short_text
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.wording.headlines import has_letters_of, language_of_script

VENDOR = "vendor"
MAX_CHARS = 1_500
"""Longer blocks are not searched, because they belong to the article."""
TRIGGERS = frozenset(
    {
        "cue.ai", "cue.ai-sure", "residue.ai-disclaimer", "cue.order", "cue.order-translation", "cue.order-summary",
        "cue.persona", "cue.constraint", "residue.chatbot-meta", "cue.opener", "cue.offer", "cue.ask", "cue.draft",
        "cue.origin-published", "cue.origin-based", "cue.translator", "cue.press-release", "cue.sponsored",
    }
)  # fmt: skip
"""Cues of which every residue has one: other blocks need not be searched for cues."""
_ENDING_WITH_WORD = ("cue.chat-", "cue.prompt-")
_NONE: frozenset[str] = frozenset()
_VENDOR_ALONE = frozenset({VENDOR})
THING = "cue.thing"
"""A word such as "article" within a clause; at its start ("Article: …") it is ``cue.self`` and names the page."""
# set by hand, without figures unless one is given; a longer sample costs time in every block
_SAMPLE_CHARS = 100  # of a block, to see whether it is in the page's language
_MIN_FOREIGN_WORDS = 8  # fewer words often have no frequent word of any language
NATIVE_SHARE = 0.16
"""Share (0 to 1) of frequent words of the page's language up to which a block may be in another language."""
# detected languages with a score from 0.9 were right at every length
_SURELY_FOREIGN = 0.9
_MAX_FOREIGN_CHARS = 400  # longer blocks are paragraphs of the article, or prompts with English cues
# written together with the next word: "and", "with", "like", "for", the article
_ARABIC_PREFIX = lazy_pattern(r"(?:^|\s)[وف]?[بكلس]?(?:ال|ل)?$")


class Cue(Struct, frozen=True):
    """A cue in a folded sentence: its id, the phrase, its start and end (characters)."""

    id: str
    phrase: str
    start: int
    end: int


class CueFinder:
    """Finds all cues of one language in a folded sentence.

    In scripts with spaces, phrases match as words or stems. In Han, kana and Hangul they match anywhere, but a Latin
    part of them must be a whole word. In Arabic they may follow a prefix. ``start`` phrases match at the beginning of a
    sentence or clause, ``whole`` ones only a whole sentence.
    """

    def __init__(self, entry: Lexicon) -> None:
        self.code = entry.code
        self.function_words = entry.function_words
        self.grammar = entry.grammar
        self.is_unspaced = is_unspaced(entry)
        self.is_written_together = is_written_together(entry)
        self.by_id = read_phrases(entry)

    @cached_property
    def _phrases(self) -> tuple[CuePhrase, ...]:
        return tuple(chain.from_iterable(self.by_id.values()))

    def likely(self, ids: Iterable[str], text: str) -> frozenset[str]:
        """Those of some cues of which the text has all whole words of a phrase, and how it begins."""
        if self.is_written_together:  # there a phrase is searched for as a whole
            return frozenset(ids)
        padded = f" {self.fold(text)} "
        return frozenset(
            [
                cue_id
                for cue_id in ids
                if any(phrase.is_likely(padded) for phrase in self.by_id.get(cue_id, ()))
            ]
        )

    def mentions(self, text: str, *ids: str) -> bool:
        """Whether a phrase of these cues may be anywhere in the text: a prefilter like `candidate_cues`."""
        padded = f" {self.fold(text)} "
        return any(phrase.probe in padded for cue_id in ids for phrase in self.by_id.get(cue_id, ()))

    def phrases(self, cue_id: str) -> frozenset[str]:
        """The folded phrases of a cue."""
        return self._texts.get(cue_id, _NONE)

    @cached_property
    def _texts(self) -> Mapping[str, frozenset[str]]:
        return {cue_id: frozenset(phrase.text for phrase in some) for cue_id, some in self.by_id.items()}

    def phrases_anywhere(self, cue_id: str) -> frozenset[str]:
        """The folded phrases of a cue that match anywhere."""
        return frozenset([phrase.text for phrase in self.by_id.get(cue_id, ()) if phrase.mode == "contains"])

    def gate(self, ids: Set[str]) -> PhraseGate:
        """The look for some cues: which of them may be in a block."""
        found = {
            cue_id: [
                phrase.text if self.is_written_together else longest_literal(phrase.folded)[0]
                for phrase in self.by_id.get(cue_id, ())
            ]
            for cue_id in sorted(ids)
        }
        letters = (lambda text, _: self.fold(text)) if has_optional_marks(self.code) else None
        return PhraseGate(found.items(), letters)

    def fold(self, text: str) -> str:
        """``text`` folded for comparison with phrases of this language (see `copydesk.cleaners.lexicon.words.fold`)."""
        return fold_as(text, self.code)

    def find(self, folded: str, *, clause_starts: frozenset[int]) -> list[Cue]:
        """All cues in ``folded``. ``clause_starts``: offsets at which a clause begins."""
        find = self._find_unspaced if self.is_written_together else self._find_spaced
        found = []
        for phrase, at, end in find(folded):
            if phrase.mode == "whole":
                is_there = at == 0 and end == len(folded)
            else:
                is_there = phrase.mode == "contains" or at in clause_starts
            if is_there:
                found.append(Cue(phrase.id, folded[at:end], at, end))
            # within a clause, "article" does not name the page
            elif phrase.mode != "whole" and phrase.id == "cue.self":
                found.append(Cue(THING, folded[at:end], at, end))
        return found

    def _find_spaced(self, folded: str) -> list[tuple[CuePhrase, int, int]]:
        """Phrase, start and end in a text with spaces between words."""
        phrases, words = self._word_index
        return [(phrases[number], start, end) for start, number, end in words.places(folded)]

    @cached_property
    def _word_index(self) -> tuple[Sequence[CuePhrase], WordIndex]:
        # at the same place, phrases that begin with a whole word come before those with a stem
        phrases = tuple(sorted(self._phrases, key=lambda phrase: "*" in phrase.folded.partition(" ")[0]))
        return phrases, WordIndex([phrase.folded for phrase in phrases])

    def _find_unspaced(self, folded: str) -> list[tuple[CuePhrase, int, int]]:
        """Phrase, start and end in a text whose words are written together."""
        found = []
        for number, at in sorted((number, at) for at, number in self._string_index.places(folded)):
            phrase = self._phrases[number]
            end = at + len(phrase.text)
            is_free = (
                cuts_no_latin_word(folded, at, end)
                if self.is_unspaced
                else _is_arabic_word(phrase, folded, at)
            )
            if is_free:
                found.append((phrase, at, end))
        return found

    @cached_property
    def _string_index(self) -> StringIndex:
        return StringIndex(phrase.text for phrase in self._phrases)


def _is_arabic_word(phrase: CuePhrase, folded: str, at: int) -> bool:
    """Whether an Arabic phrase matches here: at the start of a word or after a prefix. Phrases of chats and prompts
    must also end a word unless they end with a star, because imperatives and nouns begin alike.
    """
    if not _ARABIC_PREFIX.search(folded[:at]):
        return False
    is_open = phrase.folded[-1] == "*" or not phrase.id.startswith(_ENDING_WITH_WORD)
    return is_open or folded[at + len(phrase.text) : at + len(phrase.text) + 1] in ("", " ")


@cache
def finder(code: str) -> CueFinder:
    """The finder of a language, which must have a language file."""
    return CueFinder(lexicon(code))


@lru_cache(maxsize=256)
def usual_codes(language: str) -> tuple[str, ...]:
    """The languages of a page's usual blocks: its own and English, in which templates and tools leave words everywhere;
    empty where its own has no language file.
    """
    code = primary(language)
    return tuple(dict.fromkeys((code, "en"))) if code in languages() else ()


@lru_cache_short_text(maxsize=1024)
def codes_for(text: str, language: str) -> tuple[str, ...]:
    """The languages whose cues are searched in a block: its own if it is surely not the page's, the page's, English.

    If the page's language is unknown or has no language file, the script of the block decides.
    """
    if usual := usual_codes(language):
        return tuple(dict.fromkeys((*_foreign_language(text, usual[0]), *usual)))
    return tuple(dict.fromkeys((language_of_script(text) or "en", "en")))


def _foreign_language(text: str, code: str) -> tuple[str, ...]:
    """The language of a block that is surely neither in ``code`` nor in English. For speed, it is detected only if the
    script differs or few words are frequent ones of these languages.
    """
    by_script = language_of_script(text)
    if by_script == code or len(text) > _MAX_FOREIGN_CHARS:
        return ()
    sample = text[:_SAMPLE_CHARS]
    # the cheapest test first: nearly all blocks are in the page's language
    if by_script is None:
        if has_letters_of(sample, code):
            return ()
        words = LETTERS.findall(sample.lower())
        native = len(native_words(code).intersection(words))
        if len(words) < _MIN_FOREIGN_WORDS or native > NATIVE_SHARE * len(words):
            return ()
        # a list of products has hardly any frequent word; a foreign text has some, or other letters
        if "".join(words).isascii() and len(_frequent_words().intersection(words)) <= 2 * native:
            return ()
    if not may_score(text, _SURELY_FOREIGN):  # many blocks are lists of names
        return ()
    guess = detect(text)
    is_sure = guess.language in languages() and (guess.score or 0.0) >= _SURELY_FOREIGN
    return (guess.language,) if is_sure else ()


@cache
def native_words(code: str) -> frozenset[str]:
    """The frequent words of a language and of English."""
    return lexicon(code).function_words | lexicon("en").function_words


@cache
def _frequent_words() -> frozenset[str]:
    return frozenset().union(*(lexicon_without_tables(code).function_words for code in languages()))


@lru_cache_short_text(maxsize=1024)
def candidate_cues(text: str, language: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """(language, TRIGGERS and VENDOR that may be in the block) for the languages of ``codes_for`` that have any.

    Empty for almost every block of an article. Cached, because every rule asks about every block.
    """
    # a hostile page of megabytes must not be folded for each language
    if len(text) > MAX_CHARS:
        return ()
    names = _VENDOR_ALONE if tools_in(text) else _NONE
    folded = Folded([text])
    found = []
    for code in codes_for(text, language):
        ids = _trigger_gate(code).present(folded).get(0, _NONE)
        there = names.union(finder(code).likely(ids, text)) if ids else names
        if there:
            found.append((code, there))
    return tuple(found)


@cache
def _trigger_gate(code: str) -> PhraseGate:
    return finder(code).gate(TRIGGERS)
