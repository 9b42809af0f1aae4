"""The people whom bylines and metadata name.

A byline is cut into fields and pieces, and only the pieces that read like a name are kept (`person_names.py`).
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from functools import cache
from itertools import chain, pairwise

from copydesk.cleaners.dates.written_dates import around_dates
from copydesk.cleaners.lexicon.agencies import agency_called
from copydesk.cleaners.lexicon.byline_words import (
    WORDS,
    credit_fields,
    is_modified_note,
    opens_other_credit,
    separators,
)
from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.lexicon.words import fold, lexicon
from copydesk.cleaners.metadata.person_names import (
    ADDRESS,
    MAX_BYLINE,
    and_english,
    behind_opener,
    clean_name,
    has_cjk,
    has_opener,
    is_common,
    is_full_name,
    is_joint,
    is_name,
    is_opener,
    is_organisation,
    without_opener,
    without_title,
)
from copydesk.cleaners.metadata.reporters import names_in_line
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sites import bare_name

_MAX_SIGNED_NAME = 12  # letters of Han, kana or Hangul
_MAX_WORDS = 6
_MAX_ORGANISATION_WORDS = 10

# roles and places in brackets: "Anna Berg (Oslo)", "Anna Berg [photos]", "王芳（北京）", "王芳【北京】"
_ASIDE = lazy_pattern(r"\([^()]*\)|\[[^\[\]]*\]|（[^（）]*）|【[^【】]*】")
# in any case "PhD", "M.D."; in capitals "RDN", "FNP-BC"; with hours of training "RYT-YACEP 500"
_DEGREE = lazy_pattern(
    r"^(?:(?i:ph\.?\s?d|m\.?d|m\.?sc?|b\.?sc?|m\.?a|b\.?a|mba|esq|psy\.?d|pharm\.?d|ed\.?d|dr\.?ph|d\.?v\.?m)|"
    r"[A-Z]{2,6}(?:-[A-Z]{1,3})?|[A-Z]{3,6}-[A-Z]+(?:\s\d+)?)\.?$"
)
# "Tom Bell, Jr.": part of the name before the comma
_SUFFIX = lazy_pattern(r"^(?:jr|sr|ii|iii|iv)\.?$", re.IGNORECASE)
# "José da Volta e Pinto", "Ana Ortega y Gasset" are one person: a lone surname behind a full name
_WITH_COMPOUNDS = ("es", "pt", "ca")
_COMPOUND = lazy_pattern(
    r"([^\W\d_a-zß-ÿ]\S*(?:[^\S\n]+(?:d[aeo]s?|del?|l[ao]s?|van|von))*[^\S\n]+[^\W\d_a-zß-ÿ][^\s,;|]*)\s([eyi])\s([^\W\d_a-zß-ÿ][^\s,;|]*)(?=\s*(?:$|[,;|\n]))"
)
_HOST = lazy_pattern(r"\w[\w-]*(?:\.\w[\w-]*)*\.[a-z]{2,6}")
_AROUND_TIMES = " ,;:.|·•–—-0123456789"  # "10:22 von Anna" behind a date
# "来源：光明网 作者：王伟": where the next field begins
_FIELD = lazy_pattern(
    rf"(?<=[^\s|｜丨])[\s|｜丨]+(?=(?:[^\W\d_]|[・·]){{1,6}}(?:\s?[:：]|[＝=／])|(?:{'|'.join(WORDS.before_points)})[・·])"
)
# "By Anna Berg. Photos: Tom Bell", not "By Martin L. King: a reporter" or "By Prof. King: a reporter"
_SENTENCE_FIELD = lazy_pattern(r"(?<=[^\W\d_]{3})[.;|·•]\s+(?=[^\W\d_]+(?: [^\W\d_]+)? ?: )")
_MIN_FIELD_WORDS = 3  # with what introduces a name
_BRACKETED = lazy_pattern(r"[（(【〔\[]([^（()）【】〔〕\[\]]+)[)）】〕\]]")
_GLUE = lazy_pattern(r"(?<=[^\W\d_])(?<![A-ZÀ-ÞА-Я])(?=[A-ZÀ-ÞА-Я])")
_FIRST_WORD, _LAST_WORD = lazy_pattern(r"[^\W\d_]+"), lazy_pattern(r"[^\W\d_]+$")
_MAX_SMALL_WORD = 4  # letters; "am", "den" and "on" are in names, too
_HEAD_END = lazy_pattern(r"\s*[,|·•]\s*")  # of what a text begins with
_STOPS = ("。", "！", "？")
# "am" before a date, "at" before a time: "Anna Berg am 4. März 2026 um"
_BEFORE_DATE = lazy_pattern(r"(?:^|[\s,;|·•–—-])+[^\W\d_]{1,3}\.?[\s:,]*$")


def unglued(text: str, language: str = "und") -> str:
    """A line in which flattening left nothing between elements, parted before names, words of publishing and dates:
    "ByAnna BergUpdated 3 May", "Anna BergMay 3, 2025".
    """
    parts = _GLUE.split(text)
    line = parts[0]
    for before, part in pairwise(parts):
        first = (_FIRST_WORD.match(part) or [""])[0].lower()
        is_published = len(first) > _MAX_SMALL_WORD and first in WORDS.date_words
        is_date = any(map(str.isdigit, part)) and not beside_dates(part, language=language)[0].strip()
        is_behind_opener = is_opener((_LAST_WORD.search(before) or [""])[0], language)
        line += (" | " if is_published or is_date else " " if is_behind_opener else "") + part
    return line


def split_byline(text: str, *, language: str = "und", site_names: Iterable[str] = ()) -> tuple[str, ...]:
    """As ``split_authors``, of a line that readers see: in "Annika Böhm, Heidelstein" the one word behind a full name
    is a place or a desk.
    """
    names = split_authors(text, language=language, site_names=site_names)
    given, _, surname = names[0].rpartition(" ") if len(names) == 1 else ("", "", "")
    # "Recettes, Automne Hiver": subjects as often as a surname before a given name
    if given and f"{surname}, {given}" in text and not has_opener(text, language):
        return ()
    people = [_without_place(name, language) for name in names]
    if people and is_full_name(people[0]):
        first, *others = people
        people = [first, *(name for name in others if _is_other_person(name, text, language))]
    return tuple(dict.fromkeys(people))


def turned(text: str) -> str:
    """A name that markup gives as the author's, with the given name first: "Quarles, Hetty"."""
    pieces = [piece.strip() for piece in text.split(",")]
    return f"{pieces[1]} {pieces[0]}" if len(pieces) == 2 and _is_surname_first(text, pieces) else text


