"""What a piece of a byline is: a name, what introduces it, a role, a placeholder.

Only pieces that read like a name are authors: no openers ("By"), roles, addresses, dates or outlets.
"""

from __future__ import annotations

import re
from itertools import dropwhile
from operator import methodcaller

from copydesk.cleaners.dates.timestamps import ZONES
from copydesk.cleaners.lexicon.agencies import agency_called
from copydesk.cleaners.lexicon.byline_words import WORDS, is_modified_note, joint, openers
from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.lexicon.words import languages, lexicon
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.word_count import HAN_KANA_HANGUL

# characters; set by hand: a byline of ten names fits, a misplaced paragraph costs little time
MAX_BYLINE = 300
"""Characters of a byline that are read."""
# characters (_MAX_WORDS: words) of one name; set by hand: fewer words lose "Ana del Mar Ruiz y Vega"
_MAX_NAME = 60
_MAX_WORDS = 6
# for (anna@example.org), https://example.org/anna or //example.org/anna, www.example.org, example.org/anna, @anna
ADDRESS = lazy_pattern(
    r"\(?\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\)?|(?:https?:)?//\S+|\bwww\.\S+|(?<![\w.-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,3}\.[a-z]{2,6}/\S*"
    r"|(?<!\w)@\w+"
)
# set by hand: at 1 a lone initial would be an author, at 3 "王芳" would be none
_MIN_NAME_LETTERS = 2
# titles of reporters behind a name, perhaps with a place: "김민수 기자 = 서울", "王芳 本报记者"
_TAIL_WORDS = lazy_pattern(
    r"[\s·]*(?:(?:선임|수습|전문|인턴|객원)?기자|특파원|논설위원|앵커|本报记者|记者|記者|特派員|編集委員|論説委員|通讯员)"
    r"(?:\s*=.*|(?:\s+(?:입력|수정|등록|승인|송고|게재))+)?$"
    r"|\s+文\s?[/／]\s?[摄攝图圖]$"
)
# others without a name: "김민수 외 2명", "A. Berg et al.", "A. Berg u. a."
_MORE = lazy_pattern(r"\s+(?:외|et al\.?|u\.\s?a\.)(?:\s.*)?$")
# "Anna Weir at 11:05 PM", "Ulrich um 23:18 Uhr | 2"; a fraction and a verse have more behind or no word before
_CLOCK = lazy_pattern(r"\s\d{1,2}[:.h]\d\d\s*(?:[ap]\.?m\.?|uhr|h)?\s*(?:$|[|·•,–—-])", re.IGNORECASE)
_END_OF_SENTENCE = lazy_pattern(
    r"(?<=\s[^\W\d_]{4})\.$|(?<=[^\W\d_]{5})\.$"
)  # "Anna Berg.", not "Tom Bell Jr."
_BEFORE_CLOCK = 4  # letters of "at", "um", "alle", "kl."
_VERB_ENDINGS = ("です", "ます", "ました", "ません", "ください", "습니다", "하세요")  # a sentence, not a name
# a Japanese sentence: "港の灯台が百年を迎えた"; particles without an ending are in names of places, too ("自由が丘")
_CLAUSE = lazy_pattern(
    r"[\u3040-\u9fff](?:が|は|に|で|へ)[\u4e00-\u9fff].*[\u3041-\u3096]$|[\u3040-\u9fff]を"
)
_NO_NAME_SIGNS = frozenset("?!:：@©=<>{}%#…。、←→")
_AROUND_OPENERS = " \t\n\r|,;:·•–—-"


def clean_name(text: str, *, language: str = "und") -> str:
    """One author's name as it is written: openers, roles of its language, addresses and stray signs dropped."""
    name = ADDRESS.sub(" ", text[:MAX_BYLINE]).replace("\xad", "")
    name = without_role(without_opener(" ".join(name.split()), language))
    name = _without_clock(_MORE.sub("", name))
    first, _, rest = name.partition(" ")
    if first.lower() in WORDS.before_full_names.get(primary(language), ()) and is_capitalised(rest):
        name = rest
    if has_cjk(name):
        name = without_title(name) or name
    name = name.strip(' \t,;:|/·•–—-_*®™"“”„«»()[]').removesuffix("'s")
    return _END_OF_SENTENCE.sub("", name)


