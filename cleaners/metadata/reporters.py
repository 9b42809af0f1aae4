"""Names with a reporter's title, as papers in Chinese, Japanese and Korean sign: in a line, or where a report begins.

What parts a name from the words around it is asked for in each form: a space, a bracket, a sign. Where nothing does
("中央社記者王小明台北5日電"), nobody is named; nor is what such a title begins ("记者手记"), as listed in
``byline_words.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import takewhile

from copydesk.cleaners.lexicon.agencies import agency_called
from copydesk.cleaners.lexicon.byline_words import WORDS, opens_other_credit
from copydesk.cleaners.patterns import lazy_pattern

_HAN, _HANGUL = "[\u3400-\u9fff]", "[\uac00-\ud7a3]"
# "王伟", "欧阳文修"; in two parts "阿迪力·买买提"
_HAN_NAME = rf"(?:{_HAN}{{2,8}}·{_HAN}{{2,8}}|{_HAN}{{2,4}})"
_HAN_NAMES = rf"(?P<names>{_HAN_NAME}(?:[、，,\s]\s*{_HAN_NAME}){{0,7}})"
_HANGUL_NAMES = rf"(?P<names>{_HANGUL}{{2,4}}(?:\s?[·,]\s?{_HANGUL}{{2,4}}){{0,4}})"
_BEFORE, _BEHIND, _REPORT, _POST = (
    # the longest first: 기자 is within 선임기자
    f"(?:{'|'.join(sorted(words, key=len, reverse=True))})"
    for words in (WORDS.titles_before, WORDS.titles_behind, WORDS.reports, WORDS.posts)
)
_OPEN, _CLOSE = r"[〔（(\[【]", r"[〕）)\]】]"
_OPENING, _CLOSING = "〔（([【 ", "〕）)]】 "
# "[헤럴드경제=홍길동 기자]", "[이데일리 홍길동 기자]"
_PAPER_AND_NAME = lazy_pattern(
    rf"{_OPEN}[^\])）】\n]{{2,30}}?[=＝\s]\s?(?P<names>{_HANGUL}{{3,4}}(?:\s?[·,]\s?{_HANGUL}{{3,4}}){{0,4}})\s?"
    rf"{_BEHIND}{_CLOSE}"
)
_LINES = (
    # "新华社记者 王伟 李娜", "□ 本报记者：王伟", "本报记者 王伟 北京报道"
    lazy_pattern(
        rf"[□■◇◆○●◎\s]*(?:{_HAN}{{2,8}}\s?)?{_BEFORE}(?:\s*[:：／/｜|丨]\s*|\s+){_HAN_NAMES}"
        rf"(?:\s*[／/\s]\s*{_HAN}{{0,6}}{_REPORT})?\s*"
    ),
    # "記者王小明／台北報導", "聯合報 記者王小明／即時報導"
    lazy_pattern(rf"(?:{_HAN}{{2,8}}\s?)?{_BEFORE}\s?{_HAN_NAMES}\s*[／/]\s*{_HAN}{{0,6}}{_REPORT}\s*"),
    # "〔記者王小明／台北報導〕", "（记者 王伟）"
    lazy_pattern(
        rf"\s*{_OPEN}(?:{_HAN}{{2,8}}\s?)?{_BEFORE}\s*(?:[:：]\s*)?{_HAN_NAMES}"
        rf"(?:\s*[／/]\s*{_HAN}{{0,6}}{_REPORT})?{_CLOSE}\s*"
    ),
    # "워싱턴=홍길동 특파원"
    lazy_pattern(rf"\s*{_HANGUL}{{2,8}}\s?[=＝]\s?{_HANGUL_NAMES}\s?{_BEHIND}\s*"),
    _PAPER_AND_NAME,
)
_OPENINGS = (
    # "新华社北京5月5日电（记者王伟、李娜）…", "本报讯 (记者 王伟 通讯员 李娜) …"
    lazy_pattern(
        rf"[^（(。\n]{{0,40}}{_REPORT}\s*[（(]\s*(?:{_HAN}{{2,8}}\s?)?{_BEFORE}\s*(?:[:：]\s*)?{_HAN_NAMES}\s*[）)]"
    ),
    # "〔記者王小明／台北報導〕…"
    lazy_pattern(
        rf"{_OPEN}(?:{_HAN}{{2,8}}\s?)?{_BEFORE}\s?{_HAN_NAMES}\s*[／/]\s*{_HAN}{{0,6}}{_REPORT}{_CLOSE}"
    ),
    # "(서울=연합뉴스) 홍길동 기자 = …"
    lazy_pattern(rf"{_OPEN}[^\])）】\n]{{2,30}}{_CLOSE}\s*{_HANGUL_NAMES}\s?{_BEHIND}\s*[=＝]"),
    _PAPER_AND_NAME,
)
# "【ワシントン=田中花子】…"; "【北京=共同】" names an agency, "【写真=…】" no place
_FROM_POST = lazy_pattern(
    rf"【(?:[\u30a1-\u30f6ー・]{{2,12}}|{_POST})[=＝](?P<names>[\u3040-\u30ff\u3400-\u9fff々]{{3,5}})】"
)
_MAX_OPENING_CHARS = 120
# "阿迪力·买买提" is one person, "홍길동·김철수" are two
_BETWEEN = lazy_pattern(rf"[、，,\s]+|(?<={_HANGUL})·")


def names_in_line(line: str) -> tuple[str, ...]:
    """The names in a line that is a reporter's signature and nothing else; empty for all other lines."""
    if _is_western(line) or line.rstrip(_CLOSING).endswith(WORDS.photographs) or _is_other(line):
        return ()
    return _people(form.fullmatch(line) for form in _LINES)


def names_in_opening(text: str) -> tuple[str, ...]:
    """The names of reporters in the words by which a report begins; empty where none are there."""
    opening = text[:_MAX_OPENING_CHARS]
    if _is_western(opening) or _is_other(opening):
        return ()
    if found := _FROM_POST.match(opening):
        return () if found["names"].endswith(WORDS.offices) else _people([found])
    return _people(form.match(opening) for form in _OPENINGS)


def _is_western(text: str) -> bool:
    """Whether a text has no letter of Han, kana or Hangul: then none of the patterns is compiled for it."""
    return not text or max(text) < "\u3005"


def _is_other(text: str) -> bool:
    """Whether it begins with another credit: "[사진=홍길동 기자]"."""
    return opens_other_credit(text.lstrip(_OPENING))


def _people(found: Iterable[re.Match[str] | None]) -> tuple[str, ...]:
    names = _BETWEEN.split(next((one["names"] for one in found if one), ""))
    # "王伟 摄影 李明"
    own = takewhile(lambda name: not opens_other_credit(name), names)
    return tuple(name for name in dict.fromkeys(own) if name and _is_person(name))


def _is_person(name: str) -> bool:
    # "王伟 北京报道", "王伟 发自北京", "王伟 通讯员 李娜", "记者手记", "【北京=共同】"
    is_of_report = name.endswith(WORDS.reports) or name.startswith(WORDS.written_at)
    return not (is_of_report or name in WORDS.no_reporters or name in WORDS.nobody or agency_called(name))
