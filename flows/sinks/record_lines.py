"""Records as lines of JSON: whose a line is, and a line with other values of some fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from copydesk.cleaners.json_values import encode_value
from copydesk.flows.errors import SettingsError
from copydesk.flows.sinks.identity import LineKey
from copydesk.flows.sinks.output_folder import BROKEN

T = TypeVar("T")

# in a record's JSON only the key itself can match: inside a string its quotes are escaped
_DURATION = re.compile(rb'"duration_ms":[^,}]*')

# fields that tell of the run that made a record, and nothing of its page
_OF_THE_RUN = frozenset({"fetched_at", "processing"})

_decode_key = msgspec.json.Decoder(LineKey).decode
# values that are not looked at stay the bytes they are
_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def key_of(line: bytes) -> LineKey | None:
    """Whose line it is; None for half a line or anything else that is no record."""
    # what a killed run left half-written in the journal
    if not line.endswith(b"\n"):
        return None
    try:
        line.decode()  # values that are not asked for are passed over, whatever their bytes are
        return _decode_key(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def decoded(
    lines: Iterable[bytes], decode: Callable[[bytes], T], where: str, warn: Callable[[str], None]
) -> Generator[T, None, None]:
    """The lines of a store, ``where`` it is, decoded. That some are no records is told in a line, after the last one.

    Raises SettingsError where all of them are none: nobody wants what is made of nothing.
    """
    records = broken = 0
    first = ""
    for number, line in enumerate(lines, start=1):
        try:
            record = decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            first = first or f"{where}:{number}: no record: {error}"
            broken += 1
        else:
            records += 1
            yield record
    if broken and not records:
        raise SettingsError(first)
    if broken:
        count = "1 line is" if broken == 1 else f"{broken:,} lines are"
        warn(
            f"warning: {first}; {count} left out, which the next run moves to {BROKEN} where they are damaged"
        )


def with_fields(line: bytes, fields: Mapping[str, Any]) -> bytes:
    """A record's line with other values of some of its fields; the same line where it has them."""
    found = _decode_fields(line)
    wanted = {name: msgspec.Raw(encode_value(value)) for name, value in fields.items()}
    if all(name in found and bytes(found[name]) == bytes(value) for name, value in wanted.items()):
        return line
    return msgspec.json.encode(found | wanted) + b"\n"


def reads_the_same(one: bytes, other: bytes) -> bool:
    """Whether two lines say the same of a page, whenever and however it was read and cleaned: a record that does not
    read as the one before it is *changed*.
    """
    return is_same_but_for_its_time(one, other) or _said(one) == _said(other)


def _said(line: bytes) -> dict[str, bytes]:
    return {name: bytes(raw) for name, raw in _decode_fields(line).items() if name not in _OF_THE_RUN}


def is_same_but_for_its_time(one: bytes, other: bytes) -> bool:
    """Whether two lines say the same of a page, however long it took to clean it."""
    return one == other or _DURATION.sub(b"", one) == _DURATION.sub(b"", other)
