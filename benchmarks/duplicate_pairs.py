"""Pairs of texts that are the same story, and pairs that only look like it; made of real pages, the same every time."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import tomli

from benchmarks.sets import Case, load
from copydesk.cleaners.sentence_ends import split_after_terminals
from copydesk.cleaners.shingles import shingled
from copydesk.cleaners.sites import domain_of
from copydesk.cleaners.word_count import UNSPACED

SERIES_FILE = Path(__file__).with_name("duplicate_series.toml")
MIN_WORDS = 80
"""Of the pages that copies are made of: what is left after shortening is still a text of a few sentences."""
SHORTEST_SHARE = 0.6
"""What is left of a text that was shortened and is still the same story."""

_COMPARED = 64  # hashes of each page
Rng = random.Random
_SLOT = re.compile(r"\{(\w)\}")
_ANY_WORD = re.compile(r"\S+")
# clubs, places, people: the same on another day in this share of slots
_NAMES = frozenset("cpq")
_KEPT_NAMES = (0.0, 0.8)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts, how the second was made, and the site of the page they are from."""

    kind: str
    first: str
    second: str
    is_same: bool
    site: str


def is_chosen_on(site: str) -> bool:
    """Whether a site is of the half that thresholds are chosen on."""
    return random.Random(f"half {site}").random() < 0.5  # noqa: S311 - no secret


def pages(data: Path) -> list[Case]:
    """The pages copies are made of: each text once, also where two sets or two addresses have it."""
    found: list[Case] = []
    known: set[int] = set()
    for case in (case for name in ("blocks", "fundus", "wcxb-all") for case in load(name, data)):
        text = shingled(case.truth)
        # of texts with hashes in common the smallest are, too
        smallest = set(text.hashes[:_COMPARED].tolist())
        if text.words >= MIN_WORDS and len(smallest & known) <= _COMPARED // 10:
            found.append(case)
        known |= smallest
    return found


def make_pairs(cases: Sequence[Case]) -> Iterator[Pair]:
    """Copies and look-alikes of each page; look-alikes are made with another page of the same language."""
    by_language: dict[str, list[Case]] = {}
    for case in cases:
        by_language.setdefault(case.language, []).append(case)
    for case in cases:
        rng = Rng(case.url or case.id)
        others = [other for other in by_language[case.language] if other is not case] or [
            other for other in cases if other is not case
        ]
        other, third = rng.choice(others), rng.choice(others)
        site = domain_of(case.url or "") or case.id
        for kind in rng.sample(sorted(COPIES), 3):
            yield Pair(kind, case.truth, COPIES[kind](case.truth, other.truth, rng), True, site)
        for kind in rng.sample(sorted(LOOK_ALIKES), 2):
            made = LOOK_ALIKES[kind]((case.truth, other.truth, third.truth), rng)
            if made is not None:
                yield Pair(kind, *made, False, site)
    yield from _of_one_site(cases)
    yield from _series()


def _of_one_site(cases: Sequence[Case]) -> Iterator[Pair]:
    by_site: dict[str, list[Case]] = {}
    for case in cases:
        by_site.setdefault(domain_of(case.url or "") or case.id, []).append(case)
    for site, pages_there in by_site.items():
        for first, second in combinations(pages_there[:8], 2):
            yield Pair("of one site, as they are", first.truth, second.truth, False, site)


def _series() -> Iterator[Pair]:
    """Pages of a series: of two places, and of one place (club, village) on two days."""
    for number, series in enumerate(_series_file()["series"]):
        for round_ in range(40):
            rng = Rng(f"{number} {round_}")
            first = _filling(series, rng)
            second = _filling(series, rng)
            kept = [
                old if name in _NAMES and rng.random() < _KEPT_NAMES[round_ % 2] else new
                for (name, old), (_, new) in zip(first, second, strict=True)
            ]
            kind = ("series", "series of one place")[round_ % 2]
            texts = (_filled(series, [word for _, word in first]), _filled(series, kept))
            yield Pair(kind, *texts, False, f"series {number}")


@cache
def _series_file() -> dict[str, Any]:
    return tomli.loads(SERIES_FILE.read_text("utf-8"))


def _filling(series: dict[str, str], rng: Rng) -> list[tuple[str, str]]:
    """A word for each slot of a series, with the slot's name."""
    words = _series_file()["words"][series["language"]]

    def fill(name: str) -> str:
        if name == "n":
            return str(rng.randint(1, rng.choice((9, 99, 9999))))
        if name == "t":
            return f"{rng.randint(0, 23)}:{rng.randint(0, 59):02}"
        return str(rng.choice(words[name]))

    return [(name, fill(name)) for name in _SLOT.findall(series["text"])]


def _filled(series: dict[str, str], words: Sequence[str]) -> str:
    left = iter(words)
    return _SLOT.sub(lambda _: next(left), series["text"])


def _sentences(text: str) -> list[str]:
    """Sentences of a text; the last of a paragraph keeps its line break."""
    return [
        part
        for line in text.split("\n")
        if line.strip()
        for part in _with_line_break([each for each in split_after_terminals(line) if each.strip()])
    ]


def _with_line_break(parts: list[str]) -> list[str]:
    return [part.rstrip() + " " for part in parts[:-1]] + [part.rstrip() + "\n" for part in parts[-1:]]


def _share(sentences: Sequence[str], share: float) -> list[str]:
    """The first sentences, as many as have at least this share of the letters."""
    wanted, had = share * sum(map(len, sentences)), 0
    kept: list[str] = []
    for sentence in sentences:
        if had >= wanted:
            break
        kept.append(sentence)
        had += len(sentence)
    return kept


