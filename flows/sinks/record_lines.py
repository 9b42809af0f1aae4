"""Records as lines of JSON: whose a line is, and a line with other values of some fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from copydesk.cleaners.schema import Record, encode_value
from copydesk.flows.errors import SettingsError
from copydesk.flows.sinks.identity import LineKey

T = TypeVar("T")

# in a record's JSON only the key itself can match: inside a string its quotes are escaped
_DURATION = re.compile(rb'"duration_ms":[^,}]*')

# fields about the run that made a record, not about its page
_OF_THE_RUN = frozenset({"fetched_at", "processing"})

_decode_key = msgspec.json.Decoder(LineKey).decode
decode_record = msgspec.json.Decoder(Record).decode
"""What a record is to all who read a store. A merge, which sees each line of it, looks at no more than ``key_of``."""
# values that are not looked at stay the bytes they are
_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def key_of(line: bytes) -> LineKey | None:
    """Whose line it is; None for half a line or anything else that is no record."""
    # what a killed run left half-written in the journal
    if not line.endswith(b"\n"):
        return None
    try:
        line.decode()  # values that are not decoded are passed over, whatever their bytes are
        return _decode_key(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


class Broken(msgspec.Struct):
    """Lines that are no records. ``first``: where the first is, and what is wrong with it."""

    count: int = 0
    first: str = ""

    def __str__(self) -> str:
        left_out = "1 line is left out" if self.count == 1 else f"{self.count:,} lines are left out"
        return f"{self.first}; {left_out}: mend or remove {'it' if self.count == 1 else 'them'}"


def whole(
    lines: Iterable[bytes], decode: Callable[[bytes], T], where: str, broken: Broken
) -> Generator[T, None, None]:
    """The lines of a store, ``where`` it is, decoded; those that are no records are noted in ``broken``."""
    for number, line in enumerate(lines, start=1):
        try:
            record = decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            broken.first = broken.first or f"{where}:{number}: no record: {error}"
            broken.count += 1
        else:
            yield record


def decoded(
    lines: Iterable[bytes], decode: Callable[[bytes], T], where: str, warn: Callable[[str], None]
) -> Generator[T, None, None]:
    """The same; a warning after the last one reports those that are no records.

    Raises SettingsError where all of them are none: nobody wants what is made of nothing.
    """
    broken, has_records = Broken(), False
    for record in whole(lines, decode, where, broken):
        has_records = True
        yield record
    if broken.count and not has_records:
        raise SettingsError(broken.first)
    if broken.count:
        warn(f"warning: {broken}")


def with_fields(line: bytes, fields: Mapping[str, Any]) -> bytes:
    """A record's line with other values of some of its fields; the same line where it has them."""
    found = _decode_fields(line)
    wanted = {name: msgspec.Raw(encode_value(value)) for name, value in fields.items()}
    if all(name in found and bytes(found[name]) == bytes(value) for name, value in wanted.items()):
        return line
    return msgspec.json.encode(found | wanted) + b"\n"


def reads_the_same(one: bytes, other: bytes) -> bool:
    """Whether two lines have the same content, whenever and however the page was read and cleaned; a record with other
    content than the one before is *changed*.
    """
    return is_same_but_for_its_time(one, other) or _content(one) == _content(other)


def _content(line: bytes) -> dict[str, bytes]:
    return {name: bytes(raw) for name, raw in _decode_fields(line).items() if name not in _OF_THE_RUN}


def is_same_but_for_its_time(one: bytes, other: bytes) -> bool:
    """Whether two lines are the same, however long it took to clean the page."""
    return one == other or _DURATION.sub(b"", one) == _DURATION.sub(b"", other)