def _without_clock(name: str) -> str:
    """A name without the time of day behind it, and the word before that: "Anna Weir at 11:05 PM"."""
    clock = _CLOCK.search(name)
    words = name[: clock.start()].split() if clock else []
    if len(words) < 2 or not words[-1].islower() or len(words[-1]) > _BEFORE_CLOCK:
        return name
    while words and words[-1].islower() and len(words[-1]) <= _BEFORE_CLOCK:
        words.pop()
    rest = " ".join(words)
    # "Last update at 14:20"
    return "" if is_modified_note(rest) or names_nobody(rest) else rest


def is_capitalised(name: str) -> bool:
    """Whether a name has two words or more, and each begins with a capital."""
    words = name.split()
    return len(words) > 1 and all(word[0].isupper() for word in words)


def without_title(name: str) -> str:
    """A name without the reporter's title that papers in Korean, Japanese and Chinese write behind it."""
    return _TAIL_WORDS.sub("", name)


def is_name(text: str) -> bool:
    """Whether a piece of a byline reads like the name of a person or an outlet."""
    words = text.split()
    lowered = text.lower()
    if not words or len(text) > _MAX_NAME or len(words) > _MAX_WORDS or names_nobody(text):
        return False
    # dates, counters and account names have digits
    if any(map(str.isdigit, text)) or sum(map(str.isalpha, text)) < _MIN_NAME_LETTERS:
        return False
    # signs of headlines, code and prose; endings of Japanese and Korean sentences
    is_clause = max(text) >= "\u3040" and _CLAUSE.search(text)
    if is_clause or not _NO_NAME_SIGNS.isdisjoint(text) or text.endswith(_VERB_ENDINGS):
        return False
    if words[0].islower() and words[0] not in WORDS.name_words | WORDS.particles:
        return False  # "pictures by Tom Bell"
    bare = [word.strip(".,").replace("-", "") for word in lowered.split()]
    if not WORDS.roles.isdisjoint(bare) or bare[0] in WORDS.page_words or bare[-1] in WORDS.page_words:
        return False
    return has_cjk(text) or _has_capitals(words)


def names_nobody(text: str) -> bool:
    """Whether a text only says when a page was published or changed, what kind of text it is, or that nobody in
    particular wrote it: "Publié le", "GMT", "Press release", "Staff and agencies".
    """
    if text.lower() in WORDS.nobody or text.lower() in WORDS.text_kinds:
        return True
    words = {*map(_WITHOUT_SIGNS, text.lower().split())}
    # "de redactie"; "Le Van Do" is a name
    return _NO_NAMES.issuperset(words) or (
        not _GROUPS.isdisjoint(words) and (_GROUPS | LEADING | WORDS.name_words).issuperset(words)
    )


_WITHOUT_SIGNS = methodcaller("strip", ".,:;：()'’-–—|")
_GROUPS = WORDS.collectives | WORDS.roles
_NO_NAMES = _GROUPS | WORDS.date_words | WORDS.nobody | WORDS.ours | {*WORDS.joints, *ZONES, "the", ""}
_OFFICES = WORDS.nobody & WORDS.collectives
LEADING = WORDS.ours | WORDS.articles
"""Words that lead to a role, and begin no name."""


def is_organisation(text: str) -> bool:
    """Whether a name has a word of organisations in it: "Ministry for Trade and Tides"."""
    return not WORDS.organisations.isdisjoint(map(_WITHOUT_POINTS, text.lower().split()))


_WITHOUT_POINTS = methodcaller("strip", ".,()")


def without_role(text: str) -> str:
    """A full name without the role before it, perhaps of "our": "unserer Redakteurin Henrike von der Aue"."""
    words = text.split()
    at = 0
    while at < len(words) and words[at].lower() in _BEFORE_NAMES:
        at += 1
    is_role = not _ROLES.isdisjoint(map(str.lower, words[:at]))
    return " ".join(words[at:]) if is_role and len(words) - at > 1 and not words[at][0].islower() else text


_BEFORE_NAMES, _ROLES = LEADING | WORDS.roles, WORDS.roles - WORDS.collectives


def _has_capitals(words: list[str]) -> bool:
    """Most words of a name start with a capital, in scripts that have them; short initials may not."""
    cased = [word for word in words if word[0].lower() != word[0].upper()]
    if not cased:
        return True
    # "al-Rashid" and "d'Amico" count as capitals
    capitals = len([word for word in cased if word[0].isupper() or "-" in word or "'" in word])
    return capitals * 2 >= len(cased) and (cased[-1][0].isupper() or "-" in cased[-1] or "’" in cased[-1])