def edited(text: str, rng: Rng, share: float) -> str:
    """A text in which this share of the words is another word of it, or gone."""
    pattern = UNSPACED if len(UNSPACED.findall(text)) > len(text) / 3 else _ANY_WORD
    words = pattern.findall(text)

    def edit(word: re.Match[str]) -> str:
        if rng.random() >= share:
            return word[0]
        return rng.choice(words) if rng.random() < 0.7 else ""

    return pattern.sub(edit, text)


def _lightly_edited(text: str, _: str, rng: Rng) -> str:
    return edited(text, rng, rng.uniform(0.01, 0.05))


def _cut_at_the_end(text: str, _: str, rng: Rng) -> str:
    return "".join(_share(_sentences(text), rng.uniform(SHORTEST_SHARE, 0.9)))


def _cut_anywhere(text: str, _: str, rng: Rng) -> str:
    sentences = _sentences(text)
    wanted = rng.uniform(SHORTEST_SHARE, 0.9) * sum(map(len, sentences))
    order = list(range(len(sentences)))
    rng.shuffle(order)
    left = sum(map(len, sentences))
    gone: set[int] = set()
    for place in order:
        if left - len(sentences[place]) >= wanted:
            gone.add(place)
            left -= len(sentences[place])
    return "".join(sentence for place, sentence in enumerate(sentences) if place not in gone)


def _cut_and_edited(text: str, other: str, rng: Rng) -> str:
    return edited(_cut_at_the_end(text, other, rng), rng, rng.uniform(0.01, 0.03))


def _with_another_headline(text: str, other: str, rng: Rng) -> str:
    """Another first line: that of another page, as of a headline or a standfirst that was rewritten."""
    sentences = _sentences(text)
    return "".join([rng.choice(_sentences(other)[:3]).rstrip() + "\n", *sentences[1:]])


def _with_translated_headline(text: str, _: str, rng: Rng) -> str:
    series = rng.choice(_series_file()["series"])
    line = _filled(series, [word for _, word in _filling(series, rng)]).partition("\n")[0]
    return f"{line}\n{text}"


def _with_boilerplate(text: str, other: str, rng: Rng) -> str:
    strange = _sentences(other)
    start = rng.randrange(len(strange))
    added = _share(
        strange[start : start + 4],
        min(1.0, 0.15 * len(text) / max(1, sum(map(len, strange[start : start + 4])))),
    )
    return "".join([*_sentences(text), *added])


def _in_another_order(text: str, _: str, rng: Rng) -> str:
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 3:
        lines = _sentences(text)
    head, rest = lines[:1], lines[1:]
    rng.shuffle(rest)
    return "\n".join(head + rest)


def _agency_copy(text: str, other: str, rng: Rng) -> str:
    """As papers print what an agency sends: a dateline, a cut, words of the house, a paragraph of its own."""
    body = edited("".join(_share(_sentences(text), rng.uniform(0.75, 0.95))), rng, rng.uniform(0.02, 0.04))
    place = rng.choice(_series_file()["words"]["en"]["p"]).upper()
    own = rng.choice(_sentences(other)) if rng.random() < 0.5 else ""
    return f"{place} (AP) — " + body.replace("“", '"').replace("”", '"') + own


COPIES: dict[str, Callable[[str, str, Rng], str]] = {
    "edited": _lightly_edited,
    "cut at the end": _cut_at_the_end,
    "cut anywhere": _cut_anywhere,
    "cut and edited": _cut_and_edited,
    "another headline": _with_another_headline,
    "headline translated": _with_translated_headline,
    "boilerplate added": _with_boilerplate,
    "another order": _in_another_order,
    "agency copy": _agency_copy,
}
"""What an editor calls the same story's text, made of a text and another of its language."""


def _on_one_template(texts: tuple[str, str, str], rng: Rng) -> tuple[str, str]:
    """Two articles with the same words of the site below them, up to a third of the shorter."""
    first, second, third = texts
    length = rng.uniform(0.1, 0.33) * min(len(first), len(second))
    sentences = _sentences(third)
    below = "".join(_share(sentences, min(1.0, length / max(1, sum(map(len, sentences))))))[: int(length)]
    return f"{first}\n{below}", f"{second}\n{below}"


def _of_one_event(texts: tuple[str, str, str], rng: Rng) -> tuple[str, str]:
    """Another paper's own text with what both quote: a tenth to a quarter of the shorter."""
    first, second, _ = texts
    quotes, own = _sentences(first), _sentences(second)
    rng.shuffle(quotes)
    shared = rng.uniform(0.1, 0.25) * min(len(first), len(second))
    for quote in _share(quotes, shared / max(1, len(first))):
        own.insert(rng.randrange(len(own) + 1), quote[: int(shared)].rstrip() + " ")
    return first, "".join(own)


def _in_a_roundup(texts: tuple[str, str, str], rng: Rng) -> tuple[str, str] | None:
    """A brief that is whole in a collection of many: the collection is no copy of it."""
    first, second, third = texts
    brief = "".join(_share(_sentences(first), rng.uniform(0.2, 0.35)))
    others = [*_sentences(second), *_sentences(third)]
    wanted, had = 2 * len(brief), sum(map(len, others))
    # of less the brief would be the most of the collection
    return (brief, brief + "\n" + "".join(_share(others, wanted / had))) if had >= wanted else None


LOOK_ALIKES: dict[str, Callable[[tuple[str, str, str], Rng], tuple[str, str] | None]] = {
    "one template": _on_one_template,
    "one event": _of_one_event,
    "roundup": _in_a_roundup,
}
"""What shares sentences and is another text, made of three texts of a language."""
