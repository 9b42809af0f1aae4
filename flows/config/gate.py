"""Gates: limits of a user on what records are stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, get_args

import msgspec
from msgspec import Struct

from copydesk.cleaners.language.codes import read_declaration
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.schema import Record, Status
from copydesk.cleaners.user_tables import Positive, Reads, Share, Texts, one_of
from copydesk.cleaners.word_count import count_words
from copydesk.flows.stored_content import is_reserved

_WHITE_SPACE = lazy_pattern(r"\s+")
# BCP 47: parts of letters and digits; `read_declaration` checks whether the first is a language
_CODE = lazy_pattern(r"[A-Za-z0-9-]+")


def read_language(code: str) -> str:
    """The code of a language. Raises ValueError."""
    if read_declaration(code) is None or not _CODE.fullmatch(code):
        raise ValueError(f"{code!r} is no code of a language (BCP 47); expected one like en, de or pt-BR")
    return code


def _languages(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code if code == "und" else read_language(code) for code in codes)


def _statuses(statuses: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one_of(get_args(Status), "status", status) for status in statuses)


class Gate(Struct, frozen=True):
    """What records must be like to be stored; None for what does not matter.

    ``least_words``: of ``text``; in scripts without spaces two letters count as one. ``languages``: of ``language``,
    BCP 47; a language covers its regions and scripts. ``most_removed``: 0 to 1, which share of the
    page's characters may be among the removals, white space aside. ``least_confidence``: of ``confidence``, 0 to 1; a
    record without one passes. ``statuses``: of ``status``.

    All but the last apply to records with a text, that are ``ok`` or ``partial``.
    """

    statuses: Annotated[
        tuple[Status, ...] | None, Reads('a list of texts, such as ["ok", "partial"]', _statuses, of=Texts)
    ] = None
    languages: Annotated[
        tuple[str, ...] | None, Reads('a list of texts, such as ["en", "pt-BR"]', _languages, of=Texts)
    ] = None
    least_words: Annotated[Positive | None, Reads("a number of words, 1 or more")] = None
    most_removed: Annotated[Share | None, Reads("a share of the page's characters, 0 to 1")] = None
    least_confidence: Annotated[Share | None, Reads("a confidence, 0 to 1")] = None

    def under(self, own: Gate) -> Gate:
        """The gate of a source that sets ``own`` itself, and the rest by this one."""
        own_values = {key: value for key, value in msgspec.structs.asdict(own).items() if value is not None}
        return msgspec.structs.replace(self, **own_values)


class Stopped(Struct, frozen=True):
    """Why a record is not stored: the gate's name, its limit, and the record's value."""

    name: str
    limit: int | float | tuple[str, ...]
    value: int | float | str


def stopped_by(record: Record, gate: Gate) -> Stopped | None:
    """The first gate that the record does not pass, or None.

    What its publisher reserves passes all of them: its record takes the content out of the store.
    """
    return None if is_reserved(record) else next(_failing(record, gate), None)


def _failing(record: Record, gate: Gate) -> Iterator[Stopped]:
    if gate.statuses is not None and record.status not in gate.statuses:
        yield Stopped("statuses", gate.statuses, record.status)
    # others have no text that could be measured
    if record.status not in ("ok", "partial"):
        return
    if gate.languages is not None and not any(_is_of(record.language, code) for code in gate.languages):
        yield Stopped("languages", gate.languages, record.language)
    if gate.least_words is not None and (words := count_words(record.text)) < gate.least_words:
        yield Stopped("least_words", gate.least_words, words)
    if gate.most_removed is not None and (share := removed_share(record)) > gate.most_removed:
        yield Stopped("most_removed", gate.most_removed, share)
    sure = record.confidence
    if gate.least_confidence is not None and sure is not None and sure < gate.least_confidence:
        yield Stopped("least_confidence", gate.least_confidence, sure)


class Gatekeeper:
    """The gates of a run. ``general`` applies to all sources; ``own``, by a source's name, takes precedence over it."""

    def __init__(self, general: Gate, own: Mapping[str, Gate]) -> None:
        self._general = general
        self._by_source = {name: general.under(gate) for name, gate in own.items()}

    def gate(self, source: str) -> Gate:
        """The gate of a source."""
        return self._by_source.get(source, self._general)

    @property
    def has_any(self) -> bool:
        """Whether any record could be stopped."""
        return any(gate != Gate() for gate in (self._general, *self._by_source.values()))

    def stopped(self, record: Record, source: str) -> Stopped | None:
        """The gate that a record of this source does not pass, or None."""
        return stopped_by(record, self.gate(source))


def removed_share(record: Record) -> float:
    """Which share of a page's characters is removed, 0 to 1, to four digits; 0 of a page without any."""
    removed = sum(_length(one.text) for one in record.removed)
    page = removed + _length(record.text)
    return round(removed / page, 4) if page else 0.0


def _length(text: str) -> int:
    # white space is changed as a record is written: it is not the page's
    return len(_WHITE_SPACE.sub("", text))


def _is_of(language: str, code: str) -> bool:
    # `en` for `en-GB` as well, `zh-Hant` only for itself
    return f"{language.lower()}-".startswith(f"{code.lower()}-")