def is_full_name(text: str) -> bool:
    """Whether a name has more than one word; a name in Han, kana or Hangul is one."""
    return " " in text or has_cjk(text)


def is_page_word(text: str) -> bool:
    """Whether a word or name is a button, a section, somebody's function or a placeholder."""
    return text.lower().strip(".,") in WORDS.page_words | WORDS.roles | WORDS.nobody


def is_common(text: str, language: str = "und") -> bool:
    """Whether a piece holds words that names do not: lower-case function words, as prose does."""
    words = [word for word in text.split() if word.islower() and word not in WORDS.name_words]
    return bool(words) and any(
        not lexicon(code).function_words.isdisjoint(words) for code in and_english(language)
    )


def and_english(language: str) -> set[str]:
    """The language of a page and English, in which templates are often left, as far as there is a lexicon."""
    return {primary(language), "en"}.intersection(languages())


def is_collective(text: str) -> bool:
    """Whether a piece ends in a word for a group of authors: a team, a desk, an editorial office."""
    words = text.lower().split()
    return len(words) > 1 and any(word.strip(".,:") in WORDS.collectives for word in (words[0], words[-1]))


def is_nobody(text: str) -> bool:
    """Whether the declared author is a placeholder: ``admin``, ``null``, a number, an address, "Da Redação"."""
    lowered = text.strip().lower()
    # "urn:author:17", "https://example.org/anna"
    is_address = ":" in lowered or not any(map(str.isalpha, lowered))
    words = [*dropwhile((LEADING | WORDS.name_words).__contains__, lowered.split())]
    is_office = " ".join(words) in _OFFICES
    return is_address or is_office or lowered in WORDS.nobody or len(text) > 2 * _MAX_NAME


def without_opener(text: str, language: str = "und") -> str:
    """``text`` without what introduces the names ("By", "Von", "Texte :")."""
    text = text.strip(_AROUND_OPENERS)
    rest = behind_opener(text, language)
    # "Di Stefano": an opener that may belong to the name
    opener = text.lower().removesuffix(rest.lower()).strip() if rest and " " not in rest else ""
    return text if not rest or (opener in WORDS.particles and agency_called(rest) is None) else rest


def behind_opener(text: str, language: str) -> str:
    """What an opener introduces, also one that may belong to a name; ``""`` where there is none."""
    text = text.strip(_AROUND_OPENERS)
    found = openers(primary(language)).match(text)
    rest = without_role(text[found.end() :].lstrip(" :：|-–—")) if found else ""
    # "Von der Leyen"
    return "" if rest and rest[0].islower() and not (is_collective(rest) or names_nobody(rest)) else rest


def split_opener(text: str, language: str) -> tuple[str, str]:
    """What introduces an author's name, and what it introduces; two times ``""`` where nothing does."""
    text = text.strip(_AROUND_OPENERS)
    if is_opener(text, language):
        return text, ""
    rest = behind_opener(text, language)
    return (text.removesuffix(rest).strip(_AROUND_OPENERS), rest) if rest else ("", "")


def has_opener(text: str, language: str = "und") -> bool:
    """Whether the text starts with what introduces an author's name."""
    if not openers(primary(language)).match(text.strip(_AROUND_OPENERS)):
        return False  # most lines
    return without_opener(text, language) != text.strip(_AROUND_OPENERS)


def is_opener(text: str, language: str = "und") -> bool:
    """Whether the text is what introduces an author's name, and nothing else."""
    return openers(primary(language)).fullmatch(text.strip(" \t:：|-–—") + " ") is not None


def is_joint(text: str, language: str = "und") -> bool:
    """Whether the text only joins two names: a comma, "and"."""
    return joint(primary(language)).fullmatch(text) is not None


def ends_in_joint(text: str, language: str = "und") -> bool:
    """Whether another name is due after this text."""
    words = text.split()
    # "Anna Berg and", or with the sign glued on: "Anna Berg,"
    return bool(words) and (is_joint(words[-1], language) or is_joint(words[-1][-1], language))


def has_cjk(text: str) -> bool:
    """Whether a text has a letter of Han, kana or Hangul."""
    # most texts need no pattern, whose first use takes 3 ms
    return max(text, default="") >= "\u3040" and HAN_KANA_HANGUL.search(text) is not None
