"""Where a line holds telephone numbers: such as libphonenumber takes for one, and as are written like one.

That digits could be dialled in a country is not enough: prices, years and numbers of files could. So what begins with
no ``+``, no 0 and no bracket needs a word before it that says what it is, or the form that North America writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sites import host_of
from copydesk.cleaners.word_count import UNSPACED

# `+49 30 …`, `0049 30 …`, `(030) …`, `030 …`
_IS_DIALLED = lazy_pattern(r"\+|\(?0\d|\(\d")
# `212-555-0123`, `212.555.0123`, `(212) 555-0123`: the North American Numbering Plan
_NORTH_AMERICAN = lazy_pattern(r"(?:1[-. ])?\(?[2-9]\d\d(?:\) ?|[-.])[2-9]\d\d[-.]\d{4}")
_NORTH_AMERICA = frozenset(("US", "CA"))
# digits in one piece are numbers of files and accounts more often
_IN_GROUPS = lazy_pattern(r"\d[\s()/.\-\u2010-\u2015\xa0]+\d")
# `06.05.2023`, `06/05/23`, `2023-05-06 08`: days, which could be dialled in some countries
_DAY = lazy_pattern(
    r"\d{1,2}([-./ ])\d{1,2}\1(?:19|20)\d\d(?!\d)|(?:19|20)\d\d([-./ ])\d{1,2}\2\d{1,2}(?!\d)|\d{1,2}([-./])\d{1,2}\3\d\d\Z"
)
# what adjoins prices, shares, measures, powers, other numbers
_ADJOINING_BEFORE = lazy_pattern(r"[\w$€£¥₹₽%#=/.,:+*\-\u2212]\s?$")
# only a word, or a sign that ends one: `Office: ` and not `$ `
_PARTED = lazy_pattern(r"[^\W\d_][\w.]*\s?[:.,/\-]?\s$|[:.,]\s$|^\s*[-*]\s$")
_ADJOINING_AFTER = lazy_pattern(r"\s?[$€£¥₹₽%°=*]|[\w/]|[.,:\-]\d|\s?(?:EUR|USD|GBP|km|kg|Mio|Mrd)\b")
# how far before a number its word is looked for, and how many words it may have
_WORDS_BEFORE = lazy_pattern(
    r"([^\W\d_][\w°'-]*\s)?([^\W\d_][\w°'º-]*|[№☎📞✆]\ufe0f?)[\s.:;,=\-\u2013\u2014(\uff08\uff1a]*$"
)
_REGIONS_OF_HOSTS = {"uk": "GB", "eu": "", "su": "RU", "ac": ""}


@cache
def _words() -> tuple[frozenset[str], tuple[str, ...], frozenset[str]]:
    """Words that a number follows; those in which others end (`Bürgertelefon`, `客服电话`); words that none follows."""
    import tomli

    listed = tomli.loads(files(__package__).joinpath("phone_words.toml").read_text("utf-8"))
    follows = frozenset(listed["number_follows"])
    # set by hand: shorter ones end words of another sense (`recall`)
    endings = tuple(word for word in follows if len(word) >= 7 or (len(word) > 1 and UNSPACED.match(word)))
    return follows, endings, frozenset(listed["no_number_follows"])


def regions_of(addresses: Iterable[str | None], languages: Sequence[str]) -> tuple[str, ...]:
    """The countries (ISO 3166-1) whose numbers a page may write without their country's code; none where unknown.

    ``addresses``: its own, whose domains may be of a country. ``languages``: first that of its text, then what it
    declares; those of a country say so (``pt-PT``). Where none of them does: where most speakers of its text's
    language live.
    """
    import phonenumbers

    tops = (host_of(url or "").rpartition(".")[2] for url in addresses)
    of_hosts = [_REGIONS_OF_HOSTS.get(top, top.upper()) for top in tops]
    found = [*of_hosts, *(part.upper() for tag in languages for part in tag.split("-")[1:])]
    known = phonenumbers.SUPPORTED_REGIONS
    regions = tuple(dict.fromkeys(one for one in found if one in known))
    return regions or tuple(one for one in map(_likely_region, languages[:1]) if one in known)


def _likely_region(language: str) -> str:
    """Where most of its speakers live (CLDR): of ``de`` Germany."""
    from babel.core import get_global

    # of no language CLDR thinks of English
    spoken = "" if language == "und" else language.partition("-")[0]
    return str(get_global("likely_subtags").get(spoken, "")).rpartition("_")[2]


def phone_spans(line: str, regions: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Beginning and end of each number in a line, of any of these countries."""
    # seven digits are the fewest that a number has with its area: most lines have fewer
    if sum(map(str.isdigit, line)) < 7:
        return
    from phonenumbers import Leniency, PhoneNumberMatcher

    spans = sorted(
        (found.start, found.end)
        for region in regions or (None,)
        for found in PhoneNumberMatcher(line, region, leniency=Leniency.VALID)
        if _is_written_so(line, found.start, found.end, region)
    )
    start = end = 0
    for one, other in spans:
        # two countries may take a shorter and a longer number for one
        if one >= end:
            if end:
                yield start, end
            start = one
        end = max(end, other)
    if end:
        yield start, end


def _is_written_so(line: str, start: int, end: int, region: str | None) -> bool:
    number, before = line[start:end], line[:start]
    if _ADJOINING_AFTER.match(line, end) or _DAY.match(number):
        return False
    (follows, endings, follows_not), words_before = _words(), _words_right_before(before)
    if words_before & follows or any(word.endswith(endings) for word in words_before):
        return True
    if words_before & follows_not or (_ADJOINING_BEFORE.search(before) and not _PARTED.search(before)):
        return False
    if not _IN_GROUPS.search(number) and not number.startswith("+"):
        return False
    if _IS_DIALLED.match(number):
        return True
    return region in _NORTH_AMERICA and _NORTH_AMERICAN.fullmatch(number) is not None


def _words_right_before(before: str) -> frozenset[str]:
    """The words right before the number, one and two of them, lower case."""
    found = _WORDS_BEFORE.search(before[-40:])
    if found is None:
        return frozenset()
    last = found[2].removesuffix("\ufe0f").lower()
    return frozenset((last, f"{(found[1] or '').strip().lower()} {last}"))