def _is_other_person(name: str, text: str, language: str) -> bool:
    """Whether a piece behind a full name is another person, not where the first works: "Annika Böhm, Heidelstein",
    "Ana Souza, de São Paulo".
    """
    return _is_joined(name, text, language) or (is_full_name(name) and not name[0].islower())


def _is_joined(name: str, text: str, language: str) -> bool:
    """Whether "and" leads to a name in a text."""
    before = text.partition(name)[0].split()[-1:]
    return any((word.isalpha() or word in "&＆+") and is_joint(word, language) for word in before)


def _without_place(name: str, language: str) -> str:
    """A name without where its bearer works: "Maria Okafor in Tidewater"."""
    words = name.split()
    for code in (primary(language), "en"):
        for at in range(2, min(len(words) - 1, _MAX_WORDS)):
            person = words[:at]
            is_led = words[at].lower() in WORDS.at_places.get(code, ()) and not words[at].istitle()
            if is_led and words[at + 1][0].isupper():
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
    fields = _fields_introducing(text[:MAX_BYLINE], language)
    names = [_names_of_field(field, language, outlets) for field in fields]
    return tuple(dict.fromkeys(chain.from_iterable(names)))


def fields_of(line: str) -> Sequence[str]:
    """The fields of a line, of which papers write several in a row: "2024-05-03 来源：光明网 作者：王伟",
    "By Anna Berg. Photos: Tom Bell".
    """
    if not line.isascii() and has_cjk(line):
        return _FIELD.split(line)
    fields = [part for field in _SENTENCE_FIELD.split(line) for part in credit_fields().split(field)]
    return fields if len(fields[0].split()) >= _MIN_FIELD_WORDS else (line,)


