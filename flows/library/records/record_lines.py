"""Records as lines of JSON: their keys, decoding, changes of fields, and comparison."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.schema import Record, encode_value
from copydesk.flows.errors import SettingsError
from copydesk.flows.library.records.line_key import LineKey

T = TypeVar("T")
DAMAGED: Final = "damaged"
"""The ``reason`` of a record whose line in the library is damaged."""

# within a string the quotes would be escaped
_DURATION = lazy_pattern(rb'"duration_ms":[^,}]*')

decode_key = msgspec.json.Decoder(LineKey).decode
"""Decodes the fields by which a page is known, and skips the others."""
decode_record = msgspec.json.Decoder(Record).decode
"""Decodes a record completely; what only settles its page uses ``key_of``."""
_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def key_of(line: bytes) -> LineKey | None:
    """The key of a line; None if it is no record, or incomplete."""
    if not line.endswith(b"\n"):
        return None
    try:
        line.decode()  # raises for wrong UTF-8 in any field; the decoder skips most of them
        return decode_key(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


class BrokenLines(msgspec.Struct):
    """Counts lines that are no records. ``first``: the place and the problem of the first."""

    count: int = 0
    first: str = ""

    def __str__(self) -> str:
        left_out = "1 line is left out" if self.count == 1 else f"{self.count:,} lines are left out"
        return f"{self.first}; {left_out}: mend or remove {'it' if self.count == 1 else 'them'}"


def valid_records(
    lines: Iterable[bytes], decode: Callable[[bytes], T], where: str, broken: BrokenLines
) -> Generator[T, None, None]:
    """The lines of a store, decoded; those that are no records are counted in ``broken``."""
    for number, line in enumerate(lines, start=1):
        try:
            record = decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            broken.first = broken.first or f"{where}:{number}: no record: {error}"
            broken.count += 1
        else:
            yield record


def decoded(
    lines: Iterable[bytes],
    decode: Callable[[bytes], T],
    where: str,
    warn: Callable[[str], None],
    *,
    may_be_none: bool = False,
) -> Generator[T, None, None]:
    """The lines of a store, decoded; after the last one ``warn`` is called if some are no records.

    Raises SettingsError if none of them is a record, unless there ``may_be_none``.
    """
    broken, has_records = BrokenLines(), False
    for record in valid_records(lines, decode, where, broken):
        has_records = True
        yield record
    if broken.count and not (has_records or may_be_none):
        raise SettingsError(broken.first)
    if broken.count:
        warn(f"warning: {broken}")


def with_fields(line: bytes, fields: Mapping[str, Any]) -> bytes:
    """A record's line with these values of fields; the same line if it has them already."""
    if not fields:
        return line
    found = _decode_fields(line)
    wanted = {name: msgspec.Raw(encode_value(value)) for name, value in fields.items()}
    if all(name in found and bytes(found[name]) == bytes(value) for name, value in wanted.items()):
        return line
    return msgspec.json.encode(found | wanted) + b"\n"


def differs_only_in_duration(one: bytes, other: bytes) -> bool:
    """Whether two lines are equal, except for the time that cleaning took."""
    return one == other or _DURATION.sub(b"", one) == _DURATION.sub(b"", other)
