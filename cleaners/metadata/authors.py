"""Names of the people who wrote a page, out of what bylines and metadata say.

A byline is cut into pieces, and only the pieces that read like a name are kept: no openers ("By"),
roles, addresses, dates or outlets.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import cache

from copydesk.cleaners.dates.written_dates import around_dates
from copydesk.cleaners.lexicon.agencies import agency_called
from copydesk.cleaners.lexicon.byline_words import (
    WORDS,
    is_modified_note,
    joint,
    openers,
    opens_other_credit,
    separators,
)
from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.lexicon.words import fold, languages, lexicon
from copydesk.cleaners.metadata.reporters import names_in_line
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sites import bare_name
from copydesk.cleaners.word_count import HAN_KANA_HANGUL

# characters; set by hand: a byline of ten names fits, a misplaced paragraph costs little time
_MAX_BYLINE = 300
# characters (_MAX_WORDS: words) of one name; set by hand: fewer words lose "Ana del Mar Ruiz y Vega"
_MAX_NAME = 60
_MAX_SIGNED_NAME = 12  # letters of Han, kana or Hangul
_MAX_WORDS = 6
_MOST_LONE = 2  # words in a row that are no full names

# for (anna@example.org), https://example.org/anna or //example.org/anna, www.example.org, @anna
_ADDRESS = lazy_pattern(r"\(?\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\)?|(?:https?:)?//\S+|\bwww\.\S+|(?<!\w)@\w+")
# roles and places in brackets: "Anna Berg (Oslo)", "Anna Berg [photos]", "王芳（北京）", "王芳【北京】"
_ASIDE = lazy_pattern(r"\([^()]*\)|\[[^\[\]]*\]|（[^（）]*）|【[^【】]*】")
# in any case "PhD", "M.D."; in capitals "RDN", "FNP-BC"; with hours of training "RYT-YACEP 500"
_DEGREE = lazy_pattern(
    r"^(?:(?i:ph\.?\s?d|m\.?d|m\.?sc?|b\.?sc?|m\.?a|b\.?a|mba|esq|psy\.?d|pharm\.?d|ed\.?d|dr\.?ph|d\.?v\.?m)|"
    r"[A-Z]{2,6}(?:-[A-Z]{1,3})?|[A-Z]{3,6}-[A-Z]+(?:\s\d+)?)\.?$"
)
# "Tom Bell, Jr.": part of the name before the comma
_SUFFIX = lazy_pattern(r"^(?:jr|sr|ii|iii|iv)\.?$", re.IGNORECASE)
# "José Volta e Pinto", "Ana Ortega y Gasset" are one person: a lone surname behind a full name
_WITH_COMPOUNDS = ("es", "pt", "ca")
_COMPOUND = lazy_pattern(
    r"([^\W\d_a-zß-ÿ]\S*[^\S\n]+[^\W\d_a-zß-ÿ][^\s,;|]*)\s([eyi])\s([^\W\d_a-zß-ÿ][^\s,;|]*)(?=\s*(?:$|[,;|\n]))"
)
# set by hand: at 1 a lone initial would be an author, at 3 "王芳" would be none
_MIN_NAME_LETTERS = 2
# titles of reporters behind a name, perhaps with a place: "김민수 기자 = 서울", "王芳 本报记者"
_TAIL_WORDS = lazy_pattern(
    r"[\s·]*(?:(?:선임|수습|전문|인턴|객원)?기자|특파원|논설위원|앵커|本报记者|记者|記者|特派員|編集委員|論説委員|通讯员)(?:\s*=.*)?$"
    r"|\s+文\s?[/／]\s?[摄攝图圖]$"
)
_AROUND_OPENERS = " \t\n\r|,;:·•–—-"
_AROUND_TIMES = " ,;:.|·•–—-0123456789"  # "10:22 von Anna" behind a date
# "来源：光明网 作者：王伟": where the next field begins
_FIELD = lazy_pattern(r"(?<=[^\s|｜丨])[\s|｜丨]+(?=(?:[^\W\d_]|[・·]){1,6}(?:\s?[:：]|[＝=／]))")
_BRACKETED = lazy_pattern(r"[（(【〔\[]([^（()）【】〔〕\[\]]+)[)）】〕\]]")
_STOPS = ("。", "！", "？")
_VERB_ENDINGS = ("です", "ます", "ました", "ません", "ください", "습니다", "하세요")  # a sentence, not a name
# "am" before a date, "at" before a time: "Anna Berg am 4. März 2026 um"
_BEFORE_DATE = lazy_pattern(r"(?:^|[\s,;|·•–—-])+[^\W\d_]{1,3}\.?[\s:,]*$")
# others without a name: "김민수 외 2명", "A. Berg et al.", "A. Berg u. a."
_MORE = lazy_pattern(r"\s+(?:외|et al\.?|u\.\s?a\.)(?:\s.*)?$")


def split_byline(text: str, *, language: str = "und", site_names: Iterable[str] = ()) -> tuple[str, ...]:
    """As ``split_authors``, of a line that readers see: in "Annika Böhm, Heidelstein" the one word behind a full name
    is a place or a desk.
    """
    names = split_authors(text, language=language, site_names=site_names)
    people = [_without_place(name, language) for name in names]
    if people and is_full_name(people[0]):
        people = list(_without_lone_words(people, text, language))
    return tuple(dict.fromkeys(people))


def _without_lone_words(names: Sequence[str], text: str, language: str) -> Iterator[str]:
    """The names of a line that begins with a full one, without single words, unless "and" leads to them. Behind two of
    these in a row comes what somebody does: "Daniel Burstein, Senior Director, Content, Marketing, Example Institute".
    """
    lone = 0
    for name in names:
        before = text.partition(name)[0].split()
        is_joined = bool(before) and before[-1].isalpha() and is_joint(before[-1], language)
        lone = 0 if is_full_name(name) or is_joined else lone + 1
        if lone == _MOST_LONE:
            return
        if not lone:
            yield name


def _without_place(name: str, language: str) -> str:
    """A name without where its bearer works: "Maria Okafor in Tidewater"."""
    words = name.split()
    for code in (primary(language), "en"):
        for at in range(2, min(len(words) - 1, _MAX_WORDS)):
            person = words[:at]
            if words[at].lower() in WORDS.at_places.get(code, ()) and words[at + 1][0].isupper():
                # "Center for Health in Africa" and "Associated Press in Valencia" name no person
                is_person = all(word[0].isupper() or word in WORDS.name_words for word in person)
                return " ".join(person) if is_person and agency_called(" ".join(person)) is None else name
    return name


def split_authors(text: str, *, language: str = "und", site_names: Iterable[str] = ()) -> tuple[str, ...]:
    """The names that a declared author or a byline has, in order, each once.

    ``language`` (BCP 47) says which openers to expect beside the English ones; all known where it is ``und``.
    ``site_names`` are never taken for authors. Empty where nothing reads like a name.
    """
    # "Time and Place:" heads what comes behind it; the clauses of a sentence in Han look like names
    if text.rstrip().endswith((":", "：", *_STOPS)):
        return ()
    outlets = {bare_name(name) for name in site_names}
    fields = _fields_introducing(text[:_MAX_BYLINE], language)
    return tuple(
        dict.fromkeys(name for field in fields for name in _names_of_field(field, language, outlets))
    )


def fields_of(line: str) -> Sequence[str]:
    """The fields of a line in Han, kana or Hangul, of which papers write several in a row: "2024-05-03 来源：光明网
    作者：王伟", "文：田中花子　写真：山田太郎". Of other scripts the whole line.
    """
    return _FIELD.split(line) if _has_cjk(line) else (line,)


def _fields_introducing(text: str, language: str) -> Sequence[str]:
    """The fields that say who wrote it; the whole line where none does."""
    bracketed = _BRACKETED.fullmatch(text.strip())
    if bracketed and has_opener(bracketed[1], language):
        text = bracketed[1]  # "（記者・田中花子）"
    fields = fields_of(text)
    return [field for field in fields if len(fields) > 1 and _introduces(field, language)] or (text,)


def _introduces(field: str, language: str) -> bool:
    field = _ADDRESS.sub(" ", field)
    if has_opener(field, language) or _reporters_in(field, language):
        return True
    # "Jan 3, 2026 by Nadia Brown"
    return any(has_opener(part, language) for part in beside_dates(field, language=language)[1:])


def _reporters_in(field: str, language: str) -> tuple[str, ...]:
    parts = beside_dates(field, language=language) if _has_cjk(field) else ()
    return next((names for part in parts if (names := names_in_line(part))), ())


def _names_of_field(text: str, language: str, outlets: Container[str]) -> tuple[str, ...]:
    if reporters := _reporters_in(text, language):
        return reporters
    # asides first: taken out of "(mail: a@b.org)", the address would take the closing bracket along
    text = _ADDRESS.sub(" ", _ASIDE.sub(" ", text))
    parts = beside_dates(text, language=language)
    for part in [part for part in parts if has_opener(part, language)] or parts:
        # "Von Christian am 3. Mai": beside a date it is no name's
        rest = _behind_opener(part.strip(_AROUND_OPENERS), language) if len(parts) > 1 else ""
        rest = rest or without_opener(part, language)
        found = _names_of(rest, language=language, outlets=outlets)
        # beside a date a lone word is rather "Published", a section or a zone
        full = tuple(filter(is_full_name, found))
        if found and (part == text or rest != part or full == found):
            return found if part == text else full or found
    return ()


def beside_dates(text: str, *, language: str = "und") -> tuple[str, ...]:
    """The parts of a byline before, between and behind its dates: "Anna Berg am 4. März 2026", "4.3.2026 von Anna"."""
    if not any(map(str.isdigit, text)):
        return (text,)
    *before, last = around_dates(text, language=language)
    return (*(_lowered_end(part) for part in before), last.lstrip(_AROUND_TIMES)) if before else (text,)


def _lowered_end(text: str) -> str:
    """``text`` without the small word that leads to the date behind it."""
    found = _BEFORE_DATE.search(text)
    return text[: found.start()] if found and found.group().islower() else text


def _names_of(text: str, *, language: str, outlets: Container[str]) -> tuple[str, ...]:
    names: dict[str, str] = {}
    is_other = False
    for piece in _pieces(text, primary(language)):
        name = clean_name(piece, language=language)
        # "编辑 李明", also in two pieces; of scripts with capitals `is_name` knows more
        was_other, is_other = is_other, _has_cjk(piece) and opens_other_credit(piece)
        if is_other or (was_other and not has_opener(piece, language)):
            continue
        if name.startswith(WORDS.no_reporters):
            continue
        if _is_heading(name, language) or bare_name(name) in outlets or is_opener(name, language):
            continue
        # "Son Güncelleme"; not of scripts in which the word may be part of a name
        if name and is_name(name) and (_has_cjk(name) or not is_modified_note(name)):
            names.setdefault(name.lower(), name)
    # "Anna Berg and Tom Bell, Reuters": beside people the agency is where they work, alone it signs
    people = tuple(name for name in names.values() if agency_called(name) is None)
    return people or tuple(names.values())


def _is_heading(text: str, language: str) -> bool:
    """Whether the text heads an author's box ("About the author"): a phrase of the lexicon, and nothing else."""
    folded = fold(text)
    return any(folded in _box_headings(code) for code in and_english(language))