def _fields_introducing(text: str, language: str) -> Sequence[str]:
    """The fields that say who wrote it; the whole line where none does."""
    bracketed = _BRACKETED.fullmatch(text.strip())
    if bracketed and has_opener(bracketed[1], language):
        text = bracketed[1]  # "（記者・田中花子）"
    fields = fields_of(text)
    if len(fields) == 1:
        return (text,)
    return [field for field in fields if _introduces(field, language)] or (text,)


def _introduces(field: str, language: str) -> bool:
    field = ADDRESS.sub(" ", field)
    if has_opener(field, language) or _reporters_in(field, language):
        return True
    # "Jan 3, 2026 by Nadia Brown"
    return any(has_opener(part, language) for part in beside_dates(field, language=language)[1:])


def _reporters_in(field: str, language: str) -> tuple[str, ...]:
    # "記者 服部 太郎" is one person in Japanese, and "记者 王伟 李娜" two in Chinese
    if field.isascii() or not has_cjk(field) or primary(language) == "ja":
        return ()
    return next(filter(None, map(names_in_line, beside_dates(field, language=language))), ())


def _names_of_field(text: str, language: str, outlets: Container[str]) -> tuple[str, ...]:
    if reporters := _reporters_in(text, language):
        return reporters
    # asides first: taken out of "(mail: a@b.org)", the address would take the closing bracket along
    text = ADDRESS.sub(" ", _ASIDE.sub(" ", text))
    parts = beside_dates(text, language=language)
    for part in [part for part in parts if has_opener(part, language)] or parts:
        # "Von Christian am 3. Mai": beside a date it is no name's
        rest = behind_opener(part, language) if len(parts) > 1 else ""
        rest = rest or without_opener(part, language)
        found = _names_of(rest, language=language, outlets=outlets)
        # beside a date a lone word is rather "Published", a section or a zone
        full = tuple(filter(is_full_name, found))
        if found and (part == text or has_opener(part, language) or full == found):
            return found if part == text else full or found
    return ()


# "Автор: Илья Санин. 5 марта 2026", not "Tom Bell Jr. 5 March 2026"
_POINT_BEFORE_DATE = lazy_pattern(r"(?<=[^\W\d_]{3})\.\s*$")


def beside_dates(text: str, *, language: str = "und") -> tuple[str, ...]:
    """The parts of a byline before, between and behind its dates: "Anna Berg am 4. März 2026", "4.3.2026 von Anna"."""
    if not any(map(str.isdigit, text)):
        return (text,)
    *before, last = around_dates(text, language=language)
    return (*(_lowered_end(part) for part in before), last.lstrip(_AROUND_TIMES)) if before else (text,)


def _lowered_end(text: str) -> str:
    """``text`` without the small word that leads to the date behind it, or the point of a sentence that ends there."""
    text = _POINT_BEFORE_DATE.sub("", text)
    found = _BEFORE_DATE.search(text)
    return text[: found.start()] if found and found.group().islower() else text