def and_english(language: str) -> set[str]:
    """The language of a page and English, in which templates are often left, as far as there is a lexicon."""
    return {primary(language), "en"}.intersection(languages())


@cache
def _box_headings(code: str) -> frozenset[str]:
    return frozenset(map(fold, lexicon(code).phrases.get("wording.author-bio", {}).get("whole", ())))


def clean_name(text: str, *, language: str = "und") -> str:
    """One author's name as it is written: openers, roles of its language, addresses and stray signs dropped."""
    name = _ADDRESS.sub(" ", text[:_MAX_BYLINE]).replace("\xad", "")
    name = without_opener(" ".join(name.split()), language)
    name = _MORE.sub("", name)
    if _has_cjk(name):
        name = _TAIL_WORDS.sub("", name) or name
    return name.strip(' \t,;:|/·•–—-_*®™"“”„«»()[]').removesuffix("'s")


def is_name(text: str) -> bool:
    """Whether a piece of a byline reads like the name of a person or an outlet."""
    words = text.split()
    lowered = text.lower()
    if not words or len(text) > _MAX_NAME or len(words) > _MAX_WORDS or lowered in WORDS.nobody:
        return False
    # dates, counters and account names have digits
    if any(map(str.isdigit, text)) or sum(char.isalpha() for char in text) < _MIN_NAME_LETTERS:
        return False
    # signs of headlines, code and prose; endings of Japanese and Korean sentences
    if any(char in text for char in "?!:：@©=<>{}%#…。、") or text.endswith(_VERB_ENDINGS):
        return False
    if words[0].islower() and lowered.split()[0] not in WORDS.name_words | WORDS.particles:
        return False  # "pictures by Tom Bell"
    bare = [word.strip(".,").lower().replace("-", "") for word in words]
    if (
        any(word in WORDS.roles for word in bare)
        or bare[0] in WORDS.page_words
        or bare[-1] in WORDS.page_words
    ):
        return False
    return _has_cjk(text) or _has_capitals(words)


def is_full_name(text: str) -> bool:
    """Whether a name has more than one word; a name in Han, kana or Hangul is one."""
    return " " in text or _has_cjk(text)


def is_page_word(text: str) -> bool:
    """Whether a word or name is a button, a section, somebody's function or a placeholder."""
    return text.lower().strip(".,") in WORDS.page_words | WORDS.roles | WORDS.nobody


def is_common(text: str, language: str = "und") -> bool:
    """Whether a piece holds words that names do not: lower-case function words, as prose does."""
    words = [word for word in text.split() if word.islower() and word not in WORDS.name_words]
    return any(word in lexicon(code).function_words for code in and_english(language) for word in words)


def is_collective(text: str) -> bool:
    """Whether a piece ends in a word for a group of authors: a team, a desk, an editorial office."""
    words = text.lower().split()
    return len(words) > 1 and any(word.strip(".,:") in WORDS.collectives for word in (words[0], words[-1]))


def is_nobody(text: str) -> bool:
    """Whether the declared author is a placeholder: ``admin``, ``null``, a number, an address."""
    lowered = text.strip().lower()
    return (
        lowered in WORDS.nobody
        or not any(char.isalpha() for char in lowered)
        # "urn:author:17", "https://example.org/anna"
        or ":" in lowered
        or len(text) > 2 * _MAX_NAME
    )