def _names_of(text: str, *, language: str, outlets: Container[str]) -> tuple[str, ...]:
    if organisation := _organisation(text, language):
        return () if bare_name(organisation) in outlets else (organisation,)
    headings = frozenset[str]().union(*map(_box_headings, and_english(language)))
    names: dict[str, str] = {}
    is_other = False
    for piece in _pieces(text, primary(language)):
        name = clean_name(piece, language=language)
        # "编辑 李明", also in two pieces; of scripts with capitals `is_name` knows more
        was_other, is_other = is_other, has_cjk(piece) and opens_other_credit(piece)
        if is_other or (was_other and not has_opener(piece, language)):
            continue
        if name in WORDS.no_reporters or fold(name) in headings:
            continue
        if bare_name(name) in outlets or is_opener(name, language):
            continue
        # "Son Güncelleme"; not of scripts in which the word may be part of a name
        if name and is_name(name) and (has_cjk(name) or not is_modified_note(name)):
            names.setdefault(name.lower(), name)
    # "Anna Berg and Tom Bell, Reuters", "Jonas Kalnas, Ryto.lt": beside people the house is where they work, alone it
    # signs
    whole = (name for name in names.values() if agency_called(name) is None and not is_organisation(name))
    people = [name for name in whole if not _HOST.fullmatch(name)]
    return tuple(people) or tuple(names.values())


def _organisation(text: str, language: str) -> str:
    """The organisation that a text begins with, whole, without the place behind it: "Ministry for Trade and Tides",
    "Tollund-Verlag GmbH, Morwen"; ``""`` where it begins with something else.
    """
    head = _HEAD_END.split(text, maxsplit=1)[0]
    if not is_organisation(head) or head.strip().lower() in WORDS.text_kinds:
        return ""
    first, *others = (piece for piece in separators(primary(language)).split(head) if piece)
    # "Anna Berg and the Ministry for Trade": two; "Trade and Tides Ministry": one
    if others and not is_organisation(first) and is_full_name(first):
        return ""
    name = clean_name(head, language=language)
    is_whole = len(name.split()) <= _MAX_ORGANISATION_WORDS and is_full_name(name) and name[0].isupper()
    return name if is_whole else ""


def has_degree(line: str) -> bool:
    """Whether a degree stands behind a name: "By Anna Berg, MS, RDN"."""
    return any(_DEGREE.match(part.strip()) for part in line.split(",")[1:])


@cache
def _box_headings(code: str) -> frozenset[str]:
    """What heads an author's box, as "About the author"; folded."""
    return frozenset(map(fold, lexicon(code).phrases.get("wording.author-bio", {}).get("whole", ())))


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


# "王芳 李明" are two people; "王 芳", one letter each, is one
_BETWEEN_HAN = lazy_pattern(r"(?<=[\u3400-\u9fff]{2})[ \u3000](?=[\u3400-\u9fff]{2})")


def is_signed(text: str, language: str) -> bool:
    """Whether a line says who wrote it: behind what introduces a name, or with a reporter's title, as papers in Korean,
    Japanese and Chinese sign.
    """
    fields = _fields_introducing(text[:MAX_BYLINE], language)
    if True in [_introduces(field, language) for field in fields]:
        return True
    if text.isascii():
        return False
    line = " ".join(ADDRESS.sub(" ", text[:MAX_BYLINE]).split())
    name = without_title(line)
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
            kept.extend(_stroked(piece))
    return kept


def _stroked(piece: str) -> Sequence[str]:
    """The names that a stroke without blanks parts: "Anna Berg/Tom Bell", "Anna Berg/Reuters"; not the party "Bündnis
    90/Die Grünen".
    """
    names = piece.split("/")
    is_each_whole = all(" " in name or agency_called(name) is not None for name in names)
    return names if is_each_whole and not any(map(str.isdigit, piece)) else (piece,)


def _is_surname_first(text: str, pieces: list[str]) -> bool:
    surname, given = pieces
    words = given.split()
    is_behind = f"{surname}, {given}" in text and len(surname.split()) == 1 and len(words) <= 2
    is_other = (
        _DEGREE.match(given) or _SUFFIX.match(given) or any(word.lower() in WORDS.roles for word in words)
    )
    return is_behind and not is_other and all(one[:1].isupper() and not one.isupper() for one in pieces)