def without_opener(text: str, language: str = "und") -> str:
    """``text`` without what introduces the names ("By", "Von", "Texte :")."""
    text = text.strip(_AROUND_OPENERS)
    rest = _behind_opener(text, language)
    # "Di Stefano": an opener that may belong to the name
    opener = text.lower().removesuffix(rest.lower()).strip() if rest and " " not in rest else ""
    return text if not rest or (opener in WORDS.particles and agency_called(rest) is None) else rest


def _behind_opener(text: str, language: str) -> str:
    """What an opener introduces, also one that may belong to a name; ``""`` where there is none."""
    found = openers(primary(language)).match(text)
    rest = text[found.end() :].lstrip(" :：|-–—") if found else ""
    # "Von der Leyen"
    return "" if rest and rest[0].islower() and not is_collective(rest) else rest


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


def further_names(text: str, language: str = "und") -> tuple[str, ...]:
    """The names that a text lists behind one: "and Jane Whitlock", ", Jane Whitlock and Tom Birch". Behind a comma
    or a bar alone is as often where somebody works, or a section.
    """
    words = text.replace(",", " , ").split()
    listing = [word for word in words if (word.isalpha() or word in "&＆") and is_joint(word, language)]
    if not listing or words[0] not in (",", listing[0]):
        return ()
    names = split_authors(" ".join(words[1:]).replace(" ,", ","), language=language)
    return names if all(is_full_name(name) and not is_common(name, language) for name in names) else ()


def has_opener(text: str, language: str = "und") -> bool:
    """Whether the text starts with what introduces an author's name."""
    return without_opener(text, language) != text.strip(_AROUND_OPENERS)


def _has_cjk(text: str) -> bool:
    return not text.isascii() and HAN_KANA_HANGUL.search(text) is not None


# "王芳 李明" are two people; "王 芳", one letter each, is one
_BETWEEN_HAN = lazy_pattern(r"(?<=[\u3400-\u9fff]{2})[ \u3000](?=[\u3400-\u9fff]{2})")


def is_signed(text: str, language: str) -> bool:
    """Whether a line says who wrote it: behind what introduces a name, or with a reporter's title, as papers in Korean,
    Japanese and Chinese sign.
    """
    fields = _fields_introducing(text[:_MAX_BYLINE], language)
    return any(_introduces(field, language) for field in fields) or _is_name_with_title(text)


def _is_name_with_title(text: str) -> bool:
    if text.isascii():
        return False
    line = " ".join(_ADDRESS.sub(" ", text[:_MAX_BYLINE]).split())
    name = _TAIL_WORDS.sub("", line)
    return name != line and len(name) <= _MAX_SIGNED_NAME and is_name(name)


def _pieces(text: str, code: str) -> list[str]:
    """The text between separators; a surname-first pair is turned round, degrees and suffixes handled."""
    if code == "zh":
        text = _BETWEEN_HAN.sub("、", text)
    if code in _WITH_COMPOUNDS:
        # joined by a sign that parts nothing
        text = _COMPOUND.sub(lambda found: "\0".join(found.groups()), text)
    pieces = [piece.replace("\0", " ") for piece in separators(code).split(text) if piece]
    # "Berg, Anna"
    if len(pieces) == 2 and _is_surname_first(text, pieces):
        return [f"{pieces[1]} {pieces[0]}"]
    kept: list[str] = []
    for piece in pieces:
        if kept and _SUFFIX.match(piece):
            kept[-1] = f"{kept[-1]} {piece}"
        elif kept and _DEGREE.match(piece):
            continue
        else:
            kept.append(piece)
    return kept


def _is_surname_first(text: str, pieces: list[str]) -> bool:
    surname, given = pieces
    return (
        f"{surname}, {given}" in text
        and len(surname.split()) == 1
        and len(given.split()) <= 2
        and not _DEGREE.match(given)
        and not _SUFFIX.match(given)
        and all(piece[:1].isupper() and not piece.isupper() for piece in pieces)
        and not any(word.lower() in WORDS.roles for word in given.split())
    )


def _has_capitals(words: list[str]) -> bool:
    """Most words of a name start with a capital, in scripts that have them; short initials may not."""
    cased = [word for word in words if word[0].lower() != word[0].upper()]
    if not cased:
        return True
    # "al-Rashid" and "d'Amico" count as capitals
    capitals = sum(word[0].isupper() or "-" in word or "'" in word for word in cased)
    return capitals * 2 >= len(cased) and (cased[-1][0].isupper() or "-" in cased[-1] or "’" in cased[-1])
